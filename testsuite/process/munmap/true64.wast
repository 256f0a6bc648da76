;;; rules: munmap.true
;;; features: memory64
;;; description: After true the pages are free, and can be mapped again with a hint; after false nothing has changed.

(process (memory i64 64))
(module
  (func $mmap (export "mmap") (import "process" "mmap") (param i64 i64) (result i64))
  (func $munmap (export "munmap") (import "process" "munmap") (param i64 i64) (result i32))
  (memory (import "env" "memory") i64 1)
  (func (export "load32") (param i64) (result i32) (i32.load (local.get 0)))
  (func (export "store32") (param i64 i32) (i32.store (local.get 0) (local.get 1)))
  ;; Maps single pages until none is free. Returns their number.
  (func $pages (export "pages") (result i32)
    (local $n i32)
    (block $done
      (loop $next
        (br_if $done (i64.eqz (call $mmap (i64.const 0) (i64.const 1))))
        (local.set $n (i32.add (local.get $n) (i32.const 1)))
        (br $next)))
    (local.get $n)))
(assert_return (invoke "mmap" (i64.const 0x100000) (i64.const 0x30000)) (i64.const 0x100000))
(assert_return (invoke "store32" (i64.const 0x100000) (i32.const 1)))
(assert_return (invoke "store32" (i64.const 0x110000) (i32.const 2)))
(assert_return (invoke "store32" (i64.const 0x120000) (i32.const 3)))

(assert_return (invoke "munmap" (i64.const 0x110000) (i64.const 0x10000)) (i32.const 1))
(assert_return (invoke "mmap" (i64.const 0x110000) (i64.const 0x10000)) (i64.const 0x110000))
(assert_return (invoke "store32" (i64.const 0x110000) (i32.const 2)))

;; False: unaligned, length 0, beyond the end. The mapping is complete and keeps its contents.
(assert_return (invoke "munmap" (i64.const 0x110001) (i64.const 0x10000)) (i32.const 0))
(assert_return (invoke "munmap" (i64.const 0x110000) (i64.const 0)) (i32.const 0))
(assert_return (invoke "munmap" (i64.const 0x110000) (i64.const 0x400000)) (i32.const 0))
(assert_return (invoke "load32" (i64.const 0x100000)) (i32.const 1))
(assert_return (invoke "load32" (i64.const 0x110000)) (i32.const 2))
(assert_return (invoke "load32" (i64.const 0x120000)) (i32.const 3))
(assert_return (invoke "pages") (i32.const 60))

;; The whole space in one call: all 63 pages are free again.
(assert_return (invoke "munmap" (i64.const 0x10000) (i64.const 0x3f0000)) (i32.const 1))
(assert_return (invoke "pages") (i32.const 63))
