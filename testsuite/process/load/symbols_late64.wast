;;; rules: load.symbols.late, load.symbols
;;; features: memory64, table64
;;; description: A definition may belong to a module that is instantiated later, or to the importing module itself; it is bound before guest code runs.

;; The library calls back into the program from its constructor, directly and through the GOT.
(library "test:lib"
  (module
    (@dylink.0)
    (table (import "env" "__indirect_function_table") i64 1 funcref)
    (func $program-value (import "env" "program-value") (result i32))
    (global $address (import "GOT.func" "program-value") (mut i64))
    (func $lib-value (import "env" "lib-value") (result i32))
    (global $seen (mut i32) (i32.const 0))
    (func (export "lib-value") (result i32) (i32.const 5))
    (func (export "seen") (result i32) (global.get $seen))
    (func (export "__wasm_call_ctors")
      (global.set $seen
        (i32.add
          (i32.add (call $program-value) (call_indirect (result i32) (global.get $address)))
          (call $lib-value))))))
(process (memory i64 16) (dictionary ("lib" "test:lib")))
(module
  (@dylink.0 (needed "lib"))
  (func $seen (import "env" "seen") (result i32))
  (func (export "program-value") (result i32) (i32.const 100))
  (func (export "run") (result i32) (call $seen)))
(assert_return (invoke "run") (i32.const 205))

;; A module that imports what it exports, and exports what it imports.
(module
  (@dylink.0)
  (func $own (import "env" "own") (result i32))
  (func (export "own") (result i32) (i32.const 7))
  (export "alias" (func $own))
  (func (export "call-own") (result i32) (call $own)))
(assert_return (invoke "call-own") (i32.const 7))
(module
  (@dylink.0)
  (func $alias (import "env" "alias") (result i32))
  (func (export "call-alias") (result i32) (call $alias)))
(assert_return (invoke "call-alias") (i32.const 7))

;; A chain of re-exports in one load; its end is the last module to be instantiated.
(library "test:x"
  (module (@dylink.0 (needed "y")) (import "env" "end-y" (func $f (result i32))) (export "end-x" (func $f))))
(library "test:y"
  (module (@dylink.0) (import "env" "end" (func $f (result i32))) (export "end-y" (func $f))))
(dictionary ("x" "test:x") ("y" "test:y"))
(module
  (@dylink.0 (needed "x"))
  (func $end-x (import "env" "end-x") (result i32))
  (func (export "end") (result i32) (i32.const 9))
  (func (export "call-end") (result i32) (call $end-x)))
(assert_return (invoke "call-end") (i32.const 9))

;; A cycle of re-exports defines nothing.
(assert_unloadable
  (module (@dylink.0) (import "env" "round" (func $f (result i32))) (export "round" (func $f)))
  "unresolved symbol")
(library "test:to"
  (module (@dylink.0) (import "env" "fro" (func $f (result i32))) (export "to" (func $f))))
(dictionary ("to" "test:to"))
(assert_unloadable
  (module (@dylink.0 (needed "to")) (import "env" "to" (func $f (result i32))) (export "fro" (func $f)))
  "unresolved symbol")
;; Libraries loaded at run time: two that call each other.
(library "test:ping"
  (module
    (@dylink.0 (needed "pong"))
    (func $pong (import "env" "pong") (param i32) (result i32))
    (func (export "ping") (param i32) (result i32)
      (if (result i32) (local.get 0)
        (then (call $pong (i32.sub (local.get 0) (i32.const 1))))
        (else (i32.const 1))))
    (func (export "__wasm_call_ctors") (if (i32.ne (call $pong (i32.const 2)) (i32.const 2)) (then (unreachable))))))
(library "test:pong"
  (module
    (@dylink.0 (needed "ping"))
    (func $ping (import "env" "ping") (param i32) (result i32))
    (func (export "pong") (param i32) (result i32)
      (if (result i32) (local.get 0)
        (then (call $ping (i32.sub (local.get 0) (i32.const 1))))
        (else (i32.const 2))))
    (func (export "__wasm_call_ctors") (if (i32.ne (call $ping (i32.const 2)) (i32.const 1)) (then (unreachable))))))
(dictionary ("ping" "test:ping") ("pong" "test:pong"))
(module
  (@dylink.0 (mem-info (memory 4 0)))
  (import "env" "memory" (memory i64 1))
  (import "env" "__memory_base" (global $base i64))
  (data (global.get $base) "ping")
  (func $load (import "process" "load") (param i64 i64) (result i32))
  (func (export "open") (result i32) (i32.ne (call $load (global.get $base) (i64.const 4)) (i32.const 0))))
(assert_return (invoke "open") (i32.const 1))
;; Its own definition, whose index is that of the import among all imports.
(module
  (@dylink.0)
  (import "env" "memory" (memory i64 1))
  (func $f (import "env" "at-its-index") (result i32))
  (func (export "at-its-index") (result i32) (i32.const 44))
  (func (export "call-it") (result i32) (call $f)))
(assert_return (invoke "call-it") (i32.const 44))
