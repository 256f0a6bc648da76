;;; rules: mmap.limit, process.limit
;;; features: memory64
;;; description: A limit of half of the largest address space is counted exactly.

(process (memory i64 0x1_0000_0000_0000) (limit 0x8000_0000_0000))
(module
  (func $mmap (export "mmap") (import "process" "mmap") (param i64 i64) (result i64))
  (func $munmap (export "munmap") (import "process" "munmap") (param i64 i64) (result i32)))
(assert_return (invoke "mmap" (i64.const 0x10000) (i64.const 0x8000_0000_0000_0001)) (i64.const 0))
(assert_return (invoke "mmap" (i64.const 0x10000) (i64.const 0x8000_0000_0000_0000)) (i64.const 0x10000))
(assert_return (invoke "mmap" (i64.const -0x10000) (i64.const 1)) (i64.const 0))
(assert_return (invoke "munmap" (i64.const 0x10000) (i64.const 0x7fff_ffff_ffff_0000)) (i32.const 1))
(assert_return (invoke "mmap" (i64.const 0x10000) (i64.const 0x8000_0000_0000_0000)) (i64.const 0))
(assert_return (invoke "mmap" (i64.const 0x10000) (i64.const 0x7fff_ffff_ffff_0000)) (i64.const 0x10000))
(assert_return (invoke "mmap" (i64.const -0x10000) (i64.const 1)) (i64.const 0))

(process (memory i64 0x1_0000_0000_0000) (limit 2))
(module
  (func $mmap (export "mmap") (import "process" "mmap") (param i64 i64) (result i64))
  (func $munmap (export "munmap") (import "process" "munmap") (param i64 i64) (result i32)))
(assert_return (invoke "mmap" (i64.const -0x20000) (i64.const 0x20000)) (i64.const -0x20000))
(assert_return (invoke "munmap" (i64.const -0x20000) (i64.const 0x20000)) (i32.const 1))
(assert_return (invoke "mmap" (i64.const 0x10000) (i64.const 0x20000)) (i64.const 0x10000))
(assert_return (invoke "mmap" (i64.const -0x20000) (i64.const 1)) (i64.const 0))
