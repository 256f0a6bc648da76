;;; rules: process.limit, process.create, load.stack
;;; description: A stack that exceeds the limit is refused; the stack counts, its guard page and page 0 do not.

(assert_refused (process (memory 16) (stack 4) (limit 3)) "limit")
(assert_refused (process (memory 16) (limit 0) (stack 1)) "limit")
(assert_refused (process (memory 16) (stack 14) (limit 13)) "limit")
;; Without room for the stack the limit does not matter.
(assert_refused (process (memory 16) (stack 15) (limit 3)) "reservation failed")
(assert_refused (process (memory 16) (stack 15) (limit 0xffff_ffff_ffff_ffff)) "reservation failed")
(assert_refused (process (memory 16) (stack 16) (limit 3)) "reservation failed")
(assert_refused (process (memory 16) (stack 0xffff_ffff_ffff_ffff) (limit 0)) "reservation failed")
(assert_refused (process (memory 1) (limit 3)) "extent")
(;64:
(assert_refused (process (memory i64 0x1_0000_0000_0000) (stack 0x1_0000_0001) (limit 0x1_0000_0000)) "limit")
;)
;; A refused process can't be used.
(assert_refused (process $p (memory 16) (stack 2) (limit 1)) "limit")
(module (func (export "f")))
(assert_return (invoke "f"))

(process (memory 16) (limit 0))
(module (func (export "f") (result i32) (i32.const 1)))
(assert_return (invoke "f") (i32.const 1))

(process (memory 16) (limit 3) (dictionary ("a" "test:a")) (stack 3))
(module
  (func $mmap (export "mmap") (import "process" "mmap") (param i32 i64) (result i32))
  (func $munmap (export "munmap") (import "process" "munmap") (param i32 i64) (result i32))
  (global $sp (import "env" "__stack_pointer") (mut i32))
  (memory (import "env" "memory") 1)
  (func (export "size") (result i32) (memory.size))
  (func (export "push") (result i32)
    (i32.store8 (i32.sub (global.get $sp) (i32.const 0x30000)) (i32.const 7))
    (i32.load8_u (i32.sub (global.get $sp) (i32.const 0x30000)))))
(assert_return (invoke "push") (i32.const 7))
(assert_return (invoke "mmap" (i32.const 0) (i64.const 1)) (i32.const 0))
(assert_return (invoke "size") (i32.const 16))

;; One page beside the stack, again and again.
(process $one (memory 16) (stack 2) (limit 3))
(module
  (func $mmap (import "process" "mmap") (param i32 i64) (result i32))
  (func $munmap (import "process" "munmap") (param i32 i64) (result i32))
  ;; Pages that can be mapped, one by one; they are unmapped again.
  (func $count (export "count") (result i32)
    (local $at i32) (local $n i32)
    (local.set $at (call $mmap (i32.const 0) (i64.const 1)))
    (if (i32.ne (local.get $at) (i32.const 0))
      (then
        (local.set $n (i32.add (i32.const 1) (call $count)))
        (drop (call $munmap (local.get $at) (i64.const 1)))))
    (local.get $n)))
(assert_return (invoke "count") (i32.const 1))
(assert_return (invoke "count") (i32.const 1))
