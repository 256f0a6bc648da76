;;; rules: load.ctor-trap
;;; features: memory64
;;; description: A trap in a start function fails the load, as one in a constructor does: nothing else of it runs, its writes remain, its libraries are unloaded.

(process $p (memory i64 8) (dictionary ("good" "test:good") ("bad" "test:bad")))
(module $m
  (func $mmap (import "process" "mmap") (param i64 i64) (result i64))
  (func $munmap (import "process" "munmap") (param i64 i64) (result i32))
  (func (export "trap") unreachable)
  (global $noted (mut i32) (i32.const 0))
  (func (export "note") (param i32) (global.set $noted (i32.add (global.get $noted) (local.get 0))))
  (func (export "noted") (result i32) (global.get $noted))
  (func $count (export "count-free") (result i32)
    (local $at i64) (local $n i32)
    (local.set $at (call $mmap (i64.const 0) (i64.const 1)))
    (if (i64.ne (local.get $at) (i64.const 0))
      (then
        (local.set $n (i32.add (i32.const 1) (call $count)))
        (drop (call $munmap (local.get $at) (i64.const 1)))))
    (local.get $n)))
(register "m" $m)
(assert_return (invoke $m "count-free") (i32.const 7))
;; Of the module: relocation code and constructors do not run.
(assert_unloadable
  (module
    (@dylink.0 (mem-info (memory 1 0)))
    (func $note (import "m" "note") (param i32))
    (func (export "f"))
    (func $start (call $note (i32.const 1)) (unreachable))
    (start $start)
    (func (export "__wasm_apply_data_relocs") (call $note (i32.const 100)))
    (func (export "__wasm_call_ctors") (call $note (i32.const 100))))
  "unreachable")
(assert_return (invoke $m "noted") (i32.const 1))
(assert_return (invoke $m "count-free") (i32.const 7))
(assert_unloadable (module (@dylink.0) (import "env" "f" (func))) "unresolved symbol")
;; The start function of a library traps: that of the library it needs has run, that of the program does not run.
(library "test:good"
  (module
    (@dylink.0 (mem-info (memory 1 0)))
    (func $note (import "m" "note") (param i32))
    (func (export "good"))
    (func $start (call $note (i32.const 10)))
    (start $start)
    (func (export "__wasm_call_ctors") (call $note (i32.const 100)))))
(library "test:bad"
  (module
    (@dylink.0 (needed "good") (mem-info (memory 1 0)))
    (func $start (drop (i32.div_u (i32.const 1) (i32.const 0))))
    (start $start)))
(assert_unloadable
  (module
    (@dylink.0 (needed "bad"))
    (func $note (import "m" "note") (param i32))
    (func $start (call $note (i32.const 100)))
    (start $start))
  "integer divide by zero")
(assert_return (invoke $m "noted") (i32.const 11))
(assert_return (invoke $m "count-free") (i32.const 7))
(assert_unloadable (module (@dylink.0) (import "env" "good" (func))) "unresolved symbol")
;; Without dylink.0; an imported function; a weak import without a definition.
(assert_unloadable (module (func $start unreachable) (start $start)) "unreachable")
(assert_unloadable (module (func $trap (import "m" "trap")) (start $trap)) "unreachable")
(assert_unloadable
  (module
    (@dylink.0 (import-info "env" "nothing" binding-weak))
    (func $nothing (import "env" "nothing"))
    (start $nothing))
  "unresolved symbol")
;; A mapping of a start function stays.
(assert_unloadable
  (module
    (func $mmap (import "process" "mmap") (param i64 i64) (result i64))
    (func $start (drop (call $mmap (i64.const 0) (i64.const 0x20000))) (unreachable))
    (start $start))
  "unreachable")
(assert_return (invoke $m "count-free") (i32.const 5))
;; process.load yields 0 after a trap, and an exit ends the process.
(library "test:exits"
  (module
    (func $exit (import "process" "exit") (param i32))
    (func $start (call $exit (i32.const 7)))
    (start $start)))
(dictionary ("exits" "test:exits"))
(module $opens
  (@dylink.0 (mem-info (memory 8 0)))
  (import "env" "memory" (memory i64 1))
  (import "env" "__memory_base" (global $base i64))
  (func $load (import "process" "load") (param i64 i64) (result i32))
  (data (global.get $base) "exitsbad")
  (func (export "bad") (result i32) (call $load (i64.add (global.get $base) (i64.const 5)) (i64.const 3)))
  (func (export "exits") (result i32) (call $load (global.get $base) (i64.const 5))))
(assert_return (invoke $opens "bad") (i32.const 0))
(assert_return (invoke $m "noted") (i32.const 21))
(assert_exit (invoke $opens "exits") 7)
(assert_refused (invoke $opens "bad") "process has ended")
