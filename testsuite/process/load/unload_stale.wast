;;; rules: load.unload
;;; features: reference_types
;;; description: A function of an unloaded module that is kept in another module's table can no longer be called: it traps.

(process (memory 8))
(module $m
  (table $own (export "own") 2 funcref)
  (global (export "kept") (mut funcref) (ref.null func))
  (func (export "call") (param i32) (call_indirect $own (local.get 0)))
  (func (export "is-null") (param i32) (result i32) (ref.is_null (table.get $own (local.get 0)))))
(register "m" $m)
(module $a
  (table $own (import "m" "own") 2 funcref)
  (func $mark (import "spectest" "print"))
  (func $f (export "f") (call $mark))
  (elem (table $own) (i32.const 1) func $f))
(assert_return (invoke $m "call" (i32.const 1)))
(unload $a)
(assert_return (invoke $m "is-null" (i32.const 1)) (i32.const 0))
(assert_trap (invoke $m "call" (i32.const 1)) "function of a library that was unloaded")
(assert_trap (invoke $m "call" (i32.const 0)) "uninitialized element")
