;;; rules: load.symbols
;;; features: memory64, table64
;;; description: An undefined weak import is 0 in the GOT, and traps when it is called; an undefined strong import fails the load.

(process (memory i64 16))
(module definition $user
  (@dylink.0
    (import-info "env" "f" binding-weak undefined)
    (import-info "env" "x" binding-weak undefined))
  (func $f (import "env" "f") (result i32))
  (global $f (import "GOT.func" "f") (mut i64))
  (global $x (import "GOT.mem" "x") (mut i64))
  (func (export "call") (result i32) (call $f))
  (func (export "f-is-0") (result i32) (i64.eqz (global.get $f)))
  (func (export "x-is-0") (result i32) (i64.eqz (global.get $x))))
(module instance $u $user)
(assert_trap (invoke $u "call") "unresolved symbol")
(assert_return (invoke $u "f-is-0") (i32.const 1))
(assert_return (invoke $u "x-is-0") (i32.const 1))

;; A defined symbol ignores the flag. Earlier instances stay bound as they were.
(module $definer
  (@dylink.0 (mem-info (memory 4 2)))
  (func (export "f") (result i32) (i32.const 42))
  (global (export "x") i64 (i64.const 0)))
(module instance $v $user)
(assert_return (invoke $v "call") (i32.const 42))
(assert_return (invoke $v "f-is-0") (i32.const 0))
(assert_return (invoke $v "x-is-0") (i32.const 0))
(assert_trap (invoke $u "call") "unresolved symbol")
(assert_return (invoke $u "x-is-0") (i32.const 1))

;; Without the flag, or with it for another name: strong.
(assert_unloadable (module (@dylink.0) (import "env" "g" (func))) "unresolved symbol")
(assert_unloadable (module (@dylink.0) (import "GOT.mem" "g" (global (mut i64)))) "unresolved symbol")
(assert_unloadable (module (@dylink.0) (import "GOT.func" "g" (global (mut i64)))) "unresolved symbol")
(assert_unloadable (module (@dylink.0 (import-info "env" "g" undefined)) (import "env" "g" (func))) "unresolved symbol")
(assert_unloadable
  (module (@dylink.0 (import-info "env" "h" binding-weak undefined)) (import "env" "g" (func)))
  "unresolved symbol")
(assert_unloadable
  (module
    (@dylink.0 (import-info "env" "g" binding-weak undefined))
    (import "env" "g" (func))
    (import "env" "h" (func)))
  "unresolved symbol")
;; The flag applies to symbols only.
(assert_unloadable
  (module (@dylink.0 (import-info "process" "g" binding-weak undefined)) (import "process" "g" (func)))
  "unknown import")
(assert_unloadable
  (module (@dylink.0 (import-info "lib" "g" binding-weak undefined)) (import "lib" "g" (func)))
  "unknown import")
;; Calling an undefined weak import through the table, at index 0, traps like any null reference.
(module
  (@dylink.0 (import-info "env" "g" binding-weak undefined 0x40000000))
  (import "env" "__indirect_function_table" (table i64 1 funcref))
  (global $g (import "GOT.func" "g") (mut i64))
  (func (export "call-g") (call_indirect (global.get $g))))
(assert_trap (invoke "call-g") "uninitialized element")
