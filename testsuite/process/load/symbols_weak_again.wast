;;; rules: load.symbols
;;; description: A weak import that nobody defines is also what its library exports under another name: 0 in the GOT, and a trap when it is called.

(library "test:lib"
  (module
    (@dylink.0 (import-info "env" "nobody" binding-weak) (import-info "env" "again" binding-weak))
    (func $nobody (import "env" "nobody") (result i32))
    (func $again (import "env" "again") (result i32))
    (export "again" (func $nobody))
    (func (export "call-again") (result i32) (call $again))))
(process (memory 16) (dictionary ("lib" "test:lib")))
(module definition $user
  (@dylink.0 (needed "lib"))
  (func $again (import "env" "again") (result i32))
  (func $lib-call (import "env" "call-again") (result i32))
  (global $address (import "GOT.func" "again") (mut i32))
  (func (export "call") (result i32) (call $again))
  (func (export "lib-call") (result i32) (call $lib-call))
  (func (export "is-0") (result i32) (i32.eqz (global.get $address))))
(module instance $a $user)
(assert_trap (invoke $a "call") "unresolved symbol")
(assert_trap (invoke $a "lib-call") "unresolved symbol")
(assert_return (invoke $a "is-0") (i32.const 1))
;; Also of a library that is there already.
(module instance $b $user)
(assert_trap (invoke $b "call") "unresolved symbol")
(assert_return (invoke $b "is-0") (i32.const 1))
;; Its type must fit all the same.
(assert_unloadable (module (@dylink.0) (import "env" "again" (func (result i64)))) "incompatible import type")
