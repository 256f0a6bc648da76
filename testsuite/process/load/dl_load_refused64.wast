;;; rules: dl.load.failure, dict.integrity
;;; features: memory64
;;; description: A load that fails because of an entry's digest does not count as a load of the library already loaded.

(library "test:lib" (module (@dylink.0) (func (export "f") (result i32) (i32.const 1))))
(process (memory i64 16)
  (dictionary
    ("lib" "test:lib")
    ("bad" "test:lib" "sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")))
(module $m
  (@dylink.0 (mem-info (memory 6 0)))
  (import "env" "memory" (memory i64 1))
  (import "env" "__memory_base" (global $base i64))
  (func $load (import "process" "load") (param i64 i64) (result i32))
  (func $unload (import "process" "unload") (param i32) (result i32))
  (data (global.get $base) "libbad")
  (global $handle (mut i32) (i32.const 0))
  (func (export "open") (result i32)
    (global.set $handle (call $load (global.get $base) (i64.const 3)))
    (i32.ne (global.get $handle) (i32.const 0)))
  (func (export "open-bad") (result i32) (call $load (i64.add (global.get $base) (i64.const 3)) (i64.const 3)))
  (func (export "close") (result i32) (call $unload (global.get $handle))))
(assert_return (invoke $m "open-bad") (i32.const 0))
(assert_return (invoke $m "open") (i32.const 1))
(assert_return (invoke $m "open-bad") (i32.const 0))
(assert_return (invoke $m "open-bad") (i32.const 0))
(assert_return (invoke $m "close") (i32.const 1))
(assert_return (invoke $m "close") (i32.const 0))
(assert_unloadable (module (import "env" "f" (func (result i32)))) "unresolved symbol")
