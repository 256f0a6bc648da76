;;; rules: mmap.range.end, mmap.hint.free
;;; features: memory64
;;; description: A range may end exactly at the end of the address space.

(process (memory i64 64))
(module
  (func $mmap (export "mmap") (import "process" "mmap") (param i64 i64) (result i64))
  (func $munmap (export "munmap") (import "process" "munmap") (param i64 i64) (result i32))
  (memory (import "env" "memory") i64 1)
  (func (export "store8") (param i64 i32) (i32.store8 (local.get 0) (local.get 1)))
  (func (export "load8") (param i64) (result i32) (i32.load8_u (local.get 0))))
(assert_return (invoke "mmap" (i64.const 0x3f0000) (i64.const 0x10000)) (i64.const 0x3f0000))
(assert_return (invoke "store8" (i64.const 0x3fffff) (i32.const 1)))
(assert_return (invoke "load8" (i64.const 0x3fffff)) (i32.const 1))
(assert_return (invoke "munmap" (i64.const 0x3f0000) (i64.const 0x10000)) (i32.const 1))
(assert_return (invoke "mmap" (i64.const 0x3c0000) (i64.const 0x3ffff)) (i64.const 0x3c0000))
(assert_return (invoke "munmap" (i64.const 0x3c0000) (i64.const 0x40000)) (i32.const 1))
(assert_return (invoke "mmap" (i64.const 0x10000) (i64.const 0x3f0000)) (i64.const 0x10000))
(assert_return (invoke "load8" (i64.const 0x3fffff)) (i32.const 0))
