;;; rules: load.pointer-type
;;; features: memory64
;;; description: A module for the other pointer type cannot import anything of the process's pointer type.

(process (memory i64 64))
(module (import "env" "memory" (memory i64 1)))
(assert_unloadable (module (import "env" "memory" (memory 1))) "incompatible import type")
(assert_unloadable (module (import "env" "memory" (memory 0))) "incompatible import type")
(assert_unloadable (module (import "env" "memory" (memory 64 64))) "incompatible import type")
(assert_unloadable (module (import "env" "memory" (memory 65))) "incompatible import type")
(assert_unloadable (module (import "env" "__indirect_function_table" (table 1 funcref))) "incompatible import type")
(assert_unloadable (module (import "env" "__stack_pointer" (global (mut i32)))) "incompatible import type")
(assert_unloadable (module (import "env" "__memory_base" (global i32))) "incompatible import type")
(assert_unloadable (module (import "env" "__table_base" (global i32))) "incompatible import type")
(assert_unloadable (module (import "process" "mmap" (func (param i32 i64) (result i32)))) "incompatible import type")

;; One import of the right type does not make up for one of the wrong type.
(assert_unloadable
  (module
    (import "process" "mmap" (func (param i64 i64) (result i64)))
    (import "env" "memory" (memory 1)))
  "incompatible import type")

;; A library that a module of the right type needs.
(library "test:other" (module (@dylink.0) (import "env" "memory" (memory 1))))
(dictionary ("other" "test:other"))
(assert_unloadable (module (@dylink.0 (needed "other"))) "incompatible import type")
