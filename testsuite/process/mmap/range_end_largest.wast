;;; rules: mmap.range.end, mmap.hint.free, mmap.hint.taken, munmap.range
;;; description: If the address space ends at 2^N, address plus length may be exactly 2^N, and never wraps to 0.

(process (memory 0x1_0000 (;64: 0x1_0000_0000_0000;)))
(module $m
  (func $mmap (export "mmap") (import "process" "mmap") (param i32 i64) (result i32))
  (func $munmap (export "munmap") (import "process" "munmap") (param i32 i64) (result i32))
  (memory (import "env" "memory") 1)
  (func (export "store8") (param i32 i32) (i32.store8 (local.get 0) (local.get 1)))
  (func (export "load8") (param i32) (result i32) (i32.load8_u (local.get 0))))
(module $n
  (import "process" "mmap" (func $mmap (param i32 i64) (result i32)))
  (import "process" "munmap" (func $munmap (param i32 i64) (result i32)))
  ;; 1 if the mapping is made, but not at the hint; it is unmapped again.
  (func (export "elsewhere") (param $hint i32) (param $length i64) (result i32)
    (local $a i32)
    (local.set $a (call $mmap (local.get $hint) (local.get $length)))
    (if (i32.or (i32.eqz (local.get $a)) (i32.eq (local.get $a) (local.get $hint))) (then (return (i32.const 0))))
    (call $munmap (local.get $a) (local.get $length))))

;; Exactly to the end.
(assert_return (invoke $m "mmap" (i32.const -0x10000) (i64.const 0x10000)) (i32.const -0x10000))
(assert_return (invoke $m "store8" (i32.const -1) (i32.const 9)))
(assert_return (invoke $m "munmap" (i32.const -0x10000) (i64.const 0x10000)) (i32.const 1))
(assert_return (invoke $m "mmap" (i32.const -0x30000) (i64.const 0x2ffff)) (i32.const -0x30000))
(assert_return (invoke $m "load8" (i32.const -1)) (i32.const 0))
(assert_return (invoke $m "munmap" (i32.const -0x30000) (i64.const 0x30000)) (i32.const 1))

;; Past the end: a range does not wrap to the pages from 0 on.
(assert_return (invoke $n "elsewhere" (i32.const -0x10000) (i64.const 0x10001)) (i32.const 1))
(assert_return (invoke $n "elsewhere" (i32.const -0x10000) (i64.const 0x20000)) (i32.const 1))
(assert_return (invoke $n "elsewhere" (i32.const -0x20000) (i64.const 0x40000)) (i32.const 1))
(assert_return (invoke $n "elsewhere" (i32.const 0x20000) (i64.const 0xffff_0000 (;64: 0xffff_ffff_ffff_0000;))) (i32.const 1))

;; munmap treats ranges in the same way.
(assert_return (invoke $m "mmap" (i32.const -0x10000) (i64.const 0x10000)) (i32.const -0x10000))
(assert_return (invoke $m "mmap" (i32.const 0x10000) (i64.const 0x20000)) (i32.const 0x10000))
(assert_return (invoke $m "store8" (i32.const 0x10000) (i32.const 1)))
(assert_return (invoke $m "store8" (i32.const -1) (i32.const 2)))
(assert_return (invoke $m "munmap" (i32.const -0x10000) (i64.const 0x10001)) (i32.const 0))
(assert_return (invoke $m "munmap" (i32.const -0x10000) (i64.const 0x20000)) (i32.const 0))
(assert_return (invoke $m "munmap" (i32.const -0x10000) (i64.const 0x30000)) (i32.const 0))
(assert_return (invoke $m "munmap" (i32.const -0x10000) (i64.const -1)) (i32.const 0))
(assert_return (invoke $m "munmap" (i32.const 0x20000) (i64.const -0x10000)) (i32.const 0))
(assert_return (invoke $m "load8" (i32.const 0x10000)) (i32.const 1))
(assert_return (invoke $m "load8" (i32.const -1)) (i32.const 2))
(assert_return (invoke $m "munmap" (i32.const 0x20000) (i64.const -0x20000 (;64: -0x10001;))) (i32.const 0))
(assert_return (invoke $m "munmap" (i32.const 0x20000) (i64.const 0xfffe_0000 (;64: -0x20000;))) (i32.const 1))
(assert_return (invoke $m "load8" (i32.const 0x10000)) (i32.const 1))
(assert_return (invoke $m "mmap" (i32.const -0x10000) (i64.const 1)) (i32.const -0x10000))
(assert_return (invoke $m "load8" (i32.const -1)) (i32.const 0))
