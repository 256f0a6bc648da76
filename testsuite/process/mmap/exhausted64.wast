;;; rules: mmap.exhausted, mmap.hint.none
;;; features: memory64
;;; description: If no run is long enough, the result is 0 and nothing changes; if there is one, it is found.

(process (memory i64 16))
(module
  (func $mmap (export "mmap") (import "process" "mmap") (param i64 i64) (result i64))
  (func $munmap (export "munmap") (import "process" "munmap") (param i64 i64) (result i32))
  (memory (import "env" "memory") i64 1)
  (func (export "store8") (param i64 i32) (i32.store8 (local.get 0) (local.get 1)))
  (func (export "load8") (param i64) (result i32) (i32.load8_u (local.get 0))))
(assert_return (invoke "mmap" (i64.const 0) (i64.const 0xf0000)) (i64.const 0x10000))
(assert_return (invoke "store8" (i64.const 0x10000) (i32.const 1)))
(assert_return (invoke "store8" (i64.const 0xfffff) (i32.const 2)))
(assert_return (invoke "mmap" (i64.const 0) (i64.const 1)) (i64.const 0))
(assert_return (invoke "mmap" (i64.const 0x50000) (i64.const 1)) (i64.const 0))
(assert_return (invoke "load8" (i64.const 0x10000)) (i32.const 1))
(assert_return (invoke "load8" (i64.const 0xfffff)) (i32.const 2))

;; Free: pages 2, 4, 6 to 7, 10 to 12 and 15.
(assert_return (invoke "munmap" (i64.const 0x20000) (i64.const 0x10000)) (i32.const 1))
(assert_return (invoke "munmap" (i64.const 0x40000) (i64.const 0x10000)) (i32.const 1))
(assert_return (invoke "munmap" (i64.const 0x60000) (i64.const 0x20000)) (i32.const 1))
(assert_return (invoke "munmap" (i64.const 0xa0000) (i64.const 0x30000)) (i32.const 1))
(assert_return (invoke "munmap" (i64.const 0xf0000) (i64.const 0x10000)) (i32.const 1))
;; Eight pages are free, but no four in a row.
(assert_return (invoke "mmap" (i64.const 0) (i64.const 0x40000)) (i64.const 0))
(assert_return (invoke "mmap" (i64.const 0xa0000) (i64.const 0x30001)) (i64.const 0))
;; The only run of three is found, then the only run of two.
(assert_return (invoke "mmap" (i64.const 0) (i64.const 0x30000)) (i64.const 0xa0000))
(assert_return (invoke "mmap" (i64.const 0) (i64.const 0x30000)) (i64.const 0))
(assert_return (invoke "mmap" (i64.const 0) (i64.const 0x20000)) (i64.const 0x60000))
(assert_return (invoke "mmap" (i64.const 0) (i64.const 0x20000)) (i64.const 0))
;; Single pages with hints, then the last of them without.
(assert_return (invoke "mmap" (i64.const 0x40000) (i64.const 1)) (i64.const 0x40000))
(assert_return (invoke "mmap" (i64.const 0xf0000) (i64.const 1)) (i64.const 0xf0000))
(assert_return (invoke "mmap" (i64.const 0) (i64.const 1)) (i64.const 0x20000))
(assert_return (invoke "mmap" (i64.const 0) (i64.const 1)) (i64.const 0))
(assert_return (invoke "load8" (i64.const 0x10000)) (i32.const 1))

;; Unmapped pages and the pages after them, which were never mapped, are one run.
(process (memory i64 16))
(module
  (func (export "mmap") (import "process" "mmap") (param i64 i64) (result i64))
  (func (export "munmap") (import "process" "munmap") (param i64 i64) (result i32)))
(assert_return (invoke "mmap" (i64.const 0x10000) (i64.const 0x30000)) (i64.const 0x10000))
(assert_return (invoke "munmap" (i64.const 0x10000) (i64.const 0x30000)) (i32.const 1))
(assert_return (invoke "mmap" (i64.const 0) (i64.const 0xf0000)) (i64.const 0x10000))
