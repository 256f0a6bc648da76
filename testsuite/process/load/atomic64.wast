;;; rules: load.atomic
;;; features: memory64, table64, reference_types
;;; description: A load that fails before guest code ran leaves no trace: no page, slot, symbol, or library that only it loaded.

(process (memory i64 8) (dictionary ("lib" "test:lib") ("other" "test:other") ("bad" "test:bad")))
(module $m
  (@dylink.0 (mem-info (memory 1 0)))
  (import "env" "memory" (memory i64 1))
  (import "env" "__memory_base" (global $base i64))
  (table $t (import "env" "__indirect_function_table") i64 1 funcref)
  (func $mmap (import "process" "mmap") (param i64 i64) (result i64))
  (func $munmap (import "process" "munmap") (param i64 i64) (result i32))
  (func (export "note") (param i32) (i32.store (global.get $base) (i32.add (i32.load (global.get $base)) (local.get 0))))
  (func (export "noted") (result i32) (i32.load (global.get $base)))
  (func (export "m-f") (result i32) (i32.const 1))
  (global $size (mut i64) (i64.const 0))
  (func (export "note-size") (global.set $size (table.size $t)))
  (func (export "same-size") (result i32) (i64.eq (global.get $size) (table.size $t)))
  ;; Returns how many pages can be mapped, one by one; they are unmapped again.
  (func $recur (export "count-free") (result i32)
    (local $at i64) (local $n i32)
    (local.set $at (call $mmap (i64.const 0) (i64.const 1)))
    (if (i64.ne (local.get $at) (i64.const 0))
      (then
        (local.set $n (i32.add (i32.const 1) (call $recur)))
        (drop (call $munmap (local.get $at) (i64.const 1)))))
    (local.get $n)))
(register "m" $m)
(assert_return (invoke $m "note-size"))
(assert_return (invoke $m "count-free") (i32.const 6))

(library "test:lib"
  (module
    (@dylink.0 (mem-info (memory 65536 0) (table 4 0)) (needed "other"))
    (import "env" "memory" (memory i64 1))
    (import "env" "__memory_base" (global $base i64))
    (table (import "env" "__indirect_function_table") i64 1 funcref)
    (import "env" "__table_base" (global $slot i64))
    (func $note (import "m" "note") (param i32))
    (import "GOT.func" "m-f" (global (mut i64)))
    (func $f (export "lib-f") (result i32) (i32.const 1))
    (elem (global.get $slot) func $f $f)
    (data (global.get $base) "abc")
    (func (export "__wasm_apply_data_relocs") (call $note (i32.const 1)))
    (func (export "__wasm_call_ctors") (call $note (i32.const 1)))))
(library "test:other"
  (module
    (@dylink.0 (mem-info (memory 65536 0)))
    (func $note (import "m" "note") (param i32))
    (global $n (mut i32) (i32.const 0))
    (func (export "count") (result i32) (global.set $n (i32.add (global.get $n) (i32.const 1))) (global.get $n))
    (func (export "__wasm_call_ctors") (call $note (i32.const 10)))))
(library "test:bad" (module (@dylink.0) (func $absent (import "env" "absent"))))

;; Each load fails at another step.
(assert_unloadable (module (@dylink.0 (needed "lib" "missing"))) "unresolved library")
(assert_unloadable (module (@dylink.0 (needed "lib" "bad"))) "unresolved symbol")
(assert_unloadable (module (@dylink.0 (needed "lib")) (import "env" "absent" (func))) "unresolved symbol")
(assert_unloadable (module (@dylink.0 (needed "lib")) (import "env" "lib-f" (func))) "incompatible import type")
(assert_unloadable
  (module
    (@dylink.0 (needed "lib"))
    (import "env" "memory" (memory i64 1))
    (data (i64.const 0x10000) "x"))
  "static data address")
(assert_unloadable (module (@dylink.0 (needed "lib") (mem-info (memory 0x50000 0)))) "reservation failed")
(assert_unloadable (module (@dylink.0 (needed "lib") (mem-info (table 0xfffffff0 0)))) "reservation failed")
(assert_unloadable
  (module
    (@dylink.0 (needed "lib") (mem-info (table 2 0)))
    (import "env" "__indirect_function_table" (table i64 0x10000 funcref)))
  "incompatible import type")
(assert_unloadable
  (module
    (@dylink.0 (needed "lib") (mem-info (memory 1 0)))
    (import "env" "__memory_base" (global $base i64))
    (table $own i64 1 funcref)
    (elem (table $own) (offset (global.get $base)) func))
  "out of bounds table access")
(assert_return (invoke $m "noted") (i32.const 0))
(assert_return (invoke $m "same-size") (i32.const 1))
(assert_return (invoke $m "count-free") (i32.const 6))
(assert_unloadable (module (@dylink.0) (import "env" "lib-f" (func (result i32)))) "unresolved symbol")
(assert_unloadable (module (@dylink.0) (import "env" "count" (func (result i32)))) "unresolved symbol")

;; Previously loaded modules are unchanged, and all libraries can be loaded.
(module $user
  (@dylink.0 (needed "other"))
  (func $count (import "env" "count") (result i32))
  (func (export "user-count") (result i32) (call $count)))
(assert_return (invoke $user "user-count") (i32.const 1))
(assert_unloadable (module (@dylink.0 (needed "lib" "missing"))) "unresolved library")
(assert_return (invoke $user "user-count") (i32.const 2))
(assert_return (invoke $m "noted") (i32.const 10))
(assert_return (invoke $m "count-free") (i32.const 5))
(module (@dylink.0 (needed "lib")))
(assert_return (invoke $m "noted") (i32.const 12))
(assert_return (invoke $m "count-free") (i32.const 4))
