;;; rules: munmap.gone, access.inaccessible
;;; profile: strict
;;; features: bulk_memory
;;; description: After munmap the pages are inaccessible to loads, stores and bulk operations; their neighbours are not.

(process (memory 16))
(module
  (func $mmap (export "mmap") (import "process" "mmap") (param i32 i64) (result i32))
  (func $munmap (export "munmap") (import "process" "munmap") (param i32 i64) (result i32))
  (memory (import "env" "memory") 1)
  (func (export "load8") (param i32) (result i32) (i32.load8_u (local.get 0)))
  (func (export "store8") (param i32 i32) (i32.store8 (local.get 0) (local.get 1)))
  (func (export "fill") (param i32 i32 i32) (memory.fill (local.get 0) (local.get 1) (local.get 2)))
  (func (export "copy") (param i32 i32 i32) (memory.copy (local.get 0) (local.get 1) (local.get 2))))
(assert_return (invoke "mmap" (i32.const 0x10000) (i64.const 0x50000)) (i32.const 0x10000))
(assert_return (invoke "fill" (i32.const 0x10000) (i32.const 9) (i32.const 0x50000)))
(assert_return (invoke "munmap" (i32.const 0x30000) (i64.const 0x10000)) (i32.const 1))
(assert_trap (invoke "load8" (i32.const 0x30000)) "out of bounds memory access")
(assert_trap (invoke "load8" (i32.const 0x38000)) "out of bounds memory access")
(assert_trap (invoke "load8" (i32.const 0x3ffff)) "out of bounds memory access")
(assert_trap (invoke "store8" (i32.const 0x30000) (i32.const 1)) "out of bounds memory access")
(assert_trap (invoke "store8" (i32.const 0x3ffff) (i32.const 1)) "out of bounds memory access")
(assert_trap (invoke "fill" (i32.const 0x30000) (i32.const 1) (i32.const 1)) "out of bounds memory access")
(assert_trap (invoke "copy" (i32.const 0x10000) (i32.const 0x30000) (i32.const 1)) "out of bounds memory access")
(assert_return (invoke "load8" (i32.const 0x2ffff)) (i32.const 9))
(assert_return (invoke "load8" (i32.const 0x40000)) (i32.const 9))

;; The contents are lost: the page is zero when mapped again. Unmapping the whole mapping makes all of it inaccessible.
(assert_return (invoke "mmap" (i32.const 0x30000) (i64.const 0x10000)) (i32.const 0x30000))
(assert_return (invoke "load8" (i32.const 0x30000)) (i32.const 0))
(assert_return (invoke "load8" (i32.const 0x3ffff)) (i32.const 0))
(assert_return (invoke "munmap" (i32.const 0x10000) (i64.const 0x50000)) (i32.const 1))
(assert_trap (invoke "load8" (i32.const 0x10000)) "out of bounds memory access")
(assert_trap (invoke "load8" (i32.const 0x5ffff)) "out of bounds memory access")
