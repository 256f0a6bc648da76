;;; rules: load.symbols, load.names
;;; features: memory64, table64
;;; description: A library may re-export as a symbol a function that it imports by a registered or platform name; other imports are not function symbols.

(process (memory i64 16) (dictionary ("a" "test:a") ("b" "test:b") ("c" "test:c") ("d" "test:d") ("e" "test:e") ("f" "test:f")))
(module $m (global (export "g") i32 (i32.const 1)) (func (export "h") (result i32) (i32.const 9)))
(register "m" $m)
;; A registered function,
(library "test:a" (module (@dylink.0) (func $h (import "m" "h") (result i32)) (export "h" (func $h))))
(module $u
  (@dylink.0 (needed "a"))
  (func $h (import "env" "h") (result i32))
  (global $at (import "GOT.func" "h") (mut i64))
  (import "env" "__indirect_function_table" (table i64 1 funcref))
  (func (export "call") (result i32) (call $h))
  (func (export "call-at") (result i32) (call_indirect (result i32) (global.get $at))))
(assert_return (invoke $u "call") (i32.const 9))
(assert_return (invoke $u "call-at") (i32.const 9))
(unload $u)
;; one of the host, and one of the platform;
(library "test:b"
  (module
    (@dylink.0)
    (import "spectest" "global_i32" (global i32))
    (import "spectest" "print_i32" (func (param i32)))
    (func $p (import "spectest" "print"))
    (export "p" (func $p))))
(library "test:c"
  (module (@dylink.0) (func $m (import "process" "munmap") (param i64 i64) (result i32)) (export "m" (func $m))))
(module $v
  (@dylink.0 (needed "b" "c"))
  (func $p (import "env" "p"))
  (func $m (import "env" "m") (param i64 i64) (result i32))
  (func (export "call") (result i32) (call $p) (call $m (i64.const 0) (i64.const 0))))
(assert_return (invoke $v "call") (i32.const 0))
(unload $v)
;; and a global, which the library itself cannot import as a function.
(library "test:d" (module (@dylink.0) (func $g (import "m" "g")) (export "g" (func $g))))
(assert_unloadable (module (@dylink.0 (needed "d")) (import "env" "g" (func))) "incompatible import type")
(library "test:e" (module (@dylink.0) (func $g (import "spectest" "global_i32")) (export "i" (func $g))))
(assert_unloadable (module (@dylink.0 (needed "e")) (import "env" "i" (func))) "incompatible import type")
;; A name that is not registered fails, too, with either error.
(library "test:f" (module (@dylink.0) (func $g (import "absent" "g")) (export "j" (func $g))))
(assert_unloadable (module (@dylink.0 (needed "f")) (import "env" "j" (func))) "")
(assert_unloadable (module (@dylink.0 (needed "f")) (import "GOT.func" "j" (global (mut i64)))) "")
;; The address of a function is a mutable global of the pointer type, and nothing else.
(assert_unloadable
  (module (@dylink.0 (needed "a")) (import "GOT.func" "h" (func)) (global (mut i32) (i32.const 0)))
  "incompatible import type")
(assert_unloadable (module (@dylink.0 (needed "a")) (import "GOT.func" "h" (global i64))) "incompatible import type")
;; An import that is bound through a library keeps what the library imports from, and a failed load keeps nothing.
(module $u (@dylink.0 (needed "a")) (func $h (import "env" "h") (result i32)) (func (export "call") (result i32) (call $h)))
(unload $m)
(assert_return (invoke $u "call") (i32.const 9))
(unload $u)
(assert_unloadable (module (import "m" "h" (func (result i32)))) "unknown import")
