;;; rules: mmap.hint.round, mmap.hint.free
;;; description: A hint is rounded down to its page; the length is not extended by the difference.

(process (memory 64))
(module
  (func $mmap (export "mmap") (import "process" "mmap") (param i32 i64) (result i32))
  (func $munmap (export "munmap") (import "process" "munmap") (param i32 i64) (result i32)))
(assert_return (invoke "mmap" (i32.const 0x100001) (i64.const 0x10000)) (i32.const 0x100000))
;; 0x100001 + 0x10000 reaches into the next page, but that page was not mapped.
(assert_return (invoke "mmap" (i32.const 0x110000) (i64.const 0x10000)) (i32.const 0x110000))
;; Rounded up or to the nearest page, this hint would be at a taken page.
(assert_return (invoke "mmap" (i32.const 0xfffff) (i64.const 1)) (i32.const 0xf0000))
(assert_return (invoke "mmap" (i32.const 0x200fff) (i64.const 0x20000)) (i32.const 0x200000))
(assert_return (invoke "mmap" (i32.const 0x228000) (i64.const 0x20000)) (i32.const 0x220000))
;; The last byte of the address space is a hint at its last page.
(assert_return (invoke "mmap" (i32.const 0x3fffff) (i64.const 1)) (i32.const 0x3f0000))
