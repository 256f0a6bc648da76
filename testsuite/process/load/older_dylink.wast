;;; rules: load.malformed, load.reserve, load.table, load.needed, load.symbols, load.order
;;; description: The older section dylink is read where it is the first section: memory, table and needed names; a module with a section dylink.0 too is malformed.

(process (memory 256) (dictionary ("lib" "test:lib") ("other" "test:other")))
(module $log
  (global $seen (mut i32) (i32.const 0))
  (func (export "note") (param i32)
    (global.set $seen (i32.add (i32.mul (global.get $seen) (i32.const 10)) (local.get 0))))
  (func (export "seen") (result i32) (global.get $seen)))
(register "log" $log)
;; 6 bytes aligned to 2^18, 2 slots aligned to 2^3, and the libraries "lib" and "other".
(library "test:lib"
  (module
    (@custom "dylink" (before first) "\01\00\00\00\00")
    (import "env" "memory" (memory 1))
    (import "env" "__memory_base" (global $base i32))
    (func $note (import "log" "note") (param i32))
    (func (export "lib-byte") (result i32) (i32.load8_u (global.get $base)))
    (func (export "__wasm_apply_data_relocs") (i32.store8 (global.get $base) (i32.const 9)) (call $note (i32.const 1)))
    (func (export "__wasm_call_ctors") (call $note (i32.const 2)))))
(library "test:other" (module (@dylink.0) (func (export "other") (result i32) (i32.const 7))))
(module $m
  (@custom "dylink" (before first) "\06\12\02\03\02\03lib\05other")
  (import "env" "memory" (memory 1))
  (import "env" "__memory_base" (global $base i32))
  (table $t (import "env" "__indirect_function_table") 2 funcref)
  (import "env" "__table_base" (global $slot i32))
  (func $note (import "log" "note") (param i32))
  (func $lib-byte (import "env" "lib-byte") (result i32))
  (func $other (import "env" "other") (result i32))
  (func $f (result i32) (i32.const 5))
  (elem (global.get $slot) func $f $f)
  (data (global.get $base) "123456")
  (func (export "call") (result i32)
    (call_indirect $t (result i32) (i32.add (global.get $slot) (i32.const 1))))
  (func (export "of-needed") (result i32) (i32.add (i32.mul (call $lib-byte) (i32.const 10)) (call $other)))
  (func (export "last") (result i32) (i32.load8_u offset=5 (global.get $base)))
  (func (export "is-placed") (result i32)
    (i32.and
      (i32.and (i32.ne (global.get $base) (i32.const 0)) (i32.eqz (i32.and (global.get $base) (i32.const 0x3ffff))))
      (i32.and (i32.ne (global.get $slot) (i32.const 0)) (i32.eqz (i32.and (global.get $slot) (i32.const 7))))))
  (func (export "__wasm_call_ctors") (call $note (i32.const 3)))
  (func (export "sum") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1))))
(assert_return (invoke $m "is-placed") (i32.const 1))
(assert_return (invoke $m "call") (i32.const 5))
(assert_return (invoke $m "last") (i32.const 0x36))
(assert_return (invoke $m "of-needed") (i32.const 97))
(assert_return (invoke $log "seen") (i32.const 123))
;; Its exports are symbols.
(module (@dylink.0) (func $sum (import "env" "sum") (param i32 i32) (result i32))
  (func (export "five") (result i32) (call $sum (i32.const 2) (i32.const 3))))
(assert_return (invoke "five") (i32.const 5))

;; Memory beyond the declared size, slots beyond the declared number, and a name that is not in the dictionary.
(assert_unloadable
  (module
    (@custom "dylink" (before first) "\01\00\00\00\00")
    (import "env" "memory" (memory 1)) (import "env" "__memory_base" (global $base i32))
    (data (global.get $base) "12"))
  "data segment outside reservation")
(assert_unloadable
  (module
    (@custom "dylink" (before first) "\00\00\01\00\00")
    (import "env" "__indirect_function_table" (table (;ptr;) 1 funcref)) (import "env" "__table_base" (global $slot i32))
    (func $f) (elem (global.get $slot) func $f $f))
  "element segment outside reservation")
(assert_unloadable (module (@custom "dylink" (before first) "\00\00\00\00\01\07nothing")) "unresolved library")

;; Malformed: cut off, a name that is not UTF-8, an alignment that is not below the pointer's width, bytes after the names.
(assert_unloadable (module (@custom "dylink" (before first) "")) "malformed dylink")
(assert_unloadable (module (@custom "dylink" (before first) "\00")) "malformed dylink")
(assert_unloadable (module (@custom "dylink" (before first) "\00\00\00\00")) "malformed dylink")
(assert_unloadable (module (@custom "dylink" (before first) "\00\00\00\00\80")) "malformed dylink")
(assert_unloadable (module (@custom "dylink" (before first) "\00\00\00\00\02\03lib")) "malformed dylink")
(assert_unloadable (module (@custom "dylink" (before first) "\00\00\00\00\01\04lib")) "malformed dylink")
(assert_unloadable (module (@custom "dylink" (before first) "\00\00\00\00\01\03li\ff")) "malformed dylink")
(assert_unloadable (module (@custom "dylink" (before first) "\00\00\00\00\00\00")) "malformed dylink")
(assert_unloadable (module (@custom "dylink" (before first) "\80\80\80\80\10\00\00\00\00")) "malformed dylink")
(assert_unloadable (module (@custom "dylink" (before first) "\00\20\00\00\00" (;64: "\00\40\00\00\00";))) "malformed dylink")
(assert_unloadable (module (@custom "dylink" (before first) "\00\00\00\20\00" (;64: "\00\00\00\40\00";))) "malformed dylink")
(module (@custom "dylink" (before first) "\00\1f\00\1f\00" (;64: "\00\3f\00\3f\00";)))

;; In another place it has no meaning: the module defines no symbol, and nothing is called.
(module
  (@custom "first" (before first) "")
  (@custom "dylink" (before first) "\00\00\00\00\01\07nothing")
  (func (export "unknown") unreachable)
  (func (export "__wasm_call_ctors") unreachable))
(module (type (func)) (@custom "dylink" (after type) "\ff"))
(assert_unloadable (module (@dylink.0) (import "env" "unknown" (func))) "unresolved symbol")
;; Nor has a second one.
(module (@custom "dylink" (before first) "\00\00\00\00\00") (@custom "dylink" (after last) "\ff"))
;; Both, in any order and place.
(assert_unloadable
  (module (@custom "dylink.0" (before first) "") (@custom "dylink" (before first) "\00\00\00\00\00"))
  "malformed library")
(assert_unloadable
  (module (@custom "dylink" (before first) "\00\00\00\00\00") (@custom "dylink.0" (before first) ""))
  "malformed library")
(assert_unloadable (module (@custom "dylink.0" (before first) "") (@custom "dylink" (after last) "")) "malformed library")
