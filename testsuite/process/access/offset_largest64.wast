;;; rules: access.out-of-extent
;;; features: memory64
;;; description: In the largest address space, too, index plus offset never wraps: the sums are 2^N or slightly more, and every page they would wrap to is mapped.

(process (memory i64 0x1_0000_0000_0000))
(module
  (func $mmap (export "mmap") (import "process" "mmap") (param i64 i64) (result i64))
  (memory (import "env" "memory") i64 1)
  (func (export "load") (param i64) (result i32) (i32.load (local.get 0)))
  (func (export "store+0x20000") (param i64 i32) (i32.store offset=0x20000 (local.get 0) (local.get 1)))
  (func (export "load+0x20000") (param i64) (result i32) (i32.load offset=0x20000 (local.get 0)))
  (func (export "load-0x10000") (param i64) (result i32) (i32.load offset=0xffff_ffff_ffff_0000 (local.get 0)))
  (func (export "load-4") (param i64) (result i32) (i32.load offset=0xffff_ffff_ffff_fffc (local.get 0)))
  (func (export "load8-1") (param i64) (result i32)
    (i32.load8_u offset=0xffff_ffff_ffff_ffff (local.get 0))))
(assert_return (invoke "mmap" (i64.const 0x10000) (i64.const -0x10000)) (i64.const 0x10000))
;; The largest sums that are addresses.
(assert_return (invoke "load-4" (i64.const 0)) (i32.const 0))
(assert_return (invoke "load8-1" (i64.const 0)) (i32.const 0))
(assert_return (invoke "load-0x10000" (i64.const 0xfffc)) (i32.const 0))
(assert_return (invoke "store+0x20000" (i64.const -0x20004) (i32.const 77)))
(assert_return (invoke "load" (i64.const -4)) (i32.const 77))
(assert_return (invoke "load-4" (i64.const 0)) (i32.const 77))

(assert_trap (invoke "load-0x10000" (i64.const 0xfffd)) "out of bounds memory access")
(assert_trap (invoke "load-0x10000" (i64.const 0x20000)) "out of bounds memory access")
(assert_trap (invoke "load-0x10000" (i64.const -0x10000)) "out of bounds memory access")
(assert_trap (invoke "load-4" (i64.const 1)) "out of bounds memory access")
(assert_trap (invoke "load-4" (i64.const 0x10004)) "out of bounds memory access")
(assert_trap (invoke "load-4" (i64.const -1)) "out of bounds memory access")
(assert_trap (invoke "load8-1" (i64.const 1)) "out of bounds memory access")
(assert_trap (invoke "load8-1" (i64.const 0x10001)) "out of bounds memory access")
(assert_trap (invoke "load8-1" (i64.const -1)) "out of bounds memory access")
(assert_trap (invoke "load+0x20000" (i64.const -0x20003)) "out of bounds memory access")
(assert_trap (invoke "load+0x20000" (i64.const -0x10000)) "out of bounds memory access")
(assert_trap (invoke "load+0x20000" (i64.const -1)) "out of bounds memory access")
(assert_trap (invoke "store+0x20000" (i64.const -0x10000) (i32.const 9)) "out of bounds memory access")
(assert_return (invoke "load" (i64.const 0x10000)) (i32.const 0))
