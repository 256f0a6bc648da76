;;; rules: load.needed, load.symbols, load.no-memory
;;; features: memory64
;;; description: Libraries that a module names are found through the dictionary and loaded with it, and so are those that they name.

(library "test:add"
  (module
    (@dylink.0 (needed "negate"))
    (func $negate (import "env" "negate") (param i32) (result i32))
    (func (export "sub") (param i32 i32) (result i32) (i32.add (local.get 0) (call $negate (local.get 1))))))
(library "test:negate"
  (module
    (@dylink.0)
    (func (export "negate") (param i32) (result i32) (i32.sub (i32.const 0) (local.get 0)))))
(process (memory i64 16) (dictionary ("arithmetic" "test:add") ("negate" "test:negate")))
(module
  (@dylink.0 (needed "arithmetic"))
  (func $sub (import "env" "sub") (param i32 i32) (result i32))
  (func $negate (import "env" "negate") (param i32) (result i32))
  (func (export "run") (result i32) (call $sub (i32.const 10) (call $negate (i32.const 32)))))
(assert_return (invoke "run") (i32.const 42))

;; A module with its own data and slots, and a library with its own.
(library "test:data"
  (module
    (@dylink.0 (mem-info (memory 8 3)))
    (import "env" "memory" (memory i64 1))
    (import "env" "__memory_base" (global $base i64))
    (data (global.get $base) "\01\00\00\00\02\00\00\00")
    (func (export "get") (param i64) (result i32) (i32.load (i64.add (global.get $base) (local.get 0))))
    (func (export "set") (param i64 i32) (i32.store (i64.add (global.get $base) (local.get 0)) (local.get 1)))))
(dictionary ("data" "test:data"))
(module
  (@dylink.0 (mem-info (memory 8 3)) (needed "data"))
  (import "env" "memory" (memory i64 1))
  (import "env" "__memory_base" (global $base i64))
  (func $get (import "env" "get") (param i64) (result i32))
  (func $set (import "env" "set") (param i64 i32))
  (data (global.get $base) "\0a\00\00\00\14\00\00\00")
  (func (export "sum") (result i32)
    (i32.add
      (i32.add (i32.load (global.get $base)) (i32.load offset=4 (global.get $base)))
      (i32.add (call $get (i64.const 0)) (call $get (i64.const 4)))))
  (func (export "set-first") (call $set (i64.const 0) (i32.const 100))))
(assert_return (invoke "sum") (i32.const 33))
(assert_return (invoke "set-first"))
(assert_return (invoke "sum") (i32.const 132))

;; Needed libraries that are missing.
(assert_unloadable (module (@dylink.0 (needed "nothing"))) "unresolved library")
(assert_unloadable (module (@dylink.0 (needed "negate" "nothing"))) "unresolved library")
(dictionary ("nowhere" "test:nowhere"))
(assert_unloadable (module (@dylink.0 (needed "nowhere"))) "unresolved library")
;; Needed libraries that cannot be loaded.
(library "test:memory" (module (@dylink.0) (memory 1)))
(library "test:bytes" (module binary "what is this"))
(library "test:invalid" (module (@dylink.0) (func (result i32))))
(dictionary ("memory" "test:memory") ("bytes" "test:bytes") ("invalid" "test:invalid"))
(assert_unloadable (module (@dylink.0 (needed "memory"))) "module defines a memory")
(assert_unloadable (module (@dylink.0 (needed "bytes"))) "malformed library")
(assert_unloadable (module (@dylink.0 (needed "invalid"))) "invalid library")
