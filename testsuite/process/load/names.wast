;;; rules: load.names
;;; description: Names that env, process, GOT.mem and GOT.func do not provide cannot be imported; other names resolve to registrations.

(process (memory 64))
;; Undefined symbols.
(assert_unloadable (module (import "env" "f" (func))) "unresolved symbol")
(assert_unloadable (module (import "GOT.mem" "x" (global (mut i32)))) "unresolved symbol")
(assert_unloadable (module (import "GOT.func" "f" (global (mut i32)))) "unresolved symbol")
;; The platform has no such function.
(assert_unloadable (module (import "process" "mremap" (func (param i32 (;ptr;) i64) (result i32 (;ptr;))))) "unknown import")
(assert_unloadable (module (import "process" "" (func))) "unknown import")
;; Names of the platform are compared whole, and each belongs to one module name.
(assert_unloadable (module (import "env" "mmap" (func (param i32 i64) (result i32)))) "unresolved symbol")
(assert_unloadable (module (import "process" "memory" (memory 1))) "unknown import")
(assert_unloadable (module (import "Env" "memory" (memory 1))) "unknown import")
(assert_unloadable (module (import "env " "memory" (memory 1))) "unknown import")
(assert_unloadable (module (import "en" "memory" (memory 1))) "unknown import")
(assert_unloadable (module (import "" "memory" (memory 1))) "unknown import")
(assert_unloadable (module (import "env\00" "memory" (memory 1))) "unknown import")

;; An instance that is not registered cannot be imported from, whatever its name in the script.
(module $lib (func (export "f") (result i32) (i32.const 1)))
(assert_unloadable (module (import "lib" "f" (func (result i32)))) "unknown import")
(assert_unloadable (module (import "$lib" "f" (func (result i32)))) "unknown import")
(register "lib" $lib)
(module (import "lib" "f" (func $f (result i32))) (func (export "g") (result i32) (call $f)))
(assert_return (invoke "g") (i32.const 1))
(assert_unloadable (module (import "lib" "missing" (func (result i32)))) "unknown import")
(assert_unloadable (module (import "lib" "f" (func (result i64)))) "incompatible import type")
(assert_unloadable (module (import "lib" "f" (global i32))) "incompatible import type")

;; Module names of the platform cannot be registered.
(assert_refused (register "env" $lib) "reserved name")
(assert_refused (register "process" $lib) "reserved name")
(assert_refused (register "GOT.mem" $lib) "reserved name")
(assert_refused (register "GOT.func" $lib) "reserved name")
(assert_unloadable (module (import "env" "f" (func (result i32)))) "unresolved symbol")
(assert_unloadable (module (import "process" "f" (func (result i32)))) "unknown import")
(assert_unloadable (module (import "GOT.mem" "f" (global (mut i32)))) "unresolved symbol")

;; Any other name can be registered, even if it differs from one of the platform by a single or an invisible character.
(register "Env" $lib)
(register "env.memory" $lib)
(register "GOT" $lib)
(register "process " $lib)
(register "" $lib)
(module
  (import "Env" "f" (func $a (result i32)))
  (import "env.memory" "f" (func $b (result i32)))
  (import "GOT" "f" (func $c (result i32)))
  (import "process " "f" (func $d (result i32)))
  (import "" "f" (func $e (result i32)))
  (func (export "sum") (result i32)
    (i32.add (i32.add (call $a) (call $b)) (i32.add (i32.add (call $c) (call $d)) (call $e)))))
(assert_return (invoke "sum") (i32.const 5))

;; A registration replaces the one before it; instances linked to that stay linked to it.
(module $user (import "lib" "f" (func $f (result i32))) (func (export "g") (result i32) (call $f)))
(module $lib2 (func (export "f") (result i32) (i32.const 2)))
(register "lib" $lib2)
(module $user2 (import "lib" "f" (func $f (result i32))) (func (export "g") (result i32) (call $f)))
(assert_return (invoke $user "g") (i32.const 1))
(assert_return (invoke $user2 "g") (i32.const 2))
