;;; rules: process.exit, dl.load.failure
;;; description: A constructor that exits ends the program, even if process.load called it; the program does not see a failed load.

(library "test:exits"
  (module
    (@dylink.0)
    (func $exit (import "process" "exit") (param i32))
    (func (export "__wasm_call_ctors") (call $exit (i32.const 7)))))
(library "test:traps" (module (@dylink.0) (func (export "__wasm_call_ctors") unreachable)))
(process $p (memory 16) (dictionary ("exits" "test:exits") ("traps" "test:traps")))
(module $m
  (@dylink.0 (mem-info (memory 10 0)))
  (import "env" "memory" (memory 1))
  (import "env" "__memory_base" (global $base i32))
  (func $load (import "process" "load") (param i32 i32) (result i32))
  (func $exit (import "process" "exit") (param i32))
  (data (global.get $base) "exitstraps")
  (func (export "trapping") (result i32) (call $load (i32.add (global.get $base) (i32.const 5)) (i32.const 5)))
  (func (export "exiting") (drop (call $load (global.get $base) (i32.const 5))) (call $exit (i32.const 9))))
(assert_return (invoke $m "trapping") (i32.const 0))
(assert_exit (invoke $m "exiting") 7)
(assert_refused (invoke $m "trapping") "process has ended")
