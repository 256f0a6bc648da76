;;; rules: load.symbols
;;; description: A definition of another type fails the load, weak or not, even if a later definition would fit.

(process (memory 16))
(module $definer
  (@dylink.0 (mem-info (memory 4 2)))
  (memory (import "env" "memory") 1)
  (func (export "f") (param i32) (result i32) (local.get 0))
  (func (export "g") (param i32))
  (global (export "x") i32 (i32.const 0))
  (global (export "narrow") f32 (f32.const 0))
  (global (export "var") (mut i32) (i32.const 0))
  (export "mem" (memory 0)))
(module $second
  (@dylink.0)
  (func (export "f"))
  (func (export "x")))
(module (@dylink.0) (import "env" "f" (func (param i32) (result i32))) (import "env" "g" (func (param i32))))
(assert_unloadable (module (@dylink.0) (import "env" "f" (func))) "incompatible import type")
(assert_unloadable (module (@dylink.0) (import "env" "f" (func (param i64) (result i32)))) "incompatible import type")
(assert_unloadable (module (@dylink.0) (import "env" "f" (func (param i32)))) "incompatible import type")
(assert_unloadable (module (@dylink.0) (import "env" "g" (func (param i32) (result i32)))) "incompatible import type")
(assert_unloadable
  (module (@dylink.0 (import-info "env" "f" binding-weak undefined)) (import "env" "f" (func)))
  "incompatible import type")
;; Not functions;
(assert_unloadable (module (@dylink.0) (import "env" "x" (func))) "incompatible import type")
(assert_unloadable (module (@dylink.0) (import "env" "mem" (func))) "incompatible import type")
(assert_unloadable (module (@dylink.0) (import "GOT.func" "x" (global (mut i32)))) "incompatible import type")
;; not data.
(assert_unloadable (module (@dylink.0) (import "GOT.mem" "f" (global (mut i32)))) "incompatible import type")
(assert_unloadable (module (@dylink.0) (import "GOT.mem" "mem" (global (mut i32)))) "incompatible import type")
(assert_unloadable (module (@dylink.0) (import "GOT.mem" "var" (global (mut i32)))) "incompatible import type")
(assert_unloadable (module (@dylink.0) (import "GOT.mem" "narrow" (global (mut i32)))) "incompatible import type")
;; GOT entries are mutable pointers.
(module (@dylink.0) (import "GOT.mem" "x" (global (mut i32))) (import "GOT.func" "f" (global (mut i32))))
(assert_unloadable (module (@dylink.0) (import "GOT.mem" "x" (global i32))) "incompatible import type")
(assert_unloadable (module (@dylink.0) (import "GOT.func" "f" (global i32))) "incompatible import type")
(assert_unloadable (module (@dylink.0) (import "GOT.mem" "x" (global (mut i64)))) "incompatible import type")
(assert_unloadable (module (@dylink.0) (import "GOT.func" "f" (global (mut i64)))) "incompatible import type")
(assert_unloadable (module (@dylink.0) (import "GOT.func" "f" (func))) "incompatible import type")
;; Functions that the loader calls have no parameters and no results.
(assert_unloadable
  (module (@dylink.0) (func (export "__wasm_call_ctors") (param i32)))
  "incompatible import type")
(assert_unloadable
  (module (@dylink.0) (func (export "__wasm_apply_data_relocs") (result i32) (i32.const 0)))
  "incompatible import type")
(assert_unloadable
  (module (@dylink.0) (global (export "_initialize") i32 (i32.const 0)))
  "incompatible import type")
