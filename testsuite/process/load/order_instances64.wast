;;; rules: load.order
;;; features: memory64
;;; description: Modules are instantiated dependencies first: of several segments for one slot, that of the program remains.

(module definition $own
  (table $t (export "t") 1 funcref)
  (func (export "call") (result i32) (call_indirect $t (result i32) (i32.const 0))))
(library "test:a"
  (module (@dylink.0 (needed "b")) (import "own" "t" (table 1 funcref))
    (func $f (result i32) (i32.const 1)) (elem (i32.const 0) func $f)))
(library "test:b"
  (module (@dylink.0) (import "own" "t" (table 1 funcref))
    (func $f (result i32) (i32.const 2)) (elem (i32.const 0) func $f)))
(process (memory i64 16) (dictionary ("a" "test:a") ("b" "test:b")))
(module instance $own $own)
(register "own" $own)
(module $p (@dylink.0 (needed "a" "b")) (import "own" "t" (table 1 funcref))
  (func $f (result i32) (i32.const 3)) (elem (i32.const 0) func $f))
(assert_return (invoke $own "call") (i32.const 3))
(unload $p)
;; Without a segment of the program: a needs b, so that of a remains.
(module (@dylink.0 (needed "b" "a")))
(assert_return (invoke $own "call") (i32.const 1))
