;;; rules: load.ctor-trap, load.unload, dl.load.failure
;;; description: Libraries of an earlier load stay when a load fails, except those that its code closed; loads and unloads of them count.

(library "test:s"
  (module (@dylink.0 (mem-info (memory 0x10000 0))) (func (export "x") (result i32) (i32.const 5)) (func (export "of-s"))))
;; r closes s, t opens it, and u, which needs it, closes it.
(library "test:r"
  (module
    (@dylink.0)
    (func $close (import "m" "close") (param i32) (result i32))
    (func $note (import "m" "note") (param i32))
    (func (export "__wasm_call_ctors") (call $note (call $close (i32.const 18))) (unreachable))))
(library "test:t"
  (module
    (@dylink.0)
    (func $open (import "m" "open") (param i32) (result i32))
    (func $note (import "m" "note") (param i32))
    (func (export "__wasm_call_ctors") (call $note (call $open (i32.const 18))) (unreachable))))
(library "test:u"
  (module
    (@dylink.0 (needed "s"))
    (func $close (import "m" "close") (param i32) (result i32))
    (func $valid (import "m" "valid") (param i32) (result i32))
    (func $note (import "m" "note") (param i32))
    (func (export "__wasm_call_ctors")
      (call $note (call $close (i32.const 18)))
      (call $note (call $valid (i32.const 18)))
      (unreachable))))
;; p opens q, which opens p and traps; p continues.
(library "test:p"
  (module
    (@dylink.0)
    (func $open (import "m" "open") (param i32) (result i32))
    (func $note (import "m" "note") (param i32))
    (func (export "x") (result i32) (i32.const 6))
    (func (export "__wasm_call_ctors") (call $note (call $open (i32.const 16))))))
(library "test:q"
  (module
    (@dylink.0)
    (func $open (import "m" "open") (param i32) (result i32))
    (func $note (import "m" "note") (param i32))
    (func (export "of-q"))
    (func (export "__wasm_call_ctors") (call $note (call $open (i32.const 15))) (unreachable))))
;; v opens w, which closes v and traps; v continues.
(library "test:v"
  (module
    (@dylink.0 (mem-info (memory 0x10000 0)) (needed "s"))
    (func $open (import "m" "open") (param i32) (result i32))
    (func $valid (import "m" "valid") (param i32) (result i32))
    (func $note (import "m" "note") (param i32))
    (func $of-s (import "env" "of-s"))
    (func (export "x") (result i32)
      (call $note (call $open (i32.const 22)))
      (call $note (call $valid (i32.const 21)))
      (call $of-s)
      (i32.const 7))))
(library "test:w"
  (module
    (@dylink.0 (needed "s"))
    (func $close (import "m" "close") (param i32) (result i32))
    (func $note (import "m" "note") (param i32))
    (func (export "__wasm_call_ctors") (call $note (call $close (i32.const 21))) (unreachable))))
;; Other code of a load traps, after s was constructed with it or not.
(library "test:n" (module (@dylink.0 (needed "s")) (func (export "__wasm_apply_data_relocs") (unreachable))))
(library "test:o" (module (@dylink.0 (needed "s")) (func $f (unreachable)) (start $f)))
;; y and e open themselves, and do not trap.
(library "test:y"
  (module
    (@dylink.0 (mem-info (memory 0x10000 0)) (needed "s"))
    (func $open (import "m" "open") (param i32) (result i32))
    (func $note (import "m" "note") (param i32))
    (func $f (call $f) (call $f))
    (func (export "x") (result i32) (i32.const 8))
    (func (export "__wasm_call_ctors") (call $note (call $open (i32.const 24))) (call $f))))
(library "test:e"
  (module
    (@dylink.0)
    (func $open (import "m" "open") (param i32) (result i32))
    (func $exit (import "process" "exit") (param i32))
    (func (export "__wasm_call_ctors") (call $exit (i32.add (i32.const 6) (call $open (i32.const 4)))))))
