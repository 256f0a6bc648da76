;;; rules: load.symbols, load.unload
;;; features: memory64
;;; description: The order of several definitions of a symbol is kept, whichever of them are unloaded.

(process (memory i64 16))
(module definition $user
  (@dylink.0)
  (func $which (import "env" "which") (result i32))
  (func (export "run") (result i32) (call $which)))
(module $a (@dylink.0) (func (export "which") (result i32) (i32.const 1)))
(module $b (@dylink.0) (func (export "which") (result i32) (i32.const 2)))
(module $c (@dylink.0) (func (export "which") (result i32) (i32.const 3)))
(module $d (@dylink.0) (func (export "which") (result i32) (i32.const 4)))
;; One in the middle, and then the one after it.
(unload $b)
(unload $c)
(module $e (@dylink.0) (func (export "which") (result i32) (i32.const 5)))
(unload $a)
(module instance $u $user)
(assert_return (invoke $u "run") (i32.const 4))
(unload $u)
(unload $d)
(module instance $u $user)
(assert_return (invoke $u "run") (i32.const 5))
(unload $u)
;; The last one, and one loaded after it.
(module $f (@dylink.0) (func (export "which") (result i32) (i32.const 6)))
(module $g (@dylink.0) (func (export "which") (result i32) (i32.const 7)))
(unload $g)
(module $h (@dylink.0) (func (export "which") (result i32) (i32.const 8)))
(unload $f)
(unload $e)
(module instance $u $user)
(assert_return (invoke $u "run") (i32.const 8))
(unload $u)
(unload $h)
(assert_unloadable (module (@dylink.0) (import "env" "which" (func (result i32)))) "unresolved symbol")
