;;; rules: mmap.hint.free, munmap.true
;;; features: memory64
;;; pair: by hand, since the boundaries between addresses differ
;;; description: Addresses from 2^32, 2^47 and 2^63 on are addresses like any other.

(process (memory i64 0x1_0000_0000_0000))
(module
  (func $mmap (export "mmap") (import "process" "mmap") (param i64 i64) (result i64))
  (func $munmap (export "munmap") (import "process" "munmap") (param i64 i64) (result i32))
  (memory (import "env" "memory") i64 1)
  (func (export "load64") (param i64) (result i64) (i64.load (local.get 0)))
  (func (export "store64") (param i64 i64) (i64.store (local.get 0) (local.get 1))))
(assert_return (invoke "mmap" (i64.const 0x7fff_0000) (i64.const 0x20000)) (i64.const 0x7fff_0000))
(assert_return (invoke "store64" (i64.const 0x7fff_fffc) (i64.const 0x0102030405060708)))
(assert_return (invoke "load64" (i64.const 0x7fff_fffc)) (i64.const 0x0102030405060708))
(assert_return (invoke "mmap" (i64.const 0x8001_0000) (i64.const 1)) (i64.const 0x8001_0000))
(assert_return (invoke "mmap" (i64.const 0xfffe_0000) (i64.const 0x10000)) (i64.const 0xfffe_0000))
(assert_return (invoke "mmap" (i64.const 0xffff_0000) (i64.const 0x20000)) (i64.const 0xffff_0000))
(assert_return (invoke "store64" (i64.const 0xffff_fffc) (i64.const 0x1112131415161718)))
(assert_return (invoke "load64" (i64.const 0xffff_fffc)) (i64.const 0x1112131415161718))
(assert_return (invoke "load64" (i64.const 0x1_0000_0000)) (i64.const 0x11121314))
(assert_return (invoke "mmap" (i64.const 0x7fff_ffff_0000) (i64.const 0x20000)) (i64.const 0x7fff_ffff_0000))
(assert_return (invoke "store64" (i64.const 0x7fff_ffff_fffc) (i64.const 0x2122232425262728)))
(assert_return (invoke "load64" (i64.const 0x7fff_ffff_fffc)) (i64.const 0x2122232425262728))
(assert_return (invoke "mmap" (i64.const 0x7fff_ffff_ffff_0000) (i64.const 0x20000)) (i64.const 0x7fff_ffff_ffff_0000))
(assert_return (invoke "store64" (i64.const 0x7fff_ffff_ffff_fffc) (i64.const 0x3132333435363738)))
(assert_return (invoke "load64" (i64.const 0x7fff_ffff_ffff_fffc)) (i64.const 0x3132333435363738))
(assert_return (invoke "mmap" (i64.const 0xffff_ffff_fffe_0000) (i64.const 0x10000)) (i64.const 0xffff_ffff_fffe_0000))
;; Addresses that agree in their lower 32 bits are different addresses.
(assert_return (invoke "load64" (i64.const 0x7fff_fffc)) (i64.const 0x0102030405060708))
(assert_return (invoke "munmap" (i64.const 0x7fff_ffff_ffff_0000) (i64.const 0x20000)) (i32.const 1))
(assert_return (invoke "munmap" (i64.const 0x7fff_0000) (i64.const 0x20000)) (i32.const 1))
(assert_return (invoke "mmap" (i64.const 0x7fff_0000) (i64.const 0x20000)) (i64.const 0x7fff_0000))
(assert_return (invoke "load64" (i64.const 0x7fff_fffc)) (i64.const 0))
