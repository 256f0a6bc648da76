;;; rules: process.create, process.memory.size
;;; description: A process is created with the extent of its descriptor, and keeps it; the created process is current.

(process $small (memory 2))
(module $m
  (func $mmap (export "mmap") (import "process" "mmap") (param i32 i64) (result i32))
  (func $munmap (export "munmap") (import "process" "munmap") (param i32 i64) (result i32))
  (memory (import "env" "memory") 1)
  (func (export "size") (result i32) (memory.size)))
(assert_return (invoke $m "size") (i32.const 2))
;; Mapping and unmapping the address space leaves the extent unchanged.
(assert_return (invoke $m "mmap" (i32.const 0) (i64.const 0x10000)) (i32.const 0x10000))
(assert_return (invoke $m "size") (i32.const 2))
(assert_return (invoke $m "munmap" (i32.const 0x10000) (i64.const 0x10000)) (i32.const 1))
(assert_return (invoke $m "size") (i32.const 2))

;; The second process is current from here on, and has an extent of its own.
(process $odd (memory 77))
(module $m
  (memory (import "env" "memory") 1)
  (func (export "size") (result i32) (memory.size)))
(assert_return (invoke $m "size") (i32.const 77))

;; A process needs no name and no module.
(process (memory 16))
(process (memory 3))
(module
  (memory (import "env" "memory") 1)
  (func (export "size") (result i32) (memory.size)))
(assert_return (invoke "size") (i32.const 3))

(switch $small)
(assert_return (invoke $m "size") (i32.const 2))
