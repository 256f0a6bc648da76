;;; rules: process.isolation
;;; features: memory64
;;; description: The same address in two processes names two different bytes, and mappings are made per process.

(process $p (memory i64 64))
(module $m
  (func $mmap (export "mmap") (import "process" "mmap") (param i64 i64) (result i64))
  (func $munmap (export "munmap") (import "process" "munmap") (param i64 i64) (result i32))
  (memory (import "env" "memory") i64 1)
  (func (export "load8") (param i64) (result i32) (i32.load8_u (local.get 0)))
  (func (export "store8") (param i64 i32) (i32.store8 (local.get 0) (local.get 1))))
(process $q (memory i64 64))
(module $m
  (func $mmap (export "mmap") (import "process" "mmap") (param i64 i64) (result i64))
  (func $munmap (export "munmap") (import "process" "munmap") (param i64 i64) (result i32))
  (memory (import "env" "memory") i64 1)
  (func (export "load8") (param i64) (result i32) (i32.load8_u (local.get 0)))
  (func (export "store8") (param i64 i32) (i32.store8 (local.get 0) (local.get 1))))

;; Both can map the same page.
(switch $p)
(assert_return (invoke $m "mmap" (i64.const 0x50000) (i64.const 0x10000)) (i64.const 0x50000))
(assert_return (invoke $m "store8" (i64.const 0x50003) (i32.const 11)))
(switch $q)
(assert_return (invoke $m "mmap" (i64.const 0x50000) (i64.const 0x10000)) (i64.const 0x50000))
(assert_return (invoke $m "load8" (i64.const 0x50003)) (i32.const 0))
(assert_return (invoke $m "store8" (i64.const 0x50003) (i32.const 22)))
(switch $p)
(assert_return (invoke $m "load8" (i64.const 0x50003)) (i32.const 11))

;; Unmapping in one leaves the other unchanged.
(assert_return (invoke $m "munmap" (i64.const 0x50000) (i64.const 0x10000)) (i32.const 1))
(switch $q)
(assert_return (invoke $m "load8" (i64.const 0x50003)) (i32.const 22))
(assert_return (invoke $m "munmap" (i64.const 0x50000) (i64.const 0x10000)) (i32.const 1))
