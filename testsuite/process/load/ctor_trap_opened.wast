;;; rules: load.ctor-trap, dl.load.failure, dl.load, load.unload
;;; features: reference_types
;;; description: A load whose code traps leaves none of the libraries that came since it began, by any opener, and fails again in the same way.

;; Each opens libraries by `open`, notes what it has done, and traps. a: itself.
(library "test:a"
  (module
    (@dylink.0 (mem-info (memory 0x10000 0) (table 1 0)))
    (table $t (import "env" "__indirect_function_table") 1 funcref)
    (global $slot (import "env" "__table_base") i32)
    (func $open (import "m" "open") (param i32) (result i32))
    (func $note (import "m" "note") (param i32))
    (func $x (export "x"))
    (func (export "of-a"))
    (elem (global.get $slot) func $x)
    (func (export "__wasm_call_ctors") (call $note (i32.ne (call $open (i32.const 0)) (i32.const 0))) (unreachable))))
;; b needs c, and c opens b.
(library "test:b"
  (module
    (@dylink.0 (mem-info (memory 0x10000 0) (table 1 0)) (needed "c"))
    (func $note (import "m" "note") (param i32))
    (func (export "x"))
    (func (export "of-b"))
    (func (export "__wasm_call_ctors") (call $note (i32.const 9)))))
(library "test:c"
  (module
    (@dylink.0 (mem-info (memory 0x10000 0) (table 1 0)))
    (func $open (import "m" "open") (param i32) (result i32))
    (func $note (import "m" "note") (param i32))
    (func (export "x"))
    (func (export "of-c"))
    (func (export "__wasm_call_ctors") (call $note (i32.ne (call $open (i32.const 1)) (i32.const 0))) (unreachable))))
;; d opens e twice, which is constructed once.
(library "test:d"
  (module
    (@dylink.0 (mem-info (memory 0x10000 0) (table 1 0)))
    (func $open (import "m" "open") (param i32) (result i32))
    (func $note (import "m" "note") (param i32))
    (func (export "x"))
    (func (export "of-d"))
    (func (export "__wasm_call_ctors")
      (call $note (i32.eq (call $open (i32.const 4)) (call $open (i32.const 4))))
      (unreachable))))
(library "test:e"
  (module
    (@dylink.0 (mem-info (memory 0x10000 0) (table 1 0)))
    (table $t (import "env" "__indirect_function_table") 1 funcref)
    (global $slot (import "env" "__table_base") i32)
    (func $note (import "m" "note") (param i32))
    (func $x (export "x"))
    (func (export "of-e"))
    (elem (global.get $slot) func $x)
    (func (export "__wasm_call_ctors") (call $note (i32.const 2)))))
;; f opens g, which needs f.
(library "test:f"
  (module
    (@dylink.0 (mem-info (memory 0x10000 0) (table 1 0)))
    (func $open (import "m" "open") (param i32) (result i32))
    (func $note (import "m" "note") (param i32))
    (func (export "x"))
    (func (export "of-f"))
    (func (export "__wasm_call_ctors") (call $note (i32.ne (call $open (i32.const 6)) (i32.const 0))) (unreachable))))
(library "test:g"
  (module
    (@dylink.0 (mem-info (memory 0x10000 0)) (needed "f"))
    (func $note (import "m" "note") (param i32))
    (func $of-f (import "env" "of-f"))
    (global $at (import "GOT.func" "of-f") (mut i32))
    (func (export "x"))
    (func (export "of-g"))
    (func (export "__wasm_call_ctors") (call $of-f) (call $note (i32.const 2)))))
;; h and i need and open each other, in either order.
(library "test:h"
  (module
    (@dylink.0 (mem-info (memory 0x10000 0)) (needed "i"))
    (func $open (import "m" "open") (param i32) (result i32))
    (func (export "x"))
    (func (export "of-h"))
    (func (export "__wasm_call_ctors") (drop (call $open (i32.const 8))))))
(library "test:i"
  (module
    (@dylink.0 (mem-info (memory 0x10000 0)) (needed "h"))
    (func $open (import "m" "open") (param i32) (result i32))
    (func (export "x"))
    (func (export "of-i"))
    (func (export "__wasm_call_ctors") (drop (call $open (i32.const 7))) (unreachable))))
