;;; rules: process.memory.size
;;; features: memory64, multi_value
;;; description: memory.size is the extent, whatever is mapped, and however the memory is imported.

(process (memory i64 64) (stack 4))
(module
  (import "process" "mmap" (func $mmap (param i64 i64) (result i64)))
  (import "process" "munmap" (func $munmap (param i64 i64) (result i32)))
  (import "env" "memory" (memory i64 7))
  (func (export "size") (result i64) (memory.size))
  (func (export "map-size-unmap-size") (result i64 i64)
    (local $a i64)
    (local.set $a (call $mmap (i64.const 0) (i64.const 0x30000)))
    (memory.size)
    (drop (call $munmap (local.get $a) (i64.const 0x30000)))
    (memory.size)))
(assert_return (invoke "size") (i64.const 64))
(assert_return (invoke "map-size-unmap-size") (i64.const 64) (i64.const 64))
