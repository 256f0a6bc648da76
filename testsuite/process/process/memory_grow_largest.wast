;;; rules: process.memory.grow
;;; description: memory.grow and memory.size in a process of the largest extent.

(process (memory 0x1_0000 (;64: 0x1_0000_0000_0000;)))
(module
  (memory (import "env" "memory") 1)
  (func (export "size") (result i32) (memory.size))
  (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0))))
(assert_return (invoke "grow" (i32.const 0)) (i32.const 0x1_0000 (;64: 0x1_0000_0000_0000;)))
(assert_return (invoke "grow" (i32.const 1)) (i32.const -1))
(assert_return (invoke "grow" (i32.const -1)) (i32.const -1))
(assert_return (invoke "size") (i32.const 0x1_0000 (;64: 0x1_0000_0000_0000;)))
