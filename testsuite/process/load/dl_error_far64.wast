;;; rules: dl.error.copy
;;; profile: strict
;;; features: memory64
;;; pair: none, since wasm32 has no addresses beyond 2^32
;;; description: A buffer may lie at any address of the address space, even beyond 32 bits; and all 64 bits of its size count.

(process (memory i64 0x10010))
(module $m
  (import "env" "memory" (memory i64 1))
  (func $mmap (import "process" "mmap") (param i64 i64) (result i64))
  (func $load (import "process" "load") (param i64 i64) (result i32))
  (func $error (import "process" "error") (param i64 i64) (result i64))
  (func (export "map") (param i64) (result i64) (call $mmap (local.get 0) (i64.const 1)))
  (func (export "fail") (result i32) (call $load (i64.const 0) (i64.const 1)))
  (func (export "error") (param i64 i64) (result i32) (i64.ne (call $error (local.get 0) (local.get 1)) (i64.const 0)))
  (func (export "load") (param i64) (result i64) (i64.load (local.get 0))))
(assert_return (invoke $m "map" (i64.const 0x100080000)) (i64.const 0x100080000))
(assert_return (invoke $m "fail") (i32.const 0))
;; "unresolv"
(assert_return (invoke $m "error" (i64.const 0x100080010) (i64.const 0x100)) (i32.const 1))
(assert_return (invoke $m "load" (i64.const 0x100080010)) (i64.const 0x766c6f7365726e75))
;; At the address in the lower 32 bits, on an unmapped page, and outside the address space.
(assert_return (invoke $m "error" (i64.const 0x80010) (i64.const 0x100)) (i32.const 0))
(assert_return (invoke $m "error" (i64.const 0x10000fffe) (i64.const 1)) (i32.const 0))
(assert_return (invoke $m "error" (i64.const 0xfffffffffffffffe) (i64.const 1)) (i32.const 0))
;; The size in the lower 32 bits would fit.
(assert_return (invoke $m "error" (i64.const 0x100080010) (i64.const 0x100000100)) (i32.const 0))
(assert_return (invoke $m "error" (i64.const 0x100080010) (i64.const 0x100000000)) (i32.const 0))
;; With addresses in the lower 32 bits that are mapped, the text still goes to the buffer.
(assert_return (invoke $m "map" (i64.const 0x80000)) (i64.const 0x80000))
(assert_return (invoke $m "map" (i64.const 0x100090000)) (i64.const 0x100090000))
(assert_return (invoke $m "error" (i64.const 0x100090010) (i64.const 0x100)) (i32.const 1))
(assert_return (invoke $m "load" (i64.const 0x100090010)) (i64.const 0x766c6f7365726e75))
