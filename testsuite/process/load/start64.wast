;;; rules: load.order
;;; features: memory64, table64
;;; description: Start functions run dependencies first, each once, when every segment and every GOT entry is in place and before any relocation code.

(process (memory i64 16) (dictionary ("lib" "test:lib") ("base" "test:base")))
(module $log
  (global $seen (mut i32) (i32.const 0))
  (func (export "note") (param i32)
    (global.set $seen (i32.add (i32.mul (global.get $seen) (i32.const 10)) (local.get 0))))
  (func (export "note-9") (global.set $seen (i32.add (i32.mul (global.get $seen) (i32.const 10)) (i32.const 9))))
  (func (export "seen") (result i32) (global.get $seen) (global.set $seen (i32.const 0))))
(register "log" $log)
(library "test:base"
  (module
    (@dylink.0 (mem-info (table 1 0)))
    (table (import "env" "__indirect_function_table") i64 1 funcref)
    (import "env" "__table_base" (global $slot i64))
    (func $note (import "log" "note") (param i32))
    (func $program-one (import "env" "program-one") (result i32))
    (func $three (result i32) (i32.const 3))
    (elem (global.get $slot) func $three)
    (func (export "base-slot") (result i64) (global.get $slot))
    ;; Calls a library that has not started.
    (func $start (call $note (call $program-one)))
    (start $start)
    (func (export "__wasm_apply_data_relocs") (call $note (i32.const 4)))
    (func (export "__wasm_call_ctors") (call $note (i32.const 5)))))
(library "test:lib"
  (module
    (@dylink.0 (needed "base"))
    (import "env" "memory" (memory i64 1))
    (global $datum (import "GOT.mem" "datum") (mut i64))
    (func $note (import "log" "note") (param i32))
    ;; Reads the data segment of the program.
    (func $start (call $note (i32.load8_u (global.get $datum))))
    (start $start)
    (func (export "__wasm_apply_data_relocs") (call $note (i32.const 4)))
    (func (export "__wasm_call_ctors") (call $note (i32.const 6)))))
(module $m
  (@dylink.0 (mem-info (memory 1 0)) (needed "lib"))
  (import "env" "memory" (memory i64 1))
  (import "env" "__memory_base" (global $base i64))
  (table (import "env" "__indirect_function_table") i64 1 funcref)
  (func $note (import "log" "note") (param i32))
  (func $base-slot (import "env" "base-slot") (result i64))
  (data (global.get $base) "\02")
  (global (export "datum") i64 (i64.const 0))
  (func (export "program-one") (result i32) (i32.const 1))
  ;; Calls through the table.
  (func $start (call $note (call_indirect (result i32) (call $base-slot))))
  (start $start)
  (func (export "__wasm_apply_data_relocs") (call $note (i32.const 4)))
  (func (export "__wasm_call_ctors") (call $note (i32.const 7))))
(assert_return (invoke $log "seen") (i32.const 123444567))

;; Libraries that are loaded have started.
(module (@dylink.0 (needed "lib")) (func $note (import "log" "note") (param i32))
  (func $start (call $note (i32.const 8))) (start $start))
(assert_return (invoke $log "seen") (i32.const 8))
;; Modules without dylink.0 start; so do those whose start function is imported.
(module (func $note (import "log" "note") (param i32))
  (func $start (call $note (i32.const 8))) (start $start))
(assert_return (invoke $log "seen") (i32.const 8))
(module (func $note-9 (import "log" "note-9")) (start $note-9))
(assert_return (invoke $log "seen") (i32.const 9))
(module definition $d (@dylink.0) (func $note-9 (import "log" "note-9")) (start $note-9))
(module instance $a $d)
(module instance $b $d)
(assert_return (invoke $log "seen") (i32.const 99))
;; Functions are not start functions because of their names.
(module (@dylink.0) (func $note-9 (import "log" "note-9"))
  (func (export "start") (call $note-9)) (func (export "_start") (call $note-9)))
(assert_return (invoke $log "seen") (i32.const 0))
;; A load that fails before guest code has started nothing.
(assert_unloadable
  (module (@dylink.0 (mem-info (memory 0x100001 0))) (func $note-9 (import "log" "note-9")) (start $note-9))
  "reservation failed")
(assert_return (invoke $log "seen") (i32.const 0))
