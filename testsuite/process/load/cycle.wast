;;; rules: load.identity, load.symbols.late
;;; description: Libraries may need one another and themselves.

(library "test:even"
  (module
    (@dylink.0 (needed "odd"))
    (func $odd (import "env" "odd") (param i32) (result i32))
    (func (export "even") (param i32) (result i32)
      (if (result i32) (i32.eqz (local.get 0))
        (then (i32.const 1))
        (else (call $odd (i32.sub (local.get 0) (i32.const 1))))))))
(library "test:odd"
  (module
    (@dylink.0 (needed "even"))
    (func $even (import "env" "even") (param i32) (result i32))
    (func (export "odd") (param i32) (result i32)
      (if (result i32) (i32.eqz (local.get 0))
        (then (i32.const 0))
        (else (call $even (i32.sub (local.get 0) (i32.const 1))))))))
(library "test:self"
  (module
    (@dylink.0 (needed "self" "self"))
    (func $down (import "env" "down") (param i32) (result i32))
    (func (export "down") (param i32) (result i32)
      (if (result i32) (i32.eqz (local.get 0))
        (then (i32.const 42))
        (else (call $down (i32.sub (local.get 0) (i32.const 1))))))))
(process (memory 16) (dictionary ("even" "test:even") ("odd" "test:odd") ("self" "test:self")))
(module
  (@dylink.0 (needed "even" "self"))
  (func $even (import "env" "even") (param i32) (result i32))
  (func $down (import "env" "down") (param i32) (result i32))
  (func (export "is-even") (param i32) (result i32) (call $even (local.get 0)))
  (func (export "go-down") (param i32) (result i32) (call $down (local.get 0))))
(assert_return (invoke "is-even" (i32.const 10)) (i32.const 1))
(assert_return (invoke "is-even" (i32.const 11)) (i32.const 0))
(assert_return (invoke "go-down" (i32.const 3)) (i32.const 42))
;; If one library of a cycle fails to load, all of them do.
(library "test:good"
  (module (@dylink.0 (needed "bad")) (func (export "good") (result i32) (i32.const 1))))
(library "test:bad"
  (module (@dylink.0 (needed "good")) (import "env" "absent" (func))))
(dictionary ("good" "test:good") ("bad" "test:bad"))
(assert_unloadable (module (@dylink.0 (needed "good"))) "unresolved symbol")
(assert_unloadable (module (@dylink.0 (needed "bad"))) "unresolved symbol")
(assert_unloadable (module (import "env" "good" (func (result i32)))) "unresolved symbol")
