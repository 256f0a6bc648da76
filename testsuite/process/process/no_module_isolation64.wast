;;; rules: process.no-module-isolation
;;; features: memory64
;;; description: Any module may access, and unmap, pages that another module of its process mapped.

(process (memory i64 64))
(module $a
  (func $mmap (export "mmap") (import "process" "mmap") (param i64 i64) (result i64))
  (func $munmap (export "munmap") (import "process" "munmap") (param i64 i64) (result i32))
  (memory (import "env" "memory") i64 1)
  (func (export "load8") (param i64) (result i32) (i32.load8_u (local.get 0)))
  (func (export "store8") (param i64 i32) (i32.store8 (local.get 0) (local.get 1))))
(module $b
  (func $mmap (export "mmap") (import "process" "mmap") (param i64 i64) (result i64))
  (func $munmap (export "munmap") (import "process" "munmap") (param i64 i64) (result i32))
  (memory (import "env" "memory") i64 1)
  (func (export "load8") (param i64) (result i32) (i32.load8_u (local.get 0)))
  (func (export "store8") (param i64 i32) (i32.store8 (local.get 0) (local.get 1))))
(assert_return (invoke $a "mmap" (i64.const 0x70000) (i64.const 0x20000)) (i64.const 0x70000))
(assert_return (invoke $a "store8" (i64.const 0x80000) (i32.const 5)))
(assert_return (invoke $b "load8" (i64.const 0x80000)) (i32.const 5))
(assert_return (invoke $b "store8" (i64.const 0x80000) (i32.const 6)))
(assert_return (invoke $a "load8" (i64.const 0x80000)) (i32.const 6))

;; $b unmaps the first page; $a maps it again and reads zero.
(assert_return (invoke $a "store8" (i64.const 0x70000) (i32.const 9)))
(assert_return (invoke $b "munmap" (i64.const 0x70000) (i64.const 0x10000)) (i32.const 1))
(assert_return (invoke $a "mmap" (i64.const 0x70000) (i64.const 0x10000)) (i64.const 0x70000))
(assert_return (invoke $a "load8" (i64.const 0x70000)) (i32.const 0))
(assert_return (invoke $b "load8" (i64.const 0x80000)) (i32.const 6))

;; A module that is loaded later reads the same pages.
(module $c
  (memory (import "env" "memory") i64 1)
  (func (export "load8") (param i64) (result i32) (i32.load8_u (local.get 0))))
(assert_return (invoke $c "load8" (i64.const 0x80000)) (i32.const 6))
