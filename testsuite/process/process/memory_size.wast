;;; rules: process.memory.size
;;; features: multi_value
;;; description: memory.size is the extent, whatever is mapped, and however the memory is imported.

(process (memory 64) (stack 4))
(module
  (import "process" "mmap" (func $mmap (param i32 i64) (result i32)))
  (import "process" "munmap" (func $munmap (param i32 i64) (result i32)))
  (import "env" "memory" (memory 7))
  (func (export "size") (result i32) (memory.size))
  (func (export "map-size-unmap-size") (result i32 i32)
    (local $a i32)
    (local.set $a (call $mmap (i32.const 0) (i64.const 0x30000)))
    (memory.size)
    (drop (call $munmap (local.get $a) (i64.const 0x30000)))
    (memory.size)))
(assert_return (invoke "size") (i32.const 64))
(assert_return (invoke "map-size-unmap-size") (i32.const 64) (i32.const 64))
