;;; rules: process.no-module-isolation, munmap.gone
;;; profile: strict
;;; description: Pages that one module unmaps are inaccessible to all modules.

(process (memory 64))
(module $a
  (func $mmap (export "mmap") (import "process" "mmap") (param i32 i64) (result i32))
  (memory (import "env" "memory") 1)
  (func (export "load8") (param i32) (result i32) (i32.load8_u (local.get 0))))
(module $b
  (func $munmap (export "munmap") (import "process" "munmap") (param i32 i64) (result i32))
  (memory (import "env" "memory") 1)
  (func (export "load8") (param i32) (result i32) (i32.load8_u (local.get 0))))
(assert_return (invoke $a "mmap" (i32.const 0x70000) (i64.const 0x10000)) (i32.const 0x70000))
(assert_return (invoke $a "load8" (i32.const 0x70000)) (i32.const 0))
(assert_return (invoke $b "munmap" (i32.const 0x70000) (i64.const 0x10000)) (i32.const 1))
(assert_trap (invoke $a "load8" (i32.const 0x70000)) "out of bounds memory access")
