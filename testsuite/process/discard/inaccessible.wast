;;; rules: discard.inaccessible, discard.true, process.page-zero
;;; description: If a page of the range is free, or page 0, discard returns false and clears nothing; no free page becomes mapped.

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
(assert_return (invoke "mmap" (i32.const 0x10000) (i64.const 0x30000)) (i32.const 0x10000))
(assert_return (invoke "mmap" (i32.const 0x50000) (i64.const 0x10000)) (i32.const 0x50000))
(assert_return (invoke "mark" (i32.const 0x10000) (i32.const 0x40000)))
(assert_return (invoke "mark" (i32.const 0x50000) (i32.const 0x60000)))
;; Free pages, alone, before, between and after mapped ones.
(assert_return (invoke "discard" (i32.const 0x60000) (i64.const 1)) (i32.const 0))
(assert_return (invoke "discard" (i32.const 0x40000) (i64.const 0x20000)) (i32.const 0))
(assert_return (invoke "discard" (i32.const 0x30000) (i64.const 0x30000)) (i32.const 0))
(assert_return (invoke "discard" (i32.const 0x10000) (i64.const 0x40000)) (i32.const 0))
(assert_return (invoke "discard" (i32.const 0x50000) (i64.const 0x20000)) (i32.const 0))
(assert_return (invoke "discard" (i32.const 0x10000) (i64.const 0xf0000)) (i32.const 0))
;; Page 0, alone and with mapped pages.
(assert_return (invoke "discard" (i32.const 0) (i64.const 1)) (i32.const 0))
(assert_return (invoke "discard" (i32.const 0) (i64.const 0x10000)) (i32.const 0))
(assert_return (invoke "discard" (i32.const 0) (i64.const 0x20000)) (i32.const 0))
(assert_return (invoke "discard" (i32.const 0) (i64.const 0x40000)) (i32.const 0))
(assert_return (invoke "sum" (i32.const 0x10000) (i32.const 0x40000)) (i32.const 6))
(assert_return (invoke "sum" (i32.const 0x50000) (i32.const 0x60000)) (i32.const 2))
;; A page that was unmapped is free.
(assert_return (invoke "munmap" (i32.const 0x20000) (i64.const 1)) (i32.const 1))
(assert_return (invoke "discard" (i32.const 0x20000) (i64.const 1)) (i32.const 0))
(assert_return (invoke "discard" (i32.const 0x10000) (i64.const 0x30000)) (i32.const 0))
(assert_return (invoke "sum" (i32.const 0x10000) (i32.const 0x20000)) (i32.const 2))
(assert_return (invoke "sum" (i32.const 0x30000) (i32.const 0x40000)) (i32.const 2))
;; No free page has become anything else.
(assert_return (invoke "mmap" (i32.const 0x60000) (i64.const 0xa0000)) (i32.const 0x60000))
(assert_return (invoke "mmap" (i32.const 0x40000) (i64.const 1)) (i32.const 0x40000))
(assert_return (invoke "mmap" (i32.const 0x20000) (i64.const 1)) (i32.const 0x20000))
(assert_return (invoke "mmap" (i32.const 0) (i64.const 1)) (i32.const 0))

;; In the largest address space.
(process (memory 0x1_0000 (;64: 0x1_0000_0000_0000;)))
(module
  (func (export "mmap") (import "process" "mmap") (param i32 i64) (result i32))
  (func (export "discard") (import "process" "discard") (param i32 i64) (result i32)))
(assert_return (invoke "mmap" (i32.const 0x10000) (i64.const 1)) (i32.const 0x10000))
(assert_return (invoke "discard" (i32.const 0x10000) (i64.const 1)) (i32.const 1))
(assert_return (invoke "discard" (i32.const 0x20000) (i64.const 1)) (i32.const 0))
(assert_return (invoke "discard" (i32.const -0x10000) (i64.const 1)) (i32.const 0))
;; Modulo 2^32, the numbers of these pages would be that of the mapped page, and the page would be alone.
(assert_return (invoke "discard" (i32.const 0x2_0000 (;64: 0x1_0000_0001_0000;)) (i64.const 1)) (i32.const 0))
(assert_return (invoke "discard" (i32.const 0x10000) (i64.const 0x2_0000 (;64: 0x1_0000_0001_0000;))) (i32.const 0))
