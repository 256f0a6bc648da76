;;; rules: dict.process-wide
;;; features: memory64
;;; description: One dictionary resolves every needed name, also those of libraries that the program never mentions; each process has its own.

(library "test:v1" (module (@dylink.0) (func (export "version") (result i32) (i32.const 1))))
(library "test:v2" (module (@dylink.0) (func (export "version") (result i32) (i32.const 2))))
(library "test:middle"
  (module
    (@dylink.0 (needed "base"))
    (func $version (import "env" "version") (result i32))
    (func (export "middle") (result i32) (i32.mul (i32.const 10) (call $version)))))
(module definition $program
  (@dylink.0 (needed "middle"))
  (func $middle (import "env" "middle") (result i32))
  (func (export "run") (result i32) (call $middle)))
(process $one (memory i64 16) (dictionary ("middle" "test:middle") ("base" "test:v1")))
(process $two (memory i64 16) (dictionary ("base" "test:v2") ("middle" "test:middle")))
(process $none (memory i64 16))
(switch $one)
(module instance $m $program)
(assert_return (invoke $m "run") (i32.const 10))
(switch $two)
(module instance $m $program)
(assert_return (invoke $m "run") (i32.const 20))
(switch $none)
(assert_unloadable (module (@dylink.0 (needed "middle"))) "unresolved library")
(dictionary ("middle" "test:middle"))
(assert_unloadable (module (@dylink.0 (needed "middle"))) "unresolved library")
(dictionary ("base" "test:v1"))
(module instance $m $program)
(assert_return (invoke $m "run") (i32.const 10))
(switch $one)
(assert_return (invoke $m "run") (i32.const 10))
