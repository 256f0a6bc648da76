;;; rules: load.base, load.data, load.names, load.table
;;; features: extended_const, reference_types, memory64, table64
;;; pair: none, since wasm32 has one index type
;;; description: A wasm64 library may import the table with 32-bit indices, as LLVM 16 emits; its slots begin at env.__table_base32.

(process (memory i64 16))
(module $m
  (@dylink.0 (mem-info (table 2 0)))
  (table $t (import "env" "__indirect_function_table") 2 funcref)
  (import "env" "__table_base" (global $base i64))
  (import "env" "__table_base32" (global $base32 i32))
  (func $f (result i32) (i32.const 42))
  (elem (i32.add (global.get $base32) (i32.const 1)) func $f)
  (elem (i32.sub (i32.add (global.get $base32) (i32.const 0xffffffff)) (i32.const 0xffffffff)) func $f)
  (func (export "is-base") (result i32)
    (i32.and
      (i64.eq (i64.extend_i32_u (global.get $base32)) (global.get $base))
      (i32.ne (global.get $base32) (i32.const 0))))
  (func (export "slot") (result i32) (global.get $base32))
  (func (export "call") (param i32) (result i32)
    (call_indirect $t (result i32) (i32.add (global.get $base32) (local.get 0)))))
(assert_return (invoke $m "is-base") (i32.const 1))
(assert_return (invoke $m "call" (i32.const 0)) (i32.const 42))
(assert_return (invoke $m "call" (i32.const 1)) (i32.const 42))
;; It is the same table: other modules call the functions at the same indices.
(module
  (@dylink.0 (mem-info (table 1 0)))
  (table $t (import "env" "__indirect_function_table") i64 3 funcref)
  (func $slot (import "env" "slot") (result i32))
  (func (export "call-slot") (result i32) (call_indirect $t (result i32) (i64.extend_i32_u (call $slot)))))
(assert_return (invoke "call-slot") (i32.const 42))
(assert_return (invoke $m "call" (i32.const 1)) (i32.const 42))
;; The rules of segments apply.
(assert_unloadable
  (module
    (@dylink.0 (mem-info (table 2 0)))
    (import "env" "__indirect_function_table" (table 2 funcref))
    (import "env" "__table_base32" (global $base i32))
    (func $f)
    (elem (i32.add (global.get $base) (i32.const 2)) func $f))
  "element segment outside reservation")
(assert_unloadable
  (module
    (@dylink.0 (mem-info (table 2 0)))
    (import "env" "__indirect_function_table" (table 2 funcref))
    (func $f)
    (elem (i32.const 1) func $f))
  "static table address")
;; The bases with the other types; the table with too many slots, or of another type.
(assert_unloadable
  (module (@dylink.0) (import "env" "__table_base32" (global i64)))
  "incompatible import type")
(assert_unloadable
  (module (@dylink.0) (import "env" "__table_base" (global i32)))
  "incompatible import type")
(assert_unloadable
  (module (@dylink.0 (mem-info (table 2 0))) (import "env" "__indirect_function_table" (table 0x10000 funcref)))
  "incompatible import type")
(assert_unloadable
  (module (@dylink.0) (import "env" "__indirect_function_table" (table 1 externref)))
  "incompatible import type")
;; A module without dylink.0 must import the table with 64-bit indices.
(assert_unloadable (module (import "env" "__indirect_function_table" (table 1 funcref))) "incompatible import type")
;; A wasm32 process has one table base and one index type.
(process (memory 16))
(assert_unloadable (module (@dylink.0) (import "env" "__table_base32" (global i32))) "unknown import")
(assert_unloadable
  (module (@dylink.0) (import "env" "__indirect_function_table" (table i64 1 funcref)))
  "incompatible import type")
