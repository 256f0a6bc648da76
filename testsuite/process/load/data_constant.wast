;;; rules: load.data
;;; features: extended_const, gc
;;; description: The distance from the base may be an imported constant; if it is unknown, or the base does not count once, the segment is refused.

(process (memory 64))
;; The host module exports a constant, 666.
(module $m
  (@dylink.0 (mem-info (memory 670 0)))
  (import "env" "memory" (memory 1))
  (import "env" "__memory_base" (global $base i32))
  (import "spectest" "global_i32" (;64: "global_i64";) (global $n i32))
  (data (i32.add (global.get $base) (global.get $n)) "abcd")
  (func (export "at") (result i32)
    (i32.sub (i32.load8_u offset=669 (global.get $base)) (i32.load8_u offset=665 (global.get $base)))))
(assert_return (invoke $m "at") (i32.const 100))
(assert_unloadable
  (module
    (@dylink.0 (mem-info (memory 669 0)))
    (import "env" "memory" (memory 1))
    (import "env" "__memory_base" (global $base i32))
    (import "spectest" "global_i32" (;64: "global_i64";) (global $n i32))
    (data (i32.add (global.get $base) (global.get $n)) "abcd"))
  "data segment outside reservation")
(assert_unloadable
  (module
    (@dylink.0 (mem-info (memory 4 0)))
    (import "env" "memory" (memory 1))
    (import "env" "__memory_base" (global $base i32))
    (import "spectest" "global_i32" (;64: "global_i64";) (global $n i32))
    (data (i32.sub (global.get $base) (global.get $n)) "abcd"))
  "data segment outside reservation")
;; The square of a base is not a distance from it, whatever the expression makes of it.
(assert_unloadable
  (module
    (@dylink.0 (mem-info (memory 4 0)))
    (import "env" "memory" (memory 1))
    (import "env" "__memory_base" (global $base i32))
    (data (i32.add (global.get $base) (i32.mul (i32.mul (global.get $base) (global.get $base)) (i32.const 1))) "abcd"))
  "static data address")
(assert_unloadable
  (module
    (@dylink.0 (mem-info (memory 4 0)))
    (import "env" "memory" (memory 1))
    (import "env" "__memory_base" (global $base i32))
    (data (i32.add (global.get $base) (i32.mul (i32.const 0) (i32.mul (global.get $base) (global.get $base)))) "abcd"))
  "static data address")
(assert_unloadable
  (module
    (@dylink.0 (mem-info (memory 4 0)))
    (import "env" "memory" (memory 1))
    (import "env" "__memory_base" (global $base i32))
    (data (i32.add (global.get $base) (i32.mul (global.get $base) (i32.mul (global.get $base) (global.get $base)))) "abcd"))
  "static data address")
;; Globals of the module may hold the base too, each of them.
(module $globals
  (@dylink.0 (mem-info (memory 8 0)))
  (import "env" "memory" (memory 1))
  (import "env" "__memory_base" (global $base i32))
  (global $a i32 (i32.add (global.get $base) (i32.const 4)))
  (global $b i32 (global.get $a))
  (global $c i32 (i32.add (global.get $b) (i32.const 2)))
  (data (global.get $c) "ab")
  (func (export "at") (result i32) (i32.load16_u offset=6 (global.get $base))))
(assert_return (invoke $globals "at") (i32.const 0x6261))
;; Globals named like a base, or nearly so, are not bases unless they come from the platform.
(module $lib
  (global (export "__memory_base") i32 (i32.const 0))
  (global (export "__memory_bass") i32 (i32.const 0))
  (global (export "__table_base") i32 (i32.const 0))
  (global (export "__table_base32") i32 (i32.const 0)))
(register "lib" $lib)
(register "env." $lib)
(assert_unloadable
  (module
    (@dylink.0 (mem-info (memory 4 0)))
    (import "env" "memory" (memory 1))
    (import "lib" "__memory_base" (global $base i32))
    (data (global.get $base) "abcd"))
  "static data address")
(assert_unloadable
  (module
    (@dylink.0 (mem-info (memory 4 0)))
    (import "env" "memory" (memory 1))
    (import "lib" "__memory_bass" (global $base i32))
    (data (global.get $base) "abcd"))
  "static data address")
(assert_unloadable
  (module
    (@dylink.0 (mem-info (table 4 0)))
    (import "env" "__indirect_function_table" (table 1 funcref))
    (import "lib" "__table_base" (global $base i32))
    (elem (global.get $base) func))
  "static table address")
(assert_unloadable
  (module
    (@dylink.0 (mem-info (table 4 0)))
    (import "env" "__indirect_function_table" (table 1 funcref))
    (import "env." "__table_base32" (global $base i32))
    (elem (global.get $base) func))
  "static table address")
(;64:
;; Distances have 64 bits.
(assert_unloadable
  (module
    (@dylink.0 (mem-info (memory 4 0)))
    (import "env" "memory" (memory i64 1))
    (import "env" "__memory_base" (global $base i64))
    (data (i64.add (global.get $base) (i64.const 0x100000000)) ""))
  "data segment outside reservation")
(assert_unloadable
  (module
    (@dylink.0 (mem-info (memory 4 0)))
    (import "env" "memory" (memory i64 1))
    (import "env" "__memory_base" (global $base i64))
    (data (i64.mul (global.get $base) (i64.const 0x100000001)) ""))
  "static data address")
;)
(assert_unloadable
  (module
    (@dylink.0 (mem-info (memory 4 0)))
    (import "env" "memory" (memory 1))
    (import "env" "__memory_base" (global $base i32))
    (import "env" "__table_base" (global $table i32))
    (data (i32.add (global.get $base) (global.get $table)) "abcd"))
  "static data address")
