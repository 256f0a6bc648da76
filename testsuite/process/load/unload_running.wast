;;; rules: dl.unload, load.unload
;;; description: A library that is anywhere on the call stack, or being loaded, stays, with everything it needs, although its last load is undone.

(library "test:lib"
  (module
    (@dylink.0 (needed "b" "c"))
    (func $close (import "m" "close") (result i32))
    (func $b (import "env" "b") (result i32))
    (func $c (import "env" "c") (result i32))
    ;; The unload is requested from a function called here.
    (func (export "run") (result i32)
      (i32.add
        (i32.mul (i32.const 1000) (call $close))
        (i32.add (i32.mul (i32.const 10) (call $b)) (call $c))))))
(library "test:b" (module (@dylink.0) (func (export "b") (result i32) (i32.const 4))))
(library "test:c" (module (@dylink.0) (func (export "c") (result i32) (i32.const 2))))
(library "test:other" (module (@dylink.0) (func (export "other") (result i32) (i32.const 1))))
(library "test:closes"
  (module
    (@dylink.0)
    (func $close-other (import "m" "close-other") (result i32))
    (global $closed (mut i32) (i32.const 7))
    (func (export "__wasm_call_ctors") (global.set $closed (call $close-other)))
    (func (export "closed") (result i32) (global.get $closed))))
(process (memory 16)
  (dictionary ("lib" "test:lib") ("b" "test:b") ("c" "test:c") ("other" "test:other") ("closes" "test:closes")))
(module $m
  (@dylink.0 (mem-info (memory 11 0)))
  (import "env" "memory" (memory 1))
  (import "env" "__memory_base" (global $base i32))
  (table $t (import "env" "__indirect_function_table") 1 funcref)
  (func $load (import "process" "load") (param i32 i32) (result i32))
  (func $symbol (import "process" "symbol") (param i32 i32 i32) (result i32))
  (func $unload (import "process" "unload") (param i32) (result i32))
  (data (global.get $base) "librunother")
  (global $lib (mut i32) (i32.const 0))
  (global $other (mut i32) (i32.const 0))
  (func (export "open") (result i32)
    (global.set $lib (call $load (global.get $base) (i32.const 3)))
    (global.set $other (call $load (i32.add (global.get $base) (i32.const 6)) (i32.const 5)))
    (i32.and (i32.ne (global.get $lib) (i32.const 0)) (i32.ne (global.get $other) (i32.const 0))))
  (func $close (result i32) (call $unload (global.get $lib)))
  (func (export "close") (result i32) (call $close))
  (func (export "close-other") (result i32) (call $unload (global.get $other)))
  (func (export "run") (result i32)
    (call_indirect $t (result i32)
      (call $symbol (global.get $lib) (i32.add (global.get $base) (i32.const 3)) (i32.const 3)))))
(register "m" $m)
(assert_return (invoke $m "open") (i32.const 1))
(assert_return (invoke $m "run") (i32.const 1042))
(assert_trap (invoke $m "run") "uninitialized element")
(assert_return (invoke $m "open") (i32.const 1))
(assert_return (invoke $m "close-other") (i32.const 1))
;; A constructor unloads another library: neither the program that needs the constructor's library nor its other libraries are unloaded.
(module $p
  (@dylink.0 (needed "closes" "b" "c"))
  (func $closed (import "env" "closed") (result i32))
  (func $c (import "env" "c") (result i32))
  (func (export "run") (result i32) (i32.add (i32.mul (i32.const 10) (call $closed)) (call $c))))
(assert_return (invoke $p "run") (i32.const 12))
(assert_unloadable (module (@dylink.0) (import "env" "other" (func (result i32)))) "unresolved symbol")
;; Libraries of a library that goes stay if others need them.
(assert_return (invoke $m "run") (i32.const 1042))
(assert_return (invoke $m "close") (i32.const 0))
(assert_return (invoke $p "run") (i32.const 12))
