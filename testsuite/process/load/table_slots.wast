;;; rules: load.table, load.base
;;; features: reference_types, extended_const
;;; description: Slots of the process table are reserved for each module, from __table_base on, and start null; never slot 0.

(process (memory 16))
(module $a
  (@dylink.0 (mem-info (table 3 0)))
  (table $t (import "env" "__indirect_function_table") 3 funcref)
  (import "env" "__table_base" (global $base i32))
  (type $f (func (result i32)))
  (func $one (result i32) (i32.const 1))
  (func $two (result i32) (i32.const 2))
  (elem (global.get $base) func $one)
  (elem (i32.add (global.get $base) (i32.const 2)) func $two)
  (func (export "base") (result i32) (global.get $base))
  (func (export "is-placed") (result i32)
    (i32.and
      (i32.ge_u (global.get $base) (i32.const 1))
      (i32.le_u (i32.add (global.get $base) (i32.const 3)) (table.size $t))))
  (func (export "is-null") (param i32) (result i32)
    (ref.is_null (table.get $t (i32.add (global.get $base) (local.get 0)))))
  (func (export "call") (param i32) (result i32)
    (call_indirect $t (type $f) (i32.add (global.get $base) (local.get 0)))))
(assert_return (invoke $a "is-placed") (i32.const 1))
(assert_return (invoke $a "call" (i32.const 0)) (i32.const 1))
(assert_return (invoke $a "call" (i32.const 2)) (i32.const 2))
(assert_return (invoke $a "is-null" (i32.const 1)) (i32.const 1))
(assert_trap (invoke $a "call" (i32.const 1)) "uninitialized element")
(register "a" $a)

;; The next module has other slots.
(module $b
  (@dylink.0 (mem-info (table 2 0)))
  (table $t (import "env" "__indirect_function_table") 2 funcref)
  (import "env" "__table_base" (global $base i32))
  (func $base-of-a (import "a" "base") (result i32))
  (func $three (result i32) (i32.const 3))
  (elem (global.get $base) func $three $three)
  (func (export "is-apart") (result i32)
    (i32.and
      (i32.ge_u (global.get $base) (i32.const 1))
      (i32.or
        (i32.ge_u (global.get $base) (i32.add (call $base-of-a) (i32.const 3)))
        (i32.le_u (i32.add (global.get $base) (i32.const 2)) (call $base-of-a)))))
  (func (export "call") (param i32) (result i32)
    (call_indirect $t (result i32) (i32.add (global.get $base) (local.get 0)))))
(assert_return (invoke $b "is-apart") (i32.const 1))
(assert_return (invoke $b "call" (i32.const 1)) (i32.const 3))
(assert_return (invoke $a "call" (i32.const 0)) (i32.const 1))
(assert_return (invoke $a "call" (i32.const 2)) (i32.const 2))
(assert_trap (invoke $a "call" (i32.const 1)) "uninitialized element")

;; Aligned slots.
(module
  (@dylink.0 (mem-info (table 1 5)))
  (import "env" "__table_base" (global $base i32))
  (func (export "is-aligned") (result i32)
    (i32.and
      (i32.eqz (i32.and (global.get $base) (i32.const 31)))
      (i32.ne (global.get $base) (i32.const 0)))))
(assert_return (invoke "is-aligned") (i32.const 1))

;; No slots.
(module
  (@dylink.0 (mem-info (table 0 5)))
  (global (export "base") (import "env" "__table_base") i32))
(assert_return (get "base") (i32.const 0))

;; The table is at least as large as the module's own slots demand, but no import makes it larger.
(assert_unloadable
  (module
    (@dylink.0 (mem-info (table 2 0)))
    (import "env" "__indirect_function_table" (table 0x100000 funcref)))
  "incompatible import type")
