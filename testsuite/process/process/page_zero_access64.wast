;;; rules: process.page-zero, access.inaccessible, access.straddle, access.bulk
;;; profile: strict
;;; features: memory64, bulk_memory
;;; description: Page 0 can be neither read nor written, whatever is mapped beside it.

(process (memory i64 4))
(module
  (func $mmap (export "mmap") (import "process" "mmap") (param i64 i64) (result i64))
  (memory (import "env" "memory") i64 1)
  (func (export "load8") (param i64) (result i32) (i32.load8_u (local.get 0)))
  (func (export "store8") (param i64 i32) (i32.store8 (local.get 0) (local.get 1)))
  (func (export "load32") (param i64) (result i32) (i32.load (local.get 0)))
  (func (export "store32") (param i64 i32) (i32.store (local.get 0) (local.get 1)))
  (func (export "fill") (param i64 i32 i64) (memory.fill (local.get 0) (local.get 1) (local.get 2)))
  (func (export "copy") (param i64 i64 i64) (memory.copy (local.get 0) (local.get 1) (local.get 2))))
(assert_trap (invoke "load8" (i64.const 0)) "out of bounds memory access")
(assert_return (invoke "mmap" (i64.const 0x10000) (i64.const 0x30000)) (i64.const 0x10000))
(assert_return (invoke "fill" (i64.const 0x10000) (i32.const 7) (i64.const 0x30000)))

(assert_trap (invoke "load8" (i64.const 0)) "out of bounds memory access")
(assert_trap (invoke "load8" (i64.const 1)) "out of bounds memory access")
(assert_trap (invoke "load8" (i64.const 0xffff)) "out of bounds memory access")
(assert_trap (invoke "store8" (i64.const 0) (i32.const 1)) "out of bounds memory access")
(assert_trap (invoke "store8" (i64.const 0xffff) (i32.const 1)) "out of bounds memory access")
(assert_trap (invoke "load32" (i64.const 0xfffd)) "out of bounds memory access")
(assert_trap (invoke "store32" (i64.const 0xffff) (i32.const -1)) "out of bounds memory access")
(assert_trap (invoke "fill" (i64.const 0) (i32.const 1) (i64.const 0x20000)) "out of bounds memory access")
(assert_trap (invoke "copy" (i64.const 0xffff) (i64.const 0x20000) (i64.const 2)) "out of bounds memory access")
(assert_trap (invoke "copy" (i64.const 0x20000) (i64.const 0xffff) (i64.const 2)) "out of bounds memory access")

;; No byte beside page 0 was written.
(assert_return (invoke "load32" (i64.const 0x10000)) (i32.const 0x07070707))
(assert_return (invoke "load32" (i64.const 0x20000)) (i32.const 0x07070707))
