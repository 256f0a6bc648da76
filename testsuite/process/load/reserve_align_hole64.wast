;;; rules: load.reserve
;;; features: memory64
;;; description: A run that is long enough, and that from its aligned pages on is not, has no room for a reservation.

(process (memory i64 8))
(module $m
  (func (export "mmap") (import "process" "mmap") (param i64 i64) (result i64))
  (memory (import "env" "memory") i64 1)
  (func (export "load") (param i64) (result i32) (i32.load (local.get 0)))
  (func (export "store") (param i64) (param i32) (i32.store (local.get 0) (local.get 1))))
;; Free: pages 1 to 5, and 7. Of the multiples of 4 pages, page 4 has one free page after it.
(assert_return (invoke $m "mmap" (i64.const 0x60000) (i64.const 1)) (i64.const 0x60000))
(assert_return (invoke $m "store" (i64.const 0x60000) (i32.const 5)))
(assert_unloadable (module (@dylink.0 (mem-info (memory 0x30000 18)))) "reservation failed")
(assert_unloadable (module (@dylink.0 (mem-info (memory 0x40000 18)))) "reservation failed")
(assert_unloadable (module (@dylink.0 (mem-info (memory 0x10000 19)))) "reservation failed")
(assert_return (invoke $m "load" (i64.const 0x60000)) (i32.const 5))
(module $a
  (@dylink.0 (mem-info (memory 0x20000 18)))
  (global (export "base") (import "env" "__memory_base") i64))
(assert_return (get $a "base") (i64.const 0x40000))
(assert_return (invoke $m "mmap" (i64.const 0) (i64.const 0x40000)) (i64.const 0))
(assert_return (invoke $m "mmap" (i64.const 0) (i64.const 0x30000)) (i64.const 0x10000))
