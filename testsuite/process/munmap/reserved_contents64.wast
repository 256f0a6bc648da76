;;; rules: munmap.reserved, munmap.true
;;; features: memory64
;;; description: If munmap is refused because of one reserved page, the mapped pages of the range keep their contents.

(process (memory i64 4) (stack 1))
(module $m
  (import "process" "mmap" (func $mmap (param i64 i64) (result i64)))
  (import "process" "munmap" (func $munmap (param i64 i64) (result i32)))
  (import "env" "memory" (memory i64 1))
  (global $a (mut i64) (i64.const 0))
  ;; Stack and guard page are two of the three pages: this is the third.
  (func (export "map") (result i32)
    (global.set $a (call $mmap (i64.const 0) (i64.const 1)))
    (i32.store (global.get $a) (i32.const 0x1234))
    (i32.load (global.get $a)))
  (func (export "load") (result i32) (i32.load (global.get $a)))
  (func (export "unmap-all") (result i32) (call $munmap (i64.const 0x10000) (i64.const 0x30000)))
  (func (export "unmap") (result i32) (call $munmap (global.get $a) (i64.const 0x10000))))
(assert_return (invoke $m "map") (i32.const 0x1234))
(assert_return (invoke $m "unmap-all") (i32.const 0))
(assert_return (invoke $m "load") (i32.const 0x1234))
;; The mapped page can be unmapped, and once it is free the range is still refused.
(assert_return (invoke $m "unmap") (i32.const 1))
(assert_return (invoke $m "unmap-all") (i32.const 0))
(assert_return (invoke $m "map") (i32.const 0x1234))
