;;; rules: load.data
;;; features: extended_const, memory64, table64
;;; pair: none, since wasm32 has no offsets beyond 2^32
;;; description: All 64 bits of an offset count: 4 GiB after the base is not at the base.

(process (memory i64 16))
(assert_unloadable
  (module
    (@dylink.0 (mem-info (memory 16 4)))
    (import "env" "memory" (memory i64 1))
    (import "env" "__memory_base" (global $base i64))
    (data (i64.add (global.get $base) (i64.const 0x100000000)) "x"))
  "data segment outside reservation")
(assert_unloadable
  (module
    (@dylink.0 (mem-info (memory 16 4)))
    (import "env" "memory" (memory i64 1))
    (import "env" "__memory_base" (global $base i64))
    (data (i64.mul (global.get $base) (i64.const 0x100000001)) "x"))
  "static data address")
(assert_unloadable
  (module
    (@dylink.0 (mem-info (table 16 0)))
    (import "env" "__indirect_function_table" (table i64 1 funcref))
    (import "env" "__table_base" (global $base i64))
    (elem (i64.add (global.get $base) (i64.const 0x100000000)) func))
  "element segment outside reservation")
