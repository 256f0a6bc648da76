;;; rules: load.symbols
;;; features: memory64
;;; description: An undefined weak import is also undefined under another name that its library exports it by: 0 in the GOT, and a trap when it is called.

(library "test:lib"
  (module
    (@dylink.0 (import-info "env" "absent" binding-weak) (import-info "env" "again" binding-weak))
    (func $absent (import "env" "absent") (result i32))
    (func $again (import "env" "again") (result i32))
    (export "again" (func $absent))
    (func (export "call-again") (result i32) (call $again))))
(process (memory i64 16) (dictionary ("lib" "test:lib")))
(module definition $user
  (@dylink.0 (needed "lib"))
  (func $again (import "env" "again") (result i32))
  (func $lib-call (import "env" "call-again") (result i32))
  (global $address (import "GOT.func" "again") (mut i64))
  (func (export "call") (result i32) (call $again))
  (func (export "lib-call") (result i32) (call $lib-call))
  (func (export "is-0") (result i32) (i64.eqz (global.get $address))))
(module instance $a $user)
(assert_trap (invoke $a "call") "unresolved symbol")
(assert_trap (invoke $a "lib-call") "unresolved symbol")
(assert_return (invoke $a "is-0") (i32.const 1))
;; The same once the library is loaded.
(module instance $b $user)
(assert_trap (invoke $b "call") "unresolved symbol")
(assert_return (invoke $b "is-0") (i32.const 1))
;; Its type must still fit.
(assert_unloadable (module (@dylink.0) (import "env" "again" (func (result i64)))) "incompatible import type")
