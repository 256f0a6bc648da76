;;; rules: mmap.lazy
;;; description: Success promises address space: nearly the whole of the largest process is mapped, and a few of its pages are used.

(process (memory 0x1_0000 (;64: 0x1_0000_0000_0000;)))
(module
  (func $mmap (export "mmap") (import "process" "mmap") (param i32 i64) (result i32))
  (func $munmap (export "munmap") (import "process" "munmap") (param i32 i64) (result i32))
  (memory (import "env" "memory") 1)
  (func (export "load64") (param i32) (result i64) (i64.load (local.get 0)))
  (func (export "store64") (param i32 i64) (i64.store (local.get 0) (local.get 1))))
(assert_return (invoke "mmap" (i32.const 0x20000) (i64.const 0xfffe_0000 (;64: 0xffff_ffff_fffe_0000;))) (i32.const 0x20000))
(assert_return (invoke "store64" (i32.const 0x20000) (i64.const 1)))
(assert_return (invoke "store64" (i32.const 0x1234_5678) (i64.const 2)))
(assert_return (invoke "store64" (i32.const 0x7fff_fffc) (i64.const 3)))
(assert_return (invoke "store64" (i32.const -8) (i64.const 4)))
(;64:
(assert_return (invoke "store64" (i64.const 0x1234_5678_9abc_def0) (i64.const 5)))
(assert_return (invoke "store64" (i64.const 0x7fff_ffff_ffff_fffc) (i64.const 6)))
;)
(assert_return (invoke "load64" (i32.const 0x20000)) (i64.const 1))
(assert_return (invoke "load64" (i32.const 0x1234_5678)) (i64.const 2))
(assert_return (invoke "load64" (i32.const 0x7fff_fffc)) (i64.const 3))
(assert_return (invoke "load64" (i32.const -8)) (i64.const 4))
(;64:
(assert_return (invoke "load64" (i64.const 0x1234_5678_9abc_def0)) (i64.const 5))
(assert_return (invoke "load64" (i64.const 0x7fff_ffff_ffff_fffc)) (i64.const 6))
;)
(assert_return (invoke "load64" (i32.const 0x1234_0000)) (i64.const 0))
;; Unmapping and mapping a page in the middle clears it and leaves the rest unchanged.
(assert_return (invoke "munmap" (i32.const 0x1234_0000) (i64.const 0x10000)) (i32.const 1))
(assert_return (invoke "mmap" (i32.const 0x1234_0000) (i64.const 0x10000)) (i32.const 0x1234_0000))
(assert_return (invoke "load64" (i32.const 0x1234_5678)) (i64.const 0))
(assert_return (invoke "load64" (i32.const 0x7fff_fffc)) (i64.const 3))