;; j opens and closes itself, and stays for that time.
(library "test:j"
  (module
    (@dylink.0 (mem-info (memory 0x10000 0)))
    (func $open (import "m" "open") (param i32) (result i32))
    (func $close (import "m" "close-last") (result i32))
    (func $valid (import "m" "valid") (result i32))
    (func $note (import "m" "note") (param i32))
    (func (export "x"))
    (func (export "of-j"))
    (func (export "__wasm_call_ctors")
      (drop (call $open (i32.const 9)))
      (call $note (call $close))
      (call $note (call $close))
      (call $note (call $valid))
      (unreachable))))
;; k opens d, which fails with all that it opened, and itself; and traps in its turn.
(library "test:k"
  (module
    (@dylink.0 (mem-info (memory 0x10000 0)))
    (func $open (import "m" "open") (param i32) (result i32))
    (func $valid (import "m" "valid") (result i32))
    (func $note (import "m" "note") (param i32))
    (func (export "x"))
    (func (export "of-k"))
    (func (export "__wasm_call_ctors")
      (call $note (i32.eqz (call $open (i32.const 3))))
      (call $note (call $valid))
      (call $note (i32.ne (call $open (i32.const 10)) (i32.const 0)))
      (unreachable))))
;; z has all free pages.
(library "test:z" (module (@dylink.0 (mem-info (memory 0xE0000 0)))))
(process (memory 16)
  (dictionary ("a" "test:a") ("b" "test:b") ("c" "test:c") ("d" "test:d") ("e" "test:e") ("f" "test:f") ("g" "test:g")
    ("h" "test:h") ("i" "test:i") ("j" "test:j") ("k" "test:k") ("z" "test:z")))
(module $m
  (import "env" "memory" (memory 1))
  (table $t (import "env" "__indirect_function_table") 1 funcref)
  (func $load (import "process" "load") (param i32 i32) (result i32))
  (func $symbol (import "process" "symbol") (param i32 i32 i32) (result i32))
  (func $unload (import "process" "unload") (param i32) (result i32))
  (func $mmap (import "process" "mmap") (param i32 i64) (result i32))
  ;; Names and handles are in the last page, the handles from its byte 0x100 on.
  (global $last (mut i32) (i32.const 0xF0100))
  (global $notes (mut i32) (i32.const 0))
  (func (export "map") (result i32) (call $mmap (i32.const 0xF0000) (i64.const 0x10000)))
  ;; Opens the library of a letter, 0 for "a".
  (func $open (export "open") (param $letter i32) (result i32)
    (local $handle i32)
    (i32.store8 (i32.const 0xF0000) (i32.add (local.get $letter) (i32.const 97)))
    (local.set $handle (call $load (i32.const 0xF0000) (i32.const 1)))
    (global.set $last (i32.add (global.get $last) (i32.const 4)))
    (i32.store (global.get $last) (local.get $handle))
    (local.get $handle))
  (func $forget (global.set $last (i32.const 0xF0100)) (global.set $notes (i32.const 0)))
  (func (export "close-last") (result i32) (call $unload (i32.load (global.get $last))))
  ;; The handles that are valid, of those that $open gave since the last $forget.
  (func $valid (export "valid") (result i32)
    (local $at i32) (local $count i32)
    (i32.store8 (i32.const 0xF0001) (i32.const 0x78))
    (local.set $at (i32.const 0xF0100))
    (loop $next
      (local.set $at (i32.add (local.get $at) (i32.const 4)))
      (if (i32.ne (call $symbol (i32.load (local.get $at)) (i32.const 0xF0001) (i32.const 1)) (i32.const 0))
        (then (local.set $count (i32.add (local.get $count) (i32.const 1)))))
      (br_if $next (i32.lt_u (local.get $at) (global.get $last))))
    (local.get $count))
  (func (export "note") (param i32)
    (global.set $notes (i32.add (i32.mul (global.get $notes) (i32.const 10)) (local.get 0))))
  ;; The noted values, if no library is left: no handle, no page, no slot.
  (func (export "noted") (result i32)
    (local $notes i32) (local $at i32)
    (local.set $notes (global.get $notes))
    (if (i32.ne (call $valid) (i32.const 0)) (then (return (i32.const -1))))
    (if (i32.ne (call $unload (call $open (i32.const 25))) (i32.const 1)) (then (return (i32.const -2))))
    (loop $next
      (if (i32.eqz (ref.is_null (table.get $t (local.get $at)))) (then (return (i32.const -3))))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $at) (table.size $t))))
    (call $forget)
    (local.get $notes))
  ;; 1 if the load of a library fails again and again, and the table does not grow after the first time.
  (func (export "fails") (param $letter i32) (result i32)
    (local $size i32) (local $opened i32)
    (local.set $opened (call $open (local.get $letter)))
    (local.set $size (table.size $t))
    (local.set $opened (i32.or (local.get $opened) (call $open (local.get $letter))))
    (call $forget)
    (local.set $opened (i32.or (local.get $opened) (call $open (local.get $letter))))
    (i32.and (i32.eqz (local.get $opened)) (i32.eq (table.size $t) (local.get $size)))))
