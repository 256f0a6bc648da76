;;; rules: load.data, load.base
;;; features: reference_types, extended_const, bulk_memory
;;; description: An element segment for a table other than the process's is placed at its offset, bases included, and must be in bounds there.

(process (memory 16))
(module $m
  (@dylink.0 (mem-info (memory 4 0) (table 3 0)))
  (import "env" "__indirect_function_table" (table 1 funcref))
  (import "env" "__memory_base" (global $memory i32))
  (import "env" "__table_base" (global $base i32))
  (table $own 0x100010 funcref)
  (func $f (result i32) (i32.const 42))
  (func $g (result i32) (i32.const 43))
  (func $h (result i32) (i32.const 44))
  (func $i (result i32) (i32.const 45))
  (elem (table $own) (offset (global.get $base)) func $f)
  (elem (table $own) (offset (i32.add (global.get $memory) (i32.const 5))) func $g)
  (elem (table $own) (offset (i32.add (global.get $memory) (global.get $base))) func $h)
  (elem (table $own) (offset (i32.add (global.get $base) (i32.const -1))) func $i)
  (func (export "f") (result i32) (call_indirect $own (result i32) (global.get $base)))
  (func (export "g") (result i32) (call_indirect $own (result i32) (i32.add (global.get $memory) (i32.const 5))))
  (func (export "h") (result i32) (call_indirect $own (result i32) (i32.add (global.get $memory) (global.get $base))))
  (func (export "i") (result i32) (call_indirect $own (result i32) (i32.sub (global.get $base) (i32.const 1)))))
(assert_return (invoke $m "f") (i32.const 42))
(assert_return (invoke $m "g") (i32.const 43))
(assert_return (invoke $m "h") (i32.const 44))
(assert_return (invoke $m "i") (i32.const 45))
;; The table base of a module that declares slots is at least 1, the memory base of one that declares memory at least a page.
(assert_unloadable
  (module
    (@dylink.0 (mem-info (table 3 0)))
    (import "env" "__table_base" (global $base i32))
    (table 1 funcref)
    (func $f)
    (elem (global.get $base) func $f))
  "out of bounds table access")
(assert_unloadable
  (module
    (@dylink.0 (mem-info (memory 1 0)))
    (import "env" "__memory_base" (global $base i32))
    (table 0x10000 funcref)
    (func $f)
    (elem (global.get $base) func $f))
  "out of bounds table access")
(assert_unloadable (module (table (;ptr;) 1 funcref) (elem (i32.const 2) func)) "out of bounds table access")
(assert_unloadable (module (table (;ptr;) 2 funcref) (func $f) (elem (i32.const 1) func $f $f)) "out of bounds table access")
(assert_unloadable (module (table (;ptr;) 2 funcref) (func $f) (elem (i32.const -1) func $f)) "out of bounds table access")
;; An empty segment at the end, and a segment for all slots.
(module $n
  (table (;ptr;) 2 funcref)
  (func $f)
  (elem (i32.const 2) func)
  (elem (i32.const 0) func $f $f)
  (func (export "call") (call_indirect (i32.const 1))))
(assert_return (invoke $n "call"))
;; A passive segment has no offset, and may be longer than the table.
(module (table 1 funcref) (func $f) (elem func $f $f))
(;64:
(assert_unloadable (module (table i64 1 funcref) (func $f) (elem (i64.const 0x100000000) func $f)) "out of bounds table access")
;)
