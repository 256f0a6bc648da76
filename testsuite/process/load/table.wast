;;; rules: load.table
;;; features: bulk_memory, reference_types
;;; description: Slot 0 of the process table is null and is never allocated; modules may grow the table.

(process (memory 64))
(module $m
  (table $t (import "env" "__indirect_function_table") 1 funcref)
  (type $f (func (result i32)))
  (func $f (result i32) (i32.const 42))
  (elem declare func $f)
  (func (export "call") (param i32) (result i32) (call_indirect $t (type $f) (local.get 0)))
  (func (export "is-null") (param i32) (result i32) (ref.is_null (table.get $t (local.get 0))))
  (func (export "size") (result i32) (table.size $t))
  ;; 1 if the new slots begin at the old end of the table, and not with slot 0.
  (func (export "grow") (param $n i32) (result i32)
    (local $size i32) (local $slot i32)
    (local.set $size (table.size $t))
    (local.set $slot (table.grow $t (ref.func $f) (local.get $n)))
    (i32.and (i32.eq (local.get $slot) (local.get $size)) (i32.ne (local.get $slot) (i32.const 0))))
  (func (export "call-last") (result i32)
    (call_indirect $t (type $f) (i32.sub (table.size $t) (i32.const 1)))))
(assert_trap (invoke $m "call" (i32.const 0)) "uninitialized element")
(assert_return (invoke $m "is-null" (i32.const 0)) (i32.const 1))
(assert_return (invoke $m "grow" (i32.const 1)) (i32.const 1))
(assert_return (invoke $m "call-last") (i32.const 42))
(assert_return (invoke $m "grow" (i32.const 1000)) (i32.const 1))
(assert_return (invoke $m "call-last") (i32.const 42))
(assert_trap (invoke $m "call" (i32.const 0)) "uninitialized element")
(assert_trap (invoke $m "call" (i32.const -1)) "undefined element")

;; A module loaded later finds the same table.
(module $n
  (table $t (import "env" "__indirect_function_table") 1 funcref)
  (func (export "call-last") (result i32)
    (call_indirect $t (result i32) (i32.sub (table.size $t) (i32.const 1)))))
(assert_return (invoke $n "call-last") (i32.const 42))

;; Its type: functions, at least slot 0, and no maximum.
(module (import "env" "__indirect_function_table" (table 0 funcref)))
(module (import "env" "__indirect_function_table" (table 1 funcref)))
(assert_unloadable
  (module (import "env" "__indirect_function_table" (table 1 externref)))
  "incompatible import type")
(assert_unloadable
  (module (import "env" "__indirect_function_table" (table 0x100000 funcref)))
  "incompatible import type")
(assert_unloadable
  (module (import "env" "__indirect_function_table" (memory (;ptr;) 1)))
  "incompatible import type")
