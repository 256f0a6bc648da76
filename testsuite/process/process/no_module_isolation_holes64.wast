;;; rules: process.no-module-isolation, munmap.gone
;;; profile: strict
;;; features: memory64
;;; description: Pages that one module unmaps are inaccessible to all modules.

(process (memory i64 64))
(module $a
  (func $mmap (export "mmap") (import "process" "mmap") (param i64 i64) (result i64))
  (memory (import "env" "memory") i64 1)
  (func (export "load8") (param i64) (result i32) (i32.load8_u (local.get 0))))
(module $b
  (func $munmap (export "munmap") (import "process" "munmap") (param i64 i64) (result i32))
  (memory (import "env" "memory") i64 1)
  (func (export "load8") (param i64) (result i32) (i32.load8_u (local.get 0))))
(assert_return (invoke $a "mmap" (i64.const 0x70000) (i64.const 0x10000)) (i64.const 0x70000))
(assert_return (invoke $a "load8" (i64.const 0x70000)) (i32.const 0))
(assert_return (invoke $b "munmap" (i64.const 0x70000) (i64.const 0x10000)) (i32.const 1))
(assert_trap (invoke $a "load8" (i64.const 0x70000)) "out of bounds memory access")
