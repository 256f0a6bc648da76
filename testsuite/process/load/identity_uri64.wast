;;; rules: load.identity
;;; features: memory64
;;; description: URIs are compared byte for byte: a URI that differs in one byte, or is longer, is another library.

(library "test:lib" (module (@dylink.0) (func (export "a") (result i32) (i32.const 1))))
(library "best:lib" (module (@dylink.0) (func (export "b") (result i32) (i32.const 2))))
(library "test:lic" (module (@dylink.0) (func (export "c") (result i32) (i32.const 3))))
(library "test:lib2" (module (@dylink.0) (func (export "d") (result i32) (i32.const 4))))
(library "test:Lib" (module (@dylink.0) (func (export "e") (result i32) (i32.const 5))))
(library "test:lib\00" (module (@dylink.0) (func (export "f") (result i32) (i32.const 6))))
(process (memory i64 16)
  (dictionary
    ("a" "test:lib") ("b" "best:lib") ("c" "test:lic") ("d" "test:lib2") ("e" "test:Lib") ("f" "test:lib\00")
    ("g" "test:lib")))
(module
  (@dylink.0 (needed "a" "b" "c" "d" "e" "f" "g"))
  (func $a (import "env" "a") (result i32))
  (func $b (import "env" "b") (result i32))
  (func $c (import "env" "c") (result i32))
  (func $d (import "env" "d") (result i32))
  (func $e (import "env" "e") (result i32))
  (func $f (import "env" "f") (result i32))
  (func (export "sum") (result i32)
    (i32.add
      (i32.add (i32.add (call $a) (call $b)) (i32.add (call $c) (call $d)))
      (i32.add (call $e) (call $f)))))
(assert_return (invoke "sum") (i32.const 21))
