;;; rules: load.unload, load.names
;;; features: memory64
;;; description: A module needs the instance registered under the name that it imports, even if that only re-exports an import of its own.

(process (memory i64 16))
(module $b (func (export "f") (result i32) (i32.const 5)) (global (export "g") i32 (i32.const 6)))
(register "b" $b)
(module $a
  (func $f (import "b" "f") (result i32))
  (global $g (import "b" "g") i32)
  (export "f" (func $f))
  (export "g" (global $g)))
(register "a" $a)
(module $c (func $f (import "a" "f") (result i32)) (func (export "call") (result i32) (call $f)))
(module $d (global $g (import "a" "g") i32) (func (export "get") (result i32) (global.get $g)))
(unload $b)
(assert_return (invoke $c "call") (i32.const 5))
(unload $a)
(assert_return (invoke $c "call") (i32.const 5))
(unload $c)
(assert_return (invoke $d "get") (i32.const 6))
;; Both registrations are still there.
(module $e (import "a" "f" (func (result i32))) (import "b" "f" (func (result i32))))
(unload $e)
(unload $d)
(assert_unloadable (module (import "a" "f" (func (result i32)))) "unknown import")
(assert_unloadable (module (import "b" "f" (func (result i32)))) "unknown import")

;; The same for a module of which only a function is needed.
(module $h (func (export "f") (result i32) (i32.const 7)))
(register "h" $h)
(module $i (func $f (import "h" "f") (result i32)) (export "f" (func $f)))
(register "i" $i)
(module $j (func $f (import "i" "f") (result i32)) (func (export "call") (result i32) (call $f)))
(unload $h)
(unload $i)
(module $k (import "i" "f" (func (result i32))))
(unload $k)
(assert_return (invoke $j "call") (i32.const 7))
(unload $j)
(assert_unloadable (module (import "i" "f" (func (result i32)))) "unknown import")
