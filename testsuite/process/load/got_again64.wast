;;; rules: load.got
;;; features: memory64, table64
;;; description: A function that a library exports again has one index in GOT.func, whoever defines it; one that nobody defines has none.

(library "test:lib"
  (module
    (@dylink.0 (import-info "env" "nobody" binding-weak))
    (func $mmap (import "process" "mmap") (param i64 i64) (result i64))
    (func $f (import "m" "f") (result i32))
    (func $nobody (import "env" "nobody"))
    (global $slot (import "GOT.func" "f-again") (mut i64))
    (export "mmap-again" (func $mmap))
    (export "f-again" (func $f))
    (export "nobody-again" (func $nobody))
    (func (export "lib-slot") (result i64) (global.get $slot))))
(process (memory i64 16) (dictionary ("lib" "test:lib")))
(module $m (func (export "f") (result i32) (i32.const 42)))
(register "m" $m)
(module definition $user
  (@dylink.0 (needed "lib"))
  (table $t (import "env" "__indirect_function_table") i64 1 funcref)
  (type $map (func (param i64 i64) (result i64)))
  (global $mmap (import "GOT.func" "mmap-again") (mut i64))
  (global $f (import "GOT.func" "f-again") (mut i64))
  (global $nobody (import "GOT.func" "nobody-again") (mut i64))
  (func $lib-slot (import "env" "lib-slot") (result i64))
  (func (export "call-f") (result i32) (call_indirect $t (result i32) (global.get $f)))
  (func (export "call-mmap") (result i64) (call_indirect $t (type $map) (i64.const 0) (i64.const 0) (global.get $mmap)))
  (func (export "mmap-has-index") (result i32) (i64.ne (global.get $mmap) (i64.const 0)))
  (func (export "f-is-the-same") (result i32) (i64.eq (global.get $f) (call $lib-slot)))
  (func (export "nobody-is-0") (result i32) (i64.eqz (global.get $nobody))))
;; In the load that brings the library, and when it is there already.
(module instance $a $user)
(assert_return (invoke $a "call-f") (i32.const 42))
(assert_return (invoke $a "mmap-has-index") (i32.const 1))
(assert_return (invoke $a "call-mmap") (i64.const 0))
(assert_return (invoke $a "f-is-the-same") (i32.const 1))
(assert_return (invoke $a "nobody-is-0") (i32.const 1))
(module instance $b $user)
(assert_return (invoke $b "call-f") (i32.const 42))
(assert_return (invoke $b "mmap-has-index") (i32.const 1))
(assert_return (invoke $b "call-mmap") (i64.const 0))
(assert_return (invoke $b "f-is-the-same") (i32.const 1))
(assert_return (invoke $b "nobody-is-0") (i32.const 1))
