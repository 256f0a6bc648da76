;;; rules: mmap.length.zero
;;; features: memory64
;;; description: mmap of length 0 returns 0, with a hint and without, and maps no page.

(process (memory i64 4))
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
(assert_return (invoke "mmap" (i64.const 0) (i64.const 0)) (i64.const 0))
(assert_return (invoke "mmap" (i64.const 0x20000) (i64.const 0)) (i64.const 0))
(assert_return (invoke "mmap" (i64.const 0x20001) (i64.const 0)) (i64.const 0))
(assert_return (invoke "mmap" (i64.const -1) (i64.const 0)) (i64.const 0))
(assert_return (invoke "pages") (i32.const 3))
(assert_return (invoke "mmap" (i64.const 0) (i64.const 0)) (i64.const 0))
