;;; rules: load.order, load.got
;;; description: A constructor may call, through the table, functions of every module of the load.

(library "test:lib"
  (module
    (@dylink.0 (mem-info (table 1 0)))
    (table (import "env" "__indirect_function_table") 1 funcref)
    (import "env" "__table_base" (global $slot i32))
    (func $program-slot (import "env" "program-slot") (result i32))
    (func $program-f (import "env" "program-f") (result i32))
    (global $got (import "GOT.func" "program-f") (mut i32))
    (func $own (result i32) (i32.const 3))
    (elem (global.get $slot) func $own)
    (global $sum (mut i32) (i32.const 0))
    (func (export "sum") (result i32) (global.get $sum))
    (func (export "__wasm_call_ctors")
      (global.set $sum
        (i32.add
          (i32.add
            (call_indirect (result i32) (global.get $slot))
            (call_indirect (result i32) (global.get $got)))
          (call_indirect (result i32) (call $program-slot)))))))
(process (memory 16) (dictionary ("lib" "test:lib")))
(module
  (@dylink.0 (mem-info (table 1 0)) (needed "lib"))
  (table (import "env" "__indirect_function_table") 1 funcref)
  (import "env" "__table_base" (global $slot i32))
  (func $sum (import "env" "sum") (result i32))
  (func (export "program-f") (result i32) (i32.const 20))
  (func $private (result i32) (i32.const 100))
  (elem (global.get $slot) func $private)
  (func (export "program-slot") (result i32) (global.get $slot))
  (func (export "run") (result i32) (call $sum)))
(assert_return (invoke "run") (i32.const 123))
