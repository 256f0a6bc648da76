;;; rules: load.stack
;;; profile: strict
;;; features: memory64
;;; description: A stack of n pages lies below env.__stack_pointer, zeroed, and below it a guard page; the pointer is shared by all modules.

(process (memory i64 64) (stack 3))
(module $m
  (memory (import "env" "memory") i64 1)
  (global $sp (import "env" "__stack_pointer") (mut i64))
  (func (export "aligned") (result i32) (i64.eqz (i64.rem_u (global.get $sp) (i64.const 16))))
  ;; 1 if all 3 pages lie in the address space, above page 0 and the guard page.
  (func (export "inside") (result i32)
    (i32.and (i64.ge_u (global.get $sp) (i64.const 0x50000)) (i64.le_u (global.get $sp) (i64.const 0x400000))))
  (func (export "load8") (param $below i64) (result i32) (i32.load8_u (i64.sub (global.get $sp) (local.get $below))))
  (func (export "store8") (param $below i64) (param i32)
    (i32.store8 (i64.sub (global.get $sp) (local.get $below)) (local.get 1)))
  (func (export "push") (global.set $sp (i64.sub (global.get $sp) (i64.const 32)))))
(assert_return (invoke $m "aligned") (i32.const 1))
(assert_return (invoke $m "inside") (i32.const 1))
(assert_return (invoke $m "load8" (i64.const 1)) (i32.const 0))
(assert_return (invoke $m "load8" (i64.const 0x10001)) (i32.const 0))
(assert_return (invoke $m "load8" (i64.const 0x30000)) (i32.const 0))
(assert_return (invoke $m "store8" (i64.const 0x30000) (i32.const 1)))
(assert_return (invoke $m "store8" (i64.const 1) (i32.const 2)))
(assert_return (invoke $m "load8" (i64.const 0x30000)) (i32.const 1))
(assert_trap (invoke $m "load8" (i64.const 0x30001)) "out of bounds memory access")
(assert_trap (invoke $m "store8" (i64.const 0x30001) (i32.const 3)) "out of bounds memory access")
(assert_trap (invoke $m "load8" (i64.const 0x40000)) "out of bounds memory access")

(module $n
  (memory (import "env" "memory") i64 1)
  (global $sp (export "sp") (import "env" "__stack_pointer") (mut i64))
  (func (export "load8") (param $above i64) (result i32) (i32.load8_u (i64.add (global.get $sp) (local.get $above)))))
(assert_return (invoke $m "push"))
(assert_return (invoke $n "load8" (i64.const 31)) (i32.const 2))
(assert_return (invoke $m "load8" (i64.const -31)) (i32.const 2))

;; By default a script's process has no stack: nothing is reserved, and the pointer is 0.
(process (memory i64 64))
(module
  (func $mmap (export "mmap") (import "process" "mmap") (param i64 i64) (result i64))
  (global $sp (export "sp") (import "env" "__stack_pointer") (mut i64)))
(assert_return (get "sp") (i64.const 0))
(assert_return (invoke "mmap" (i64.const 0) (i64.const 0x3f0000)) (i64.const 0x10000))
(process (memory i64 64) (stack 0))
(module
  (func $mmap (export "mmap") (import "process" "mmap") (param i64 i64) (result i64))
  (global $sp (export "sp") (import "env" "__stack_pointer") (mut i64)))
(assert_return (get "sp") (i64.const 0))
(assert_return (invoke "mmap" (i64.const 0) (i64.const 0x3f0000)) (i64.const 0x10000))

;; It is a mutable global and nothing else.
(assert_unloadable (module (import "env" "__stack_pointer" (global i64))) "incompatible import type")
(assert_unloadable (module (import "env" "__stack_pointer" (func))) "incompatible import type")
