;;; rules: dl.error.copy
;;; profile: strict
;;; description: A buffer that is not all in accessible memory gets nothing, and the result is 0; an empty one needs no page.

(process (memory 4))
(module $m
  (import "env" "memory" (memory 1))
  (func $mmap (import "process" "mmap") (param i32 i64) (result i32))
  (func $load (import "process" "load") (param i32 i32) (result i32))
  (func $error (import "process" "error") (param i32 i32) (result i32))
  (global $length (mut i32 (;ptr;)) (i32.const 0))
  (func (export "map") (result i32) (call $mmap (i32.const 0x20000) (i64.const 1)))
  ;; Fails to load; the text has a length.
  (func (export "fail") (result i32)
    (drop (call $load (i32.const 0x20000) (i32.const 3)))
    (global.set $length (call $error (i32.const 0x20000) (i32.const 0)))
    (i32.ge_u (global.get $length) (i32.const 18)))
  ;; Whether the call yields the length.
  (func (export "yields") (param $at i32) (param $size i32) (result i32)
    (i32.eq (call $error (local.get $at) (local.get $size)) (global.get $length)))
  (func (export "none") (param $at i32) (param $size i32) (result i32)
    (i32.eqz (call $error (local.get $at) (local.get $size))))
  (func (export "clear") (param $at i32) (i64.store (local.get $at) (i64.const 0)))
  (func (export "load8") (param $at i32) (result i32) (i32.load8_u (local.get $at))))
;; No text, in any buffer.
(assert_return (invoke $m "none" (i32.const 0x20000) (i32.const 0x100)) (i32.const 1))
(assert_return (invoke $m "none" (i32.const 0) (i32.const 0)) (i32.const 1))
(assert_return (invoke $m "none" (i32.const 0) (i32.const 0x100)) (i32.const 1))
(assert_return (invoke $m "map") (i32.const 0x20000))
(assert_return (invoke $m "none" (i32.const 0x20000) (i32.const 0x100)) (i32.const 1))
(assert_return (invoke $m "fail") (i32.const 1))
;; The whole page, and parts up to its end.
(assert_return (invoke $m "yields" (i32.const 0x20000) (i32.const 0x10000)) (i32.const 1))
(assert_return (invoke $m "load8" (i32.const 0x20000)) (i32.const 0x75))
(assert_return (invoke $m "yields" (i32.const 0x2fff8) (i32.const 8)) (i32.const 1))
(assert_return (invoke $m "load8" (i32.const 0x2ffff)) (i32.const 0x76))
;; One byte more: nothing is written, though the text would fit.
(assert_return (invoke $m "clear" (i32.const 0x20000)))
(assert_return (invoke $m "clear" (i32.const 0x2fff8)))
(assert_return (invoke $m "none" (i32.const 0x20000) (i32.const 0x10001)) (i32.const 1))
(assert_return (invoke $m "none" (i32.const 0x2fff8) (i32.const 9)) (i32.const 1))
(assert_return (invoke $m "none" (i32.const 0x1ffff) (i32.const 2)) (i32.const 1))
(assert_return (invoke $m "none" (i32.const 0x1ffff) (i32.const 0x1000)) (i32.const 1))
(assert_return (invoke $m "load8" (i32.const 0x20000)) (i32.const 0))
(assert_return (invoke $m "load8" (i32.const 0x2fff8)) (i32.const 0))
;; Page 0, unmapped pages, and outside the address space.
(assert_return (invoke $m "none" (i32.const 0) (i32.const 1)) (i32.const 1))
(assert_return (invoke $m "none" (i32.const 0) (i32.const 0x100)) (i32.const 1))
(assert_return (invoke $m "none" (i32.const 0x10000) (i32.const 1)) (i32.const 1))
(assert_return (invoke $m "none" (i32.const 0x30000) (i32.const 0x100)) (i32.const 1))
(assert_return (invoke $m "none" (i32.const 0x40000) (i32.const 1)) (i32.const 1))
(assert_return (invoke $m "none" (i32.const -1) (i32.const 1)) (i32.const 1))
(assert_return (invoke $m "none" (i32.const -1) (i32.const 2)) (i32.const 1))
(assert_return (invoke $m "none" (i32.const 0x20000) (i32.const -1)) (i32.const 1))
(assert_return (invoke $m "none" (i32.const -0x100) (i32.const 0x100)) (i32.const 1))
(assert_return (invoke $m "none" (i32.const 0x40001) (i32.const 0)) (i32.const 1))
;; An empty buffer needs an address in the address space or at its end.
(assert_return (invoke $m "yields" (i32.const 0) (i32.const 0)) (i32.const 1))
(assert_return (invoke $m "yields" (i32.const 0x10000) (i32.const 0)) (i32.const 1))
(assert_return (invoke $m "yields" (i32.const 0x30000) (i32.const 0)) (i32.const 1))
(assert_return (invoke $m "yields" (i32.const 0x40000) (i32.const 0)) (i32.const 1))
