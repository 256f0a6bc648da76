;;; rules: process.extent.min
;;; description: Legal extents are 2 pages up to 2^16 (wasm32) or 2^48 (wasm64); others are refused and leave no process.

(process $p (memory 1024))
(module $m
  (memory (import "env" "memory") 1)
  (func (export "size") (result i32) (memory.size)))
(assert_return (invoke $m "size") (i32.const 1024))

(assert_refused (process $q (memory 0)) "extent")
(assert_refused (process $q (memory 1)) "extent")
(assert_refused (process $q (memory 0x1_0001 (;64: 0x1_0000_0000_0001;))) "extent")
(assert_refused (process $q (memory 0xffff_ffff (;64: 0xffff_ffff_ffff_ffff;))) "extent")

;; The refused process is not current, and the current one is unchanged.
(assert_return (invoke $m "size") (i32.const 1024))

;; The name is free, and the smallest extent is legal.
(process $q (memory 2))
(module
  (memory (import "env" "memory") 1)
  (func (export "size") (result i32) (memory.size)))
(assert_return (invoke "size") (i32.const 2))
