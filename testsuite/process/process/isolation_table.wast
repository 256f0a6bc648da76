;;; rules: process.isolation, process.no-module-isolation, load.table
;;; features: bulk_memory, reference_types
;;; description: Modules of one process share the function table; each process has one of its own.

(process $p (memory 64))
(module $a
  (table $t (export "table") (import "env" "__indirect_function_table") 1 funcref)
  (func $f (result i32) (i32.const 42))
  (elem declare func $f)
  (func (export "size") (result i32) (table.size $t))
  ;; Adds $f to the table. Returns its slot.
  (func (export "add") (result i32) (table.grow $t (ref.func $f) (i32.const 1))))
(register "a" $a)
(module $b
  (import "env" "__indirect_function_table" (table $t 1 funcref))
  (import "a" "add" (func $add (result i32)))
  (import "a" "size" (func $size (result i32)))
  (func (export "call-what-a-added") (result i32)
    (call_indirect $t (result i32) (call $add)))
  (func (export "same-size") (result i32) (i32.eq (call $size) (table.size $t))))
(assert_return (invoke $b "same-size") (i32.const 1))
(assert_return (invoke $b "call-what-a-added") (i32.const 42))
(assert_return (invoke $b "same-size") (i32.const 1))

;; The last slot of another process's table is null.
(process $q (memory 64))
(module $c
  (table $t (import "env" "__indirect_function_table") 1 funcref)
  (func (export "grow") (result i32) (table.grow $t (ref.null func) (i32.const 5)))
  (func (export "size") (result i32) (table.size $t))
  (func (export "last") (result i32)
    (ref.is_null (table.get $t (i32.sub (table.size $t) (i32.const 1))))))
(assert_return (invoke $c "last") (i32.const 1))
(switch $p)
(assert_return (invoke $b "same-size") (i32.const 1))
