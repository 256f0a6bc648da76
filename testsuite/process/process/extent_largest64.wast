;;; rules: process.extent.min, process.memory.size, process.memory
;;; features: memory64
;;; description: The largest process has 2^16 pages (wasm32) or 2^48 (wasm64): all addresses that a pointer can hold.

(process (memory i64 0x1_0000_0000_0000))
(module
  (func $mmap (export "mmap") (import "process" "mmap") (param i64 i64) (result i64))
  (memory (import "env" "memory") i64 0x1_0000_0000_0000 0x1_0000_0000_0000)
  (func (export "size") (result i64) (memory.size))
  (func (export "load8") (param i64) (result i32) (i32.load8_u (local.get 0)))
  (func (export "store8") (param i64 i32) (i32.store8 (local.get 0) (local.get 1))))
(assert_return (invoke "size") (i64.const 0x1_0000_0000_0000))

;; The last page is like any other.
(assert_return (invoke "mmap" (i64.const -0x10000) (i64.const 1)) (i64.const -0x10000))
(assert_return (invoke "store8" (i64.const -1) (i32.const 0xa5)))
(assert_return (invoke "load8" (i64.const -1)) (i32.const 0xa5))
