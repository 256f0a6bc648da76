;;; rules: load.data, load.table
;;; features: memory64, table64, reference_types, bulk_memory
;;; description: An active element segment for the process table is placed over env.__table_base and lies inside the slots that the module declared.

(process (memory i64 64))
(module $m
  (table $t (export "table") (import "env" "__indirect_function_table") i64 1 funcref)
  ;; Grows the table to at least five slots. 1 on success.
  (func (export "grow") (result i32) (i64.gt_s (table.grow $t (ref.null func) (i64.const 4)) (i64.const 0)))
  ;; Returns how many of the slots 0 to 4 are null.
  (func (export "nulls") (result i32)
    (local $i i64) (local $n i32)
    (loop $next
      (local.set $n (i32.add (local.get $n) (ref.is_null (table.get $t (local.get $i)))))
      (local.set $i (i64.add (local.get $i) (i64.const 1)))
      (br_if $next (i64.lt_u (local.get $i) (i64.const 5))))
    (local.get $n)))
(register "m" $m)
(assert_return (invoke $m "grow") (i32.const 1))

(assert_unloadable
  (module
    (import "env" "__indirect_function_table" (table i64 1 funcref))
    (func $f)
    (elem (i64.const 1) func $f))
  "static table address")
(assert_unloadable
  (module
    (import "env" "__indirect_function_table" (table i64 1 funcref))
    (elem (i64.const 0) func))
  "static table address")
(assert_unloadable
  (module
    (import "m" "table" (table i64 1 funcref))
    (func $f)
    (elem (i64.const 1) func $f))
  "static table address")
(assert_unloadable
  (module
    (import "env" "__indirect_function_table" (table i64 1 funcref))
    (import "env" "__memory_base" (global $base i64))
    (elem (global.get $base) func))
  "static table address")
(assert_unloadable
  (module
    (import "env" "__indirect_function_table" (table i64 1 funcref))
    (import "env" "__table_base" (global $base i64))
    (func $f)
    (elem (global.get $base) func $f))
  "element segment outside reservation")
(assert_return (invoke $m "nulls") (i32.const 5))

;; An empty segment at the base; and a table of the module's own, whose segment the loader does not relocate.
(module
  (import "env" "__indirect_function_table" (table i64 1 funcref))
  (import "env" "__table_base" (global $base i64))
  (table $own 2 2 funcref)
  (func $f (result i32) (i32.const 42))
  (elem (global.get $base) func)
  (elem (table $own) (i32.const 1) func $f)
  (func (export "call") (param i32) (result i32) (call_indirect $own (result i32) (local.get 0))))
(assert_return (invoke "call" (i32.const 1)) (i32.const 42))
(assert_trap (invoke "call" (i32.const 0)) "uninitialized element")
(assert_return (invoke $m "nulls") (i32.const 5))

;; Each segment is checked, whatever else the module imports.
(module $f (func (export "f")) (func (export "g")))
(register "f" $f)
(assert_unloadable
  (module
    (import "f" "f" (func))
    (import "f" "g" (func))
    (import "env" "__indirect_function_table" (table i64 1 funcref))
    (elem (i64.const 0) func))
  "static table address")
(assert_unloadable
  (module
    (import "env" "__indirect_function_table" (table i64 1 funcref))
    (import "env" "__table_base" (global $base i64))
    (func $f)
    (elem (global.get $base) func)
    (elem (i64.const 0) func))
  "static table address")
;; Passive segments have no offset.
(module
  (import "env" "__indirect_function_table" (table i64 1 funcref))
  (func $f)
  (elem func $f))
