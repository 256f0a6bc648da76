;;; rules: dl.symbol
;;; description: process.symbol does not relocate an absolute symbol, and returns 0 for mutable globals, other types and tables.

(library "test:lib"
  (module
    (@dylink.0 (mem-info (memory 16 4)) (export-info "absolute" absolute) (export-info "datum" exported))
    (global (export "absolute") i32 (i32.const 0x1234))
    (global (export "mutable") (mut i32) (i32.const 4))
    (global (export "float") f32 (f32.const 4))
    (table (export "t") 1 funcref)
    (global (export "datum") i32 (i32.const 4))))
(process (memory 16) (dictionary ("lib" "test:lib")))
(module $m
  (@dylink.0 (mem-info (memory 36 0)))
  (import "env" "memory" (memory 1))
  (import "env" "__memory_base" (global $base i32))
  (func $load (import "process" "load") (param i32 i32) (result i32))
  (func $symbol (import "process" "symbol") (param i32 i32 i32) (result i32))
  (data (global.get $base) "libabsolutelocalmutablefloattdatum")
  (func (export "symbol") (param i32 i32) (result i32)
    (call $symbol
      (call $load (global.get $base) (i32.const 3))
      (i32.add (global.get $base) (local.get 0))
      (local.get 1))))
(register "m" $m)
(assert_return (invoke $m "symbol" (i32.const 3) (i32.const 8)) (i32.const 0x1234))
(assert_return (invoke $m "symbol" (i32.const 16) (i32.const 7)) (i32.const 0))
(assert_return (invoke $m "symbol" (i32.const 23) (i32.const 5)) (i32.const 0))
(assert_return (invoke $m "symbol" (i32.const 28) (i32.const 1)) (i32.const 0))
;; The datum is relative to the base of the library, as in GOT.mem.
(module
  (@dylink.0 (needed "lib"))
  (global $datum (import "GOT.mem" "datum") (mut i32))
  (func (export "datum") (result i32) (global.get $datum)))
(register "got")
(module
  (func $datum (import "got" "datum") (result i32))
  (func $symbol (import "m" "symbol") (param i32 i32) (result i32))
  (func (export "is-the-same") (result i32)
    (i32.and
      (i32.eq (call $symbol (i32.const 29) (i32.const 5)) (call $datum))
      (i32.ne (call $datum) (i32.const 4)))))
(assert_return (invoke "is-the-same") (i32.const 1))
