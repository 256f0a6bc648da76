;;; rules: mmap.length.too-large, mmap.length.round, mmap.lazy
;;; features: memory64
;;; description: In a process of the largest extent, too, everything but page 0 can be mapped at once, and not a byte more.

(process (memory i64 0x1_0000_0000_0000))
(module
  (func $mmap (export "mmap") (import "process" "mmap") (param i64 i64) (result i64))
  (func $munmap (export "munmap") (import "process" "munmap") (param i64 i64) (result i32))
  (memory (import "env" "memory") i64 1)
  (func (export "load8") (param i64) (result i32) (i32.load8_u (local.get 0)))
  (func (export "store8") (param i64 i32) (i32.store8 (local.get 0) (local.get 1))))
(assert_return (invoke "mmap" (i64.const 0) (i64.const 0xffff_ffff_ffff_0001)) (i64.const 0))
(assert_return (invoke "mmap" (i64.const 0) (i64.const -1)) (i64.const 0))
(assert_return (invoke "mmap" (i64.const 0) (i64.const 0xffff_ffff_ffff_8000)) (i64.const 0))
(assert_return (invoke "mmap" (i64.const 0) (i64.const 0xffff_ffff_ffff_8001)) (i64.const 0))
(assert_return (invoke "mmap" (i64.const 0) (i64.const 0xffff_ffff_ffff_0000)) (i64.const 0x10000))
(assert_return (invoke "store8" (i64.const 0x10000) (i32.const 1)))
(assert_return (invoke "store8" (i64.const -1) (i32.const 2)))
(assert_return (invoke "load8" (i64.const 0x10000)) (i32.const 1))
(assert_return (invoke "load8" (i64.const -1)) (i32.const 2))
(assert_return (invoke "load8" (i64.const 0x4000_0000)) (i32.const 0))
(assert_return (invoke "mmap" (i64.const 0) (i64.const 1)) (i64.const 0))

;; After munmap of the whole range everything is free again, and zero.
(assert_return (invoke "munmap" (i64.const 0x10000) (i64.const 0xffff_ffff_ffff_0000)) (i32.const 1))
(assert_return (invoke "mmap" (i64.const 0) (i64.const 0xffff_ffff_fffe_ffff)) (i64.const 0x10000))
(assert_return (invoke "load8" (i64.const 0x10000)) (i32.const 0))
(assert_return (invoke "load8" (i64.const -1)) (i32.const 0))
