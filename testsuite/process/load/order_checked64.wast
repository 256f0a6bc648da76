;;; rules: load.order, load.reserve
;;; features: memory64, table64
;;; description: Everything is resolved and checked before anything is reserved; functions that the loader calls must have no parameters and no results.

(library "test:large" (module (@dylink.0 (mem-info (memory 0x100001 0)))))
(process (memory i64 16) (dictionary ("large" "test:large")))
(assert_unloadable (module (@dylink.0 (needed "large"))) "reservation failed")
;; Other errors are reported first, wherever they are.
(assert_unloadable (module (@dylink.0 (needed "large")) (import "env" "absent" (func))) "unresolved symbol")
(assert_unloadable
  (module (@dylink.0 (needed "large")) (import "GOT.mem" "absent" (global (mut i64))))
  "unresolved symbol")
(assert_unloadable (module (@dylink.0 (needed "large")) (import "lib" "f" (func))) "unknown import")
(assert_unloadable (module (@dylink.0 (needed "large" "missing"))) "unresolved library")
(assert_unloadable
  (module (@dylink.0 (needed "large")) (import "env" "memory" (memory i64 1)) (data (i64.const 0) ""))
  "static data address")
(assert_unloadable
  (module
    (@dylink.0 (needed "large") (mem-info (memory 1 0)))
    (import "env" "memory" (memory i64 1))
    (import "env" "__memory_base" (global $base i64))
    (data (global.get $base) "ab"))
  "data segment outside reservation")
(assert_unloadable
  (module
    (@dylink.0 (needed "large"))
    (import "env" "__indirect_function_table" (table i64 1 funcref))
    (elem (i64.const 0) func))
  "static table address")
(assert_unloadable
  (module (@dylink.0 (needed "large")) (func (export "__wasm_call_ctors") (param i32)))
  "incompatible import type")
;; Each of the three functions, with each error.
(assert_unloadable (module (@dylink.0) (func (export "__wasm_call_ctors") (param i32))) "incompatible import type")
(assert_unloadable
  (module (@dylink.0) (func (export "__wasm_call_ctors") (result i32) (i32.const 0)))
  "incompatible import type")
(assert_unloadable
  (module (@dylink.0) (global (export "__wasm_call_ctors") i64 (i64.const 0)))
  "incompatible import type")
(assert_unloadable (module (@dylink.0) (func (export "_initialize") (param i32))) "incompatible import type")
(assert_unloadable (module (@dylink.0) (func (export "_initialize") (result i32) (i32.const 0))) "incompatible import type")
(assert_unloadable (module (@dylink.0) (table (export "_initialize") 1 funcref)) "incompatible import type")
(assert_unloadable (module (@dylink.0) (func (export "__wasm_apply_data_relocs") (param i64))) "incompatible import type")
(assert_unloadable
  (module (@dylink.0) (func (export "__wasm_apply_data_relocs") (result f32) (f32.const 0)))
  "incompatible import type")
(assert_unloadable
  (module (@dylink.0) (global (export "__wasm_apply_data_relocs") i64 (i64.const 0)))
  "incompatible import type")
;; A function that is not called, since the other one is, is checked, too.
(assert_unloadable
  (module (@dylink.0) (func (export "_initialize")) (func (export "__wasm_call_ctors") (param i32)))
  "incompatible import type")
;; In a module without dylink.0 the names have no meaning.
(module $m (func (export "_initialize") (param i32) (result i32) (local.get 0)))
(assert_return (invoke $m "_initialize" (i32.const 5)) (i32.const 5))
