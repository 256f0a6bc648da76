;;; rules: process.memory
;;; features: multi_memory, bulk_memory
;;; description: There is one memory, however often it is imported, and whatever name it is exported under.

(process (memory 64))
(module $a
  (import "process" "mmap" (func $mmap (param i32 i64) (result i32)))
  (memory $one (import "env" "memory") 1)
  (memory $two (export "memory under another name") (import "env" "memory") 2)
  (func (export "map") (result i32) (call $mmap (i32.const 0x60000) (i64.const 0x10000)))
  (func (export "through") (result i32)
    (i32.store $one (i32.const 0x60000) (i32.const 0x12345678))
    (i32.load $two (i32.const 0x60000)))
  ;; Source and destination overlap, though the indices differ.
  (func (export "slide") (result i32)
    (memory.copy $one $two (i32.const 0x60001) (i32.const 0x60000) (i32.const 4))
    (i32.load $two (i32.const 0x60001))))
(assert_return (invoke $a "map") (i32.const 0x60000))
(assert_return (invoke $a "through") (i32.const 0x12345678))
(assert_return (invoke $a "slide") (i32.const 0x12345678))

(register "a" $a)
(module
  (memory (import "a" "memory under another name") 64 64)
  (func (export "load") (result i32) (i32.load (i32.const 0x60001)))
  (func (export "size") (result i32) (memory.size)))
(assert_return (invoke "load") (i32.const 0x12345678))
(assert_return (invoke "size") (i32.const 64))

;; A module needs no memory at all.
(module (func (export "f") (result i32) (i32.const 1)))
(assert_return (invoke "f") (i32.const 1))
