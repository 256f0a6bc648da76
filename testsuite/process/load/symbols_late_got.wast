;;; rules: load.symbols.late
;;; features: extended_const
;;; description: GOT imports of exports of the importing module itself, or of a module that needs it, are filled before guest code runs.

(library "test:lib"
  (module
    (@dylink.0 (needed "lib") (mem-info (memory 8 3)))
    (import "env" "memory" (memory 1))
    (import "env" "__memory_base" (global $base i32))
    (import "env" "__indirect_function_table" (table 1 funcref))
    (import "env" "own-function" (func $own (result i32)))
    (global $data (import "GOT.mem" "own-data") (mut i32))
    (global $function (import "GOT.func" "own-function") (mut i32))
    (global $later-data (import "GOT.mem" "program-data") (mut i32))
    (global $later-function (import "GOT.func" "program-function") (mut i32))
    (global $seen (mut i32) (i32.const 0))
    (data (global.get $base) "\07\00\00\00")
    (global (export "own-data") i32 (i32.const 0))
    (func (export "own-function") (result i32) (i32.const 10))
    (func (export "__wasm_apply_data_relocs")
      (global.set $seen
        (i32.add
          (i32.add (i32.load (global.get $data)) (call_indirect (result i32) (global.get $function)))
          (i32.add (i32.load (global.get $later-data)) (call_indirect (result i32) (global.get $later-function)))))
      (global.set $seen (i32.add (global.get $seen) (call $own))))
    (func (export "seen") (result i32) (global.get $seen))))
(process (memory 16) (dictionary ("lib" "test:lib")))
(module
  (@dylink.0 (needed "lib") (mem-info (memory 8 3)))
  (import "env" "memory" (memory 1))
  (import "env" "__memory_base" (global $base i32))
  (import "env" "seen" (func $seen (result i32)))
  (data (i32.add (global.get $base) (i32.const 4)) "\64\00\00\00")
  (global (export "program-data") i32 (i32.const 4))
  (func (export "program-function") (result i32) (i32.const 1000))
  (func (export "run") (result i32) (call $seen)))
(assert_return (invoke "run") (i32.const 1127))
