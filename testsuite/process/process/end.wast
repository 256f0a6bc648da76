;;; rules: process.end
;;; description: Every use of a process that has ended is refused; other processes are unaffected.

(process $p (memory 64))
(module $m
  (func $mmap (export "mmap") (import "process" "mmap") (param i32 i64) (result i32))
  (memory (import "env" "memory") 1)
  (func (export "load8") (param i32) (result i32) (i32.load8_u (local.get 0)))
  (func (export "store8") (param i32 i32) (i32.store8 (local.get 0) (local.get 1))))
(assert_return (invoke $m "mmap" (i32.const 0x10000) (i64.const 0x10000)) (i32.const 0x10000))
(assert_return (invoke $m "store8" (i32.const 0x10000) (i32.const 1)))
(process $q (memory 64))
(module $m
  (func $mmap (export "mmap") (import "process" "mmap") (param i32 i64) (result i32))
  (memory (import "env" "memory") 1)
  (func (export "load8") (param i32) (result i32) (i32.load8_u (local.get 0)))
  (func (export "store8") (param i32 i32) (i32.store8 (local.get 0) (local.get 1))))
(assert_return (invoke $m "mmap" (i32.const 0x10000) (i64.const 0x10000)) (i32.const 0x10000))
(assert_return (invoke $m "store8" (i32.const 0x10000) (i32.const 2)))

;; A process need not be current to be ended.
(end $p)
(assert_refused (end $p) "process has ended")
(assert_refused (switch $p) "process has ended")
(assert_return (invoke $m "load8" (i32.const 0x10000)) (i32.const 2))

;; The current process stays current when it ends: its names are still known, but every use of them is this error.
(end $q)
(assert_refused (invoke $m "load8" (i32.const 0x10000)) "process has ended")
(assert_refused (invoke $m "mmap" (i32.const 0) (i64.const 1)) "process has ended")
(assert_refused (invoke "load8" (i32.const 0x10000)) "process has ended")
(assert_refused (end $q) "process has ended")

;; The name is free for another process, which begins empty.
(process $p (memory 64))
(module $m
  (func $mmap (export "mmap") (import "process" "mmap") (param i32 i64) (result i32))
  (memory (import "env" "memory") 1)
  (func (export "load8") (param i32) (result i32) (i32.load8_u (local.get 0))))
(assert_return (invoke $m "mmap" (i32.const 0x10000) (i64.const 0x10000)) (i32.const 0x10000))
(assert_return (invoke $m "load8" (i32.const 0x10000)) (i32.const 0))

;; The core embedding is not a process, and never ends.
(switch)
(module (func (export "f") (result i32) (i32.const 7)))
(assert_return (invoke "f") (i32.const 7))
