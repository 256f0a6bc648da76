;;; rules: discard.unaligned, discard.true
;;; features: memory64
;;; description: An unaligned address returns false: it is not rounded, down or up.

(process (memory i64 16))
(module
  (func $mmap (export "mmap") (import "process" "mmap") (param i64 i64) (result i64))
  (func $munmap (export "munmap") (import "process" "munmap") (param i64 i64) (result i32))
  (func $discard (export "discard") (import "process" "discard") (param i64 i64) (result i32))
  (memory (import "env" "memory") i64 1)
  (func (export "load8") (param i64) (result i32) (i32.load8_u (local.get 0)))
  (func (export "store8") (param i64 i32) (i32.store8 (local.get 0) (local.get 1)))
  ;; Writes 1 to the first and last byte of each page from $p up to, but not including, $end.
  (func (export "mark") (param $p i64) (param $end i64)
    (loop $next
      (i32.store8 (local.get $p) (i32.const 1))
      (i32.store8 (i64.add (local.get $p) (i64.const 0xffff)) (i32.const 1))
      (local.set $p (i64.add (local.get $p) (i64.const 0x10000)))
      (br_if $next (i64.ne (local.get $p) (local.get $end)))))
  ;; The sum of these bytes.
  (func (export "sum") (param $p i64) (param $end i64) (result i32)
    (local $sum i32)
    (loop $next
      (local.set $sum (i32.add (local.get $sum) (i32.load8_u (local.get $p))))
      (local.set $sum (i32.add (local.get $sum) (i32.load8_u (i64.add (local.get $p) (i64.const 0xffff)))))
      (local.set $p (i64.add (local.get $p) (i64.const 0x10000)))
      (br_if $next (i64.ne (local.get $p) (local.get $end))))
    (local.get $sum)))
(assert_return (invoke "mmap" (i64.const 0x10000) (i64.const 0xf0000)) (i64.const 0x10000))
(assert_return (invoke "mark" (i64.const 0x10000) (i64.const 0x100000)))
(assert_return (invoke "discard" (i64.const 0x20001) (i64.const 0x10000)) (i32.const 0))
(assert_return (invoke "discard" (i64.const 0x20001) (i64.const 1)) (i32.const 0))
(assert_return (invoke "discard" (i64.const 0x20001) (i64.const 0)) (i32.const 0))
(assert_return (invoke "discard" (i64.const 0x20008) (i64.const 0xfff8)) (i32.const 0))
(assert_return (invoke "discard" (i64.const 0x21000) (i64.const 0x1000)) (i32.const 0))
(assert_return (invoke "discard" (i64.const 0x21000) (i64.const 0x10000)) (i32.const 0))
(assert_return (invoke "discard" (i64.const 0x28000) (i64.const 0x10000)) (i32.const 0))
(assert_return (invoke "discard" (i64.const 0x2ffff) (i64.const 1)) (i32.const 0))
(assert_return (invoke "discard" (i64.const 0x2ffff) (i64.const 0x10001)) (i32.const 0))
(assert_return (invoke "discard" (i64.const 0xf0001) (i64.const 1)) (i32.const 0))
(assert_return (invoke "discard" (i64.const 1) (i64.const 0x20000)) (i32.const 0))
(assert_return (invoke "sum" (i64.const 0x10000) (i64.const 0x100000)) (i32.const 30))

;; Aligned.
(assert_return (invoke "discard" (i64.const 0x20000) (i64.const 1)) (i32.const 1))
(assert_return (invoke "discard" (i64.const 0xf0000) (i64.const 1)) (i32.const 1))
(assert_return (invoke "sum" (i64.const 0x10000) (i64.const 0x100000)) (i32.const 26))
