;;; rules: load.data
;;; features: extended_const
;;; description: Data segments lie inside the size that the module declared, not merely on its last page.

(process (memory 16))
(module $a
  (@dylink.0 (mem-info (memory 12 2)))
  (import "env" "memory" (memory 1))
  (import "env" "__memory_base" (global $base i32))
  (data (global.get $base) "abcd")
  (data (i32.add (global.get $base) (i32.const 8)) "efgh")
  (data (i32.add (i32.const 12) (global.get $base)) "")
  (data (i32.sub (global.get $base) (i32.const -4)) "m")
  (func (export "load") (param i32) (result i32) (i32.load (i32.add (global.get $base) (local.get 0)))))
(assert_return (invoke $a "load" (i32.const 0)) (i32.const 0x64636261))
(assert_return (invoke $a "load" (i32.const 4)) (i32.const 0x6d))
(assert_return (invoke $a "load" (i32.const 8)) (i32.const 0x68676665))
(assert_return (invoke $a "load" (i32.const 12)) (i32.const 0))
(assert_unloadable
  (module
    (@dylink.0 (mem-info (memory 12 2)))
    (import "env" "memory" (memory 1))
    (import "env" "__memory_base" (global $base i32))
    (data (i32.add (global.get $base) (i32.const 8)) "efghi"))
  "data segment outside reservation")
(assert_unloadable
  (module
    (@dylink.0 (mem-info (memory 12 2)))
    (import "env" "memory" (memory 1))
    (import "env" "__memory_base" (global $base i32))
    (data (i32.add (global.get $base) (i32.const 13)) ""))
  "data segment outside reservation")
(assert_unloadable
  (module
    (@dylink.0 (mem-info (memory 12 2)))
    (import "env" "memory" (memory 1))
    (import "env" "__memory_base" (global $base i32))
    (data (i32.sub (global.get $base) (i32.const 1)) "x"))
  "data segment outside reservation")
(assert_unloadable
  (module
    (@dylink.0 (mem-info (memory 0x10000 0)))
    (import "env" "memory" (memory 1))
    (data (i32.const 0x10000) "x"))
  "static data address")
;; A valid segment does not save a module with an invalid one.
(assert_unloadable
  (module
    (@dylink.0 (mem-info (memory 4 2)))
    (import "env" "memory" (memory 1))
    (import "env" "__memory_base" (global $base i32))
    (data (global.get $base) "abcd")
    (data (global.get $base) "abcde"))
  "data segment outside reservation")
;; The memory of a segment is env.memory, whatever else the module imports.
(module $f (func (export "f")))
(register "f" $f)
(module
  (@dylink.0 (mem-info (memory 4 2)))
  (import "f" "f" (func))
  (import "env" "__indirect_function_table" (table 0 funcref))
  (import "env" "memory" (memory 1))
  (import "env" "__memory_base" (global $base i32))
  (data (global.get $base) "abcd")
  (func (export "load") (result i32) (i32.load (global.get $base))))
(assert_return (invoke "load") (i32.const 0x64636261))