(register "m" $m)
(assert_return (invoke $m "map") (i32.const 0xF0000))
(assert_return (invoke $m "noted") (i32.const 0))
;; a
(assert_return (invoke $m "fails" (i32.const 0)) (i32.const 1))
(assert_return (invoke $m "noted") (i32.const 1))
(assert_unloadable (module (@dylink.0 (needed "a"))) "unreachable")
(assert_return (invoke $m "noted") (i32.const 1))
;; b
(assert_return (invoke $m "fails" (i32.const 1)) (i32.const 1))
(assert_return (invoke $m "noted") (i32.const 1))
(assert_unloadable (module (@dylink.0 (needed "b"))) "unreachable")
(assert_return (invoke $m "noted") (i32.const 1))
;; d
(assert_return (invoke $m "fails" (i32.const 3)) (i32.const 1))
(assert_return (invoke $m "noted") (i32.const 21))
(assert_unloadable (module (@dylink.0 (needed "d"))) "unreachable")
(assert_return (invoke $m "noted") (i32.const 21))
;; f
(assert_return (invoke $m "fails" (i32.const 5)) (i32.const 1))
(assert_return (invoke $m "noted") (i32.const 21))
(assert_unloadable (module (@dylink.0 (needed "f"))) "unreachable")
(assert_return (invoke $m "noted") (i32.const 21))
;; h
(assert_return (invoke $m "fails" (i32.const 7)) (i32.const 1))
(assert_return (invoke $m "noted") (i32.const 0))
(assert_unloadable (module (@dylink.0 (needed "h"))) "unreachable")
(assert_return (invoke $m "noted") (i32.const 0))
;; j
(assert_return (invoke $m "fails" (i32.const 9)) (i32.const 1))
(assert_return (invoke $m "noted") (i32.const 101))
(assert_unloadable (module (@dylink.0 (needed "j"))) "unreachable")
(assert_return (invoke $m "noted") (i32.const 101))
;; k
(assert_return (invoke $m "fails" (i32.const 10)) (i32.const 1))
(assert_return (invoke $m "noted") (i32.const 21101))
(assert_unloadable (module (@dylink.0 (needed "k"))) "unreachable")
(assert_return (invoke $m "noted") (i32.const 21101))
;; No symbol is left.
(assert_unloadable (module (@dylink.0) (import "env" "of-a" (func))) "unresolved symbol")
(assert_unloadable (module (@dylink.0) (import "env" "of-b" (func))) "unresolved symbol")
(assert_unloadable (module (@dylink.0) (import "env" "of-c" (func))) "unresolved symbol")
(assert_unloadable (module (@dylink.0) (import "env" "of-d" (func))) "unresolved symbol")
(assert_unloadable (module (@dylink.0) (import "env" "of-e" (func))) "unresolved symbol")
(assert_unloadable (module (@dylink.0) (import "env" "of-f" (func))) "unresolved symbol")
(assert_unloadable (module (@dylink.0) (import "env" "of-g" (func))) "unresolved symbol")
(assert_unloadable (module (@dylink.0) (import "env" "of-h" (func))) "unresolved symbol")
(assert_unloadable (module (@dylink.0) (import "env" "of-i" (func))) "unresolved symbol")
(assert_unloadable (module (@dylink.0) (import "env" "of-j" (func))) "unresolved symbol")
(assert_unloadable (module (@dylink.0) (import "env" "of-k" (func))) "unresolved symbol")
;; A library that does not trap itself can be loaded.
(module (@dylink.0 (needed "e")) (import "env" "of-e" (func)))
