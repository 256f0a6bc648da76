;;; rules: mmap.exhausted, mmap.hint.none
;;; description: The only run that is long enough is found at the very start, at the very end, and where neighbours were freed one by one.

(process (memory 16))
(module
  (func $mmap (export "mmap") (import "process" "mmap") (param i32 i64) (result i32))
  (func $munmap (export "munmap") (import "process" "munmap") (param i32 i64) (result i32)))
(assert_return (invoke "mmap" (i32.const 0) (i64.const 0xf0000)) (i32.const 0x10000))
;; At the start.
(assert_return (invoke "munmap" (i32.const 0x10000) (i64.const 0x20000)) (i32.const 1))
(assert_return (invoke "mmap" (i32.const 0) (i64.const 0x20000)) (i32.const 0x10000))
;; At the end.
(assert_return (invoke "munmap" (i32.const 0xe0000) (i64.const 0x20000)) (i32.const 1))
(assert_return (invoke "mmap" (i32.const 0) (i64.const 0x20000)) (i32.const 0xe0000))
;; Freed from below, from above, and finally in the middle: one run.
(assert_return (invoke "munmap" (i32.const 0x40000) (i64.const 0x10000)) (i32.const 1))
(assert_return (invoke "munmap" (i32.const 0x50000) (i64.const 0x10000)) (i32.const 1))
(assert_return (invoke "munmap" (i32.const 0x80000) (i64.const 0x10000)) (i32.const 1))
(assert_return (invoke "munmap" (i32.const 0x70000) (i64.const 0x10000)) (i32.const 1))
(assert_return (invoke "mmap" (i32.const 0) (i64.const 0x30000)) (i32.const 0))
(assert_return (invoke "munmap" (i32.const 0x60000) (i64.const 0x10000)) (i32.const 1))
(assert_return (invoke "mmap" (i32.const 0) (i64.const 0x50000)) (i32.const 0x40000))
