;;; rules: dl.unload, load.order
;;; features: memory64
;;; description: Relocation code may not unload; a constructor may.

(library "test:lib" (module (@dylink.0) (func (export "f") (result i32) (i32.const 42))))
(process (memory i64 16) (dictionary ("lib" "test:lib")))
(module $m
  (@dylink.0 (mem-info (memory 3 0)))
  (import "env" "memory" (memory i64 1))
  (import "env" "__memory_base" (global $base i64))
  (func $load (import "process" "load") (param i64 i64) (result i32))
  (data (global.get $base) "lib")
  (global $handle (mut i32) (i32.const 0))
  (func (export "open") (result i32)
    (global.set $handle (call $load (global.get $base) (i64.const 3)))
    (i32.ne (global.get $handle) (i32.const 0)))
  (func (export "handle") (result i32) (global.get $handle)))
(register "m" $m)
(module definition $early
  (@dylink.0)
  (func $handle (import "m" "handle") (result i32))
  (func $unload (import "process" "unload") (param i32) (result i32))
  (global $early (mut i32) (i32.const 7))
  (global $late (mut i32) (i32.const 7))
  (func (export "__wasm_apply_data_relocs") (global.set $early (call $unload (call $handle))))
  (func (export "__wasm_call_ctors") (global.set $late (call $unload (call $handle))))
  (func (export "early") (result i32) (global.get $early))
  (func (export "late") (result i32) (global.get $late)))
(assert_return (invoke $m "open") (i32.const 1))
(module instance $a $early)
(assert_return (invoke $a "early") (i32.const 0))
(assert_return (invoke $a "late") (i32.const 1))
(assert_unloadable (module (@dylink.0) (import "env" "f" (func (result i32)))) "unresolved symbol")
