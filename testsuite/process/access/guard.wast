;;; rules: access.inaccessible, access.straddle, access.bulk, load.stack
;;; profile: strict
;;; features: bulk_memory
;;; description: Neither the guard page below the stack nor a range that reaches it from the stack can be accessed; all of the stack can.

(process (memory 16) (stack 2))
(module
  (import "process" "mmap" (func $mmap (param i32 i64) (result i32)))
  (import "env" "memory" (memory 1))
  (import "env" "__stack_pointer" (global $sp (mut i32)))
  ;; The lowest address of the stack, plus $n.
  (func $bottom (param $n i32) (result i32) (i32.add (i32.sub (global.get $sp) (i32.const 0x20000)) (local.get $n)))
  (func (export "load8") (param i32) (result i32) (i32.load8_u (call $bottom (local.get 0))))
  (func (export "store8") (param i32 i32) (i32.store8 (call $bottom (local.get 0)) (local.get 1)))
  (func (export "load64") (param i32) (result i64) (i64.load (call $bottom (local.get 0))))
  (func (export "store64") (param i32 i64) (i64.store (call $bottom (local.get 0)) (local.get 1)))
  (func (export "fill") (param i32 i32 i32)
    (memory.fill (call $bottom (local.get 0)) (local.get 1) (local.get 2)))
  ;; Maps every remaining page, including one directly below the guard page if it is free.
  (func (export "map-rest") (result i32)
    (local $n i32)
    (block $done
      (loop $next
        (br_if $done (i32.eqz (call $mmap (i32.const 0) (i64.const 1))))
        (local.set $n (i32.add (local.get $n) (i32.const 1)))
        (br $next)))
    (local.get $n)))
(assert_return (invoke "store64" (i32.const 0) (i64.const 0x0807060504030201)))
(assert_return (invoke "store64" (i32.const 0x1fff8) (i64.const 0x1817161514131211)))
(assert_return (invoke "load8" (i32.const 0)) (i32.const 1))
(assert_return (invoke "load8" (i32.const 0x1ffff)) (i32.const 0x18))
(assert_return (invoke "load64" (i32.const 0x10000)) (i64.const 0))

;; With all other pages mapped, the guard page still bounds the stack.
(assert_return (invoke "map-rest") (i32.const 12))
(assert_trap (invoke "load8" (i32.const -1)) "out of bounds memory access")
(assert_trap (invoke "load8" (i32.const -0x8000)) "out of bounds memory access")
(assert_trap (invoke "load8" (i32.const -0x10000)) "out of bounds memory access")
(assert_trap (invoke "store8" (i32.const -1) (i32.const 1)) "out of bounds memory access")
(assert_trap (invoke "store8" (i32.const -0x10000) (i32.const 1)) "out of bounds memory access")
(assert_trap (invoke "load64" (i32.const -1)) "out of bounds memory access")
(assert_trap (invoke "load64" (i32.const -7)) "out of bounds memory access")
(assert_trap (invoke "store64" (i32.const -1) (i64.const -1)) "out of bounds memory access")
(assert_trap (invoke "store64" (i32.const -7) (i64.const -1)) "out of bounds memory access")
(assert_trap (invoke "fill" (i32.const -1) (i32.const 9) (i32.const 2)) "out of bounds memory access")
(assert_trap (invoke "fill" (i32.const -0x10000) (i32.const 9) (i32.const 0x30000)) "out of bounds memory access")
(assert_return (invoke "load64" (i32.const 0)) (i64.const 0x0807060504030201))
(assert_return (invoke "load64" (i32.const 0x1fff8)) (i64.const 0x1817161514131211))
(assert_return (invoke "fill" (i32.const 0) (i32.const 9) (i32.const 0x20000)))
