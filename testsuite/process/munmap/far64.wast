;;; rules: munmap.gone, munmap.partial, munmap.span, munmap.true, mmap.zero, discard.zero
;;; profile: strict
;;; features: memory64
;;; pair: none, since wasm32 has no pages beyond 2^32
;;; description: All 48 bits of the number of a page, and of a number of pages, count.

(process (memory i64 0x1_0000_0000_0000))
(module
  (func $mmap (export "mmap") (import "process" "mmap") (param i64 i64) (result i64))
  (func $munmap (export "munmap") (import "process" "munmap") (param i64 i64) (result i32))
  (func $discard (export "discard") (import "process" "discard") (param i64 i64) (result i32))
  (memory (import "env" "memory") i64 1)
  (func (export "load") (param i64) (result i32) (i32.load (local.get 0)))
  (func (export "store") (param i64 i32) (i32.store (local.get 0) (local.get 1))))
;; Page 2^32 + 5 and page 5 are different pages.
(assert_return (invoke "mmap" (i64.const 0x1_0000_0005_0000) (i64.const 0x2_0000)) (i64.const 0x1_0000_0005_0000))
(assert_return (invoke "mmap" (i64.const 0x5_0000) (i64.const 1)) (i64.const 0x5_0000))
(assert_return (invoke "store" (i64.const 0x1_0000_0005_0000) (i32.const 1)))
(assert_return (invoke "store" (i64.const 0x1_0000_0006_0000) (i32.const 2)))
(assert_return (invoke "store" (i64.const 0x5_0000) (i32.const 3)))
(assert_return (invoke "discard" (i64.const 0x1_0000_0006_0000) (i64.const 1)) (i32.const 1))
(assert_return (invoke "load" (i64.const 0x1_0000_0006_0000)) (i32.const 0))
(assert_return (invoke "munmap" (i64.const 0x1_0000_0005_0000) (i64.const 1)) (i32.const 1))
(assert_trap (invoke "load" (i64.const 0x1_0000_0005_0000)) "out of bounds memory access")
(assert_return (invoke "load" (i64.const 0x1_0000_0006_0000)) (i32.const 0))
(assert_return (invoke "load" (i64.const 0x5_0000)) (i32.const 3))
(assert_return (invoke "mmap" (i64.const 0x1_0000_0005_0000) (i64.const 1)) (i64.const 0x1_0000_0005_0000))
(assert_return (invoke "load" (i64.const 0x1_0000_0005_0000)) (i32.const 0))

;; The first 2^32 + 1 pages of a mapping, and all their bytes, are gone.
(assert_return (invoke "mmap" (i64.const 0x3_0000_0000_0000) (i64.const 0x1_0000_0002_0000)) (i64.const 0x3_0000_0000_0000))
(assert_return (invoke "store" (i64.const 0x3_0000_0007_0000) (i32.const 4)))
(assert_return (invoke "store" (i64.const 0x4_0000_0000_0000) (i32.const 5)))
(assert_return (invoke "store" (i64.const 0x4_0000_0001_0000) (i32.const 6)))
(assert_return (invoke "munmap" (i64.const 0x3_0000_0000_0000) (i64.const 0x1_0000_0001_0000)) (i32.const 1))
(assert_trap (invoke "load" (i64.const 0x3_0000_0007_0000)) "out of bounds memory access")
(assert_trap (invoke "load" (i64.const 0x4_0000_0000_0000)) "out of bounds memory access")
(assert_return (invoke "load" (i64.const 0x4_0000_0001_0000)) (i32.const 6))
(assert_return (invoke "mmap" (i64.const 0x3_0000_0000_0000) (i64.const 0x1_0000_0001_0000)) (i64.const 0x3_0000_0000_0000))
(assert_return (invoke "load" (i64.const 0x3_0000_0007_0000)) (i32.const 0))
(assert_return (invoke "load" (i64.const 0x4_0000_0000_0000)) (i32.const 0))
;; All 2^32 + 1 pages are discarded.
(assert_return (invoke "store" (i64.const 0x3_0000_0007_0000) (i32.const 7)))
(assert_return (invoke "store" (i64.const 0x4_0000_0000_0000) (i32.const 8)))
(assert_return (invoke "discard" (i64.const 0x3_0000_0000_0000) (i64.const 0x1_0000_0001_0000)) (i32.const 1))
(assert_return (invoke "load" (i64.const 0x3_0000_0007_0000)) (i32.const 0))
(assert_return (invoke "load" (i64.const 0x4_0000_0000_0000)) (i32.const 0))
;; Free pages between two mappings that are far apart.
(assert_return (invoke "munmap" (i64.const 0x1_0000) (i64.const 0x7_0000_0000_0000)) (i32.const 1))
(assert_trap (invoke "load" (i64.const 0x5_0000)) "out of bounds memory access")
(assert_trap (invoke "load" (i64.const 0x1_0000_0006_0000)) "out of bounds memory access")
(assert_trap (invoke "load" (i64.const 0x4_0000_0001_0000)) "out of bounds memory access")
