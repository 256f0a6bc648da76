;;; rules: mmap.zero, mmap.lazy
;;; features: memory64
;;; description: Pages are zero wherever they are first read, and reading them does not make them share storage.

(process (memory i64 0x1_0000_0000_0000))
(module
  (func $mmap (export "mmap") (import "process" "mmap") (param i64 i64) (result i64))
  (func $munmap (export "munmap") (import "process" "munmap") (param i64 i64) (result i32))
  (memory (import "env" "memory") i64 1)
  (func (export "load64") (param i64) (result i64) (i64.load (local.get 0)))
  (func (export "store64") (param i64 i64) (i64.store (local.get 0) (local.get 1))))
(assert_return (invoke "mmap" (i64.const 0x1000_0000) (i64.const 0x4000_0000)) (i64.const 0x1000_0000))
;; Read, then write another page, then read again.
(assert_return (invoke "load64" (i64.const 0x2000_0000)) (i64.const 0))
(assert_return (invoke "load64" (i64.const 0x3000_0000)) (i64.const 0))
(assert_return (invoke "store64" (i64.const 0x2000_0000) (i64.const -1)))
(assert_return (invoke "load64" (i64.const 0x3000_0000)) (i64.const 0))
(assert_return (invoke "load64" (i64.const 0x2000_0000)) (i64.const -1))
(assert_return (invoke "store64" (i64.const 0x3000_0000) (i64.const 5)))
(assert_return (invoke "load64" (i64.const 0x2000_0000)) (i64.const -1))
(assert_return (invoke "load64" (i64.const 0x2000_0008)) (i64.const 0))
(assert_return (invoke "load64" (i64.const 0x4fff_fff8)) (i64.const 0))
;; Storing zero to a page that was never accessed leaves it zero.
(assert_return (invoke "store64" (i64.const 0x4000_0000) (i64.const 0)))
(assert_return (invoke "load64" (i64.const 0x4000_0000)) (i64.const 0))
