;;; rules: munmap.length, munmap.range
;;; features: memory64
;;; description: Lengths beyond 2^32 and near 2^64 are merely large: the range leaves the address space, and nothing is unmapped.

(process (memory i64 16))
(module
  (func $mmap (export "mmap") (import "process" "mmap") (param i64 i64) (result i64))
  (func $munmap (export "munmap") (import "process" "munmap") (param i64 i64) (result i32))
  (memory (import "env" "memory") i64 1)
  (func (export "load8") (param i64) (result i32) (i32.load8_u (local.get 0)))
  (func (export "store8") (param i64 i32) (i32.store8 (local.get 0) (local.get 1)))
  ;; Maps single pages until none is free. Returns their number.
  (func $pages (export "pages") (result i32)
    (local $n i32)
    (block $done
      (loop $next
        (br_if $done (i64.eqz (call $mmap (i64.const 0) (i64.const 1))))
        (local.set $n (i32.add (local.get $n) (i32.const 1)))
        (br $next)))
    (local.get $n)))
(assert_return (invoke "mmap" (i64.const 0x10000) (i64.const 0xf0000)) (i64.const 0x10000))
(assert_return (invoke "store8" (i64.const 0x10000) (i32.const 1)))
(assert_return (invoke "store8" (i64.const 0x20000) (i32.const 2)))
;; The lower 32 bits of these are a page, a byte, nothing.
(assert_return (invoke "munmap" (i64.const 0x10000) (i64.const 0x1_0001_0000)) (i32.const 0))
(assert_return (invoke "munmap" (i64.const 0x10000) (i64.const 0x1_0000_0001)) (i32.const 0))
(assert_return (invoke "munmap" (i64.const 0x10000) (i64.const 0x1_0000_0000)) (i32.const 0))
(assert_return (invoke "munmap" (i64.const 0x10000) (i64.const 0x7fff_ffff_ffff_ffff)) (i32.const 0))
(assert_return (invoke "munmap" (i64.const 0x10000) (i64.const 0x8000_0000_0000_0000)) (i32.const 0))
(assert_return (invoke "munmap" (i64.const 0x10000) (i64.const 0x8000_0000_0001_0000)) (i32.const 0))
;; With these, address plus length wraps to 0, or to the page after.
(assert_return (invoke "munmap" (i64.const 0x10000) (i64.const -0x10000)) (i32.const 0))
(assert_return (invoke "munmap" (i64.const 0x20000) (i64.const -0x10000)) (i32.const 0))
(assert_return (invoke "munmap" (i64.const 0x10000) (i64.const 0xffff_0000)) (i32.const 0))
;; Rounded up these are 2^64, which is not 0.
(assert_return (invoke "munmap" (i64.const 0x10000) (i64.const -1)) (i32.const 0))
(assert_return (invoke "munmap" (i64.const 0x10000) (i64.const -0xffff)) (i32.const 0))
(assert_return (invoke "munmap" (i64.const 0x20000) (i64.const -1)) (i32.const 0))
(assert_return (invoke "load8" (i64.const 0x10000)) (i32.const 1))
(assert_return (invoke "load8" (i64.const 0x20000)) (i32.const 2))
(assert_return (invoke "pages") (i32.const 0))
