;;; rules: dl.symbol
;;; features: memory64
;;; description: process.symbol does not relocate an absolute symbol, and returns 0 for mutable globals, other types and tables.

(library "test:lib"
  (module
    (@dylink.0 (mem-info (memory 16 4)) (export-info "absolute" absolute) (export-info "datum" exported))
    (global (export "absolute") i64 (i64.const 0x1234))
    (global (export "mutable") (mut i64) (i64.const 4))
    (global (export "float") f32 (f32.const 4))
    (table (export "t") 1 funcref)
    (global (export "datum") i64 (i64.const 4))))
(process (memory i64 16) (dictionary ("lib" "test:lib")))
(module $m
  (@dylink.0 (mem-info (memory 36 0)))
  (import "env" "memory" (memory i64 1))
  (import "env" "__memory_base" (global $base i64))
  (func $load (import "process" "load") (param i64 i64) (result i32))
  (func $symbol (import "process" "symbol") (param i32 i64 i64) (result i64))
  (data (global.get $base) "libabsolutelocalmutablefloattdatum")
  (func (export "symbol") (param i64 i64) (result i64)
    (call $symbol
      (call $load (global.get $base) (i64.const 3))
      (i64.add (global.get $base) (local.get 0))
      (local.get 1))))
(register "m" $m)
(assert_return (invoke $m "symbol" (i64.const 3) (i64.const 8)) (i64.const 0x1234))
(assert_return (invoke $m "symbol" (i64.const 16) (i64.const 7)) (i64.const 0))
(assert_return (invoke $m "symbol" (i64.const 23) (i64.const 5)) (i64.const 0))
(assert_return (invoke $m "symbol" (i64.const 28) (i64.const 1)) (i64.const 0))
;; The datum is relative to the base of the library, as in GOT.mem.
(module
  (@dylink.0 (needed "lib"))
  (global $datum (import "GOT.mem" "datum") (mut i64))
  (func (export "datum") (result i64) (global.get $datum)))
(register "got")
(module
  (func $datum (import "got" "datum") (result i64))
  (func $symbol (import "m" "symbol") (param i64 i64) (result i64))
  (func (export "is-the-same") (result i32)
    (i32.and
      (i64.eq (call $symbol (i64.const 29) (i64.const 5)) (call $datum))
      (i64.ne (call $datum) (i64.const 4)))))
(assert_return (invoke "is-the-same") (i32.const 1))
