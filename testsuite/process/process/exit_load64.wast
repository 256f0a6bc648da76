;;; rules: process.exit, dl.load.failure
;;; features: memory64
;;; description: A constructor that exits ends the program, even if process.load called it; the program does not see a failed load.

(library "test:exits"
  (module
    (@dylink.0)
    (func $exit (import "process" "exit") (param i32))
    (func (export "__wasm_call_ctors") (call $exit (i32.const 7)))))
(library "test:traps" (module (@dylink.0) (func (export "__wasm_call_ctors") unreachable)))
(process $p (memory i64 16) (dictionary ("exits" "test:exits") ("traps" "test:traps")))
(module $m
  (@dylink.0 (mem-info (memory 10 0)))
  (import "env" "memory" (memory i64 1))
  (import "env" "__memory_base" (global $base i64))
  (func $load (import "process" "load") (param i64 i64) (result i32))
  (func $exit (import "process" "exit") (param i32))
  (data (global.get $base) "exitstraps")
  (func (export "trapping") (result i32) (call $load (i64.add (global.get $base) (i64.const 5)) (i64.const 5)))
  (func (export "exiting") (drop (call $load (global.get $base) (i64.const 5))) (call $exit (i32.const 9))))
(assert_return (invoke $m "trapping") (i32.const 0))
(assert_exit (invoke $m "exiting") 7)
(assert_refused (invoke $m "trapping") "process has ended")
