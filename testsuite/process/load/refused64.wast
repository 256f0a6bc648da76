;;; rules: load.data, load.names
;;; features: memory64, table64, reference_types
;;; description: A load that fails leaves no trace: no page and no table slot, and the last instance is still the last one.

(process (memory i64 4))
(module
  (func $mmap (export "mmap") (import "process" "mmap") (param i64 i64) (result i64))
  (table $t (import "env" "__indirect_function_table") i64 1 funcref)
  (global $size (mut i64) (i64.const 0))
  (func (export "note-size") (global.set $size (table.size $t)))
  (func (export "same-size") (result i32) (i64.eq (global.get $size) (table.size $t)))
  (func (export "who") (result i32) (i32.const 7)))
(assert_return (invoke "note-size"))
(assert_unloadable (module (import "env" "nothing" (func))) "unresolved symbol")
(assert_return (invoke "who") (i32.const 7))
(assert_unloadable
  (module $x
    (import "env" "__indirect_function_table" (table i64 1 funcref))
    (import "env" "memory" (memory i64 1))
    (func $f (export "f"))
    (elem (i64.const 0) func $f)
    (data (i64.const 0x10000) "x"))
  "static")
(assert_return (invoke "who") (i32.const 7))
(assert_return (invoke "same-size") (i32.const 1))
(assert_return (invoke "mmap" (i64.const 0) (i64.const 0x30000)) (i64.const 0x10000))
