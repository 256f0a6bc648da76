;;; rules: mmap.hint.taken, load.stack
;;; description: Reserved pages are taken: a hint at the stack, at its guard page, or over both gives other pages.

(process (memory 16) (stack 2))
(module $m
  (import "process" "mmap" (func $mmap (param i32 i64) (result i32)))
  (import "process" "munmap" (func $munmap (param i32 i64) (result i32)))
  (import "env" "memory" (memory 1))
  (import "env" "__stack_pointer" (global $sp (mut i32)))
  ;; The address $n pages below the top of the stack.
  (func $below (param $n i32) (result i32)
    (i32.and (i32.sub (i32.add (global.get $sp) (i32.const 0xffff)) (i32.mul (local.get $n) (i32.const 0x10000)))
             (i32.const -0x10000)))
  ;; 1 if a mapping with a hint at that page is placed elsewhere; it is unmapped again.
  (func (export "elsewhere") (param $n i32) (param $length i64) (result i32)
    (local $a i32)
    (local.set $a (call $mmap (call $below (local.get $n)) (local.get $length)))
    (if (i32.eqz (local.get $a)) (then (return (i32.const 0))))
    (if (i32.eqz (call $munmap (local.get $a) (local.get $length))) (then (return (i32.const 0))))
    (i32.ne (local.get $a) (call $below (local.get $n))))
  (func (export "push") (i32.store (i32.sub (global.get $sp) (i32.const 4)) (i32.const 42)))
  (func (export "pop") (result i32) (i32.load (i32.sub (global.get $sp) (i32.const 4)))))
(assert_return (invoke $m "push"))
(assert_return (invoke $m "elsewhere" (i32.const 1) (i64.const 1)) (i32.const 1))
(assert_return (invoke $m "elsewhere" (i32.const 2) (i64.const 1)) (i32.const 1))
(assert_return (invoke $m "elsewhere" (i32.const 3) (i64.const 1)) (i32.const 1))
(assert_return (invoke $m "elsewhere" (i32.const 2) (i64.const 0x20000)) (i32.const 1))
(assert_return (invoke $m "pop") (i32.const 42))
(module
  (func $mmap (export "mmap") (import "process" "mmap") (param i32 i64) (result i32))
  ;; Maps single pages until none is free. Returns their number.
  (func $pages (export "pages") (result i32)
    (local $n i32)
    (block $done
      (loop $next
        (br_if $done (i32.eqz (call $mmap (i32.const 0) (i64.const 1))))
        (local.set $n (i32.add (local.get $n) (i32.const 1)))
        (br $next)))
    (local.get $n)))
(assert_return (invoke "pages") (i32.const 12))
