;;; rules: discard.zero, discard.true
;;; description: After discard the bytes of the range are zero, those beside it are not, and the pages are mapped as before.

(process (memory 16))
(module
  (func $mmap (export "mmap") (import "process" "mmap") (param i32 i64) (result i32))
  (func $munmap (export "munmap") (import "process" "munmap") (param i32 i64) (result i32))
  (func $discard (export "discard") (import "process" "discard") (param i32 i64) (result i32))
  (memory (import "env" "memory") 1)
  (func (export "load8") (param i32) (result i32) (i32.load8_u (local.get 0)))
  (func (export "store8") (param i32 i32) (i32.store8 (local.get 0) (local.get 1)))
  ;; Writes 1 to the first and last byte of each page from $p up to, but not including, $end.
  (func (export "mark") (param $p i32) (param $end i32)
    (loop $next
      (i32.store8 (local.get $p) (i32.const 1))
      (i32.store8 (i32.add (local.get $p) (i32.const 0xffff)) (i32.const 1))
      (local.set $p (i32.add (local.get $p) (i32.const 0x10000)))
      (br_if $next (i32.ne (local.get $p) (local.get $end)))))
  ;; The sum of these bytes.
  (func (export "sum") (param $p i32) (param $end i32) (result i32)
    (local $sum i32)
    (loop $next
      (local.set $sum (i32.add (local.get $sum) (i32.load8_u (local.get $p))))
      (local.set $sum (i32.add (local.get $sum) (i32.load8_u (i32.add (local.get $p) (i32.const 0xffff)))))
      (local.set $p (i32.add (local.get $p) (i32.const 0x10000)))
      (br_if $next (i32.ne (local.get $p) (local.get $end))))
    (local.get $sum)))
(assert_return (invoke "mmap" (i32.const 0x10000) (i64.const 0x50000)) (i32.const 0x10000))
(assert_return (invoke "mmap" (i32.const 0x60000) (i64.const 0x50000)) (i32.const 0x60000))
(assert_return (invoke "mark" (i32.const 0x10000) (i32.const 0xb0000)))
(assert_return (invoke "store8" (i32.const 0x38000) (i32.const 5)))
(assert_return (invoke "store8" (i32.const 0x3ffff) (i32.const 5)))
;; A page in the middle: all of it, and none of its neighbours.
(assert_return (invoke "discard" (i32.const 0x30000) (i64.const 0x10000)) (i32.const 1))
(assert_return (invoke "load8" (i32.const 0x30000)) (i32.const 0))
(assert_return (invoke "load8" (i32.const 0x30001)) (i32.const 0))
(assert_return (invoke "load8" (i32.const 0x38000)) (i32.const 0))
(assert_return (invoke "load8" (i32.const 0x3fffe)) (i32.const 0))
(assert_return (invoke "load8" (i32.const 0x3ffff)) (i32.const 0))
(assert_return (invoke "load8" (i32.const 0x2ffff)) (i32.const 1))
(assert_return (invoke "load8" (i32.const 0x40000)) (i32.const 1))
(assert_return (invoke "sum" (i32.const 0x10000) (i32.const 0xb0000)) (i32.const 18))
;; It can be written, and discarded, again.
(assert_return (invoke "store8" (i32.const 0x38000) (i32.const 6)))
(assert_return (invoke "load8" (i32.const 0x38000)) (i32.const 6))
(assert_return (invoke "load8" (i32.const 0x38001)) (i32.const 0))
(assert_return (invoke "discard" (i32.const 0x30000) (i64.const 0x10000)) (i32.const 1))
(assert_return (invoke "load8" (i32.const 0x38000)) (i32.const 0))
(assert_return (invoke "discard" (i32.const 0x30000) (i64.const 0x10000)) (i32.const 1))
;; Parts of two mappings, some pages of which were never written again.
(assert_return (invoke "discard" (i32.const 0x20000) (i64.const 0x70000)) (i32.const 1))
(assert_return (invoke "sum" (i32.const 0x10000) (i32.const 0xb0000)) (i32.const 6))
(assert_return (invoke "sum" (i32.const 0x20000) (i32.const 0x90000)) (i32.const 0))
(assert_return (invoke "sum" (i32.const 0x10000) (i32.const 0x20000)) (i32.const 2))
;; The pages have stayed mapped.
(assert_return (invoke "mmap" (i32.const 0xb0000) (i64.const 0x50000)) (i32.const 0xb0000))
(assert_return (invoke "mmap" (i32.const 0) (i64.const 1)) (i32.const 0))
(assert_return (invoke "mark" (i32.const 0x10000) (i32.const 0x100000)))
(assert_return (invoke "sum" (i32.const 0x10000) (i32.const 0x100000)) (i32.const 30))
(assert_return (invoke "discard" (i32.const 0x10000) (i64.const 0xf0000)) (i32.const 1))
(assert_return (invoke "sum" (i32.const 0x10000) (i32.const 0x100000)) (i32.const 0))
(assert_return (invoke "munmap" (i32.const 0x10000) (i64.const 0xf0000)) (i32.const 1))
