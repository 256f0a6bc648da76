;;; rules: mmap.exhausted, mmap.limit, process.limit
;;; features: memory64
;;; description: A mapping for which no run is free does not count towards the limit.

(process (memory i64 16) (limit 14))
(module
  (func $mmap (export "mmap") (import "process" "mmap") (param i64 i64) (result i64))
  ;; How many pages can still be mapped, one by one.
  (func (export "count") (result i32)
    (local $n i32)
    (loop $next
      (if (i64.ne (call $mmap (i64.const 0) (i64.const 1)) (i64.const 0))
        (then (local.set $n (i32.add (local.get $n) (i32.const 1))) (br $next))))
    (local.get $n)))
(assert_return (invoke "mmap" (i64.const 0x80000) (i64.const 1)) (i64.const 0x80000))
(assert_return (invoke "mmap" (i64.const 0) (i64.const 0x80000)) (i64.const 0))
(assert_return (invoke "mmap" (i64.const 0x10000) (i64.const 0x80000)) (i64.const 0))
(assert_return (invoke "mmap" (i64.const 0) (i64.const 0xd0000)) (i64.const 0))
(assert_return (invoke "count") (i32.const 13))
