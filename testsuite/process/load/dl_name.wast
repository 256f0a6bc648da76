;;; rules: dl.name, dl.load.failure, dl.symbol
;;; description: A name that does not lie wholly in accessible memory names nothing; nothing traps.

(library "test:lib" (module (@dylink.0) (func (export "f")) (func (export ""))))
(process (memory 4) (dictionary ("lib" "test:lib") ("" "test:lib")))
(module $m
  (import "env" "memory" (memory 1))
  (func $mmap (import "process" "mmap") (param i32 i64) (result i32))
  (func $load (import "process" "load") (param i32 i32) (result i32))
  (func $symbol (import "process" "symbol") (param i32 i32 i32) (result i32))
  (global $handle (mut i32) (i32.const 0))
  (func (export "map") (result i32) (call $mmap (i32.const 0x20000) (i64.const 0x10000)))
  (func (export "write")
    (i32.store (i32.const 0x2fffc) (i32.const 0x62696c66)) ;; "flib"
    (i32.store (i32.const 0x20000) (i32.const 0x62696c))) ;; "lib"
  (func (export "load") (param i32 i32) (result i32) (i32.ne (call $load (local.get 0) (local.get 1)) (i32.const 0)))
  (func (export "open") (global.set $handle (call $load (i32.const 0x20000) (i32.const 3))))
  (func (export "has") (param i32 i32) (result i32)
    (i32.ne (call $symbol (global.get $handle) (local.get 0) (local.get 1)) (i32.const 0))))
(assert_return (invoke $m "map") (i32.const 0x20000))
(assert_return (invoke $m "write"))
(assert_return (invoke $m "load" (i32.const 0x20000) (i32.const 3)) (i32.const 1))
;; Up to the last byte of the page, and one byte past it.
(assert_return (invoke $m "load" (i32.const 0x2fffd) (i32.const 3)) (i32.const 1))
(assert_return (invoke $m "load" (i32.const 0x2fffe) (i32.const 3)) (i32.const 0))
;; On an unmapped page, on page 0, and outside the address space.
(assert_return (invoke $m "load" (i32.const 0x10000) (i32.const 3)) (i32.const 0))
(assert_return (invoke $m "load" (i32.const 0) (i32.const 3)) (i32.const 0))
(assert_return (invoke $m "load" (i32.const 0x40000) (i32.const 3)) (i32.const 0))
(assert_return (invoke $m "load" (i32.const -3) (i32.const 3)) (i32.const 0))
(assert_return (invoke $m "load" (i32.const -1) (i32.const 3)) (i32.const 0))
(assert_return (invoke $m "load" (i32.const 0x20000) (i32.const -1)) (i32.const 0))
(assert_return (invoke $m "load" (i32.const 0x20000) (i32.const 0x10000)) (i32.const 0))
;; The empty name reads no memory, but its address must lie in the address space or at its end.
(assert_return (invoke $m "load" (i32.const 0x10000) (i32.const 0)) (i32.const 1))
(assert_return (invoke $m "load" (i32.const 0x40000) (i32.const 0)) (i32.const 1))
(assert_return (invoke $m "load" (i32.const 0x40001) (i32.const 0)) (i32.const 0))
(assert_return (invoke $m "open"))
(assert_return (invoke $m "has" (i32.const 0x2fffc) (i32.const 1)) (i32.const 1))
(assert_return (invoke $m "has" (i32.const 0x10000) (i32.const 1)) (i32.const 0))
(assert_return (invoke $m "has" (i32.const 0) (i32.const 1)) (i32.const 0))
(assert_return (invoke $m "has" (i32.const 0x2fffc) (i32.const -1)) (i32.const 0))
(assert_return (invoke $m "has" (i32.const 0x40000) (i32.const 0)) (i32.const 1))
(assert_return (invoke $m "has" (i32.const 0x40001) (i32.const 0)) (i32.const 0))
