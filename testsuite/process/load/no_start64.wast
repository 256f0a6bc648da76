;;; rules: load.no-memory
;;; features: memory64
;;; description: A module with a start section is refused, and its start function has not run.

(process (memory i64 64))
(module $m
  (func $mmap (export "mmap") (import "process" "mmap") (param i64 i64) (result i64))
  (global $runs (export "runs") (mut i32) (i32.const 0))
  (func (export "run") (global.set $runs (i32.add (global.get $runs) (i32.const 1)))))
(register "m" $m)
(assert_unloadable (module (func $f) (start $f)) "module has a start section")
(assert_unloadable (module (func $f unreachable) (start $f)) "module has a start section")
(assert_unloadable (module (import "m" "run" (func $run)) (start $run)) "module has a start section")
(assert_unloadable
  (module
    (import "process" "mmap" (func $mmap (param i64 i64) (result i64)))
    (func $f (drop (call $mmap (i64.const 0) (i64.const 0x3f0000))))
    (start $f))
  "module has a start section")
(assert_return (get $m "runs") (i32.const 0))
;; All of the address space is still free.
(assert_return (invoke $m "mmap" (i64.const 0) (i64.const 0x3f0000)) (i64.const 0x10000))

;; A function that is merely called "start" is a function.
(module (func (export "start") (result i32) (i32.const 1)))
(assert_return (invoke "start") (i32.const 1))
