;;; rules: dl.load, dl.load.failure, load.identity
;;; features: memory64
;;; description: process.load loads the library of a name and returns a handle, the same for the same library; 0 on failure.

(library "test:lib"
  (module
    (@dylink.0 (mem-info (memory 4 2)))
    (import "env" "memory" (memory i64 1))
    (import "env" "__memory_base" (global $base i64))
    (func (export "__wasm_call_ctors") (i32.store (global.get $base) (i32.const 42)))
    (func (export "lib-get") (result i32) (i32.load (global.get $base)))))
(library "test:trap" (module (@dylink.0) (func (export "__wasm_call_ctors") (unreachable))))
(library "test:symbol" (module (@dylink.0) (func (import "env" "absent"))))
(library "test:large" (module (@dylink.0 (mem-info (memory 0x1000000 0)))))
(library "test:bytes" (module binary "no module"))
(library "test:user" (module (@dylink.0 (needed "missing"))))
(process (memory i64 16)
  (dictionary ("lib" "test:lib") ("lib again" "test:lib") ("trap" "test:trap") ("symbol" "test:symbol")
    ("large" "test:large") ("bytes" "test:bytes") ("user" "test:user") ("" "test:lib") ("nowhere" "test:nowhere")))
(module $m
  (@dylink.0 (mem-info (memory 64 0)))
  (import "env" "memory" (memory i64 1))
  (import "env" "__memory_base" (global $base i64))
  (data (global.get $base) "lib againtrapsymbollargebytesusermissingnowhere")
  (func $load (import "process" "load") (param i64 i64) (result i32))
  (func (export "load") (param i64 i64) (result i32)
    (call $load (i64.add (global.get $base) (local.get 0)) (local.get 1)))
  (global $handle (mut i32) (i32.const 0))
  (func (export "note") (param i64 i64) (result i32)
    (global.set $handle (call $load (i64.add (global.get $base) (local.get 0)) (local.get 1)))
    (i32.ne (global.get $handle) (i32.const 0)))
  (func (export "is-noted") (param i64 i64) (result i32)
    (i32.eq (global.get $handle) (call $load (i64.add (global.get $base) (local.get 0)) (local.get 1)))))
;; It is not loaded yet.
(assert_unloadable (module (@dylink.0) (import "env" "lib-get" (func (result i32)))) "unresolved symbol")
(assert_return (invoke $m "note" (i64.const 0) (i64.const 3)) (i32.const 1))
(module $n
  (@dylink.0)
  (func $lib-get (import "env" "lib-get") (result i32))
  (func (export "get") (result i32) (call $lib-get)))
(assert_return (invoke $n "get") (i32.const 42))
(assert_return (invoke $m "is-noted" (i64.const 0) (i64.const 3)) (i32.const 1))
(assert_return (invoke $m "is-noted" (i64.const 0) (i64.const 9)) (i32.const 1))
(assert_return (invoke $m "is-noted" (i64.const 0) (i64.const 0)) (i32.const 1))
;; Failures return 0 and do not trap.
(assert_return (invoke $m "load" (i64.const 0) (i64.const 2)) (i32.const 0))
(assert_return (invoke $m "load" (i64.const 0) (i64.const 4)) (i32.const 0))
(assert_return (invoke $m "load" (i64.const 9) (i64.const 4)) (i32.const 0))
(assert_return (invoke $m "load" (i64.const 13) (i64.const 6)) (i32.const 0))
(assert_return (invoke $m "load" (i64.const 19) (i64.const 5)) (i32.const 0))
(assert_return (invoke $m "load" (i64.const 24) (i64.const 5)) (i32.const 0))
(assert_return (invoke $m "load" (i64.const 29) (i64.const 4)) (i32.const 0))
(assert_return (invoke $m "load" (i64.const 33) (i64.const 7)) (i32.const 0))
(assert_return (invoke $m "load" (i64.const 40) (i64.const 7)) (i32.const 0))
;; Not with the other pointer type.
(assert_unloadable (module (import "process" "load" (func (param i32 i32) (result i32)))) "incompatible import type")
