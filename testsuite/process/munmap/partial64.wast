;;; rules: munmap.partial, munmap.true
;;; features: memory64, bulk_memory
;;; description: The front, the back and the middle of a mapping can be unmapped; the rest keeps its contents.

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
(assert_return (invoke "mmap" (i64.const 0x80000) (i64.const 0x80000)) (i64.const 0x80000))
(assert_return (invoke "fill" (i64.const 0x80000) (i32.const 0x77) (i64.const 0x80000)))
;; Front.
(assert_return (invoke "munmap" (i64.const 0x80000) (i64.const 0x10000)) (i32.const 1))
(assert_return (invoke "all" (i64.const 0x90000) (i32.const 0x70000) (i32.const 0x77)) (i32.const 1))
;; Back.
(assert_return (invoke "munmap" (i64.const 0xe0000) (i64.const 0x20000)) (i32.const 1))
(assert_return (invoke "all" (i64.const 0x90000) (i32.const 0x50000) (i32.const 0x77)) (i32.const 1))
;; Middle.
(assert_return (invoke "munmap" (i64.const 0xb0000) (i64.const 0x10000)) (i32.const 1))
(assert_return (invoke "all" (i64.const 0x90000) (i32.const 0x20000) (i32.const 0x77)) (i32.const 1))
(assert_return (invoke "all" (i64.const 0xc0000) (i32.const 0x20000) (i32.const 0x77)) (i32.const 1))
;; The unmapped parts can be mapped again, each at its place.
(assert_return (invoke "mmap" (i64.const 0xb0000) (i64.const 0x10000)) (i64.const 0xb0000))
(assert_return (invoke "mmap" (i64.const 0x80000) (i64.const 0x10000)) (i64.const 0x80000))
(assert_return (invoke "mmap" (i64.const 0xe0000) (i64.const 0x20000)) (i64.const 0xe0000))
(assert_return (invoke "all" (i64.const 0x80000) (i32.const 0x10000) (i32.const 0)) (i32.const 1))
(assert_return (invoke "all" (i64.const 0x90000) (i32.const 0x20000) (i32.const 0x77)) (i32.const 1))
(assert_return (invoke "all" (i64.const 0xb0000) (i32.const 0x10000) (i32.const 0)) (i32.const 1))
(assert_return (invoke "all" (i64.const 0xc0000) (i32.const 0x20000) (i32.const 0x77)) (i32.const 1))
(assert_return (invoke "all" (i64.const 0xe0000) (i32.const 0x20000) (i32.const 0)) (i32.const 1))
