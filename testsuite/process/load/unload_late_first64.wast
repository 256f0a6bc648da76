;;; rules: load.unload
;;; features: memory64, table64
;;; description: The first library in load order, opened by a module that is gone, unloads itself and goes when the call returns.

(library "test:lib"
  (module
    (@dylink.0 (mem-info (memory 0x10000 0)))
    (func $unload (import "process" "unload") (param i32) (result i32))
    (func (export "close") (param i32) (result i32) (i32.add (call $unload (local.get 0)) (call $unload (local.get 0))))))
(process (memory i64 8) (dictionary ("lib" "test:lib")))
(module definition $user
  (@dylink.0 (mem-info (memory 8 0)))
  (import "env" "memory" (memory i64 1))
  (import "env" "__memory_base" (global $base i64))
  (table $t (import "env" "__indirect_function_table") i64 1 funcref)
  (func $load (import "process" "load") (param i64 i64) (result i32))
  (func $symbol (import "process" "symbol") (param i32 i64 i64) (result i64))
  (data (global.get $base) "libclose")
  (global $lib (mut i32) (i32.const 0))
  (func (export "open") (result i32)
    (global.set $lib (call $load (global.get $base) (i64.const 3)))
    (i32.ne (global.get $lib) (i32.const 0)))
  (func $close (result i64)
    (call $symbol (global.get $lib) (i64.add (global.get $base) (i64.const 3)) (i64.const 5)))
  (func (export "valid") (result i32) (i64.ne (call $close) (i64.const 0)))
  ;; The library is still there after its function has returned.
  (func (export "run") (result i32)
    (i32.add
      (call_indirect $t (param i32) (result i32) (global.get $lib) (call $close))
      (i32.mul (i32.const 10) (i64.ne (call $close) (i64.const 0))))))
(module instance $first $user)
(assert_return (invoke $first "open") (i32.const 1))
(module instance $m $user)
(assert_return (invoke $m "open") (i32.const 1))
(unload $first)
(assert_return (invoke $m "valid") (i32.const 1))
(assert_return (invoke $m "run") (i32.const 12))
(assert_return (invoke $m "valid") (i32.const 0))
(assert_unloadable (module (@dylink.0) (import "env" "close" (func (param i32) (result i32)))) "unresolved symbol")
