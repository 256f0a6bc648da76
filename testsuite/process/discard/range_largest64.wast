;;; rules: discard.range, discard.zero
;;; features: memory64
;;; description: The last page of the largest address space can be discarded, and all pages at once; a range that would wrap can not.

(process (memory i64 0x1_0000_0000_0000))
(module
  (func $mmap (export "mmap") (import "process" "mmap") (param i64 i64) (result i64))
  (func $munmap (export "munmap") (import "process" "munmap") (param i64 i64) (result i32))
  (func $discard (export "discard") (import "process" "discard") (param i64 i64) (result i32))
  (memory (import "env" "memory") i64 1)
  (func (export "load8") (param i64) (result i32) (i32.load8_u (local.get 0)))
  (func (export "store8") (param i64 i32) (i32.store8 (local.get 0) (local.get 1))))
(assert_return (invoke "mmap" (i64.const -0x10000) (i64.const 0x10000)) (i64.const -0x10000))
(assert_return (invoke "store8" (i64.const -1) (i32.const 7)))
(assert_return (invoke "discard" (i64.const -0x10000) (i64.const 0x10001)) (i32.const 0))
(assert_return (invoke "load8" (i64.const -1)) (i32.const 7))
(assert_return (invoke "discard" (i64.const -0x10000) (i64.const 1)) (i32.const 1))
(assert_return (invoke "load8" (i64.const -1)) (i32.const 0))
(assert_return (invoke "store8" (i64.const -1) (i32.const 7)))
(assert_return (invoke "load8" (i64.const -1)) (i32.const 7))

(assert_return (invoke "mmap" (i64.const 0x10000) (i64.const 0xffff_ffff_fffe_0000)) (i64.const 0x10000))
(assert_return (invoke "store8" (i64.const 0x10000) (i32.const 1)))
(assert_return (invoke "store8" (i64.const 0x1234_5678) (i32.const 1)))
(assert_return (invoke "discard" (i64.const 0x10000) (i64.const 0xffff_ffff_ffff_0000)) (i32.const 1))
(assert_return (invoke "load8" (i64.const 0x10000)) (i32.const 0))
(assert_return (invoke "load8" (i64.const 0x1234_5678)) (i32.const 0))
(assert_return (invoke "load8" (i64.const -1)) (i32.const 0))
