;;; rules: process.trap
;;; features: memory64
;;; description: Exhausting the call stack ends the call, as a trap does: the process remains usable.

(process (memory i64 64))
(module
  (import "process" "mmap" (func $mmap (param i64 i64) (result i64)))
  (import "env" "memory" (memory i64 1))
  (func $deep (export "deep")
    (i32.store8 (i64.const 0x10000) (i32.const 3))
    (call $deep))
  (func (export "map") (result i64) (call $mmap (i64.const 0x10000) (i64.const 1)))
  (func (export "load8") (param i64) (result i32) (i32.load8_u (local.get 0))))
(assert_return (invoke "map") (i64.const 0x10000))
(assert_exhaustion (invoke "deep") "call stack exhausted")
(assert_return (invoke "load8" (i64.const 0x10000)) (i32.const 3))
