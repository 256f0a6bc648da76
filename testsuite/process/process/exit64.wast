;;; rules: process.exit, process.end
;;; features: memory64, table64
;;; description: process.exit ends the program from wherever it is called, with a code; then the process has ended.

(process $p (memory i64 16))
(module $m
  (func $exit (import "process" "exit") (param i32))
  (global $n (mut i32) (i32.const 0))
  (func $deep (param i32)
    (if (local.get 0)
      (then (call $deep (i32.sub (local.get 0) (i32.const 1))) (unreachable))
      (else (call $exit (i32.const 7)))))
  (func (export "run") (param i32) (call $deep (local.get 0)))
  (func (export "get") (result i32) (global.get $n)))
(assert_return (invoke $m "get") (i32.const 0))
(assert_exit (invoke $m "run" (i32.const 5)) 7)
(assert_refused (invoke $m "get") "process has ended")
(assert_refused (end $p) "process has ended")
(assert_refused (switch $p) "process has ended")

;; Codes are unsigned 32-bit numbers. An exported exit may be called directly.
(process $q (memory i64 16))
(module $m
  (func $exit (import "process" "exit") (param i32))
  (func (export "run") (param i32) (call $exit (local.get 0))))
(assert_exit (invoke $m "run" (i32.const -1)) 4294967295)
(process $r (memory i64 16))
(module $m (import "process" "exit" (func $exit (param i32))) (export "exit" (func $exit)))
(assert_exit (invoke $m "exit" (i32.const 0)) 0)
(assert_refused (invoke $m "exit" (i32.const 0)) "process has ended")

;; In the middle of a call from another module, and from a table.
(process $s (memory i64 16) (dictionary ("lib" "test:lib")))
(library "test:lib"
  (module
    (@dylink.0)
    (func $exit (import "process" "exit") (param i32))
    (func (export "quit") (call $exit (i32.const 3)))))
(module $m
  (@dylink.0 (needed "lib"))
  (table (import "env" "__indirect_function_table") i64 1 funcref)
  (global $quit (import "GOT.func" "quit") (mut i64))
  (func (export "run") (call_indirect (global.get $quit)) (unreachable)))
(assert_exit (invoke $m "run") 3)
(assert_refused (dictionary ("x" "test:x")) "process has ended")
;; Other processes are unaffected.
(process $t (memory i64 16))
(module $m (func (export "f") (result i32) (i32.const 1)))
(assert_return (invoke $m "f") (i32.const 1))
