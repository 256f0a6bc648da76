;;; rules: mmap.length.round
;;; description: Length is rounded up to whole pages: 1 to 65,536 bytes are one page, one byte more is two.

(process (memory 64))
(module
  (func $mmap (export "mmap") (import "process" "mmap") (param i32 i64) (result i32))
  (memory (import "env" "memory") 1)
  ;; 1 if each of the $n bytes at $at is $byte.
  (func $all (export "all") (param $at i32) (param $n i32) (param $byte i32) (result i32)
    (loop $next
      (if (i32.eqz (local.get $n)) (then (return (i32.const 1))))
      (if (i32.ne (i32.load8_u (local.get $at)) (local.get $byte)) (then (return (i32.const 0))))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (local.set $n (i32.sub (local.get $n) (i32.const 1)))
      (br $next))
    (unreachable))
  ;; Maps single pages until none is free. Returns their number.
  (func $pages (export "pages") (result i32)
    (local $n i32)
    (block $done
      (loop $next
        (br_if $done (i32.eqz (call $mmap (i32.const 0) (i64.const 1))))
        (local.set $n (i32.add (local.get $n) (i32.const 1)))
        (br $next)))
    (local.get $n)))
;; One page each: the next page is free for the next mapping.
(assert_return (invoke "mmap" (i32.const 0x100000) (i64.const 1)) (i32.const 0x100000))
(assert_return (invoke "mmap" (i32.const 0x110000) (i64.const 0xffff)) (i32.const 0x110000))
(assert_return (invoke "mmap" (i32.const 0x120000) (i64.const 0x10000)) (i32.const 0x120000))
;; Two pages each.
(assert_return (invoke "mmap" (i32.const 0x130000) (i64.const 0x10001)) (i32.const 0x130000))
(assert_return (invoke "mmap" (i32.const 0x150000) (i64.const 0x1ffff)) (i32.const 0x150000))
(assert_return (invoke "mmap" (i32.const 0x170000) (i64.const 0x20000)) (i32.const 0x170000))
;; Whole pages, to their last byte.
(assert_return (invoke "all" (i32.const 0x100000) (i32.const 0x90000) (i32.const 0)) (i32.const 1))
;; 9 of the 63 pages are taken.
(assert_return (invoke "pages") (i32.const 54))
