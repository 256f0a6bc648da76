;;; rules: dl.name, dl.load.failure, dl.symbol
;;; features: memory64, table64
;;; description: A zero byte in a name is a byte like any other: it does not end the name.

(library "test:lib"
  (module
    (@dylink.0)
    (func (export "f") (result i32) (i32.const 1))
    (func (export "f\00g") (result i32) (i32.const 2))
    (func (export "a longer name") (result i32) (i32.const 3))))
(library "test:zero" (module (@dylink.0) (func (export "zero") (result i32) (i32.const 4))))
(process (memory i64 16)
  (dictionary ("lib" "test:lib") ("a longer name" "test:lib") ("zero\00" "test:zero")))
(module $m
  (@dylink.0 (mem-info (memory 14 0)))
  (import "env" "memory" (memory i64 1))
  (import "env" "__memory_base" (global $base i64))
  (table $t (import "env" "__indirect_function_table") i64 1 funcref)
  (func $load (import "process" "load") (param i64 i64) (result i32))
  (func $symbol (import "process" "symbol") (param i32 i64 i64) (result i64))
  (data (global.get $base) "lib\00zero\00f\00g\00")
  (func $open (export "open") (param i64 i64) (result i32)
    (i32.ne (i32.const 0) (call $load (i64.add (global.get $base) (local.get 0)) (local.get 1))))
  (func $at (param i64 i64) (result i64)
    (call $symbol
      (call $load (global.get $base) (i64.const 3))
      (i64.add (global.get $base) (local.get 0))
      (local.get 1)))
  (func (export "has") (param i64 i64) (result i32)
    (i64.ne (i64.const 0) (call $at (local.get 0) (local.get 1))))
  (func (export "ask") (param i64 i64) (result i32)
    (call_indirect $t (result i32) (call $at (local.get 0) (local.get 1)))))
(assert_return (invoke $m "open" (i64.const 0) (i64.const 3)) (i32.const 1))
(assert_return (invoke $m "open" (i64.const 0) (i64.const 4)) (i32.const 0))
(assert_return (invoke $m "open" (i64.const 0) (i64.const 5)) (i32.const 0))
(assert_return (invoke $m "open" (i64.const 4) (i64.const 4)) (i32.const 0))
(assert_return (invoke $m "open" (i64.const 4) (i64.const 5)) (i32.const 1))
(assert_return (invoke $m "ask" (i64.const 9) (i64.const 1)) (i32.const 1))
(assert_return (invoke $m "ask" (i64.const 9) (i64.const 3)) (i32.const 2))
(assert_return (invoke $m "has" (i64.const 9) (i64.const 2)) (i32.const 0))
(assert_return (invoke $m "has" (i64.const 9) (i64.const 4)) (i32.const 0))
