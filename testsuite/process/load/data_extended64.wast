;;; rules: load.data
;;; features: memory64, extended_const
;;; description: The offset of a data segment may be a sum over env.__memory_base; the distance from the base must lie inside the declared memory.

(process (memory i64 64))
(module
  (import "env" "memory" (memory i64 1))
  (import "env" "__memory_base" (global $base i64))
  (data (i64.add (global.get $base) (i64.const 0)) "")
  (data (i64.sub (i64.add (i64.const 16) (global.get $base)) (i64.const 16)) "")
  (func (export "loaded") (result i32) (i32.const 1)))
(assert_return (invoke "loaded") (i32.const 1))

(assert_unloadable
  (module
    (import "env" "memory" (memory i64 1))
    (import "env" "__memory_base" (global $base i64))
    (data (i64.add (global.get $base) (i64.const 1)) ""))
  "data segment outside reservation")
(assert_unloadable
  (module
    (import "env" "memory" (memory i64 1))
    (import "env" "__memory_base" (global $base i64))
    (data (i64.sub (global.get $base) (i64.const 1)) ""))
  "data segment outside reservation")
(assert_unloadable
  (module
    (import "env" "memory" (memory i64 1))
    (import "env" "__memory_base" (global $base i64))
    (data (i64.add (global.get $base) (i64.const 0x20000)) "static"))
  "data segment outside reservation")
;; The base does not count in these values.
(assert_unloadable
  (module
    (import "env" "memory" (memory i64 1))
    (import "env" "__memory_base" (global $base i64))
    (data (i64.sub (global.get $base) (global.get $base)) ""))
  "static data address")
(assert_unloadable
  (module
    (import "env" "memory" (memory i64 1))
    (data (i64.add (i64.const 0x10000) (i64.const 0x10000)) "static"))
  "static data address")
