;;; rules: load.base
;;; features: memory64
;;; description: A module may export its bases: they are immutable globals of the pointer type, with its values.

(process (memory i64 16))
(module $m
  (@dylink.0 (mem-info (memory 4 0) (table 1 0)))
  (global $memory (import "env" "__memory_base") i64)
  (global $table (import "env" "__table_base") i64)
  (global (export "table32") (import "env" "__table_base32") i32)
  (global $got (export "got") (import "GOT.mem" "here") (mut i64))
  (global (export "here") i64 (i64.const 0))
  (export "memory" (global $memory))
  (export "table" (global $table))
  (func (export "memory-is") (param i64) (result i32) (i64.eq (global.get $memory) (local.get 0)))
  (func (export "table-is") (param i64) (result i32) (i64.eq (global.get $table) (local.get 0))))
(register "m" $m)
(module $n
  (func $memory-is (import "m" "memory-is") (param i64) (result i32))
  (func $table-is (import "m" "table-is") (param i64) (result i32))
  (global $memory (import "m" "memory") i64)
  (global $table (import "m" "table") i64)
  (func (export "same") (result i32)
    (i32.and (call $memory-is (global.get $memory)) (call $table-is (global.get $table)))))
(assert_return (invoke $n "same") (i32.const 1))
(assert_unloadable (module (import "m" "memory" (global (mut i64)))) "incompatible import type")
(assert_unloadable (module (import "m" "table" (global (mut i64)))) "incompatible import type")
;; An entry of the GOT is mutable.
(module (import "m" "got" (global (mut i64))))
(assert_unloadable (module (import "m" "got" (global i64))) "incompatible import type")
(assert_unloadable (module (import "m" "memory" (global i32))) "incompatible import type")
(module (import "m" "table32" (global i32)))
