;;; rules: load.table
;;; features: reference_types, bulk_memory
;;; description: Slots start null even if a module wrote to them after they were released.

(process (memory 16))
(module $m
  (table $t (import "env" "__indirect_function_table") 1 funcref)
  (func $f (result i32) (i32.const 42))
  (elem declare func $f)
  (global $base (mut i32) (i32.const 0))
  (func (export "note") (param i32) (global.set $base (local.get 0)))
  (func (export "soil")
    (table.set $t (global.get $base) (ref.func $f))
    (table.set $t (i32.add (global.get $base) (i32.const 1)) (ref.func $f))))
(register "m" $m)
(module definition $lib
  (@dylink.0 (mem-info (table 2 0)))
  (table $t (import "env" "__indirect_function_table") 1 funcref)
  (import "env" "__table_base" (global $base i32))
  (func $note (import "m" "note") (param i32))
  (func (export "note") (call $note (global.get $base)))
  (func (export "is-null") (param i32) (result i32)
    (ref.is_null (table.get $t (i32.add (global.get $base) (local.get 0))))))
(module instance $a $lib)
(invoke $a "note")
(unload $a)
(invoke $m "soil")
(module instance $b $lib)
(assert_return (invoke $b "is-null" (i32.const 0)) (i32.const 1))
(assert_return (invoke $b "is-null" (i32.const 1)) (i32.const 1))
