;;; rules: load.data
;;; features: memory64, table64, extended_const, reference_types
;;; description: The table base counts once in the offset of an element segment; the bounds of any other imported table are those of its current size.

(process (memory i64 16))
(module $a
  (@dylink.0 (mem-info (table 4 0)))
  (table $t (import "env" "__indirect_function_table") i64 4 funcref)
  (import "env" "__table_base" (global $base i64))
  (func $f (result i32) (i32.const 42))
  (elem (i64.sub (i64.add (global.get $base) (global.get $base)) (global.get $base)) func $f)
  (elem (i64.add (i64.mul (global.get $base) (i64.const 1)) (i64.const 3)) func $f)
  (func (export "call") (param i64) (result i32)
    (call_indirect $t (result i32) (i64.add (global.get $base) (local.get 0)))))
(assert_return (invoke $a "call" (i64.const 0)) (i32.const 42))
(assert_trap (invoke $a "call" (i64.const 1)) "uninitialized element")
(assert_return (invoke $a "call" (i64.const 3)) (i32.const 42))
(assert_unloadable
  (module
    (@dylink.0 (mem-info (table 4 0)))
    (import "env" "__indirect_function_table" (table i64 1 funcref))
    (import "env" "__table_base" (global $base i64))
    (elem (i64.add (global.get $base) (global.get $base)) func))
  "static table address")
(assert_unloadable
  (module
    (@dylink.0 (mem-info (table 4 0)))
    (import "env" "__indirect_function_table" (table i64 1 funcref))
    (import "env" "__table_base" (global $base i64))
    (elem (i64.mul (global.get $base) (i64.add (global.get $base) (i64.const 1))) func))
  "static table address")

;; A table that has grown since it was registered.
(module $own
  (table $t (export "t") 1 funcref)
  (func (export "grow") (result i32) (table.grow $t (ref.null func) (i32.const 3))))
(register "own" $own)
(assert_return (invoke $own "grow") (i32.const 1))
(module
  (table $t (import "own" "t") 1 funcref)
  (func $f (result i32) (i32.const 7))
  (elem (i32.const 3) func $f)
  (func (export "call") (result i32) (call_indirect $t (result i32) (i32.const 3))))
(assert_return (invoke "call") (i32.const 7))
(assert_unloadable
  (module (table (import "own" "t") 1 funcref) (func $f) (elem (i32.const 4) func $f))
  "out of bounds table access")
