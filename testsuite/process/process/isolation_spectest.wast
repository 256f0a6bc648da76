;;; rules: process.isolation
;;; features: bulk_memory, reference_types
;;; description: The host module that scripts provide has a copy in each process: tables are not shared.

(process $p (memory 64))
(module $m
  (import "spectest" "table" (table $t 10 20 funcref))
  (func $f)
  (elem declare func $f)
  (func (export "put") (table.set $t (i32.const 3) (ref.func $f)))
  (func (export "grow") (result i32) (table.grow $t (ref.null func) (i32.const 2)))
  (func (export "size") (result i32) (table.size $t))
  (func (export "empty") (result i32) (ref.is_null (table.get $t (i32.const 3)))))
(assert_return (invoke $m "put"))
(assert_return (invoke $m "grow") (i32.const 10))
(assert_return (invoke $m "size") (i32.const 12))
(assert_return (invoke $m "empty") (i32.const 0))

(process $q (memory 64))
(module $m
  (import "spectest" "table" (table $t 10 20 funcref))
  (func (export "size") (result i32) (table.size $t))
  (func (export "empty") (result i32) (ref.is_null (table.get $t (i32.const 3)))))
(assert_return (invoke $m "size") (i32.const 10))
(assert_return (invoke $m "empty") (i32.const 1))

(switch)
(module $m
  (import "spectest" "table" (table $t 10 20 funcref))
  (func (export "size") (result i32) (table.size $t))
  (func (export "empty") (result i32) (ref.is_null (table.get $t (i32.const 3)))))
(assert_return (invoke $m "size") (i32.const 10))
(assert_return (invoke $m "empty") (i32.const 1))
