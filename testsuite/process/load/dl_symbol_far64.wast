;;; rules: dl.symbol, load.base, load.got, load.reserve
;;; features: extended_const, memory64
;;; pair: none, since wasm32 has no addresses beyond 2^32
;;; description: A reservation may lie beyond 4 GiB; its base, and the addresses of its symbols, have 64 bits.

(library "test:lib"
  (module
    (@dylink.0 (mem-info (memory 0x10010 32)))
    (import "env" "memory" (memory i64 1))
    (import "env" "__memory_base" (global $base i64))
    (data (global.get $base) "\2a")
    (data (i64.add (global.get $base) (i64.const 0x10008)) "\2b")
    (global (export "x") i64 (i64.const 0x10008))
    (func (export "base") (result i64) (global.get $base))
    (func (export "sum") (result i32)
      (i32.add (i32.load8_u (global.get $base)) (i32.load8_u offset=0x10008 (global.get $base))))))
;; The only multiple of 4 GiB but 0.
(process (memory i64 0x10010) (dictionary ("lib" "test:lib")))
(module $m
  (@dylink.0 (mem-info (memory 16 0)))
  (import "env" "memory" (memory i64 1))
  (import "env" "__memory_base" (global $base i64))
  (data (global.get $base) "libx")
  (func $mmap (import "process" "mmap") (param i64 i64) (result i64))
  (func $load (import "process" "load") (param i64 i64) (result i32))
  (func $symbol (import "process" "symbol") (param i32 i64 i64) (result i64))
  (func (export "symbol-x") (result i64)
    (call $symbol (call $load (global.get $base) (i64.const 3)) (i64.add (global.get $base) (i64.const 3)) (i64.const 1)))
  (func (export "map") (param i64) (result i64) (call $mmap (local.get 0) (i64.const 1))))
(assert_return (invoke $m "symbol-x") (i64.const 0x100010008))
(module $user
  (@dylink.0 (needed "lib"))
  (import "GOT.mem" "x" (global $x (mut i64)))
  (func $base (import "env" "base") (result i64))
  (func $sum (import "env" "sum") (result i32))
  (func (export "x") (result i64) (global.get $x))
  (func (export "base") (result i64) (call $base))
  (func (export "sum") (result i32) (call $sum)))
(assert_return (invoke $user "x") (i64.const 0x100010008))
(assert_return (invoke $user "base") (i64.const 0x100000000))
(assert_return (invoke $user "sum") (i32.const 85))
;; The two pages are reserved, the next one is not.
(assert_return (invoke $m "map" (i64.const 0x100020000)) (i64.const 0x100020000))
