;;; rules: mmap.hint.free, munmap.true
;;; pair: by hand, since the boundaries between addresses differ
;;; description: Addresses from 2^31 on, negative as signed numbers, are addresses like any other.

(process (memory 0x1_0000))
(module
  (func $mmap (export "mmap") (import "process" "mmap") (param i32 i64) (result i32))
  (func $munmap (export "munmap") (import "process" "munmap") (param i32 i64) (result i32))
  (memory (import "env" "memory") 1)
  (func (export "load64") (param i32) (result i64) (i64.load (local.get 0)))
  (func (export "store64") (param i32 i64) (i64.store (local.get 0) (local.get 1))))
(assert_return (invoke "mmap" (i32.const 0x7fff_0000) (i64.const 0x20000)) (i32.const 0x7fff_0000))
(assert_return (invoke "store64" (i32.const 0x7fff_fffc) (i64.const 0x0102030405060708)))
(assert_return (invoke "load64" (i32.const 0x7fff_fffc)) (i64.const 0x0102030405060708))
(assert_return (invoke "mmap" (i32.const 0x8001_0000) (i64.const 1)) (i32.const 0x8001_0000))
(assert_return (invoke "mmap" (i32.const 0xfffe_0000) (i64.const 0x10000)) (i32.const 0xfffe_0000))
(assert_return (invoke "munmap" (i32.const 0x7fff_0000) (i64.const 0x20000)) (i32.const 1))
(assert_return (invoke "mmap" (i32.const 0x7fff_0000) (i64.const 0x20000)) (i32.const 0x7fff_0000))
(assert_return (invoke "load64" (i32.const 0x7fff_fffc)) (i64.const 0))
