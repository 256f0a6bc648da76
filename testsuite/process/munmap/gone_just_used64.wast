;;; rules: munmap.gone
;;; profile: strict
;;; features: memory64
;;; description: A page that was just accessed, in the same call, is as inaccessible as any other once it is unmapped.

(process (memory i64 16))
(module
  (import "process" "mmap" (func $mmap (param i64 i64) (result i64)))
  (import "process" "munmap" (func $munmap (param i64 i64) (result i32)))
  (import "env" "memory" (memory i64 1))
  (global $step (export "step") (mut i32) (i32.const 0))
  (func (export "load") (result i32)
    (global.set $step (i32.const 0))
    (drop (call $mmap (i64.const 0x40000) (i64.const 1)))
    (i32.store (i64.const 0x40000) (i32.const 1))
    (drop (i32.load (i64.const 0x40000)))
    (drop (call $munmap (i64.const 0x40000) (i64.const 1)))
    (global.set $step (i32.const 1))
    (i32.load (i64.const 0x40000)))
  (func (export "store")
    (global.set $step (i32.const 0))
    (drop (call $mmap (i64.const 0x40000) (i64.const 1)))
    (i32.store (i64.const 0x40000) (i32.const 1))
    (drop (call $munmap (i64.const 0x40000) (i64.const 1)))
    (global.set $step (i32.const 2))
    (i32.store (i64.const 0x40000) (i32.const 1)))
  ;; Unmapped and mapped anew between two loads: the second one reads a new page.
  (func (export "renew") (result i32)
    (drop (call $mmap (i64.const 0x40000) (i64.const 1)))
    (i32.store (i64.const 0x40000) (i32.const 5))
    (drop (i32.load (i64.const 0x40000)))
    (drop (call $munmap (i64.const 0x40000) (i64.const 1)))
    (drop (call $mmap (i64.const 0x40000) (i64.const 1)))
    (i32.load (i64.const 0x40000))))
(assert_trap (invoke "load") "out of bounds memory access")
(assert_return (get "step") (i32.const 1))
(assert_trap (invoke "store") "out of bounds memory access")
(assert_return (get "step") (i32.const 2))
(assert_return (invoke "renew") (i32.const 0))
