;;; rules: munmap.partial, mmap.zero
;;; description: An unmapped page loses all its contents; its neighbours keep theirs, up to the byte next to it.

(process (memory 32))
(module
  (func $mmap (export "mmap") (import "process" "mmap") (param i32 i64) (result i32))
  (func $munmap (export "munmap") (import "process" "munmap") (param i32 i64) (result i32))
  (memory (import "env" "memory") 1)
  (func (export "load8") (param i32) (result i32) (i32.load8_u (local.get 0)))
  (func (export "store8") (param i32 i32) (i32.store8 (local.get 0) (local.get 1))))
(assert_return (invoke "mmap" (i32.const 0x10000) (i64.const 0x30000)) (i32.const 0x10000))
(assert_return (invoke "store8" (i32.const 0x1ffff) (i32.const 1)))
(assert_return (invoke "store8" (i32.const 0x20000) (i32.const 2)))
(assert_return (invoke "store8" (i32.const 0x2ffff) (i32.const 3)))
(assert_return (invoke "store8" (i32.const 0x30000) (i32.const 4)))
(assert_return (invoke "munmap" (i32.const 0x20000) (i64.const 0x10000)) (i32.const 1))
(assert_return (invoke "mmap" (i32.const 0x20000) (i64.const 0x10000)) (i32.const 0x20000))
(assert_return (invoke "load8" (i32.const 0x1ffff)) (i32.const 1))
(assert_return (invoke "load8" (i32.const 0x20000)) (i32.const 0))
(assert_return (invoke "load8" (i32.const 0x2ffff)) (i32.const 0))
(assert_return (invoke "load8" (i32.const 0x30000)) (i32.const 4))
