;;; rules: load.table, load.got, load.unload
;;; features: memory64, table64
;;; description: Slots are given, and made null again, one library at a time: those of others keep their functions.

(process (memory i64 16))
(module definition $two
  (@dylink.0 (mem-info (table 2 0)))
  (table $t (import "env" "__indirect_function_table") i64 2 funcref)
  (import "env" "__table_base" (global $base i64))
  (func $f (result i32) (i32.const 42))
  (elem (global.get $base) func $f $f)
  (func (export "call") (param i64) (result i32)
    (call_indirect $t (result i32) (i64.add (global.get $base) (local.get 0)))))
(module instance $a $two)
(module instance $b $two)
(module instance $c $two)
(unload $b)
(assert_return (invoke $a "call" (i64.const 0)) (i32.const 42))
(assert_return (invoke $a "call" (i64.const 1)) (i32.const 42))
(assert_return (invoke $c "call" (i64.const 0)) (i32.const 42))
(assert_return (invoke $c "call" (i64.const 1)) (i32.const 42))
(module instance $d $two)
(assert_return (invoke $a "call" (i64.const 1)) (i32.const 42))
(assert_return (invoke $c "call" (i64.const 0)) (i32.const 42))
(assert_return (invoke $d "call" (i64.const 1)) (i32.const 42))

;; The index of a function does not depend on a library that has it in its own slots, some of which are null.
(module $m (@dylink.0) (func (export "f") (result i32) (i32.const 43)))
(module $l
  (@dylink.0 (mem-info (table 3 0)))
  (import "env" "__indirect_function_table" (table i64 1 funcref))
  (import "env" "__table_base" (global $base i64))
  (func $f (import "env" "f") (result i32))
  (elem (global.get $base) func $f))
(module $user
  (@dylink.0)
  (table $t (import "env" "__indirect_function_table") i64 1 funcref)
  (global $f (import "GOT.func" "f") (mut i64))
  (func (export "call") (result i32) (call_indirect $t (result i32) (global.get $f))))
(unload $l)
(assert_return (invoke $user "call") (i32.const 43))

;; Each function of a library that its own slots hold has its index there.
(module
  (@dylink.0 (mem-info (table 3 0)))
  (import "env" "__indirect_function_table" (table i64 1 funcref))
  (import "env" "__table_base" (global $base i64))
  (global $one (import "GOT.func" "one") (mut i64))
  (global $two (import "GOT.func" "two") (mut i64))
  (func $one (export "one"))
  (func $two (export "two"))
  (elem (global.get $base) func $one $two $one)
  (func (export "offset-one") (result i64) (i64.sub (global.get $one) (global.get $base)))
  (func (export "offset-two") (result i64) (i64.sub (global.get $two) (global.get $base))))
(assert_return (invoke "offset-one") (i64.const 0))
(assert_return (invoke "offset-two") (i64.const 1))
