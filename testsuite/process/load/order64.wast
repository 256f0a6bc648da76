;;; rules: load.order
;;; features: memory64
;;; description: Every data segment, GOT entry and relocation is in place before any constructor runs; constructors run dependencies first, each once.

(process $p (memory i64 16) (dictionary ("lib" "test:lib") ("base" "test:base")))
(module $log
  (global $seen (mut i32) (i32.const 0))
  (func (export "note") (param i32)
    (global.set $seen (i32.add (i32.mul (global.get $seen) (i32.const 10)) (local.get 0))))
  (func (export "seen") (result i32) (global.get $seen)))
(register "log" $log)
;; A pointer to data of the program, relocated before any constructor runs.
(library "test:lib"
  (module
    (@dylink.0 (mem-info (memory 16 4)) (needed "base"))
    (import "env" "memory" (memory i64 1))
    (import "env" "__memory_base" (global $base i64))
    (global $datum (import "GOT.mem" "datum") (mut i64))
    (func $note (import "log" "note") (param i32))
    (func (export "__wasm_apply_data_relocs")
      (call $note (i32.const 1))
      (i64.store (global.get $base) (global.get $datum)))
    (func (export "__wasm_call_ctors")
      (call $note (i32.const 4))
      ;; The program's datum, through the pointers that relocation code wrote: its data segment, and base's datum.
      (call $note (i32.load8_u (i64.load (global.get $base))))
      (call $note (i32.load8_u (i64.load offset=8 (i64.load (global.get $base))))))))
(library "test:base"
  (module
    (@dylink.0 (mem-info (memory 1 0)))
    (import "env" "memory" (memory i64 1))
    (import "env" "__memory_base" (global $base i64))
    (func $note (import "log" "note") (param i32))
    (data (global.get $base) "\09")
    (global (export "base-datum") i64 (i64.const 0))
    (func (export "__wasm_apply_data_relocs") (call $note (i32.const 2)))
    ;; Of the two kinds of constructors, only the first is called.
    (func (export "__wasm_call_ctors") (call $note (i32.const 7)))
    (func (export "_initialize") (call $note (i32.const 5)))))
(module $m
  (@dylink.0 (mem-info (memory 16 3)) (needed "lib"))
  (import "env" "memory" (memory i64 1))
  (import "env" "__memory_base" (global $base i64))
  (global $base-datum (import "GOT.mem" "base-datum") (mut i64))
  (func $note (import "log" "note") (param i32))
  (data (global.get $base) "\08")
  (global (export "datum") i64 (i64.const 0))
  (func (export "__wasm_apply_data_relocs")
    (call $note (i32.const 3))
    (i64.store offset=8 (global.get $base) (global.get $base-datum)))
  (func (export "__wasm_call_ctors") (call $note (i32.const 6))))
;; Relocations in any order; then base, lib with the data it reads, the program.
(module
  (func $seen (import "log" "seen") (result i32))
  (func (export "constructors") (result i32) (i32.rem_u (call $seen) (i32.const 100000)))
  ;; 6 in whatever order 1, 2 and 3 came.
  (func (export "relocations") (result i32)
    (local $n i32)
    (local.set $n (i32.div_u (call $seen) (i32.const 100000)))
    (i32.add
      (i32.add (i32.rem_u (local.get $n) (i32.const 10)) (i32.rem_u (i32.div_u (local.get $n) (i32.const 10)) (i32.const 10)))
      (i32.div_u (local.get $n) (i32.const 100)))))
(assert_return (invoke "constructors") (i32.const 54896))
(assert_return (invoke "relocations") (i32.const 6))
;; The loader never calls _start, and it calls nothing in a module without dylink.0.
(module
  (func $note (import "log" "note") (param i32))
  (func (export "_start") (call $note (i32.const 1)))
  (func (export "_initialize") (call $note (i32.const 1)))
  (func (export "__wasm_apply_data_relocs") (call $note (i32.const 1)))
  (func (export "__wasm_call_ctors") (call $note (i32.const 1))))
(module
  (@dylink.0)
  (func $note (import "log" "note") (param i32))
  (func (export "_start") (call $note (i32.const 1))))
(module
  (func $seen (import "log" "seen") (result i32))
  (func (export "last") (result i32) (i32.rem_u (call $seen) (i32.const 10))))
(assert_return (invoke "last") (i32.const 6))
