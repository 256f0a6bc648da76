;;; rules: load.atomic
;;; description: A load that fails because of a segment for a table other than the process's has written to none of them.

(module definition $own
  (table $t (export "t") 2 funcref)
  (func (export "call") (param i32) (result i32) (call_indirect $t (result i32) (local.get 0))))
(library "test:lib"
  (module (@dylink.0) (import "own" "t" (table 2 funcref)) (func $f (result i32) (i32.const 1)) (elem (i32.const 0) func $f)))
(process (memory 16) (dictionary ("lib" "test:lib")))
(module instance $own $own)
(register "own" $own)
(assert_unloadable
  (module (@dylink.0 (needed "lib")) (import "own" "t" (table 2 funcref)) (func $f) (elem (i32.const 2) func $f))
  "out of bounds table access")
(assert_trap (invoke $own "call" (i32.const 0)) "uninitialized element")
(assert_unloadable
  (module
    (@dylink.0 (needed "lib"))
    (import "own" "t" (table 2 funcref))
    (func $f)
    (elem (i32.const 1) func $f)
    (elem (i32.const 1) func $f $f))
  "out of bounds table access")
(assert_trap (invoke $own "call" (i32.const 0)) "uninitialized element")
(assert_trap (invoke $own "call" (i32.const 1)) "uninitialized element")
(module (@dylink.0 (needed "lib")))
(assert_return (invoke $own "call" (i32.const 0)) (i32.const 1))
