;;; rules: munmap.partial, munmap.span
;;; features: memory64, bulk_memory
;;; description: Half of a mapping between two others is unmapped, then the two halves next to a boundary; the neighbours are unaffected.

(process (memory i64 32))
(module
  (func $mmap (export "mmap") (import "process" "mmap") (param i64 i64) (result i64))
  (func $munmap (export "munmap") (import "process" "munmap") (param i64 i64) (result i32))
  (memory (import "env" "memory") i64 1)
  (func (export "fill") (param i64 i32 i64) (memory.fill (local.get 0) (local.get 1) (local.get 2)))
  ;; 1 if each of the $n bytes at $at is $byte.
  (func $all (export "all") (param $at i64) (param $n i32) (param $byte i32) (result i32)
    (loop $next
      (if (i32.eqz (local.get $n)) (then (return (i32.const 1))))
      (if (i32.ne (i32.load8_u (local.get $at)) (local.get $byte)) (then (return (i32.const 0))))
      (local.set $at (i64.add (local.get $at) (i64.const 1)))
      (local.set $n (i32.sub (local.get $n) (i32.const 1)))
      (br $next))
    (unreachable)))
(assert_return (invoke "mmap" (i64.const 0x40000) (i64.const 0x40000)) (i64.const 0x40000))
(assert_return (invoke "mmap" (i64.const 0x80000) (i64.const 0x40000)) (i64.const 0x80000))
(assert_return (invoke "mmap" (i64.const 0xc0000) (i64.const 0x40000)) (i64.const 0xc0000))
(assert_return (invoke "fill" (i64.const 0x40000) (i32.const 1) (i64.const 0x40000)))
(assert_return (invoke "fill" (i64.const 0x80000) (i32.const 2) (i64.const 0x40000)))
(assert_return (invoke "fill" (i64.const 0xc0000) (i32.const 3) (i64.const 0x40000)))

;; The upper half of the middle one.
(assert_return (invoke "munmap" (i64.const 0xa0000) (i64.const 0x20000)) (i32.const 1))
(assert_return (invoke "all" (i64.const 0x40000) (i32.const 0x40000) (i32.const 1)) (i32.const 1))
(assert_return (invoke "all" (i64.const 0x80000) (i32.const 0x20000) (i32.const 2)) (i32.const 1))
(assert_return (invoke "all" (i64.const 0xc0000) (i32.const 0x40000) (i32.const 3)) (i32.const 1))

;; A range across a boundary: the upper half of the first, the lower half of the second.
(assert_return (invoke "munmap" (i64.const 0x60000) (i64.const 0x30000)) (i32.const 1))
(assert_return (invoke "all" (i64.const 0x40000) (i32.const 0x20000) (i32.const 1)) (i32.const 1))
(assert_return (invoke "all" (i64.const 0x90000) (i32.const 0x10000) (i32.const 2)) (i32.const 1))
(assert_return (invoke "mmap" (i64.const 0x60000) (i64.const 0x30000)) (i64.const 0x60000))
(assert_return (invoke "all" (i64.const 0x60000) (i32.const 0x30000) (i32.const 0)) (i32.const 1))
(assert_return (invoke "all" (i64.const 0x90000) (i32.const 0x10000) (i32.const 2)) (i32.const 1))
(assert_return (invoke "all" (i64.const 0xc0000) (i32.const 0x40000) (i32.const 3)) (i32.const 1))
