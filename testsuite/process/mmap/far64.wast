;;; rules: mmap.hint.free, mmap.hint.none, mmap.hint.round, mmap.hint.taken, mmap.result, mmap.lazy, mmap.zero, mmap.exhausted
;;; features: memory64
;;; pair: none, since wasm32 has no pages beyond 2^32
;;; description: All 48 bits of the number of a page, and of a number of pages, count.

(process (memory i64 0x1_0000_0000_0000))
(module
  (func $mmap (export "mmap") (import "process" "mmap") (param i64 i64) (result i64))
  (memory (import "env" "memory") i64 1)
  (func (export "load") (param i64) (result i32) (i32.load (local.get 0)))
  (func (export "store") (param i64 i32) (i32.store (local.get 0) (local.get 1))))
;; Page 2^32 + 5 and page 5 are different pages.
(assert_return (invoke "mmap" (i64.const 0x1_0000_0005_0001) (i64.const 1)) (i64.const 0x1_0000_0005_0000))
(assert_return (invoke "store" (i64.const 0x1_0000_0005_0000) (i32.const 1)))
(assert_return (invoke "mmap" (i64.const 0x5_0000) (i64.const 1)) (i64.const 0x5_0000))
(assert_return (invoke "load" (i64.const 0x5_0000)) (i32.const 0))
(assert_return (invoke "store" (i64.const 0x5_0000) (i32.const 2)))
(assert_return (invoke "load" (i64.const 0x1_0000_0005_0000)) (i32.const 1))
(assert_return (invoke "load" (i64.const 0x5_0000)) (i32.const 2))
;; A mapping of 2^32 + 1 pages: its last page.
(assert_return (invoke "mmap" (i64.const 0x3_0000_0000_0000) (i64.const 0x1_0000_0001_0000)) (i64.const 0x3_0000_0000_0000))
(assert_return (invoke "load" (i64.const 0x4_0000_0000_0000)) (i32.const 0))
(assert_return (invoke "store" (i64.const 0x4_0000_0000_0000) (i32.const 3)))
(assert_return (invoke "load" (i64.const 0x4_0000_0000_0000)) (i32.const 3))
(assert_return (invoke "load" (i64.const 0x3_0000_0000_0000)) (i32.const 0))

;; The hint is taken, and the page with the same lower 32 bits is free.
(process (memory i64 0x2_0000_0000))
(module
  (func $mmap (export "mmap") (import "process" "mmap") (param i64 i64) (result i64))
  ;; 1 if the mapping is placed, and not at the hint.
  (func (export "elsewhere") (param $hint i64) (param $length i64) (result i32)
    (local $at i64)
    (local.set $at (call $mmap (local.get $hint) (local.get $length)))
    (i32.and (i64.ne (local.get $at) (i64.const 0)) (i64.ne (local.get $at) (local.get $hint)))))
(assert_return (invoke "mmap" (i64.const 0x1_0000_0005_0000) (i64.const 1)) (i64.const 0x1_0000_0005_0000))
(assert_return (invoke "elsewhere" (i64.const 0x1_0000_0005_0000) (i64.const 1)) (i32.const 1))
;; The first of 2^32 + 1 pages at the hint is free, and one further up is not. Only below it is a run as long.
(process (memory i64 0x2_0000_0000))
(module
  (func $mmap (import "process" "mmap") (param i64 i64) (result i64))
  (func (export "map") (param i64 i64) (result i32)
    (i64.lt_u (i64.sub (call $mmap (local.get 0) (local.get 1)) (i64.const 1)) (i64.const 0x4_0000))))
(assert_return (invoke "map" (i64.const 0x1_0000_0005_0000) (i64.const 1)) (i32.const 0))
(assert_return (invoke "map" (i64.const 0x9000_0000_0000) (i64.const 0x1_0000_0001_0000)) (i32.const 1))

;; All pages up to page 2^32 are taken: the last one is found.
(process (memory i64 0x1_0000_0002))
(module (func (export "mmap") (import "process" "mmap") (param i64 i64) (result i64)))
(assert_return (invoke "mmap" (i64.const 0x1_0000) (i64.const 0x1_0000_0000_0000)) (i64.const 0x1_0000))
(assert_return (invoke "mmap" (i64.const 0) (i64.const 1)) (i64.const 0x1_0000_0001_0000))
(assert_return (invoke "mmap" (i64.const 0) (i64.const 1)) (i64.const 0))
