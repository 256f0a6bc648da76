;;; rules: load.base
;;; description: A module without dylink.0 declares no memory and no table slots: its bases are 0. They are immutable.

(process (memory 64) (stack 2))
(module
  (func $mmap (export "mmap") (import "process" "mmap") (param i32 i64) (result i32))
  (func (export "map") (result i32) (i32.ne (call $mmap (i32.const 0) (i64.const 0x10000)) (i32.const 0))))
(assert_return (invoke "map") (i32.const 1))
(module
  (global (export "memory base") (import "env" "__memory_base") i32)
  (global (export "table base") (import "env" "__table_base") i32))
(assert_return (get "memory base") (i32.const 0))
(assert_return (get "table base") (i32.const 0))
;; The same for the next module.
(module
  (global $m (import "env" "__memory_base") i32)
  (global $t (import "env" "__table_base") i32)
  (func (export "memory base") (result i32) (global.get $m))
  (func (export "table base") (result i32) (global.get $t)))
(assert_return (invoke "memory base") (i32.const 0))
(assert_return (invoke "table base") (i32.const 0))

(assert_unloadable (module (import "env" "__memory_base" (global (mut i32)))) "incompatible import type")
(assert_unloadable (module (import "env" "__table_base" (global (mut i32)))) "incompatible import type")
