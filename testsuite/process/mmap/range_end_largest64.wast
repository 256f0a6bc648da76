;;; rules: mmap.range.end, mmap.hint.free, mmap.hint.taken, munmap.range
;;; features: memory64
;;; description: If the address space ends at 2^N, address plus length may be exactly 2^N, and never wraps to 0.

(process (memory i64 0x1_0000_0000_0000))
(module $m
  (func $mmap (export "mmap") (import "process" "mmap") (param i64 i64) (result i64))
  (func $munmap (export "munmap") (import "process" "munmap") (param i64 i64) (result i32))
  (memory (import "env" "memory") i64 1)
  (func (export "store8") (param i64 i32) (i32.store8 (local.get 0) (local.get 1)))
  (func (export "load8") (param i64) (result i32) (i32.load8_u (local.get 0))))
(module $n
  (import "process" "mmap" (func $mmap (param i64 i64) (result i64)))
  (import "process" "munmap" (func $munmap (param i64 i64) (result i32)))
  ;; 1 if the mapping is made, but not at the hint; it is unmapped again.
  (func (export "elsewhere") (param $hint i64) (param $length i64) (result i32)
    (local $a i64)
    (local.set $a (call $mmap (local.get $hint) (local.get $length)))
    (if (i32.or (i64.eqz (local.get $a)) (i64.eq (local.get $a) (local.get $hint))) (then (return (i32.const 0))))
    (call $munmap (local.get $a) (local.get $length))))

;; Exactly to the end.
(assert_return (invoke $m "mmap" (i64.const -0x10000) (i64.const 0x10000)) (i64.const -0x10000))
(assert_return (invoke $m "store8" (i64.const -1) (i32.const 9)))
(assert_return (invoke $m "munmap" (i64.const -0x10000) (i64.const 0x10000)) (i32.const 1))
(assert_return (invoke $m "mmap" (i64.const -0x30000) (i64.const 0x2ffff)) (i64.const -0x30000))
(assert_return (invoke $m "load8" (i64.const -1)) (i32.const 0))
(assert_return (invoke $m "munmap" (i64.const -0x30000) (i64.const 0x30000)) (i32.const 1))

;; Past the end: a range does not wrap to the pages from 0 on.
(assert_return (invoke $n "elsewhere" (i64.const -0x10000) (i64.const 0x10001)) (i32.const 1))
(assert_return (invoke $n "elsewhere" (i64.const -0x10000) (i64.const 0x20000)) (i32.const 1))
(assert_return (invoke $n "elsewhere" (i64.const -0x20000) (i64.const 0x40000)) (i32.const 1))
(assert_return (invoke $n "elsewhere" (i64.const 0x20000) (i64.const 0xffff_ffff_ffff_0000)) (i32.const 1))

;; munmap treats ranges in the same way.
(assert_return (invoke $m "mmap" (i64.const -0x10000) (i64.const 0x10000)) (i64.const -0x10000))
(assert_return (invoke $m "mmap" (i64.const 0x10000) (i64.const 0x20000)) (i64.const 0x10000))
(assert_return (invoke $m "store8" (i64.const 0x10000) (i32.const 1)))
(assert_return (invoke $m "store8" (i64.const -1) (i32.const 2)))
(assert_return (invoke $m "munmap" (i64.const -0x10000) (i64.const 0x10001)) (i32.const 0))
(assert_return (invoke $m "munmap" (i64.const -0x10000) (i64.const 0x20000)) (i32.const 0))
(assert_return (invoke $m "munmap" (i64.const -0x10000) (i64.const 0x30000)) (i32.const 0))
(assert_return (invoke $m "munmap" (i64.const -0x10000) (i64.const -1)) (i32.const 0))
(assert_return (invoke $m "munmap" (i64.const 0x20000) (i64.const -0x10000)) (i32.const 0))
(assert_return (invoke $m "load8" (i64.const 0x10000)) (i32.const 1))
(assert_return (invoke $m "load8" (i64.const -1)) (i32.const 2))
(assert_return (invoke $m "munmap" (i64.const 0x20000) (i64.const -0x10001)) (i32.const 0))
(assert_return (invoke $m "munmap" (i64.const 0x20000) (i64.const -0x20000)) (i32.const 1))
(assert_return (invoke $m "load8" (i64.const 0x10000)) (i32.const 1))
(assert_return (invoke $m "mmap" (i64.const -0x10000) (i64.const 1)) (i64.const -0x10000))
(assert_return (invoke $m "load8" (i64.const -1)) (i32.const 0))
