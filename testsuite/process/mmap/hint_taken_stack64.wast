;;; rules: mmap.hint.taken, load.stack
;;; features: memory64
;;; description: Reserved pages are taken: a hint at the stack, at its guard page, or over both gives other pages.

(process (memory i64 16) (stack 2))
(module $m
  (import "process" "mmap" (func $mmap (param i64 i64) (result i64)))
  (import "process" "munmap" (func $munmap (param i64 i64) (result i32)))
  (import "env" "memory" (memory i64 1))
  (import "env" "__stack_pointer" (global $sp (mut i64)))
  ;; The address $n pages below the top of the stack.
  (func $below (param $n i64) (result i64)
    (i64.and (i64.sub (i64.add (global.get $sp) (i64.const 0xffff)) (i64.mul (local.get $n) (i64.const 0x10000)))
             (i64.const -0x10000)))
  ;; 1 if a mapping with a hint at that page is placed elsewhere; it is unmapped again.
  (func (export "elsewhere") (param $n i64) (param $length i64) (result i32)
    (local $a i64)
    (local.set $a (call $mmap (call $below (local.get $n)) (local.get $length)))
    (if (i64.eqz (local.get $a)) (then (return (i32.const 0))))
    (if (i32.eqz (call $munmap (local.get $a) (local.get $length))) (then (return (i32.const 0))))
    (i64.ne (local.get $a) (call $below (local.get $n))))
  (func (export "push") (i32.store (i64.sub (global.get $sp) (i64.const 4)) (i32.const 42)))
  (func (export "pop") (result i32) (i32.load (i64.sub (global.get $sp) (i64.const 4)))))
(assert_return (invoke $m "push"))
(assert_return (invoke $m "elsewhere" (i64.const 1) (i64.const 1)) (i32.const 1))
(assert_return (invoke $m "elsewhere" (i64.const 2) (i64.const 1)) (i32.const 1))
(assert_return (invoke $m "elsewhere" (i64.const 3) (i64.const 1)) (i32.const 1))
(assert_return (invoke $m "elsewhere" (i64.const 2) (i64.const 0x20000)) (i32.const 1))
(assert_return (invoke $m "pop") (i32.const 42))
(module
  (func $mmap (export "mmap") (import "process" "mmap") (param i64 i64) (result i64))
  ;; Maps single pages until none is free. Returns their number.
  (func $pages (export "pages") (result i32)
    (local $n i32)
    (block $done
      (loop $next
        (br_if $done (i64.eqz (call $mmap (i64.const 0) (i64.const 1))))
        (local.set $n (i32.add (local.get $n) (i32.const 1)))
        (br $next)))
    (local.get $n)))
(assert_return (invoke "pages") (i32.const 12))
