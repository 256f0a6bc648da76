;;; rules: mmap.hint.round, process.page-zero
;;; features: memory64
;;; description: A hint that rounds to page 0 is ignored: the mapping is placed where it fits.

(process (memory i64 4))
(module
  (func $mmap (export "mmap") (import "process" "mmap") (param i64 i64) (result i64))
  (func $munmap (export "munmap") (import "process" "munmap") (param i64 i64) (result i32)))
(assert_return (invoke "mmap" (i64.const 1) (i64.const 0x30000)) (i64.const 0x10000))
(assert_return (invoke "munmap" (i64.const 0x10000) (i64.const 0x30000)) (i32.const 1))
(assert_return (invoke "mmap" (i64.const 0xffff) (i64.const 0x30000)) (i64.const 0x10000))
(assert_return (invoke "munmap" (i64.const 0x10000) (i64.const 0x30000)) (i32.const 1))
;; Only the last page is free.
(assert_return (invoke "mmap" (i64.const 0x10000) (i64.const 0x20000)) (i64.const 0x10000))
(assert_return (invoke "mmap" (i64.const 0x8000) (i64.const 0x10000)) (i64.const 0x30000))