(process (memory 8)
  (dictionary ("s" "test:s") ("r" "test:r") ("t" "test:t") ("u" "test:u") ("p" "test:p") ("q" "test:q") ("v" "test:v")
    ("w" "test:w") ("n" "test:n") ("o" "test:o") ("y" "test:y") ("e" "test:e")))
(module $m
  (import "env" "memory" (memory 1))
  (table $t (import "env" "__indirect_function_table") 1 funcref)
  (func $load (import "process" "load") (param i32 i32) (result i32))
  (func $symbol (import "process" "symbol") (param i32 i32 i32) (result i32))
  (func $unload (import "process" "unload") (param i32) (result i32))
  (func $mmap (import "process" "mmap") (param i32 i64) (result i32))
  (func $munmap (import "process" "munmap") (param i32 i64) (result i32))
  ;; Names are in the last page, and from its byte 0x100 on the handle of each letter, 0 for "a".
  (global $notes (mut i32) (i32.const 0))
  (func (export "map") (result i32) (call $mmap (i32.const 0x70000) (i64.const 0x10000)))
  (func $at (param $letter i32) (result i32) (i32.add (i32.const 0x70100) (i32.mul (local.get $letter) (i32.const 4))))
  (func (export "open") (param $letter i32) (result i32)
    (local $handle i32)
    (i32.store8 (i32.const 0x70000) (i32.add (local.get $letter) (i32.const 97)))
    (local.set $handle (call $load (i32.const 0x70000) (i32.const 1)))
    (if (i32.ne (local.get $handle) (i32.const 0))
      (then (i32.store (call $at (local.get $letter)) (local.get $handle))))
    (i32.ne (local.get $handle) (i32.const 0)))
  (func (export "close") (param $letter i32) (result i32) (call $unload (i32.load (call $at (local.get $letter)))))
  (func $x (param $letter i32) (result i32)
    (i32.store8 (i32.const 0x70000) (i32.const 0x78))
    (call $symbol (i32.load (call $at (local.get $letter))) (i32.const 0x70000) (i32.const 1)))
  (func (export "valid") (param $letter i32) (result i32) (i32.ne (call $x (local.get $letter)) (i32.const 0)))
  (func (export "run") (param $letter i32) (result i32) (call_indirect $t (result i32) (call $x (local.get $letter))))
  (func (export "note") (param i32)
    (global.set $notes (i32.add (i32.mul (global.get $notes) (i32.const 10)) (local.get 0))))
  (func (export "noted") (result i32) (local $notes i32)
    (local.set $notes (global.get $notes))
    (global.set $notes (i32.const 0))
    (local.get $notes))
  (func $count (export "count-free") (result i32)
    (local $at i32) (local $n i32)
    (local.set $at (call $mmap (i32.const 0) (i64.const 1)))
    (if (i32.ne (local.get $at) (i32.const 0))
      (then
        (local.set $n (i32.add (i32.const 1) (call $count)))
        (drop (call $munmap (local.get $at) (i64.const 1)))))
    (local.get $n)))
