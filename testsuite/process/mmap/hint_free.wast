;;; rules: mmap.hint.free, mmap.result
;;; description: If the range at the hint is free, the mapping is placed exactly there, whatever its neighbours are.

(process (memory 64))
(module
  (func $mmap (export "mmap") (import "process" "mmap") (param i32 i64) (result i32))
  (func $munmap (export "munmap") (import "process" "munmap") (param i32 i64) (result i32))
  (memory (import "env" "memory") 1)
  (func (export "store8") (param i32 i32) (i32.store8 (local.get 0) (local.get 1)))
  (func (export "load8") (param i32) (result i32) (i32.load8_u (local.get 0))))
;; The first page that can be mapped, the last one, and a range between.
(assert_return (invoke "mmap" (i32.const 0x10000) (i64.const 1)) (i32.const 0x10000))
(assert_return (invoke "mmap" (i32.const 0x3f0000) (i64.const 1)) (i32.const 0x3f0000))
(assert_return (invoke "mmap" (i32.const 0x200000) (i64.const 0x30000)) (i32.const 0x200000))
;; Directly above and directly below a mapping.
(assert_return (invoke "mmap" (i32.const 0x230000) (i64.const 0x20000)) (i32.const 0x230000))
(assert_return (invoke "mmap" (i32.const 0x1e0000) (i64.const 0x20000)) (i32.const 0x1e0000))
;; A hole that fits exactly: between mappings, and made by munmap.
(assert_return (invoke "mmap" (i32.const 0x250000) (i64.const 0x1a0000)) (i32.const 0x250000))
(assert_return (invoke "munmap" (i32.const 0x210000) (i64.const 0x30000)) (i32.const 1))
(assert_return (invoke "mmap" (i32.const 0x210000) (i64.const 0x30000)) (i32.const 0x210000))
;; The rest of the space below.
(assert_return (invoke "mmap" (i32.const 0x20000) (i64.const 0x1c0000)) (i32.const 0x20000))
(assert_return (invoke "mmap" (i32.const 0) (i64.const 1)) (i32.const 0))
