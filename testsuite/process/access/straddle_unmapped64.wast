;;; rules: access.straddle, munmap.gone
;;; profile: strict
;;; features: memory64
;;; description: An access that succeeded before one of its pages was unmapped traps afterwards, even if both pages were accessed just before.

(process (memory i64 16))
(module
  (func $mmap (export "mmap") (import "process" "mmap") (param i64 i64) (result i64))
  (func $munmap (export "munmap") (import "process" "munmap") (param i64 i64) (result i32))
  (memory (import "env" "memory") i64 1)
  (func $load64 (export "load64") (param i64) (result i64) (i64.load (local.get 0)))
  (func $store64 (export "store64") (param i64 i64) (i64.store (local.get 0) (local.get 1)))
  ;; Accesses the boundary at 0x50000, unmaps one page, and accesses the boundary again.
  (func (export "load-after") (param $page i64) (result i64)
    (drop (call $load64 (i64.const 0x4fffc)))
    (drop (call $munmap (local.get $page) (i64.const 0x10000)))
    (call $load64 (i64.const 0x4fffc)))
  (func (export "store-after") (param $page i64)
    (call $store64 (i64.const 0x4fffc) (i64.const 0x0807060504030201))
    (drop (call $munmap (local.get $page) (i64.const 0x10000)))
    (call $store64 (i64.const 0x4fffc) (i64.const -1))))
(assert_return (invoke "mmap" (i64.const 0x40000) (i64.const 0x20000)) (i64.const 0x40000))
(assert_trap (invoke "load-after" (i64.const 0x40000)) "out of bounds memory access")
(assert_return (invoke "mmap" (i64.const 0x40000) (i64.const 1)) (i64.const 0x40000))
(assert_trap (invoke "load-after" (i64.const 0x50000)) "out of bounds memory access")
(assert_return (invoke "mmap" (i64.const 0x50000) (i64.const 1)) (i64.const 0x50000))
;; The store that traps leaves the bytes of the store before it on the page that is still mapped.
(assert_trap (invoke "store-after" (i64.const 0x40000)) "out of bounds memory access")
(assert_return (invoke "load64" (i64.const 0x50000)) (i64.const 0x08070605))
(assert_return (invoke "mmap" (i64.const 0x40000) (i64.const 1)) (i64.const 0x40000))
(assert_trap (invoke "store-after" (i64.const 0x50000)) "out of bounds memory access")
(assert_return (invoke "load64" (i64.const 0x4fff8)) (i64.const 0x0403020100000000))
