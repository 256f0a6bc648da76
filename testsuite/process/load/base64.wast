;;; rules: load.base
;;; features: memory64
;;; description: A module without dylink.0 declares no memory and no table slots: its bases are 0. They are immutable.

(process (memory i64 64) (stack 2))
(module
  (func $mmap (export "mmap") (import "process" "mmap") (param i64 i64) (result i64))
  (func (export "map") (result i32) (i64.ne (call $mmap (i64.const 0) (i64.const 0x10000)) (i64.const 0))))
(assert_return (invoke "map") (i32.const 1))
(module
  (global (export "memory base") (import "env" "__memory_base") i64)
  (global (export "table base") (import "env" "__table_base") i64))
(assert_return (get "memory base") (i64.const 0))
(assert_return (get "table base") (i64.const 0))
;; The same for the next module.
(module
  (global $m (import "env" "__memory_base") i64)
  (global $t (import "env" "__table_base") i64)
  (func (export "memory base") (result i64) (global.get $m))
  (func (export "table base") (result i64) (global.get $t)))
(assert_return (invoke "memory base") (i64.const 0))
(assert_return (invoke "table base") (i64.const 0))

(assert_unloadable (module (import "env" "__memory_base" (global (mut i64)))) "incompatible import type")
(assert_unloadable (module (import "env" "__table_base" (global (mut i64)))) "incompatible import type")
