;;; rules: load.reserve
;;; features: memory64
;;; description: Reserved pages are zero, even if the same pages held data before.

(process (memory i64 4))
(module $m
  (import "env" "memory" (memory i64 1))
  (func $mmap (import "process" "mmap") (param i64 i64) (result i64))
  (func $munmap (import "process" "munmap") (param i64 i64) (result i32))
  ;; Writes ones to each free page, and unmaps them. 1 on success.
  (func (export "soil") (result i32)
    (local $at i64)
    (local.set $at (call $mmap (i64.const 0) (i64.const 0x30000)))
    (i64.store (local.get $at) (i64.const -1))
    (i64.store (i64.add (local.get $at) (i64.const 0x1fffc)) (i64.const -1))
    (i64.store (i64.add (local.get $at) (i64.const 0x2fff8)) (i64.const -1))
    (call $munmap (local.get $at) (i64.const 0x30000))))
(assert_return (invoke $m "soil") (i32.const 1))
(module $a
  (@dylink.0 (mem-info (memory 0x30000 0)))
  (import "env" "memory" (memory i64 1))
  (import "env" "__memory_base" (global $base i64))
  (func (export "sum") (result i64)
    (i64.or
      (i64.or (i64.load (global.get $base)) (i64.load (i64.add (global.get $base) (i64.const 0x1fffc))))
      (i64.load (i64.add (global.get $base) (i64.const 0x2fff8)))))
  (func (export "soil") (i64.store (i64.add (global.get $base) (i64.const 0x10000)) (i64.const -1))))
(assert_return (invoke $a "sum") (i64.const 0))
(assert_return (invoke $a "soil"))
(unload $a)
(module $b
  (@dylink.0 (mem-info (memory 0x30000 0)))
  (import "env" "memory" (memory i64 1))
  (import "env" "__memory_base" (global $base i64))
  (func (export "load") (result i64) (i64.load (i64.add (global.get $base) (i64.const 0x10000)))))
(assert_return (invoke $b "load") (i64.const 0))
