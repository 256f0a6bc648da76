;;; rules: load.order, load.needed
;;; description: A library is constructed after all libraries it needs, even if the program needs both and names it first.

;; Each constructor appends its digit.
(module definition $log
  (global $n (mut i32) (i32.const 0))
  (func (export "note") (param i32)
    (global.set $n (i32.add (i32.mul (global.get $n) (i32.const 10)) (local.get 0))))
  (func (export "log") (result i32) (global.get $n) (global.set $n (i32.const 0))))
(library "test:1"
  (module (@dylink.0) (func $note (import "log" "note") (param i32))
    (func (export "__wasm_call_ctors") (call $note (i32.const 1)))))
(library "test:2"
  (module (@dylink.0 (needed "1")) (func $note (import "log" "note") (param i32))
    (func (export "__wasm_call_ctors") (call $note (i32.const 2)))))
(library "test:3"
  (module (@dylink.0 (needed "2" "1")) (func $note (import "log" "note") (param i32))
    (func (export "__wasm_call_ctors") (call $note (i32.const 3)))))
(library "test:4"
  (module (@dylink.0 (needed "2")) (func $note (import "log" "note") (param i32))
    (func (export "__wasm_call_ctors") (call $note (i32.const 4)))))
(process $p (memory 16) (dictionary ("1" "test:1") ("2" "test:2") ("3" "test:3") ("4" "test:4")))
(module instance $log $log)
(register "log" $log)
;; The load order is the program, 1, 2.
(module $a (@dylink.0 (needed "1" "2")) (func $note (import "log" "note") (param i32))
  (func (export "__wasm_call_ctors") (call $note (i32.const 9))))
(assert_return (invoke $log "log") (i32.const 129))
;; Loaded libraries are not constructed again.
(module $b (@dylink.0 (needed "1" "2" "3")) (func $note (import "log" "note") (param i32))
  (func (export "__wasm_call_ctors") (call $note (i32.const 8))))
(assert_return (invoke $log "log") (i32.const 38))
;; In another process: 3, which the program names first, comes after 1 and 2; 3 and 4 may come in either order.
(process $q (memory 16) (dictionary ("1" "test:1") ("2" "test:2") ("3" "test:3") ("4" "test:4")))
(module instance $log $log)
(register "log" $log)
(module (@dylink.0 (needed "3" "1" "4")) (func $note (import "log" "note") (param i32))
  (func (export "__wasm_call_ctors") (call $note (i32.const 9))))
(assert_return (invoke $log "log") (either (i32.const 12349) (i32.const 12439)))
