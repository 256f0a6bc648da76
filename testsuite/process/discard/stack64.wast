;;; rules: discard.zero, discard.inaccessible
;;; features: memory64
;;; description: The pages of the stack are discarded like mapped ones and stay reserved; the guard page is inaccessible.

(process (memory i64 16) (stack 2))
(module $m
  (import "process" "discard" (func $discard (param i64 i64) (result i32)))
  (import "process" "munmap" (func $munmap (param i64 i64) (result i32)))
  (import "env" "memory" (memory i64 1))
  (import "env" "__stack_pointer" (global $sp (mut i64)))
  ;; The address $n pages below the top of the stack: 1 and 2 are the stack, 3 the guard page.
  (func $below (param $n i64) (result i64)
    (i64.and (i64.sub (i64.add (global.get $sp) (i64.const 0xffff)) (i64.mul (local.get $n) (i64.const 0x10000)))
             (i64.const -0x10000)))
  (func (export "discard") (param $n i64) (param $length i64) (result i32)
    (call $discard (call $below (local.get $n)) (local.get $length)))
  (func (export "unmap") (param $n i64) (param $length i64) (result i32)
    (call $munmap (call $below (local.get $n)) (local.get $length)))
  (func (export "store") (param $n i64) (param $value i32) (i32.store (call $below (local.get $n)) (local.get $value)))
  (func (export "load") (param $n i64) (result i32) (i32.load (call $below (local.get $n)))))
(assert_return (invoke $m "store" (i64.const 1) (i32.const 11)))
(assert_return (invoke $m "store" (i64.const 2) (i32.const 12)))
;; The guard page, alone and with the stack.
(assert_return (invoke $m "discard" (i64.const 3) (i64.const 1)) (i32.const 0))
(assert_return (invoke $m "discard" (i64.const 3) (i64.const 0x20000)) (i32.const 0))
(assert_return (invoke $m "discard" (i64.const 3) (i64.const 0x30000)) (i32.const 0))
(assert_return (invoke $m "load" (i64.const 1)) (i32.const 11))
(assert_return (invoke $m "load" (i64.const 2)) (i32.const 12))
;; One page of the stack, then both. They stay reserved.
(assert_return (invoke $m "discard" (i64.const 2) (i64.const 0x10000)) (i32.const 1))
(assert_return (invoke $m "load" (i64.const 1)) (i32.const 11))
(assert_return (invoke $m "load" (i64.const 2)) (i32.const 0))
(assert_return (invoke $m "store" (i64.const 2) (i32.const 13)))
(assert_return (invoke $m "load" (i64.const 2)) (i32.const 13))
(assert_return (invoke $m "discard" (i64.const 2) (i64.const 0x20000)) (i32.const 1))
(assert_return (invoke $m "load" (i64.const 1)) (i32.const 0))
(assert_return (invoke $m "load" (i64.const 2)) (i32.const 0))
(assert_return (invoke $m "unmap" (i64.const 1) (i64.const 1)) (i32.const 0))
(assert_return (invoke $m "unmap" (i64.const 2) (i64.const 1)) (i32.const 0))
(assert_return (invoke $m "unmap" (i64.const 3) (i64.const 1)) (i32.const 0))
(assert_return (invoke $m "store" (i64.const 1) (i32.const 14)))
(assert_return (invoke $m "load" (i64.const 1)) (i32.const 14))
