;;; rules: load.table
;;; features: memory64, table64, reference_types, bulk_memory
;;; description: Slots by which a module has grown the process table are its own: the loader allocates others.

(process (memory i64 16))
(module $m
  (table $t (import "env" "__indirect_function_table") i64 1 funcref)
  (global $slot (mut i64) (i64.const 0))
  (func $f (result i32) (i32.const 42))
  (elem declare func $f)
  (func (export "grow") (result i32)
    (global.set $slot (table.grow $t (ref.func $f) (i64.const 2)))
    (i64.ne (global.get $slot) (i64.const 0)))
  (func (export "slot") (result i64) (global.get $slot))
  (func (export "call") (result i32)
    (i32.add
      (call_indirect $t (result i32) (global.get $slot))
      (call_indirect $t (result i32) (i64.add (global.get $slot) (i64.const 1))))))
(register "m" $m)
(assert_return (invoke $m "grow") (i32.const 1))
(module $a
  (@dylink.0 (mem-info (table 2 0)))
  (table $t (import "env" "__indirect_function_table") i64 1 funcref)
  (import "env" "__table_base" (global $base i64))
  (func $slot (import "m" "slot") (result i64))
  (func $one (result i32) (i32.const 1))
  (elem (global.get $base) func $one $one)
  (func (export "is-apart") (result i32)
    (i32.or
      (i64.ge_u (global.get $base) (i64.add (call $slot) (i64.const 2)))
      (i64.le_u (i64.add (global.get $base) (i64.const 2)) (call $slot))))
  (func (export "call") (result i32) (call_indirect $t (result i32) (global.get $base))))
(assert_return (invoke $a "is-apart") (i32.const 1))
(assert_return (invoke $a "call") (i32.const 1))
(assert_return (invoke $m "call") (i32.const 84))
;; The same if the module grows the table after the loader has allocated slots.
(assert_return (invoke $m "grow") (i32.const 1))
(module $b
  (@dylink.0 (mem-info (table 1 0)))
  (table $t (import "env" "__indirect_function_table") i64 1 funcref)
  (import "env" "__table_base" (global $base i64))
  (func $two (result i32) (i32.const 2))
  (elem (global.get $base) func $two)
  (func (export "call") (result i32) (call_indirect $t (result i32) (global.get $base))))
(assert_return (invoke $b "call") (i32.const 2))
(assert_return (invoke $a "call") (i32.const 1))
(assert_return (invoke $m "call") (i32.const 84))
