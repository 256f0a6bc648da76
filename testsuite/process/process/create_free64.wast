;;; rules: process.create
;;; features: memory64
;;; description: Every page of a new process but page 0 is free if it has no stack; modules without dylink.0 take none.

(process (memory i64 8))
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
(assert_return (invoke "pages") (i32.const 7))

;; The whole rest of the address space is one run.
(process (memory i64 8))
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
(assert_return (invoke "mmap" (i64.const 0) (i64.const 0x70000)) (i64.const 0x10000))
(assert_return (invoke "pages") (i32.const 0))
