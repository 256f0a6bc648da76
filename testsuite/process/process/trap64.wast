;;; rules: process.trap
;;; features: memory64, bulk_memory
;;; description: A trap ends the call: mappings, contents, globals and tables stay, and calls can be made again.

(process (memory i64 64))
(module $m
  (import "process" "mmap" (func $mmap (param i64 i64) (result i64)))
  (import "process" "munmap" (func $munmap (param i64 i64) (result i32)))
  (import "env" "memory" (memory i64 1))
  (global $counter (mut i32) (i32.const 0))
  (func (export "mmap") (param i64 i64) (result i64) (call $mmap (local.get 0) (local.get 1)))
  (func (export "load8") (param i64) (result i32) (i32.load8_u (local.get 0)))
  (func (export "count") (result i32) (global.get $counter))
  ;; Maps, unmaps, stores and sets a global, then traps: nothing of it is undone.
  (func (export "work-and-trap")
    (drop (call $mmap (i64.const 0x200000) (i64.const 0x20000)))
    (drop (call $munmap (i64.const 0x100000) (i64.const 0x10000)))
    (i32.store8 (i64.const 0x110000) (i32.const 5))
    (i32.store8 (i64.const 0x210000) (i32.const 6))
    (global.set $counter (i32.const 1))
    (unreachable))
  (table funcref (elem $one))
  (func $one (result i32) (i32.const 1))
  (func (export "call-slot-0") (result i32) (call_indirect (result i32) (i32.const 0)))
  (func (export "leave") (memory.fill (i64.const -1) (i32.const 1) (i64.const 2)))
  (func (export "divide") (param i32) (result i32) (i32.div_u (i32.const 1) (local.get 0))))
(register "m" $m)
(assert_return (invoke $m "mmap" (i64.const 0x100000) (i64.const 0x20000)) (i64.const 0x100000))

(assert_trap (invoke $m "work-and-trap") "unreachable")
(assert_trap (invoke $m "leave") "out of bounds memory access")
(assert_trap (invoke $m "divide" (i32.const 0)) "integer divide by zero")

(assert_return (invoke $m "divide" (i32.const 1)) (i32.const 1))
(assert_return (invoke $m "count") (i32.const 1))
(assert_return (invoke $m "call-slot-0") (i32.const 1))
(assert_return (invoke $m "load8" (i64.const 0x110000)) (i32.const 5))
(assert_return (invoke $m "load8" (i64.const 0x210000)) (i32.const 6))
;; The page that was unmapped before the trap is free.
(assert_return (invoke $m "mmap" (i64.const 0x100000) (i64.const 0x10000)) (i64.const 0x100000))

;; A trap that passes through two modules has no further effect.
(module $n
  (import "m" "work-and-trap" (func $trap))
  (func (export "trap") (call $trap)))
(assert_trap (invoke $n "trap") "unreachable")
(assert_trap (invoke $n "trap") "unreachable")
(assert_return (invoke $m "load8" (i64.const 0x110000)) (i32.const 5))

;; The process can still load modules.
(module (func (export "f") (result i32) (i32.const 1)))
(assert_return (invoke "f") (i32.const 1))
