;;; rules: load.data, load.names
;;; features: reference_types
;;; description: A load that fails leaves no trace: no page and no table slot, and the last instance is still the last one.

(process (memory 4))
(module
  (func $mmap (export "mmap") (import "process" "mmap") (param i32 i64) (result i32))
  (table $t (import "env" "__indirect_function_table") 1 funcref)
  (global $size (mut i32) (i32.const 0))
  (func (export "note-size") (global.set $size (table.size $t)))
  (func (export "same-size") (result i32) (i32.eq (global.get $size) (table.size $t)))
  (func (export "who") (result i32) (i32.const 7)))
(assert_return (invoke "note-size"))
(assert_unloadable (module (import "env" "nothing" (func))) "unresolved symbol")
(assert_return (invoke "who") (i32.const 7))
(assert_unloadable
  (module $x
    (import "env" "__indirect_function_table" (table 1 funcref))
    (import "env" "memory" (memory 1))
    (func $f (export "f"))
    (elem (i32.const 0) func $f)
    (data (i32.const 0x10000) "x"))
  "static")
(assert_return (invoke "who") (i32.const 7))
(assert_return (invoke "same-size") (i32.const 1))
(assert_return (invoke "mmap" (i32.const 0) (i64.const 0x30000)) (i32.const 0x10000))
