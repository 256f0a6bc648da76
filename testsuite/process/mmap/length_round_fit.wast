;;; rules: mmap.length.round, mmap.exhausted
;;; description: A run that is one page too short for the rounded length is not used.

(process (memory 3))
(module
  (func $mmap (export "mmap") (import "process" "mmap") (param i32 i64) (result i32))
  (func $munmap (export "munmap") (import "process" "munmap") (param i32 i64) (result i32)))
(assert_return (invoke "mmap" (i32.const 0) (i64.const 0x20001)) (i32.const 0))
(assert_return (invoke "mmap" (i32.const 0) (i64.const 0x10001)) (i32.const 0x10000))
(assert_return (invoke "munmap" (i32.const 0x10000) (i64.const 0x10000)) (i32.const 1))
(assert_return (invoke "mmap" (i32.const 0) (i64.const 0x10001)) (i32.const 0))
(assert_return (invoke "mmap" (i32.const 0) (i64.const 0xffff)) (i32.const 0x10000))
