;;; rules: process.memory.grow
;;; features: memory64
;;; description: memory.grow and memory.size in a process of the largest extent.

(process (memory i64 0x1_0000_0000_0000))
(module
  (memory (import "env" "memory") i64 1)
  (func (export "size") (result i64) (memory.size))
  (func (export "grow") (param i64) (result i64) (memory.grow (local.get 0))))
(assert_return (invoke "grow" (i64.const 0)) (i64.const 0x1_0000_0000_0000))
(assert_return (invoke "grow" (i64.const 1)) (i64.const -1))
(assert_return (invoke "grow" (i64.const -1)) (i64.const -1))
(assert_return (invoke "size") (i64.const 0x1_0000_0000_0000))
