;;; rules: load.needed, dict.process-wide, load.order
;;; description: Libraries that needed libraries need are constructed before the modules that need them.

(process (memory 16) (dictionary ("a" "test:a") ("b" "test:b") ("c" "test:c")))
(module $log
  (global $seen (mut i32) (i32.const 0))
  (func (export "note") (param i32)
    (global.set $seen (i32.add (i32.mul (global.get $seen) (i32.const 10)) (local.get 0))))
  (func (export "seen") (result i32) (global.get $seen)))
(register "log" $log)
(library "test:a"
  (module
    (@dylink.0 (needed "b"))
    (func $note (import "log" "note") (param i32))
    (func (export "__wasm_call_ctors") (call $note (i32.const 1)))))
(library "test:b"
  (module
    (@dylink.0 (needed "c"))
    (func $note (import "log" "note") (param i32))
    (func (export "__wasm_call_ctors") (call $note (i32.const 2)))))
(library "test:c"
  (module
    (@dylink.0)
    (func $note (import "log" "note") (param i32))
    (func (export "__wasm_call_ctors") (call $note (i32.const 3)))))
(module
  (@dylink.0 (needed "a"))
  (func $note (import "log" "note") (param i32))
  (func (export "__wasm_call_ctors") (call $note (i32.const 4))))
(assert_return (invoke $log "seen") (i32.const 3214))
