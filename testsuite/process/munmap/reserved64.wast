;;; rules: munmap.reserved, load.stack
;;; features: memory64, multi_value
;;; description: For a range with a reserved page, munmap returns false and changes nothing; the guard page below the stack is reserved, too.

(process (memory i64 16) (stack 2))
(module $m
  (import "process" "mmap" (func $mmap (param i64 i64) (result i64)))
  (import "process" "munmap" (func $munmap (param i64 i64) (result i32)))
  (import "env" "memory" (memory i64 1))
  (import "env" "__stack_pointer" (global $sp (mut i64)))
  ;; The address $n pages below the top of the stack: 1 and 2 are the stack, 3 the guard page.
  (func $below (param $n i64) (result i64)
    (i64.and (i64.sub (i64.add (global.get $sp) (i64.const 0xffff)) (i64.mul (local.get $n) (i64.const 0x10000)))
             (i64.const -0x10000)))
  (func (export "unmap") (param $n i64) (param $length i64) (result i32)
    (call $munmap (call $below (local.get $n)) (local.get $length)))
  (func (export "unmap-all") (result i32) (call $munmap (i64.const 0x10000) (i64.const 0xf0000)))
  (func (export "push") (i32.store (i64.sub (global.get $sp) (i64.const 4)) (i32.const 42)))
  (func (export "pop") (result i32) (i32.load (i64.sub (global.get $sp) (i64.const 4))))
  ;; Maps pages until none is free, and marks them. Returns their number, and how many had been marked before.
  (func (export "fill-up") (result i32 i32)
    (local $a i64) (local $n i32) (local $used i32)
    (block $done
      (loop $next
        (local.set $a (call $mmap (i64.const 0) (i64.const 1)))
        (br_if $done (i64.eqz (local.get $a)))
        (if (i32.load8_u (local.get $a)) (then (local.set $used (i32.add (local.get $used) (i32.const 1)))))
        (i32.store8 (local.get $a) (i32.const 1))
        (local.set $n (i32.add (local.get $n) (i32.const 1)))
        (br $next)))
    (local.get $n) (local.get $used)))
(assert_return (invoke $m "push"))
(assert_return (invoke $m "fill-up") (i32.const 12) (i32.const 0))

;; Each reserved page alone, and all together.
(assert_return (invoke $m "unmap" (i64.const 1) (i64.const 1)) (i32.const 0))
(assert_return (invoke $m "unmap" (i64.const 2) (i64.const 1)) (i32.const 0))
(assert_return (invoke $m "unmap" (i64.const 3) (i64.const 1)) (i32.const 0))
(assert_return (invoke $m "unmap" (i64.const 2) (i64.const 0x20000)) (i32.const 0))
(assert_return (invoke $m "unmap" (i64.const 3) (i64.const 0x30000)) (i32.const 0))
;; Together with all mapped pages: none of them is unmapped.
(assert_return (invoke $m "unmap-all") (i32.const 0))
(assert_return (invoke $m "fill-up") (i32.const 0) (i32.const 0))
(assert_return (invoke $m "pop") (i32.const 42))
