;;; rules: mmap.range.end, mmap.hint.free
;;; description: A range may end exactly at the end of the address space.

(process (memory 64))
(module
  (func $mmap (export "mmap") (import "process" "mmap") (param i32 i64) (result i32))
  (func $munmap (export "munmap") (import "process" "munmap") (param i32 i64) (result i32))
  (memory (import "env" "memory") 1)
  (func (export "store8") (param i32 i32) (i32.store8 (local.get 0) (local.get 1)))
  (func (export "load8") (param i32) (result i32) (i32.load8_u (local.get 0))))
(assert_return (invoke "mmap" (i32.const 0x3f0000) (i64.const 0x10000)) (i32.const 0x3f0000))
(assert_return (invoke "store8" (i32.const 0x3fffff) (i32.const 1)))
(assert_return (invoke "load8" (i32.const 0x3fffff)) (i32.const 1))
(assert_return (invoke "munmap" (i32.const 0x3f0000) (i64.const 0x10000)) (i32.const 1))
(assert_return (invoke "mmap" (i32.const 0x3c0000) (i64.const 0x3ffff)) (i32.const 0x3c0000))
(assert_return (invoke "munmap" (i32.const 0x3c0000) (i64.const 0x40000)) (i32.const 1))
(assert_return (invoke "mmap" (i32.const 0x10000) (i64.const 0x3f0000)) (i32.const 0x10000))
(assert_return (invoke "load8" (i32.const 0x3fffff)) (i32.const 0))
