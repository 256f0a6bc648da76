;;; rules: process.create, process.memory.size
;;; features: memory64
;;; description: A process is created with the extent of its descriptor, and keeps it; the created process is current.

(process $small (memory i64 2))
(module $m
  (func $mmap (export "mmap") (import "process" "mmap") (param i64 i64) (result i64))
  (func $munmap (export "munmap") (import "process" "munmap") (param i64 i64) (result i32))
  (memory (import "env" "memory") i64 1)
  (func (export "size") (result i64) (memory.size)))
(assert_return (invoke $m "size") (i64.const 2))
;; Mapping and unmapping the address space leaves the extent unchanged.
(assert_return (invoke $m "mmap" (i64.const 0) (i64.const 0x10000)) (i64.const 0x10000))
(assert_return (invoke $m "size") (i64.const 2))
(assert_return (invoke $m "munmap" (i64.const 0x10000) (i64.const 0x10000)) (i32.const 1))
(assert_return (invoke $m "size") (i64.const 2))

;; The second process is current from here on, and has an extent of its own.
(process $odd (memory i64 77))
(module $m
  (memory (import "env" "memory") i64 1)
  (func (export "size") (result i64) (memory.size)))
(assert_return (invoke $m "size") (i64.const 77))

;; A process needs no name and no module.
(process (memory i64 16))
(process (memory i64 3))
(module
  (memory (import "env" "memory") i64 1)
  (func (export "size") (result i64) (memory.size)))
(assert_return (invoke "size") (i64.const 3))

(switch $small)
(assert_return (invoke $m "size") (i64.const 2))
