;;; rules: load.names
;;; features: memory64
;;; description: The platform takes precedence over symbols of the same name, and symbols do not add to its names.

(process (memory i64 16))
(module
  (@dylink.0)
  (func (export "munmap") (param i64 i64) (result i32) (i32.const 7))
  (func (export "mremap") (param i64 i64) (result i32) (i32.const 7))
  (global (export "x") i64 (i64.const 7))
  (global (export "__memory_base") i64 (i64.const 7)))
(module
  (@dylink.0)
  (func $munmap (import "process" "munmap") (param i64 i64) (result i32))
  (func $symbol (import "env" "munmap") (param i64 i64) (result i32))
  (global $base (import "env" "__memory_base") i64)
  (func (export "run") (result i32)
    (i32.add
      (i32.mul (i32.const 10) (call $munmap (i64.const 1) (i64.const 1)))
      (call $symbol (i64.const 1) (i64.const 1))))
  (func (export "base") (result i64) (global.get $base)))
(assert_return (invoke "run") (i32.const 7))
(assert_return (invoke "base") (i64.const 0))
(assert_unloadable (module (@dylink.0) (import "process" "mremap" (func (param i64 i64) (result i32)))) "unknown import")
;; In env, symbols are functions only.
(assert_unloadable (module (@dylink.0) (import "env" "x" (global i64))) "unknown import")
(assert_unloadable (module (@dylink.0) (import "env" "y" (global i64))) "unknown import")
(assert_unloadable (module (@dylink.0) (import "env" "t" (table 1 funcref))) "unknown import")
(assert_unloadable (module (@dylink.0) (import "env" "m" (memory i64 1))) "unknown import")
(assert_unloadable (module (@dylink.0) (import "process" "x" (global i64))) "unknown import")
