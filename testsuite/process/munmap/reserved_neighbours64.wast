;;; rules: munmap.reserved, munmap.span, munmap.partial
;;; features: memory64
;;; description: Runs that end next to a reservation are unmapped; runs that have a page of it are not.

(process (memory i64 8))
(module (func (export "mmap") (import "process" "mmap") (param i64 i64) (result i64)))
(assert_return (invoke "mmap" (i64.const 0x10000) (i64.const 1)) (i64.const 0x10000))
(module
  (@dylink.0 (mem-info (memory 0x20000 0)))
  (import "process" "mmap" (func $mmap (param i64 i64) (result i64)))
  (import "process" "munmap" (func $munmap (param i64 i64) (result i32)))
  (import "env" "__memory_base" (global $base i64))
  (func (export "map") (result i32)
    (local $n i32)
    (loop $next
      (if (i64.ne (call $mmap (i64.const 0) (i64.const 1)) (i64.const 0))
        (then (local.set $n (i32.add (local.get $n) (i32.const 1))) (br $next))))
    (local.get $n))
  ;; For how many of the runs of $size bytes the result is true just if no page is reserved. All are mapped again.
  (func (export "right") (param $size i64) (result i32)
    (local $n i32) (local $at i64)
    (local.set $at (i64.const 0x10000))
    (loop $next
      (if (i32.eq
            (call $munmap (local.get $at) (local.get $size))
            (i32.or
              (i64.le_u (i64.add (local.get $at) (local.get $size)) (global.get $base))
              (i64.ge_u (local.get $at) (i64.add (global.get $base) (i64.const 0x20000)))))
        (then (local.set $n (i32.add (local.get $n) (i32.const 1)))))
      (drop (call $mmap (local.get $at) (local.get $size)))
      (local.set $at (i64.add (local.get $at) (i64.const 0x10000)))
      (br_if $next (i64.le_u (i64.add (local.get $at) (local.get $size)) (i64.const 0x80000))))
    (local.get $n)))
(assert_return (invoke "map") (i32.const 4))
(assert_return (invoke "right" (i64.const 0x10000)) (i32.const 7))
(assert_return (invoke "right" (i64.const 0x20000)) (i32.const 6))
(assert_return (invoke "right" (i64.const 0x30000)) (i32.const 5))
(assert_return (invoke "map") (i32.const 0))
