;;; rules: discard.true
;;; features: memory64
;;; description: discard takes the pointer type of the process and a length of i64 in either kind of process.

(process (memory i64 16))
(module (import "process" "discard" (func (param i64 i64) (result i32))))
(assert_unloadable (module (import "process" "discard" (func (param i32 i64) (result i32)))) "incompatible import type")
(assert_unloadable (module (import "process" "discard" (func (param i64 i64) (result i64)))) "incompatible import type")
(assert_unloadable (module (import "process" "discard" (func (param i64 i32) (result i32)))) "incompatible import type")
(assert_unloadable (module (import "process" "discard" (func (param i64 i64)))) "incompatible import type")
