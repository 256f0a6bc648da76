;;; rules: load.stack
;;; features: memory64
;;; description: In the largest address space, too, the pointer starts at an address aligned to 16 bytes that is not 0, with the stack below it.

(process (memory i64 0x1_0000_0000_0000) (stack 0xffff_ffff_fffe))
(module
  (func $mmap (export "mmap") (import "process" "mmap") (param i64 i64) (result i64))
  (memory (import "env" "memory") i64 1)
  (global $sp (import "env" "__stack_pointer") (mut i64))
  (func (export "aligned") (result i32) (i64.eqz (i64.rem_u (global.get $sp) (i64.const 16))))
  ;; The stack takes the pages from 2 to the last: its top is at or near the end of the address space.
  (func (export "high") (result i32) (i64.ge_u (global.get $sp) (i64.const -0x10000)))
  (func (export "use") (result i64)
    (i64.store (i64.sub (global.get $sp) (i64.const 8)) (i64.const 5))
    (i64.store (i64.const 0x20000) (i64.const 6))
    (i64.add (i64.load (i64.sub (global.get $sp) (i64.const 8))) (i64.load (i64.const 0x20000)))))
(assert_return (invoke "aligned") (i32.const 1))
(assert_return (invoke "high") (i32.const 1))
(assert_return (invoke "use") (i64.const 11))
(assert_return (invoke "mmap" (i64.const 0) (i64.const 1)) (i64.const 0))
