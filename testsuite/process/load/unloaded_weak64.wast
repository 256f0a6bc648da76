;;; rules: load.symbols, load.unload
;;; features: memory64, table64, bulk_memory, reference_types
;;; description: The placeholder of an undefined weak function still traps as such after the library that imports it is unloaded.

(library "test:lib"
  (module
    (@dylink.0 (import-info "env" "absent" binding-weak undefined))
    (table $t (import "env" "__indirect_function_table") i64 1 funcref)
    (func $absent (import "env" "absent"))
    (elem declare func $absent)
    (func (export "put") (param i64) (table.set $t (local.get 0) (ref.func $absent)))))
(process (memory i64 8) (dictionary ("lib" "test:lib")))
(module $m
  (@dylink.0 (mem-info (memory 16 0)))
  (import "env" "memory" (memory i64 1))
  (import "env" "__memory_base" (global $base i64))
  (table $t (import "env" "__indirect_function_table") i64 1 funcref)
  (data (global.get $base) "libput")
  (func $load (import "process" "load") (param i64 i64) (result i32))
  (func $symbol (import "process" "symbol") (param i32 i64 i64) (result i64))
  (func $unload (import "process" "unload") (param i32) (result i32))
  (global $slot (mut i64) (i64.const 0))
  (func (export "put-and-unload") (result i32)
    (local $handle i32)
    (global.set $slot (table.grow $t (ref.null func) (i64.const 1)))
    (local.set $handle (call $load (global.get $base) (i64.const 3)))
    (call_indirect $t (param i64)
      (global.get $slot)
      (call $symbol (local.get $handle) (i64.add (global.get $base) (i64.const 3)) (i64.const 3)))
    (call $unload (local.get $handle)))
  (func (export "call") (call_indirect $t (global.get $slot))))
(assert_return (invoke $m "put-and-unload") (i32.const 1))
(assert_trap (invoke $m "call") "unresolved symbol")
