;;; rules: process.isolation, access.inaccessible
;;; profile: strict
;;; features: memory64
;;; description: A page that is mapped in one process is a hole in the other.

(process $p (memory i64 64))
(module $m
  (func $mmap (export "mmap") (import "process" "mmap") (param i64 i64) (result i64))
  (memory (import "env" "memory") i64 1)
  (func (export "load8") (param i64) (result i32) (i32.load8_u (local.get 0))))
(process $q (memory i64 64))
(module $m
  (func $mmap (export "mmap") (import "process" "mmap") (param i64 i64) (result i64))
  (memory (import "env" "memory") i64 1)
  (func (export "load8") (param i64) (result i32) (i32.load8_u (local.get 0))))
(assert_return (invoke $m "mmap" (i64.const 0x50000) (i64.const 0x10000)) (i64.const 0x50000))
(assert_return (invoke $m "load8" (i64.const 0x50000)) (i32.const 0))
(switch $p)
(assert_trap (invoke $m "load8" (i64.const 0x50000)) "out of bounds memory access")
