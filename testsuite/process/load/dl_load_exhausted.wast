;;; rules: load.ctor-trap
;;; description: If a constructor or relocation code exhausts the call stack, the call of process.load does not return: the exhaustion ends its callers too.

(library "test:ctors"
  (module
    (@dylink.0)
    (func $f (export "__wasm_call_ctors") (call $f) (call $f))))
(library "test:relocs"
  (module
    (@dylink.0)
    (func $f (export "__wasm_apply_data_relocs") (call $f) (call $f))))
(library "test:good" (module (@dylink.0) (func (export "f"))))
(process (memory 16) (dictionary ("ctors" "test:ctors") ("relocs" "test:relocs") ("good" "test:good")))
(module $m
  (@dylink.0 (mem-info (memory 16 0)))
  (import "env" "memory" (memory 1))
  (import "env" "__memory_base" (global $base i32))
  (data (global.get $base) "ctorsrelocsgood")
  (func $load (import "process" "load") (param i32 i32) (result i32))
  (global $state (mut i32) (i32.const 0))
  (func $open (param $at i32) (param $size i32) (result i32)
    (local $handle i32)
    (global.set $state (i32.const 1))
    (local.set $handle (call $load (i32.add (global.get $base) (local.get $at)) (local.get $size)))
    (global.set $state (i32.const 2))
    (local.get $handle))
  (func (export "ctors") (result i32) (call $open (i32.const 0) (i32.const 5)))
  (func (export "relocs") (result i32) (call $open (i32.const 5) (i32.const 6)))
  (func (export "good") (result i32) (i32.ne (i32.const 0) (call $open (i32.const 11) (i32.const 4))))
  (func (export "state") (result i32) (global.get $state)))
(assert_exhaustion (invoke $m "ctors") "call stack exhausted")
(assert_return (invoke $m "state") (i32.const 1))
(assert_exhaustion (invoke $m "relocs") "call stack exhausted")
(assert_return (invoke $m "state") (i32.const 1))
;; The process continues.
(assert_return (invoke $m "good") (i32.const 1))
(assert_return (invoke $m "state") (i32.const 2))
