;;; rules: dl.load.failure, load.ctor-trap
;;; description: If a load that a constructor makes fails, the load in progress is unaffected.

(process (memory 16) (dictionary ("bad" "test:bad") ("b" "test:b") ("c" "test:c")))
(module $log
  (global $seen (mut i32) (i32.const 0))
  (func (export "note") (param i32)
    (global.set $seen (i32.add (i32.mul (global.get $seen) (i32.const 10)) (local.get 0))))
  (func (export "seen") (result i32) (global.get $seen)))
(register "log" $log)
(library "test:bad" (module (@dylink.0 (mem-info (memory 1 0))) (func (export "__wasm_call_ctors") (unreachable))))
(library "test:b"
  (module
    (@dylink.0 (mem-info (memory 3 0)))
    (import "env" "memory" (memory 1))
    (import "env" "__memory_base" (global $base i32))
    (func $load (import "process" "load") (param i32 i32) (result i32))
    (func $note (import "log" "note") (param i32))
    (data (global.get $base) "bad")
    (func (export "__wasm_call_ctors")
      (call $note (i32.add (i32.const 1) (call $load (global.get $base) (i32.const 3)))))))
(library "test:c"
  (module
    (@dylink.0 (mem-info (memory 4 0)))
    (import "env" "memory" (memory 1))
    (import "env" "__memory_base" (global $base i32))
    (func $note (import "log" "note") (param i32))
    (func (export "c") (result i32) (i32.load (global.get $base)))
    (func (export "__wasm_call_ctors") (call $note (i32.const 2)) (i32.store (global.get $base) (i32.const 42)))))
(module $m
  (@dylink.0 (needed "b" "c"))
  (func $c (import "env" "c") (result i32))
  (func $note (import "log" "note") (param i32))
  (func (export "__wasm_call_ctors") (call $note (i32.const 3)))
  (func (export "run") (result i32) (call $c)))
(assert_return (invoke $log "seen") (i32.const 123))
(assert_return (invoke $m "run") (i32.const 42))
(module $n (@dylink.0) (func $c (import "env" "c") (result i32)) (func (export "run") (result i32) (call $c)))
(assert_return (invoke $n "run") (i32.const 42))
