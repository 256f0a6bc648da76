;;; rules: process.extent.min
;;; features: memory64
;;; description: Legal extents are 2 pages up to 2^16 (wasm32) or 2^48 (wasm64); others are refused and leave no process.

(process $p (memory i64 1024))
(module $m
  (memory (import "env" "memory") i64 1)
  (func (export "size") (result i64) (memory.size)))
(assert_return (invoke $m "size") (i64.const 1024))

(assert_refused (process $q (memory i64 0)) "extent")
(assert_refused (process $q (memory i64 1)) "extent")
(assert_refused (process $q (memory i64 0x1_0000_0000_0001)) "extent")
(assert_refused (process $q (memory i64 0xffff_ffff_ffff_ffff)) "extent")

;; The refused process is not current, and the current one is unchanged.
(assert_return (invoke $m "size") (i64.const 1024))

;; The name is free, and the smallest extent is legal.
(process $q (memory i64 2))
(module
  (memory (import "env" "memory") i64 1)
  (func (export "size") (result i64) (memory.size)))
(assert_return (invoke "size") (i64.const 2))
