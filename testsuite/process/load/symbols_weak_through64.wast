;;; rules: load.symbols
;;; features: memory64
;;; description: An undefined weak import also traps when it is called through a library that re-exports it.

(process (memory i64 16) (dictionary ("a" "test:a") ("b" "test:b")))
(library "test:a"
  (module
    (@dylink.0 (import-info "env" "w" binding-weak undefined))
    (func $w (import "env" "w") (result i32))
    (export "f" (func $w))))
(library "test:b"
  (module
    (@dylink.0 (needed "a"))
    (func $f (import "env" "f") (result i32))
    (export "g" (func $f))
    (func (export "call-f") (result i32) (call $f))))
(module $m
  (@dylink.0 (needed "b"))
  (func $f (import "env" "f") (result i32))
  (func $g (import "env" "g") (result i32))
  (func $call (import "env" "call-f") (result i32))
  (global $at-f (import "GOT.func" "f") (mut i64))
  (global $at-g (import "GOT.func" "g") (mut i64))
  (func (export "run-f") (result i32) (call $f))
  (func (export "run-g") (result i32) (call $g))
  (func (export "run-call") (result i32) (call $call))
  (func (export "null") (result i32) (i32.and (i64.eqz (global.get $at-f)) (i64.eqz (global.get $at-g)))))
(assert_trap (invoke $m "run-f") "unresolved symbol")
(assert_trap (invoke $m "run-g") "unresolved symbol")
(assert_trap (invoke $m "run-call") "unresolved symbol")
(assert_return (invoke $m "null") (i32.const 1))
