;;; rules: load.unload, load.got
;;; features: memory64, table64
;;; description: An index that a function got outside of its library's slots is null once the library is unloaded, also a lower one.

(process (memory i64 16))
(module $m
  (table $t (import "env" "__indirect_function_table") i64 1 funcref)
  (global $kept (mut i64) (i64.const 0))
  (func (export "keep") (param i64) (global.set $kept (local.get 0)))
  (func (export "call") (result i32) (call_indirect $t (result i32) (global.get $kept))))
(register "m" $m)
(module $hole (@dylink.0 (mem-info (table 2 0))))
(module $lib
  (@dylink.0 (mem-info (table 8 0)))
  (func (export "f") (result i32) (i32.const 42)))
(unload $hole)
(module $user
  (@dylink.0)
  (global $f (import "GOT.func" "f") (mut i64))
  (func $keep (import "m" "keep") (param i64))
  (func (export "keep") (call $keep (global.get $f))))
(assert_return (invoke $user "keep"))
(assert_return (invoke $m "call") (i32.const 42))
(unload $user)
(unload $lib)
(assert_trap (invoke $m "call") "uninitialized element")
