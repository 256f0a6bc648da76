;;; rules: load.symbols, load.unload
;;; features: bulk_memory, reference_types
;;; description: The placeholder of an undefined weak function still traps as such after the library that imports it is unloaded.

(library "test:lib"
  (module
    (@dylink.0 (import-info "env" "absent" binding-weak undefined))
    (table $t (import "env" "__indirect_function_table") 1 funcref)
    (func $absent (import "env" "absent"))
    (elem declare func $absent)
    (func (export "put") (param i32) (table.set $t (local.get 0) (ref.func $absent)))))
(process (memory 8) (dictionary ("lib" "test:lib")))
(module $m
  (@dylink.0 (mem-info (memory 16 0)))
  (import "env" "memory" (memory 1))
  (import "env" "__memory_base" (global $base i32))
  (table $t (import "env" "__indirect_function_table") 1 funcref)
  (data (global.get $base) "libput")
  (func $load (import "process" "load") (param i32 i32) (result i32))
  (func $symbol (import "process" "symbol") (param i32 i32 i32) (result i32))
  (func $unload (import "process" "unload") (param i32) (result i32))
  (global $slot (mut i32) (i32.const 0))
  (func (export "put-and-unload") (result i32)
    (local $handle i32)
    (global.set $slot (table.grow $t (ref.null func) (i32.const 1)))
    (local.set $handle (call $load (global.get $base) (i32.const 3)))
    (call_indirect $t (param i32)
      (global.get $slot)
      (call $symbol (local.get $handle) (i32.add (global.get $base) (i32.const 3)) (i32.const 3)))
    (call $unload (local.get $handle)))
  (func (export "call") (call_indirect $t (global.get $slot))))
(assert_return (invoke $m "put-and-unload") (i32.const 1))
(assert_trap (invoke $m "call") "unresolved symbol")
