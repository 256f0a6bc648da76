;;; rules: dict.process-wide, dict.exact
;;; description: A needed name is a name of the dictionary, even if it is the URI of a loaded library.

(library "test:v1" (module (@dylink.0) (func (export "v1") (result i32) (i32.const 1))))
(library "test:v2" (module (@dylink.0) (func (export "v2") (result i32) (i32.const 2))))
(process (memory 16) (dictionary ("v1" "test:v1") ("test:v1" "test:v2")))
(module
  (@dylink.0 (needed "v1"))
  (func $v1 (import "env" "v1") (result i32))
  (func (export "run") (result i32) (call $v1)))
(assert_return (invoke "run") (i32.const 1))
(assert_unloadable (module (@dylink.0) (import "env" "v2" (func (result i32)))) "unresolved symbol")
(assert_unloadable (module (@dylink.0 (needed "test:v2"))) "unresolved library")
(module
  (@dylink.0 (needed "test:v1"))
  (func $v2 (import "env" "v2") (result i32))
  (func (export "run") (result i32) (call $v2)))
(assert_return (invoke "run") (i32.const 2))
(assert_unloadable (module (@dylink.0 (needed "test:v2"))) "unresolved library")
