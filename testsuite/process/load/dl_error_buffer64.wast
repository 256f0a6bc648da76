;;; rules: dl.error.copy
;;; profile: strict
;;; features: memory64
;;; description: A buffer that is not all in accessible memory gets nothing, and the result is 0; an empty one needs no page.

(process (memory i64 4))
(module $m
  (import "env" "memory" (memory i64 1))
  (func $mmap (import "process" "mmap") (param i64 i64) (result i64))
  (func $load (import "process" "load") (param i64 i64) (result i32))
  (func $error (import "process" "error") (param i64 i64) (result i64))
  (global $length (mut i64) (i64.const 0))
  (func (export "map") (result i64) (call $mmap (i64.const 0x20000) (i64.const 1)))
  ;; Fails to load; the text has a length.
  (func (export "fail") (result i32)
    (drop (call $load (i64.const 0x20000) (i64.const 3)))
    (global.set $length (call $error (i64.const 0x20000) (i64.const 0)))
    (i64.ge_u (global.get $length) (i64.const 18)))
  ;; Whether the call yields the length.
  (func (export "yields") (param $at i64) (param $size i64) (result i32)
    (i64.eq (call $error (local.get $at) (local.get $size)) (global.get $length)))
  (func (export "none") (param $at i64) (param $size i64) (result i32)
    (i64.eqz (call $error (local.get $at) (local.get $size))))
  (func (export "clear") (param $at i64) (i64.store (local.get $at) (i64.const 0)))
  (func (export "load8") (param $at i64) (result i32) (i32.load8_u (local.get $at))))
;; No text, in any buffer.
(assert_return (invoke $m "none" (i64.const 0x20000) (i64.const 0x100)) (i32.const 1))
(assert_return (invoke $m "none" (i64.const 0) (i64.const 0)) (i32.const 1))
(assert_return (invoke $m "none" (i64.const 0) (i64.const 0x100)) (i32.const 1))
(assert_return (invoke $m "map") (i64.const 0x20000))
(assert_return (invoke $m "none" (i64.const 0x20000) (i64.const 0x100)) (i32.const 1))
(assert_return (invoke $m "fail") (i32.const 1))
;; The whole page, and parts up to its end.
(assert_return (invoke $m "yields" (i64.const 0x20000) (i64.const 0x10000)) (i32.const 1))
(assert_return (invoke $m "load8" (i64.const 0x20000)) (i32.const 0x75))
(assert_return (invoke $m "yields" (i64.const 0x2fff8) (i64.const 8)) (i32.const 1))
(assert_return (invoke $m "load8" (i64.const 0x2ffff)) (i32.const 0x76))
;; One byte more: nothing is written, though the text would fit.
(assert_return (invoke $m "clear" (i64.const 0x20000)))
(assert_return (invoke $m "clear" (i64.const 0x2fff8)))
(assert_return (invoke $m "none" (i64.const 0x20000) (i64.const 0x10001)) (i32.const 1))
(assert_return (invoke $m "none" (i64.const 0x2fff8) (i64.const 9)) (i32.const 1))
(assert_return (invoke $m "none" (i64.const 0x1ffff) (i64.const 2)) (i32.const 1))
(assert_return (invoke $m "none" (i64.const 0x1ffff) (i64.const 0x1000)) (i32.const 1))
(assert_return (invoke $m "load8" (i64.const 0x20000)) (i32.const 0))
(assert_return (invoke $m "load8" (i64.const 0x2fff8)) (i32.const 0))
;; Page 0, unmapped pages, and outside the address space.
(assert_return (invoke $m "none" (i64.const 0) (i64.const 1)) (i32.const 1))
(assert_return (invoke $m "none" (i64.const 0) (i64.const 0x100)) (i32.const 1))
(assert_return (invoke $m "none" (i64.const 0x10000) (i64.const 1)) (i32.const 1))
(assert_return (invoke $m "none" (i64.const 0x30000) (i64.const 0x100)) (i32.const 1))
(assert_return (invoke $m "none" (i64.const 0x40000) (i64.const 1)) (i32.const 1))
(assert_return (invoke $m "none" (i64.const -1) (i64.const 1)) (i32.const 1))
(assert_return (invoke $m "none" (i64.const -1) (i64.const 2)) (i32.const 1))
(assert_return (invoke $m "none" (i64.const 0x20000) (i64.const -1)) (i32.const 1))
(assert_return (invoke $m "none" (i64.const -0x100) (i64.const 0x100)) (i32.const 1))
(assert_return (invoke $m "none" (i64.const 0x40001) (i64.const 0)) (i32.const 1))
;; An empty buffer needs an address in the address space or at its end.
(assert_return (invoke $m "yields" (i64.const 0) (i64.const 0)) (i32.const 1))
(assert_return (invoke $m "yields" (i64.const 0x10000) (i64.const 0)) (i32.const 1))
(assert_return (invoke $m "yields" (i64.const 0x30000) (i64.const 0)) (i32.const 1))
(assert_return (invoke $m "yields" (i64.const 0x40000) (i64.const 0)) (i32.const 1))
