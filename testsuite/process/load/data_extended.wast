;;; rules: load.data
;;; features: extended_const
;;; description: The offset of a data segment may be a sum over env.__memory_base; the distance from the base must lie inside the declared memory.

(process (memory 64))
(module
  (import "env" "memory" (memory 1))
  (import "env" "__memory_base" (global $base i32))
  (data (i32.add (global.get $base) (i32.const 0)) "")
  (data (i32.sub (i32.add (i32.const 16) (global.get $base)) (i32.const 16)) "")
  (func (export "loaded") (result i32) (i32.const 1)))
(assert_return (invoke "loaded") (i32.const 1))

(assert_unloadable
  (module
    (import "env" "memory" (memory 1))
    (import "env" "__memory_base" (global $base i32))
    (data (i32.add (global.get $base) (i32.const 1)) ""))
  "data segment outside reservation")
(assert_unloadable
  (module
    (import "env" "memory" (memory 1))
    (import "env" "__memory_base" (global $base i32))
    (data (i32.sub (global.get $base) (i32.const 1)) ""))
  "data segment outside reservation")
(assert_unloadable
  (module
    (import "env" "memory" (memory 1))
    (import "env" "__memory_base" (global $base i32))
    (data (i32.add (global.get $base) (i32.const 0x20000)) "static"))
  "data segment outside reservation")
;; The base does not count in these values.
(assert_unloadable
  (module
    (import "env" "memory" (memory 1))
    (import "env" "__memory_base" (global $base i32))
    (data (i32.sub (global.get $base) (global.get $base)) ""))
  "static data address")
(assert_unloadable
  (module
    (import "env" "memory" (memory 1))
    (data (i32.add (i32.const 0x10000) (i32.const 0x10000)) "static"))
  "static data address")
