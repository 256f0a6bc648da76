;;; rules: mmap.hint.taken, mmap.exhausted
;;; features: memory64
;;; description: If the hint is taken and nothing else is free, the result is 0, and mappings stay.

(process (memory i64 4))
(module
  (func $mmap (export "mmap") (import "process" "mmap") (param i64 i64) (result i64))
  (func $munmap (export "munmap") (import "process" "munmap") (param i64 i64) (result i32))
  (memory (import "env" "memory") i64 1)
  (func (export "store8") (param i64 i32) (i32.store8 (local.get 0) (local.get 1)))
  (func (export "load8") (param i64) (result i32) (i32.load8_u (local.get 0))))
(assert_return (invoke "mmap" (i64.const 0x20000) (i64.const 1)) (i64.const 0x20000))
(assert_return (invoke "store8" (i64.const 0x20000) (i32.const 3)))
(assert_return (invoke "mmap" (i64.const 0x10000) (i64.const 0x20000)) (i64.const 0))
(assert_return (invoke "mmap" (i64.const 0x20000) (i64.const 0x20000)) (i64.const 0))
;; The attempts have mapped nothing.
(assert_return (invoke "mmap" (i64.const 0x10000) (i64.const 1)) (i64.const 0x10000))
;; The hint is taken; there is one free page elsewhere.
(assert_return (invoke "mmap" (i64.const 0x20000) (i64.const 1)) (i64.const 0x30000))
(assert_return (invoke "mmap" (i64.const 0x20000) (i64.const 1)) (i64.const 0))
(assert_return (invoke "load8" (i64.const 0x20000)) (i32.const 3))
