;;; rules: mmap.result, munmap.true
;;; description: mmap takes and returns the pointer type of the process, and lengths are i64 in either kind of process.

(process (memory 16))
(module (import "process" "mmap" (func (param i32 i64) (result i32))))
(module (import "process" "munmap" (func (param i32 i64) (result i32))))
(assert_unloadable (module (import "process" "mmap" (func (param i64 i64) (result i64)))) "incompatible import type")
(assert_unloadable (module (import "process" "mmap" (func (param i32 i32) (result i32)))) "incompatible import type")
(assert_unloadable (module (import "process" "munmap" (func (param i64 i64) (result i32)))) "incompatible import type")
(assert_unloadable (module (import "process" "munmap" (func (param i32 i64) (result i64)))) "incompatible import type")
(assert_unloadable (module (import "process" "mmap" (func (param i32 i64)))) "incompatible import type")

;; They are functions like any other: exported, registered, put in tables and called through them.
(module $m
  (import "process" "mmap" (func $mmap (param i32 i64) (result i32)))
  (import "process" "munmap" (func $munmap (param i32 i64) (result i32)))
  (export "map" (func $mmap))
  (table $t funcref (elem $mmap $munmap))
  (type $unmap (func (param i32 (;ptr;) i64) (result i32)))
  (func (export "indirect") (param $slot i32) (param i32 i64) (result i32)
    (call_indirect $t (type $unmap) (local.get 1) (local.get 2) (local.get $slot)))
  (func (export "tail") (param i32 i64) (result i32) (call $mmap (local.get 0) (local.get 1))))
(register "m" $m)
(module (import "m" "map" (func $f (param i32 i64) (result i32))) (export "again" (func $f)))
(assert_return (invoke "again" (i32.const 0x20000) (i64.const 1)) (i32.const 0x20000))
(assert_return (invoke $m "indirect" (i32.const 1) (i32.const 0x20000) (i64.const 1)) (i32.const 1))
(assert_return (invoke $m "tail" (i32.const 0x20000) (i64.const 1)) (i32.const 0x20000))
