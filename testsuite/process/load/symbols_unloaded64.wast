;;; rules: load.symbols, load.unload
;;; features: memory64
;;; description: When the first definition is unloaded, the next one is the first.

(process (memory i64 16))
(module $a (@dylink.0) (func (export "which") (result i32) (i32.const 1)))
(module $b (@dylink.0) (func (export "which") (result i32) (i32.const 2)))
(module $c (@dylink.0) (func (export "which") (result i32) (i32.const 3)))
(module definition $user
  (@dylink.0)
  (func $which (import "env" "which") (result i32))
  (func (export "run") (result i32) (call $which)))
(module instance $u $user)
(assert_return (invoke $u "run") (i32.const 1))
(unload $b)
(unload $u)
(unload $a)
(module instance $u $user)
(assert_return (invoke $u "run") (i32.const 3))
(module $d (@dylink.0) (func (export "which") (result i32) (i32.const 4)))
(unload $u)
(unload $c)
(module instance $u $user)
(assert_return (invoke $u "run") (i32.const 4))
(unload $u)
(unload $d)
(assert_unloadable (module (@dylink.0) (import "env" "which" (func (result i32)))) "unresolved symbol")
