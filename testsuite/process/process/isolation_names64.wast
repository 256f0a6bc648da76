;;; rules: process.isolation, load.names
;;; features: memory64
;;; description: Registrations belong to the process, or to the core embedding, in which they were made.

(module $core
  (func (export "f") (result i32) (i32.const 1))
  (global (export "g") i32 (i32.const 1))
  (table (export "t") 1 funcref)
  (memory (export "m") 1))
(register "core" $core)

(process $p (memory i64 64))
(module $lib
  (func (export "f") (result i32) (i32.const 2)))
(register "lib" $lib)
(module $user (import "lib" "f" (func $f (result i32))) (func (export "f") (result i32) (call $f)))
(assert_return (invoke $user "f") (i32.const 2))
;; Nothing of the core embedding is reachable from a process.
(assert_unloadable (module (import "core" "f" (func (result i32)))) "unknown import")
(assert_unloadable (module (import "core" "g" (global i32))) "unknown import")
(assert_unloadable (module (import "core" "t" (table 1 funcref))) "unknown import")
(assert_unloadable (module (import "core" "m" (memory 1))) "unknown import")

(process $q (memory i64 64))
(assert_unloadable (module (import "lib" "f" (func (result i32)))) "unknown import")
;; The same name has another meaning here.
(module $lib
  (func (export "f") (result i32) (i32.const 3)))
(register "lib" $lib)
(module $user (import "lib" "f" (func $f (result i32))) (func (export "f") (result i32) (call $f)))
(assert_return (invoke $user "f") (i32.const 3))
(switch $p)
(assert_return (invoke $user "f") (i32.const 2))
(module (import "lib" "f" (func $f (result i32))) (func (export "f") (result i32) (call $f)))
(assert_return (invoke "f") (i32.const 2))

;; And nothing of a process is reachable from the core embedding.
(switch)
(assert_unlinkable (module (import "lib" "f" (func (result i32)))) "unknown import")
(assert_unlinkable (module (import "process" "mmap" (func (param i64 i64) (result i64)))) "unknown import")
(assert_unlinkable (module (import "env" "memory" (memory i64 1))) "unknown import")
(module (import "core" "f" (func $f (result i32))) (func (export "f") (result i32) (call $f)))
(assert_return (invoke "f") (i32.const 1))
