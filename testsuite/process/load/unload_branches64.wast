;;; rules: load.unload, load.needed
;;; features: memory64
;;; description: Libraries that several libraries need stay loaded with them, on every path from one module.

(process (memory i64 16) (dictionary ("b" "test:b") ("c" "test:c") ("d" "test:d") ("e" "test:e") ("f" "test:f")))
(library "test:b" (module (@dylink.0 (needed "e")) (func $e (import "env" "e") (result i32)) (func (export "b") (result i32) (call $e))))
(library "test:c" (module (@dylink.0 (needed "f")) (func $f (import "env" "f") (result i32)) (func (export "c") (result i32) (call $f))))
(library "test:d" (module (@dylink.0 (needed "e" "f")) (func (export "d") (result i32) (i32.const 4))))
(library "test:e" (module (@dylink.0 (mem-info (memory 1 0))) (func (export "e") (result i32) (i32.const 5))))
(library "test:f" (module (@dylink.0 (mem-info (memory 1 0))) (func (export "f") (result i32) (i32.const 6))))
(module $m
  (@dylink.0 (needed "b" "c" "d"))
  (func $b (import "env" "b") (result i32))
  (func $c (import "env" "c") (result i32))
  (func (export "run-b") (result i32) (call $b))
  (func (export "run-c") (result i32) (call $c)))
;; Another module is loaded and unloaded.
(module $other (@dylink.0 (needed "c")))
(unload $other)
(module $other (@dylink.0 (needed "b")))
(unload $other)
(assert_return (invoke $m "run-b") (i32.const 5))
(assert_return (invoke $m "run-c") (i32.const 6))
(unload $m)
(assert_unloadable (module (@dylink.0) (import "env" "e" (func (result i32)))) "unresolved symbol")
(assert_unloadable (module (@dylink.0) (import "env" "f" (func (result i32)))) "unresolved symbol")
