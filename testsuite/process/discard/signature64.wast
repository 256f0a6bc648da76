;;; rules: discard.true
;;; features: memory64
;;; description: discard takes the pointer type of the process and a length of i64 in either kind of process.

(process (memory i64 16))
(module (import "process" "discard" (func (param i64 i64) (result i32))))
(assert_unloadable (module (import "process" "discard" (func (param i32 i64) (result i32)))) "incompatible import type")
(assert_unloadable (module (import "process" "discard" (func (param i64 i64) (result i64)))) "incompatible import type")
(assert_unloadable (module (import "process" "discard" (func (param i64 i32) (result i32)))) "incompatible import type")
(assert_unloadable (module (import "process" "discard" (func (param i64 i64)))) "incompatible import type")

;; It is a function like any other: called through a table, and from a module that imports it from another one.
(module $m
  (import "process" "mmap" (func $mmap (param i64 i64) (result i64)))
  (import "process" "discard" (func $discard (param i64 i64) (result i32)))
  (export "clear" (func $discard))
  (export "map" (func $mmap))
  (table $t funcref (elem $mmap $discard))
  (type $of (func (param i64 i64) (result i32)))
  (func (export "indirect") (param $slot i32) (param i64 i64) (result i32)
    (call_indirect $t (type $of) (local.get 1) (local.get 2) (local.get $slot))))
(register "m" $m)
(assert_return (invoke $m "map" (i64.const 0x20000) (i64.const 1)) (i64.const 0x20000))
(module (import "m" "clear" (func $f (param i64 i64) (result i32))) (export "again" (func $f)))
(assert_return (invoke "again" (i64.const 0x20000) (i64.const 1)) (i32.const 1))
(assert_return (invoke $m "indirect" (i32.const 1) (i64.const 0x20000) (i64.const 1)) (i32.const 1))
(assert_return (invoke $m "indirect" (i32.const 1) (i64.const 0x30000) (i64.const 1)) (i32.const 0))
