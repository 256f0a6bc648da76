;;; rules: load.symbols
;;; features: memory64
;;; description: A symbol is the first definition in load order: of the program, then of the libraries it needs, breadth first, then of modules loaded later.

(library "test:a"
  (module
    (@dylink.0 (needed "c"))
    (func $which (import "env" "which") (result i32))
    (func $late (import "env" "late") (result i32))
    (func $mine (import "env" "mine") (result i32))
    (func (export "ask-a") (result i32) (call $which))
    (func (export "ask-late") (result i32) (call $late))
    (func (export "ask-mine") (result i32) (call $mine))
    (func (export "mine") (result i32) (i32.const 1))))
(library "test:b"
  (module
    (@dylink.0)
    (func (export "which") (result i32) (i32.const 2))
    (func (export "late") (result i32) (i32.const 2))))
(library "test:c"
  (module
    (@dylink.0)
    (func (export "which") (result i32) (i32.const 3))
    (func (export "late") (result i32) (i32.const 3))))
(process (memory i64 16) (dictionary ("a" "test:a") ("b" "test:b") ("c" "test:c")))

;; Load order: the program, a, b, c. Both c and b define "which", and a's own "mine" is not the first.
(module $program
  (@dylink.0 (needed "a" "b"))
  (func $ask-a (import "env" "ask-a") (result i32))
  (func $ask-mine (import "env" "ask-mine") (result i32))
  (func $which (import "env" "which") (result i32))
  (func (export "mine") (result i32) (i32.const 0))
  (func (export "run") (result i32)
    (i32.add
      (i32.add (call $which) (i32.mul (i32.const 10) (call $ask-a)))
      (i32.mul (i32.const 100) (call $ask-mine)))))
(assert_return (invoke $program "run") (i32.const 22))

;; A later module finds earlier definitions, needed or not; its own do not replace them.
(module $later
  (@dylink.0)
  (func $which (import "env" "which") (result i32))
  (func $mine (import "env" "mine") (result i32))
  (func (export "late") (result i32) (i32.const 4))
  (func (export "run-later") (result i32) (i32.add (call $which) (i32.mul (i32.const 10) (call $mine)))))
(assert_return (invoke $later "run-later") (i32.const 2))
(module $last
  (@dylink.0)
  (func $late (import "env" "late") (result i32))
  (func $ask-late (import "env" "ask-late") (result i32))
  (func (export "run-last") (result i32) (i32.add (call $late) (i32.mul (i32.const 10) (call $ask-late)))))
(assert_return (invoke $last "run-last") (i32.const 22))

;; A module without dylink.0 defines no symbols, but may use them.
(module $plain
  (func $which (import "env" "which") (result i32))
  (func (export "plain") (result i32) (i32.const 5))
  (func (export "run-plain") (result i32) (call $which)))
(assert_return (invoke $plain "run-plain") (i32.const 2))
(assert_unloadable (module (@dylink.0) (import "env" "plain" (func (result i32)))) "unresolved symbol")
(assert_unloadable (module (@dylink.0) (import "env" "Which" (func (result i32)))) "unresolved symbol")
(assert_unloadable (module (@dylink.0) (import "env" "which\00" (func (result i32)))) "unresolved symbol")
(assert_unloadable (module (@dylink.0) (import "env" "whic" (func (result i32)))) "unresolved symbol")
(assert_unloadable (module (@dylink.0) (import "env" "" (func (result i32)))) "unresolved symbol")
