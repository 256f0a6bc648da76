;;; rules: load.ctor-trap
;;; description: A trap in relocation or constructor code fails the load; writes of the code remain, reservations are released.

(process (memory 8) (dictionary ("good" "test:good") ("bad" "test:bad")))
;; The first load of a process.
(assert_unloadable (module (@dylink.0) (func (export "first")) (func (export "__wasm_call_ctors") (unreachable))) "unreachable")
(assert_unloadable (module (@dylink.0) (import "env" "first" (func))) "unresolved symbol")
(module $m
  (@dylink.0 (mem-info (memory 1 0)))
  (import "env" "memory" (memory 1))
  (import "env" "__memory_base" (global $base i32))
  (table $t (import "env" "__indirect_function_table") 1 funcref)
  (func $mmap (import "process" "mmap") (param i32 i64) (result i32))
  (func $munmap (import "process" "munmap") (param i32 i64) (result i32))
  (func (export "note") (param i32) (i32.store (global.get $base) (i32.add (i32.load (global.get $base)) (local.get 0))))
  (func (export "noted") (result i32) (i32.load (global.get $base)))
  (global $kept (mut i32) (i32.const 0))
  (func (export "keep") (param i32) (global.set $kept (local.get 0)))
  (func (export "call-kept") (call_indirect $t (global.get $kept)))
  (func $count (export "count-free") (result i32)
    (local $at i32) (local $n i32)
    (local.set $at (call $mmap (i32.const 0) (i64.const 1)))
    (if (i32.ne (local.get $at) (i32.const 0))
      (then
        (local.set $n (i32.add (i32.const 1) (call $count)))
        (drop (call $munmap (local.get $at) (i64.const 1)))))
    (local.get $n)))
(register "m" $m)
(assert_return (invoke $m "count-free") (i32.const 6))

(assert_unloadable
  (module
    (@dylink.0 (mem-info (memory 1 0)))
    (func $note (import "m" "note") (param i32))
    (func (export "__wasm_call_ctors") (call $note (i32.const 1)) (unreachable)))
  "unreachable")
(assert_return (invoke $m "noted") (i32.const 1))
(assert_return (invoke $m "count-free") (i32.const 6))
(assert_unloadable
  (module
    (@dylink.0 (mem-info (memory 1 0)))
    (func $note (import "m" "note") (param i32))
    (func (export "_initialize") (call $note (i32.const 1)) (drop (i32.div_u (i32.const 1) (i32.const 0)))))
  "integer divide by zero")
(assert_return (invoke $m "noted") (i32.const 2))
;; No constructor runs after relocation code has trapped.
(assert_unloadable
  (module
    (@dylink.0 (mem-info (memory 1 0)))
    (func $note (import "m" "note") (param i32))
    (import "env" "memory" (memory 1))
    (func (export "__wasm_apply_data_relocs") (i32.store (i32.const -1) (i32.const 0)))
    (func (export "__wasm_call_ctors") (call $note (i32.const 1))))
  "out of bounds memory access")
(assert_return (invoke $m "noted") (i32.const 2))
(assert_return (invoke $m "count-free") (i32.const 6))

;; The constructor of a library traps: the module that needs it is not constructed, and neither remains loaded.
(library "test:good"
  (module
    (@dylink.0 (mem-info (memory 1 0)))
    (func $note (import "m" "note") (param i32))
    (func (export "good") (result i32) (i32.const 1))
    (func (export "__wasm_call_ctors") (call $note (i32.const 10)))))
(library "test:bad"
  (module
    (@dylink.0 (needed "good") (mem-info (memory 1 0) (table 1 0)))
    (table $t (import "env" "__indirect_function_table") 1 funcref)
    (import "env" "__table_base" (global $slot i32))
    (func $keep (import "m" "keep") (param i32))
    (func $f)
    (elem (global.get $slot) func $f)
    (func (export "__wasm_call_ctors")
      (call $keep (global.get $slot))
      (call_indirect $t (global.get $slot))
      (unreachable))))
(assert_unloadable
  (module
    (@dylink.0 (needed "bad") (mem-info (memory 1 0)))
    (func $note (import "m" "note") (param i32))
    (func (export "f"))
    (func (export "__wasm_call_ctors") (call $note (i32.const 100))))
  "unreachable")
(assert_return (invoke $m "noted") (i32.const 12))
(assert_return (invoke $m "count-free") (i32.const 6))
(assert_trap (invoke $m "call-kept") "uninitialized element")
(assert_unloadable (module (@dylink.0) (import "env" "f" (func))) "unresolved symbol")
(assert_unloadable (module (@dylink.0) (import "env" "good" (func (result i32)))) "unresolved symbol")
;; A library that is loaded again is constructed again.
(module (@dylink.0 (needed "good")))
(assert_return (invoke $m "noted") (i32.const 22))
(assert_return (invoke $m "count-free") (i32.const 5))
;; A library that was already loaded stays.
(assert_unloadable (module (@dylink.0 (needed "bad"))) "unreachable")
(assert_return (invoke $m "noted") (i32.const 22))
(assert_return (invoke $m "count-free") (i32.const 5))
(module (@dylink.0) (import "env" "good" (func (result i32))))

;; A mapping made by code that traps stays, and the process remains usable.
(assert_unloadable
  (module
    (@dylink.0)
    (func $mmap (import "process" "mmap") (param i32 i64) (result i32))
    (func (export "__wasm_call_ctors")
      (drop (call $mmap (i32.const 0) (i64.const 0x20000)))
      (unreachable)))
  "unreachable")
(assert_return (invoke $m "count-free") (i32.const 3))
