;;; rules: load.data
;;; features: extended_const
;;; description: Element segments for the process table lie inside the slots that the module declared.

(process (memory 16))
(module $a
  (@dylink.0 (mem-info (table 3 0)))
  (table $t (import "env" "__indirect_function_table") 3 funcref)
  (import "env" "__table_base" (global $base i32))
  (func $f (result i32) (i32.const 42))
  (elem (i32.add (global.get $base) (i32.const 2)) func $f)
  (elem (i32.add (global.get $base) (i32.const 3)) func)
  (func (export "call") (param i32) (result i32)
    (call_indirect $t (result i32) (i32.add (global.get $base) (local.get 0)))))
(assert_return (invoke $a "call" (i32.const 2)) (i32.const 42))
(assert_trap (invoke $a "call" (i32.const 1)) "uninitialized element")
(assert_unloadable
  (module
    (@dylink.0 (mem-info (table 3 0)))
    (import "env" "__indirect_function_table" (table 1 funcref))
    (import "env" "__table_base" (global $base i32))
    (func $f)
    (elem (i32.add (global.get $base) (i32.const 2)) func $f $f))
  "element segment outside reservation")
(assert_unloadable
  (module
    (@dylink.0 (mem-info (table 3 0)))
    (import "env" "__indirect_function_table" (table 1 funcref))
    (import "env" "__table_base" (global $base i32))
    (func $f)
    (elem (i32.sub (global.get $base) (i32.const 1)) func $f))
  "element segment outside reservation")
(assert_unloadable
  (module
    (@dylink.0 (mem-info (table 3 0)))
    (import "env" "__indirect_function_table" (table 1 funcref))
    (func $f)
    (elem (i32.const 1) func $f))
  "static table address")
;; In a table of the module's own the bases are numbers like any other.
(assert_unloadable
  (module
    (@dylink.0 (mem-info (memory 1 0)))
    (import "env" "__memory_base" (global $base i32))
    (table $own 10 funcref)
    (func $f)
    (elem (table $own) (offset (global.get $base)) func $f))
  "out of bounds table access")
(module
  (@dylink.0 (mem-info (memory 1 0)))
  (import "env" "__memory_base" (global $base i32))
  (table $own 10 funcref)
  (func $f (result i32) (i32.const 7))
  (elem (table $own) (offset (i32.mul (global.get $base) (i32.const 0))) func $f)
  (func (export "call") (result i32) (call_indirect $own (result i32) (i32.const 0))))
(assert_return (invoke "call") (i32.const 7))
;; The offset need not be a sum over the bases. This one is at least 9, since no module's first slot is slot 0.
(process (memory 16))
(assert_unloadable
  (module
    (@dylink.0 (mem-info (table 1 0)))
    (import "env" "__table_base" (global $base i32))
    (table $own 9 funcref)
    (func $f)
    (elem (table $own)
      (offset (i32.mul (i32.add (global.get $base) (i32.const 2)) (i32.add (global.get $base) (i32.const 2))))
      func $f))
  "out of bounds table access")
(module
  (@dylink.0 (mem-info (table 1 0)))
  (import "env" "__table_base" (global $base i32))
  (table $own 2 funcref)
  (func $f (result i32) (i32.const 8))
  (elem (table $own)
    (offset
      (i32.sub
        (i32.mul (global.get $base) (global.get $base))
        (i32.sub (i32.mul (global.get $base) (global.get $base)) (i32.const 1))))
    func $f)
  (func (export "call") (result i32) (call_indirect $own (result i32) (i32.const 1))))
(assert_return (invoke "call") (i32.const 8))
