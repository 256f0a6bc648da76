;;; rules: mmap.length.round, mmap.hint.taken
;;; description: The rounded length decides whether a hint fits: one byte that reaches a mapped page is too much.

(process (memory 64))
(module $n
  (import "process" "mmap" (func $mmap (param i32 i64) (result i32)))
  (import "process" "munmap" (func $munmap (param i32 i64) (result i32)))
  ;; 1 if a mapping of this length at 0x120000 is placed elsewhere; it is unmapped again.
  (func (export "elsewhere") (param $length i64) (result i32) (local $a i32)
    (local.set $a (call $mmap (i32.const 0x120000) (local.get $length)))
    (if (i32.eqz (call $munmap (local.get $a) (local.get $length))) (then (return (i32.const 0))))
    (i32.ne (local.get $a) (i32.const 0x120000))))
(module $m
  (func $mmap (export "mmap") (import "process" "mmap") (param i32 i64) (result i32))
  (memory (import "env" "memory") 1)
  (func (export "load8") (param i32) (result i32) (i32.load8_u (local.get 0)))
  (func (export "store8") (param i32 i32) (i32.store8 (local.get 0) (local.get 1))))
(assert_return (invoke $m "mmap" (i32.const 0x130000) (i64.const 1)) (i32.const 0x130000))
(assert_return (invoke $m "store8" (i32.const 0x130000) (i32.const 42)))
(assert_return (invoke $n "elsewhere" (i64.const 0x10001)) (i32.const 1))
(assert_return (invoke $n "elsewhere" (i64.const 0x1ffff)) (i32.const 1))
(assert_return (invoke $m "load8" (i32.const 0x130000)) (i32.const 42))
(assert_return (invoke $m "mmap" (i32.const 0x120000) (i64.const 0x10000)) (i32.const 0x120000))
