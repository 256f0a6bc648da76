;;; rules: load.atomic, load.got, load.table
;;; features: memory64, table64, reference_types
;;; description: A load that fails releases the table indices that it gave to functions of others, and no others.

(library "test:user" (module (@dylink.0) (import "GOT.func" "f" (global (mut i64)))))
(process (memory i64 16) (dictionary ("user" "test:user")))
(module $m (@dylink.0) (func (export "f") (result i32) (i32.const 42)))
(module definition $user
  (@dylink.0)
  (table $t (import "env" "__indirect_function_table") i64 1 funcref)
  (global $f (import "GOT.func" "f") (mut i64))
  (func (export "call") (result i32) (call_indirect $t (result i32) (global.get $f))))
;; The index of f is new in a load that fails; in that of a library that the module needs; and in one that succeeds.
(assert_unloadable
  (module (@dylink.0) (import "GOT.func" "f" (global (mut i64))) (table 1 funcref) (func $g) (elem (i32.const 1) func $g))
  "out of bounds table access")
(assert_unloadable
  (module (@dylink.0 (needed "user")) (table 1 funcref) (func $g) (elem (i32.const 1) func $g))
  "out of bounds table access")
(module instance $a $user)
(assert_return (invoke $a "call") (i32.const 42))
;; Now it is not.
(assert_unloadable
  (module (@dylink.0) (import "GOT.func" "f" (global (mut i64))) (table 1 funcref) (func $g) (elem (i32.const 1) func $g))
  "out of bounds table access")
(assert_return (invoke $a "call") (i32.const 42))

;; Slots that a module has grown stay its own.
(module $grown
  (table $t (import "env" "__indirect_function_table") i64 1 funcref)
  (func $g (export "g") (result i32) (i32.const 43))
  (global $first (mut i64) (i64.const 0))
  (func (export "grow") (result i32)
    (global.set $first (table.grow $t (ref.func $g) (i64.const 3)))
    (i64.gt_s (global.get $first) (i64.const 0)))
  (func (export "call") (param i64) (result i32)
    (call_indirect $t (result i32) (i64.add (global.get $first) (local.get 0)))))
(assert_return (invoke $grown "grow") (i32.const 1))
(assert_unloadable (module (table 1 funcref) (func $g) (elem (i32.const 1) func $g)) "out of bounds table access")
(module (@dylink.0 (mem-info (table 3 0))))
(assert_return (invoke $grown "call" (i64.const 0)) (i32.const 43))
(assert_return (invoke $grown "call" (i64.const 1)) (i32.const 43))
(assert_return (invoke $grown "call" (i64.const 2)) (i32.const 43))
