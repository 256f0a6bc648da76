;;; rules: load.table, load.base
;;; features: memory64, table64, reference_types, extended_const
;;; description: Slots of the process table are reserved for each module, from __table_base on, and start null; never slot 0.

(process (memory i64 16))
(module $a
  (@dylink.0 (mem-info (table 3 0)))
  (table $t (import "env" "__indirect_function_table") i64 3 funcref)
  (import "env" "__table_base" (global $base i64))
  (type $f (func (result i32)))
  (func $one (result i32) (i32.const 1))
  (func $two (result i32) (i32.const 2))
  (elem (global.get $base) func $one)
  (elem (i64.add (global.get $base) (i64.const 2)) func $two)
  (func (export "base") (result i64) (global.get $base))
  (func (export "is-placed") (result i32)
    (i32.and
      (i64.ge_u (global.get $base) (i64.const 1))
      (i64.le_u (i64.add (global.get $base) (i64.const 3)) (table.size $t))))
  (func (export "is-null") (param i64) (result i32)
    (ref.is_null (table.get $t (i64.add (global.get $base) (local.get 0)))))
  (func (export "call") (param i64) (result i32)
    (call_indirect $t (type $f) (i64.add (global.get $base) (local.get 0)))))
(assert_return (invoke $a "is-placed") (i32.const 1))
(assert_return (invoke $a "call" (i64.const 0)) (i32.const 1))
(assert_return (invoke $a "call" (i64.const 2)) (i32.const 2))
(assert_return (invoke $a "is-null" (i64.const 1)) (i32.const 1))
(assert_trap (invoke $a "call" (i64.const 1)) "uninitialized element")
(register "a" $a)

;; The next module has other slots.
(module $b
  (@dylink.0 (mem-info (table 2 0)))
  (table $t (import "env" "__indirect_function_table") i64 2 funcref)
  (import "env" "__table_base" (global $base i64))
  (func $base-of-a (import "a" "base") (result i64))
  (func $three (result i32) (i32.const 3))
  (elem (global.get $base) func $three $three)
  (func (export "is-apart") (result i32)
    (i32.and
      (i64.ge_u (global.get $base) (i64.const 1))
      (i32.or
        (i64.ge_u (global.get $base) (i64.add (call $base-of-a) (i64.const 3)))
        (i64.le_u (i64.add (global.get $base) (i64.const 2)) (call $base-of-a)))))
  (func (export "call") (param i64) (result i32)
    (call_indirect $t (result i32) (i64.add (global.get $base) (local.get 0)))))
(assert_return (invoke $b "is-apart") (i32.const 1))
(assert_return (invoke $b "call" (i64.const 1)) (i32.const 3))
(assert_return (invoke $a "call" (i64.const 0)) (i32.const 1))
(assert_return (invoke $a "call" (i64.const 2)) (i32.const 2))
(assert_trap (invoke $a "call" (i64.const 1)) "uninitialized element")

;; Aligned slots.
(module
  (@dylink.0 (mem-info (table 1 5)))
  (import "env" "__table_base" (global $base i64))
  (func (export "is-aligned") (result i32)
    (i32.and
      (i64.eqz (i64.and (global.get $base) (i64.const 31)))
      (i64.ne (global.get $base) (i64.const 0)))))
(assert_return (invoke "is-aligned") (i32.const 1))

;; No slots.
(module
  (@dylink.0 (mem-info (table 0 5)))
  (global (export "base") (import "env" "__table_base") i64))
(assert_return (get "base") (i64.const 0))

;; The table is at least as large as the module's own slots demand, but no import makes it larger.
(assert_unloadable
  (module
    (@dylink.0 (mem-info (table 2 0)))
    (import "env" "__indirect_function_table" (table i64 0x100000 funcref)))
  "incompatible import type")
