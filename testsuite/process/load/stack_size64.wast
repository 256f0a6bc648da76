;;; rules: load.stack, process.create
;;; features: memory64
;;; description: A stack takes its pages and one more; if they do not fit, creation is refused, and no process remains.

;; Page 0, the guard page and the stack are all pages.
(process (memory i64 4) (stack 2))
(module
  (func $mmap (export "mmap") (import "process" "mmap") (param i64 i64) (result i64))
  (memory (import "env" "memory") i64 1)
  (global $sp (export "sp") (import "env" "__stack_pointer") (mut i64))
  (func (export "use") (result i32)
    (i32.store (i64.sub (global.get $sp) (i64.const 4)) (i32.const 5))
    (i32.store (i64.sub (global.get $sp) (i64.const 0x20000)) (i32.const 6))
    (i32.add (i32.load (i64.sub (global.get $sp) (i64.const 4))) (i32.load (i64.sub (global.get $sp) (i64.const 0x20000))))))
(assert_return (get "sp") (i64.const 0x40000))
(assert_return (invoke "use") (i32.const 11))
(assert_return (invoke "mmap" (i64.const 0) (i64.const 1)) (i64.const 0))

(assert_refused (process $p (memory i64 4) (stack 3)) "reservation failed")
(assert_refused (process $p (memory i64 4) (stack 4)) "reservation failed")
(assert_refused (process $p (memory i64 4) (stack 5)) "reservation failed")
(assert_refused (process $p (memory i64 2) (stack 1)) "reservation failed")
(assert_refused (process $p (memory i64 64) (stack 0x1_0000)) "reservation failed")
(assert_refused (process $p (memory i64 64) (stack 0xffff_ffff)) "reservation failed")
(assert_refused (process $p (memory i64 64) (stack 0x1_0000_0000)) "reservation failed")
(assert_refused (process $p (memory i64 64) (stack 0x1_0000_0000_0001)) "reservation failed")
(assert_refused (process $p (memory i64 64) (stack 0xffff_ffff_ffff_ffff)) "reservation failed")
;; Creation was refused, so the process from above is current, and the name is free.
(assert_return (get "sp") (i64.const 0x40000))
(process $p (memory i64 3) (stack 1))
(module
  (global $sp (export "sp") (import "env" "__stack_pointer") (mut i64)))
(assert_return (get "sp") (i64.const 0x30000))
