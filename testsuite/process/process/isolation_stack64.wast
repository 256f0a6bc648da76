;;; rules: process.isolation, load.stack
;;; features: memory64
;;; description: Each process has a stack pointer and a stack of its own.

(process $p (memory i64 16) (stack 2))
(module $m
  (memory (import "env" "memory") i64 1)
  (global $sp (import "env" "__stack_pointer") (mut i64))
  (func (export "push") (param i32)
    (global.set $sp (i64.sub (global.get $sp) (i64.const 16)))
    (i32.store (global.get $sp) (local.get 0)))
  (func (export "top") (result i32) (i32.load (global.get $sp)))
  (func (export "rem") (result i64) (i64.rem_u (global.get $sp) (i64.const 0x10000))))
(assert_return (invoke $m "rem") (i64.const 0))
(assert_return (invoke $m "push" (i32.const 1)))
(assert_return (invoke $m "rem") (i64.const 0xfff0))

(process $q (memory i64 16) (stack 2))
(module $m
  (memory (import "env" "memory") i64 1)
  (global $sp (import "env" "__stack_pointer") (mut i64))
  (func (export "push") (param i32)
    (global.set $sp (i64.sub (global.get $sp) (i64.const 16)))
    (i32.store (global.get $sp) (local.get 0)))
  (func (export "top") (result i32) (i32.load (global.get $sp)))
  (func (export "rem") (result i64) (i64.rem_u (global.get $sp) (i64.const 0x10000))))
(assert_return (invoke $m "rem") (i64.const 0))
(assert_return (invoke $m "push" (i32.const 2)))
(assert_return (invoke $m "push" (i32.const 3)))
(assert_return (invoke $m "top") (i32.const 3))
(assert_return (invoke $m "rem") (i64.const 0xffe0))

(switch $p)
(assert_return (invoke $m "rem") (i64.const 0xfff0))
(assert_return (invoke $m "top") (i32.const 1))
(assert_return (invoke $m "push" (i32.const 4)))
(switch $q)
(assert_return (invoke $m "top") (i32.const 3))
