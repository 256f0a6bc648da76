;;; rules: mmap.length.too-large, mmap.length.round
;;; description: Lengths over the extent less one page fail, including those whose rounding needs more than 64 bits, and map no page.

(process (memory 16))
(module
  (func $mmap (export "mmap") (import "process" "mmap") (param i32 i64) (result i32))
  (func $munmap (export "munmap") (import "process" "munmap") (param i32 i64) (result i32))
  (memory (import "env" "memory") 1)
  (func (export "load8") (param i32) (result i32) (i32.load8_u (local.get 0))))
(assert_return (invoke "mmap" (i32.const 0) (i64.const 0xf0001)) (i32.const 0))
(assert_return (invoke "mmap" (i32.const 0) (i64.const 0x100000)) (i32.const 0))
(assert_return (invoke "mmap" (i32.const 0) (i64.const 0x100001)) (i32.const 0))
(assert_return (invoke "mmap" (i32.const 0x10000) (i64.const 0x100000)) (i32.const 0))
;; The lower 32 bits of these are 0 or small.
(assert_return (invoke "mmap" (i32.const 0) (i64.const 0x1_0000_0000)) (i32.const 0))
(assert_return (invoke "mmap" (i32.const 0) (i64.const 0x1_0000_0001)) (i32.const 0))
(assert_return (invoke "mmap" (i32.const 0) (i64.const 0x1_0001_0000)) (i32.const 0))
(assert_return (invoke "mmap" (i32.const 0x10000) (i64.const 0x1_0000_0001)) (i32.const 0))
(assert_return (invoke "mmap" (i32.const 0) (i64.const 0x7fff_ffff_0001_0000)) (i32.const 0))
;; "Negative" lengths.
(assert_return (invoke "mmap" (i32.const 0) (i64.const 0x8000_0000_0000_0000)) (i32.const 0))
(assert_return (invoke "mmap" (i32.const 0) (i64.const 0x8000_0000_0001_0000)) (i32.const 0))
(assert_return (invoke "mmap" (i32.const 0) (i64.const -0x10000)) (i32.const 0))
;; These round up to 2^64, which is not 0.
(assert_return (invoke "mmap" (i32.const 0) (i64.const -0xffff)) (i32.const 0))
(assert_return (invoke "mmap" (i32.const 0) (i64.const -1)) (i32.const 0))
(assert_return (invoke "mmap" (i32.const 0x10000) (i64.const -1)) (i32.const 0))
(assert_return (invoke "mmap" (i32.const 0x10000) (i64.const -0x10000)) (i32.const 0))

;; The extent less one page is the most that can be mapped, and all of it is still free.
(assert_return (invoke "mmap" (i32.const 0) (i64.const 0xf0000)) (i32.const 0x10000))
