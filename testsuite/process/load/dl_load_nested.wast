;;; rules: dl.load, dl.load.failure, load.order
;;; description: A constructor may load; start functions and relocation code may not.

(process (memory 16) (dictionary ("inner" "test:inner") ("outer" "test:outer") ("early" "test:early")))
(module $log
  (global $seen (mut i32) (i32.const 0))
  (func (export "note") (param i32)
    (global.set $seen (i32.add (i32.mul (global.get $seen) (i32.const 10)) (local.get 0))))
  (func (export "seen") (result i32) (global.get $seen)))
(register "log" $log)
(library "test:inner"
  (module
    (@dylink.0)
    (func $note (import "log" "note") (param i32))
    (func $outer-value (import "env" "outer-value") (result i32))
    (func (export "__wasm_call_ctors") (call $note (call $outer-value)))))
(library "test:outer"
  (module
    (@dylink.0 (mem-info (memory 5 0)))
    (import "env" "memory" (memory 1))
    (import "env" "__memory_base" (global $base i32))
    (func $note (import "log" "note") (param i32))
    (func $load (import "process" "load") (param i32 i32) (result i32))
    (data (global.get $base) "inner")
    (func (export "outer-value") (result i32) (i32.const 2))
    (func (export "__wasm_call_ctors")
      (call $note (i32.const 1))
      (call $note (i32.add (i32.const 3) (i32.eqz (call $load (global.get $base) (i32.const 5))))))))
(module (@dylink.0 (needed "outer")))
(assert_return (invoke $log "seen") (i32.const 123))
;; In start functions and relocation code process.load returns 0.
(library "test:early"
  (module
    (@dylink.0 (mem-info (memory 5 0)))
    (import "env" "memory" (memory 1))
    (import "env" "__memory_base" (global $base i32))
    (func $note (import "log" "note") (param i32))
    (func $load (import "process" "load") (param i32 i32) (result i32))
    (data (global.get $base) "inner")
    (func $start
      (call $note (i32.add (i32.const 3) (i32.ne (call $load (global.get $base) (i32.const 5)) (i32.const 0)))))
    (start $start)
    (func (export "__wasm_apply_data_relocs")
      (call $note (i32.add (i32.const 4) (i32.ne (call $load (global.get $base) (i32.const 5)) (i32.const 0)))))))
(module (@dylink.0 (needed "early")))
(assert_return (invoke $log "seen") (i32.const 12334))
