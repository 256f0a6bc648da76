;;; rules: load.stack
;;; description: In the largest address space, too, the pointer starts at an address aligned to 16 bytes that is not 0, with the stack below it.

(process (memory 0x1_0000 (;64: 0x1_0000_0000_0000;)) (stack 0xfffe (;64: 0xffff_ffff_fffe;)))
(module
  (func $mmap (export "mmap") (import "process" "mmap") (param i32 i64) (result i32))
  (memory (import "env" "memory") 1)
  (global $sp (import "env" "__stack_pointer") (mut i32))
  (func (export "aligned") (result i32) (i32.eqz (i32.rem_u (global.get $sp) (i32.const 16))))
  ;; The stack takes the pages from 2 to the last: its top is at or near the end of the address space.
  (func (export "high") (result i32) (i32.ge_u (global.get $sp) (i32.const -0x10000)))
  (func (export "use") (result i64)
    (i64.store (i32.sub (global.get $sp) (i32.const 8)) (i64.const 5))
    (i64.store (i32.const 0x20000) (i64.const 6))
    (i64.add (i64.load (i32.sub (global.get $sp) (i32.const 8))) (i64.load (i32.const 0x20000)))))
(assert_return (invoke "aligned") (i32.const 1))
(assert_return (invoke "high") (i32.const 1))
(assert_return (invoke "use") (i64.const 11))
(assert_return (invoke "mmap" (i32.const 0) (i64.const 1)) (i32.const 0))
