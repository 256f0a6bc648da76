;;; rules: process.memory
;;; features: multi_memory, bulk_memory
;;; description: There is one memory, however often it is imported, and whatever name it is exported under.

(process (memory 64))
(module $a
  (import "process" "mmap" (func $mmap (param i32 i64) (result i32)))
  (memory $one (import "env" "memory") 1)
  (memory $two (export "memory under another name") (import "env" "memory") 2)
  (func (export "map") (result i32) (call $mmap (i32.const 0x60000) (i64.const 0x20000)))
  (func (export "through") (result i32)
    (i32.store $one (i32.const 0x60000) (i32.const 0x12345678))
    (i32.load $two (i32.const 0x60000)))
  ;; Source and destination overlap, though the indices differ: by 4 bytes, over two pages, upwards and downwards.
  (func (export "slide-up") (result i64)
    (i64.store $one (i32.const 0x70000) (i64.const 0x0807060504030201))
    (memory.copy $one $two (i32.const 0x60004) (i32.const 0x60000) (i32.const 0x18000))
    (i64.load $two (i32.const 0x70004)))
  (func (export "slide-down") (result i64)
    (memory.copy $two $one (i32.const 0x60000) (i32.const 0x60004) (i32.const 0x18000))
    (i64.load $one (i32.const 0x70000))))
(assert_return (invoke $a "map") (i32.const 0x60000))
(assert_return (invoke $a "through") (i32.const 0x12345678))
(assert_return (invoke $a "slide-up") (i64.const 0x0807060504030201))
(assert_return (invoke $a "slide-down") (i64.const 0x0807060504030201))

(register "a" $a)
(module
  (memory (import "a" "memory under another name") 64 64)
  (func (export "load") (result i32) (i32.load (i32.const 0x60000)))
  (func (export "size") (result i32) (memory.size)))
(assert_return (invoke "load") (i32.const 0x12345678))
(assert_return (invoke "size") (i32.const 64))

;; A module need not import a memory.
(module (func (export "f") (result i32) (i32.const 1)))
(assert_return (invoke "f") (i32.const 1))
