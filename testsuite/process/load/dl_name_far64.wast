;;; rules: dl.name, dl.load
;;; features: memory64
;;; pair: none, since wasm32 has no addresses beyond 2^32
;;; description: A name may lie at any address of the address space, even beyond 32 bits; and all 64 bits of its length count.

(library "test:lib" (module (@dylink.0) (func (export "f") (result i32) (i32.const 1))))
(process (memory i64 0x10010) (dictionary ("lib" "test:lib")))
(module $m
  (import "env" "memory" (memory i64 1))
  (func $mmap (import "process" "mmap") (param i64 i64) (result i64))
  (func $load (import "process" "load") (param i64 i64) (result i32))
  (func $symbol (import "process" "symbol") (param i32 i64 i64) (result i64))
  (func (export "map") (param i64) (result i64) (call $mmap (local.get 0) (i64.const 1)))
  (func (export "write") (param i64) (i32.store (local.get 0) (i32.const 0x6662696c)))   ;; "libf"
  (func (export "open") (param i64) (result i32) (i32.ne (i32.const 0) (call $load (local.get 0) (i64.const 3))))
  (func (export "open-long") (param i64) (result i32)
    (i32.ne (i32.const 0) (call $load (local.get 0) (i64.const 0x100000003))))
  (func (export "has-f") (param i64) (result i32)
    (i64.ne
      (i64.const 0)
      (call $symbol (call $load (local.get 0) (i64.const 3)) (i64.add (local.get 0) (i64.const 3)) (i64.const 1)))))
(assert_return (invoke $m "map" (i64.const 0x100080000)) (i64.const 0x100080000))
(invoke $m "write" (i64.const 0x100080010))
(assert_return (invoke $m "open" (i64.const 0x100080010)) (i32.const 1))
(assert_return (invoke $m "has-f" (i64.const 0x100080010)) (i32.const 1))
;; At the address in the lower 32 bits, on an unmapped page, and outside the address space.
(assert_return (invoke $m "open" (i64.const 0x80010)) (i32.const 0))
(assert_return (invoke $m "open" (i64.const 0x10000fffe)) (i32.const 0))
(assert_return (invoke $m "open" (i64.const 0xfffffffffffffffe)) (i32.const 0))
;; The length in the lower 32 bits is that of the name.
(assert_return (invoke $m "open-long" (i64.const 0x100080010)) (i32.const 0))
