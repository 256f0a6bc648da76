;;; rules: access.out-of-extent, access.inaccessible
;;; profile: strict
;;; description: The address of an access is index plus offset, in exact arithmetic: a sum of 2^N or more is out of bounds, however small its lower bits.

(process (memory 64))
(module
  (func $mmap (export "mmap") (import "process" "mmap") (param i32 i64) (result i32))
  (memory (import "env" "memory") 1)
  (func (export "load") (param i32) (result i32) (i32.load (local.get 0)))
  (func (export "store") (param i32 i32) (i32.store (local.get 0) (local.get 1)))
  (func (export "load+0x20000") (param i32) (result i32) (i32.load offset=0x20000 (local.get 0)))
  (func (export "store+0x20000") (param i32 i32) (i32.store offset=0x20000 (local.get 0) (local.get 1)))
  (func (export "load-0x10000") (param i32) (result i32) (i32.load offset=0xffff_0000 (;64: offset=0xffff_ffff_ffff_0000;) (local.get 0)))
  (func (export "store-0x10000") (param i32 i32) (i32.store offset=0xffff_0000 (;64: offset=0xffff_ffff_ffff_0000;) (local.get 0) (local.get 1)))
  (func (export "load-1") (param i32) (result i32) (i32.load8_u offset=0xffff_ffff (;64: offset=0xffff_ffff_ffff_ffff;) (local.get 0)))
  (func (export "load64") (param i32) (result i64) (i64.load offset=0x20004 (local.get 0))))
(assert_return (invoke "mmap" (i32.const 0x20000) (i64.const 0x20000)) (i32.const 0x20000))
(assert_return (invoke "store" (i32.const 0x20000) (i32.const 1)))
(assert_return (invoke "store" (i32.const 0x30000) (i32.const 2)))

;; The sum decides, not the index: the index is on page 0, or in a hole.
(assert_return (invoke "load+0x20000" (i32.const 0)) (i32.const 1))
(assert_return (invoke "load+0x20000" (i32.const 0x10000)) (i32.const 2))
(assert_return (invoke "load+0x20000" (i32.const 0x1fffc)) (i32.const 0))
(assert_return (invoke "store+0x20000" (i32.const 4) (i32.const 3)))
(assert_return (invoke "load" (i32.const 0x20004)) (i32.const 3))
;; Conversely: the index is on a mapped page, but the sum is not, or only part of the access is.
(assert_trap (invoke "load+0x20000" (i32.const 0x20000)) "out of bounds memory access")
(assert_trap (invoke "store+0x20000" (i32.const 0x20000) (i32.const 4)) "out of bounds memory access")
(assert_trap (invoke "load+0x20000" (i32.const 0x1fffd)) "out of bounds memory access")
(assert_trap (invoke "load64" (i32.const 0x1fff9)) "out of bounds memory access")
(assert_return (invoke "load64" (i32.const 0x1fff4)) (i64.const 0))

;; Without their highest bit these sums are on mapped pages.
(assert_trap (invoke "load-0x10000" (i32.const 0x30000)) "out of bounds memory access")
(assert_trap (invoke "load-0x10000" (i32.const 0x40000)) "out of bounds memory access")
(assert_trap (invoke "store-0x10000" (i32.const 0x30000) (i32.const 5)) "out of bounds memory access")
(assert_trap (invoke "load-1" (i32.const 0x20001)) "out of bounds memory access")
(assert_trap (invoke "load-1" (i32.const 1)) "out of bounds memory access")
(assert_trap (invoke "load-1" (i32.const -1)) "out of bounds memory access")
(assert_trap (invoke "load+0x20000" (i32.const -0x10000)) "out of bounds memory access")
(assert_trap (invoke "load+0x20000" (i32.const -1)) "out of bounds memory access")
(assert_trap (invoke "store+0x20000" (i32.const -0x10000) (i32.const 6)) "out of bounds memory access")
;; Negative numbers are large ones.
(assert_trap (invoke "load+0x20000" (i32.const -4)) "out of bounds memory access")
(assert_return (invoke "load" (i32.const 0x20000)) (i32.const 1))
(assert_return (invoke "load" (i32.const 0x2fffc)) (i32.const 0))
(assert_return (invoke "load" (i32.const 0x30000)) (i32.const 2))