(register "m" $m)
(assert_return (invoke $m "map") (i32.const 0x70000))
;; r
(assert_return (invoke $m "open" (i32.const 18)) (i32.const 1))
(assert_return (invoke $m "open" (i32.const 17)) (i32.const 0))
(assert_return (invoke $m "noted") (i32.const 1))
(assert_return (invoke $m "valid" (i32.const 18)) (i32.const 0))
(assert_return (invoke $m "open" (i32.const 18)) (i32.const 1))
(assert_return (invoke $m "open" (i32.const 18)) (i32.const 1))
(assert_return (invoke $m "open" (i32.const 17)) (i32.const 0))
(assert_return (invoke $m "noted") (i32.const 1))
(assert_return (invoke $m "run" (i32.const 18)) (i32.const 5))
(assert_return (invoke $m "close" (i32.const 18)) (i32.const 1))
(assert_return (invoke $m "valid" (i32.const 18)) (i32.const 0))
;; t
(assert_return (invoke $m "open" (i32.const 19)) (i32.const 0))
(assert_return (invoke $m "noted") (i32.const 1))
(assert_return (invoke $m "valid" (i32.const 18)) (i32.const 0))
(assert_return (invoke $m "open" (i32.const 18)) (i32.const 1))
(assert_return (invoke $m "open" (i32.const 19)) (i32.const 0))
(assert_return (invoke $m "noted") (i32.const 1))
(assert_return (invoke $m "close" (i32.const 18)) (i32.const 1))
(assert_return (invoke $m "run" (i32.const 18)) (i32.const 5))
(assert_return (invoke $m "close" (i32.const 18)) (i32.const 1))
(assert_return (invoke $m "valid" (i32.const 18)) (i32.const 0))
;; u
(assert_return (invoke $m "open" (i32.const 18)) (i32.const 1))
(assert_return (invoke $m "open" (i32.const 20)) (i32.const 0))
(assert_return (invoke $m "noted") (i32.const 11))
(assert_return (invoke $m "valid" (i32.const 18)) (i32.const 0))
(assert_return (invoke $m "open" (i32.const 18)) (i32.const 1))
(assert_unloadable (module (@dylink.0 (needed "u"))) "unreachable")
(assert_return (invoke $m "noted") (i32.const 11))
(assert_return (invoke $m "valid" (i32.const 18)) (i32.const 0))
(assert_return (invoke $m "count-free") (i32.const 6))
;; p: the load of q counts.
(assert_return (invoke $m "open" (i32.const 15)) (i32.const 1))
(assert_return (invoke $m "noted") (i32.const 10))
(assert_unloadable (module (@dylink.0) (import "env" "of-q" (func))) "unresolved symbol")
(assert_return (invoke $m "close" (i32.const 15)) (i32.const 1))
(assert_return (invoke $m "run" (i32.const 15)) (i32.const 6))
(assert_return (invoke $m "close" (i32.const 15)) (i32.const 1))
(assert_return (invoke $m "valid" (i32.const 15)) (i32.const 0))
;; v
(assert_return (invoke $m "open" (i32.const 21)) (i32.const 1))
(assert_return (invoke $m "count-free") (i32.const 4))
(assert_return (invoke $m "run" (i32.const 21)) (i32.const 7))
(assert_return (invoke $m "noted") (i32.const 101))
(assert_return (invoke $m "valid" (i32.const 21)) (i32.const 0))
(assert_return (invoke $m "count-free") (i32.const 6))
;; n and o
(assert_return (invoke $m "open" (i32.const 13)) (i32.const 0))
(assert_return (invoke $m "open" (i32.const 14)) (i32.const 0))
(assert_return (invoke $m "count-free") (i32.const 6))
(assert_return (invoke $m "open" (i32.const 18)) (i32.const 1))
(assert_return (invoke $m "open" (i32.const 13)) (i32.const 0))
(assert_return (invoke $m "open" (i32.const 14)) (i32.const 0))
(assert_return (invoke $m "run" (i32.const 18)) (i32.const 5))
(assert_return (invoke $m "close" (i32.const 18)) (i32.const 1))
;; y
(assert_exhaustion (invoke $m "open" (i32.const 24)) "call stack exhausted")
(assert_return (invoke $m "noted") (i32.const 1))
(assert_return (invoke $m "valid" (i32.const 24)) (i32.const 0))
(assert_return (invoke $m "count-free") (i32.const 6))
(assert_exhaustion (invoke $m "open" (i32.const 24)) "call stack exhausted")
(assert_return (invoke $m "noted") (i32.const 1))
(assert_unloadable (module (@dylink.0) (import "env" "of-s" (func))) "unresolved symbol")
;; e
(assert_exit (invoke $m "open" (i32.const 4)) 7)
(assert_refused (invoke $m "valid" (i32.const 4)) "process has ended")
