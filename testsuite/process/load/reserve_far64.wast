;;; rules: load.reserve, load.unload, load.atomic, load.stack
;;; features: memory64
;;; pair: none, since wasm32 has no pages beyond 2^32
;;; description: A library is placed beyond page 2^32 if all lower pages are taken, and its pages are released there; a stack may have more than 2^32 pages.

(process (memory i64 0x1_0000_0003))
(module $m
  (func (export "mmap") (import "process" "mmap") (param i64 i64) (result i64))
  (memory (import "env" "memory") i64 1)
  (func (export "load") (param i64) (result i32) (i32.load (local.get 0)))
  (func (export "store") (param i64 i32) (i32.store (local.get 0) (local.get 1))))
(assert_return (invoke $m "mmap" (i64.const 0x1_0000) (i64.const 0x1_0000_0001_0000)) (i64.const 0x1_0000))
(assert_return (invoke $m "store" (i64.const 0x2_0000) (i32.const 7)))
(module $a
  (@dylink.0 (mem-info (memory 1 17)))
  (global (export "base") (import "env" "__memory_base") i64))
(assert_return (get $a "base") (i64.const 0x1_0000_0002_0000))
(assert_return (invoke $m "store" (i64.const 0x1_0000_0002_0000) (i32.const 5)))
(unload $a)
;; The only free page again, and zeroed.
(assert_unloadable (module (@dylink.0 (mem-info (memory 1 18)))) "reservation failed")
(module $b
  (@dylink.0 (mem-info (memory 1 0)))
  (global (export "base") (import "env" "__memory_base") i64))
(assert_return (get $b "base") (i64.const 0x1_0000_0002_0000))
(assert_return (invoke $m "load" (i64.const 0x1_0000_0002_0000)) (i32.const 0))
(assert_return (invoke $m "load" (i64.const 0x2_0000)) (i32.const 7))

;; A stack of 2^32 + 2 pages and its guard page take all pages but page 0.
(process (memory i64 0x1_0000_0004) (stack 0x1_0000_0002))
(module
  (func (export "mmap") (import "process" "mmap") (param i64 i64) (result i64))
  (func (export "munmap") (import "process" "munmap") (param i64 i64) (result i32))
  (memory (import "env" "memory") i64 1)
  (global (export "sp") (import "env" "__stack_pointer") (mut i64))
  (func (export "load") (param i64) (result i32) (i32.load (local.get 0)))
  (func (export "store") (param i64 i32) (i32.store (local.get 0) (local.get 1))))
(assert_return (get "sp") (i64.const 0x1_0000_0004_0000))
(assert_return (invoke "mmap" (i64.const 0) (i64.const 1)) (i64.const 0))
(assert_return (invoke "munmap" (i64.const 0x1_0000_0003_0000) (i64.const 1)) (i32.const 0))
(assert_return (invoke "store" (i64.const 0x1_0000_0003_0000) (i32.const 5)))
(assert_return (invoke "load" (i64.const 0x1_0000_0003_0000)) (i32.const 5))
(assert_return (invoke "load" (i64.const 0x2_0000)) (i32.const 0))
