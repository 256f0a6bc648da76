;;; rules: load.base
;;; description: A module may export its bases: they are immutable globals of the pointer type, with its values.

(process (memory 16))
(module $m
  (@dylink.0 (mem-info (memory 4 0) (table 1 0)))
  (global $memory (import "env" "__memory_base") i32)
  (global $table (import "env" "__table_base") i32)
(;64:
  (global (export "table32") (import "env" "__table_base32") i32)
;)
  (global $got (export "got") (import "GOT.mem" "here") (mut i32))
  (global (export "here") i32 (i32.const 0))
  (export "memory" (global $memory))
  (export "table" (global $table))
  (func (export "memory-is") (param i32) (result i32) (i32.eq (global.get $memory) (local.get 0)))
  (func (export "table-is") (param i32) (result i32) (i32.eq (global.get $table) (local.get 0))))
(register "m" $m)
(module $n
  (func $memory-is (import "m" "memory-is") (param i32) (result i32))
  (func $table-is (import "m" "table-is") (param i32) (result i32))
  (global $memory (import "m" "memory") i32)
  (global $table (import "m" "table") i32)
  (func (export "same") (result i32)
    (i32.and (call $memory-is (global.get $memory)) (call $table-is (global.get $table)))))
(assert_return (invoke $n "same") (i32.const 1))
(assert_unloadable (module (import "m" "memory" (global (mut i32)))) "incompatible import type")
(assert_unloadable (module (import "m" "table" (global (mut i32)))) "incompatible import type")
;; An entry of the GOT is mutable.
(module (import "m" "got" (global (mut i32))))
(assert_unloadable (module (import "m" "got" (global i32))) "incompatible import type")
(assert_unloadable (module (import "m" "memory" (global i64))) "incompatible import type")
(;64:
(module (import "m" "table32" (global i32)))
;)
