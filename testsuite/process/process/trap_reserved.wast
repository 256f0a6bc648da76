;;; rules: process.trap, load.stack
;;; description: A trap releases no reservation.

(process (memory 8) (stack 3))
(module $m
  (import "env" "memory" (memory 1))
  (import "env" "__stack_pointer" (global $sp (mut i32)))
  (func (export "push-and-trap")
    (global.set $sp (i32.sub (global.get $sp) (i32.const 16)))
    (i32.store (global.get $sp) (i32.const 99))
    (unreachable))
  (func (export "top") (result i32) (i32.load (global.get $sp))))
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
(assert_trap (invoke $m "push-and-trap") "unreachable")
(assert_return (invoke $m "top") (i32.const 99))
;; 7 pages beside page 0, less 3 of stack and its guard page.
(assert_return (invoke "pages") (i32.const 3))
(assert_return (invoke $m "top") (i32.const 99))
