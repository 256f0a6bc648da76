;;; rules: munmap.length, munmap.true
;;; features: memory64
;;; description: Length rounds up to whole pages, in exact arithmetic; length 0 returns false.

(process (memory i64 16))
(module
  (func $mmap (export "mmap") (import "process" "mmap") (param i64 i64) (result i64))
  (func $munmap (export "munmap") (import "process" "munmap") (param i64 i64) (result i32))
  (memory (import "env" "memory") i64 1)
  (func (export "load8") (param i64) (result i32) (i32.load8_u (local.get 0)))
  (func (export "store8") (param i64 i32) (i32.store8 (local.get 0) (local.get 1)))
  ;; Maps single pages until none is free. Returns their number.
  (func $pages (export "pages") (result i32)
    (local $n i32)
    (block $done
      (loop $next
        (br_if $done (i64.eqz (call $mmap (i64.const 0) (i64.const 1))))
        (local.set $n (i32.add (local.get $n) (i32.const 1)))
        (br $next)))
    (local.get $n)))
(assert_return (invoke "mmap" (i64.const 0x10000) (i64.const 0xf0000)) (i64.const 0x10000))
;; One page each, to the last byte, and no more.
(assert_return (invoke "munmap" (i64.const 0x10000) (i64.const 1)) (i32.const 1))
(assert_return (invoke "mmap" (i64.const 0) (i64.const 0x20000)) (i64.const 0))
(assert_return (invoke "mmap" (i64.const 0) (i64.const 0x10000)) (i64.const 0x10000))
(assert_return (invoke "munmap" (i64.const 0x30000) (i64.const 0xffff)) (i32.const 1))
(assert_return (invoke "mmap" (i64.const 0) (i64.const 0x20000)) (i64.const 0))
(assert_return (invoke "mmap" (i64.const 0) (i64.const 0x10000)) (i64.const 0x30000))
;; Unmapping a whole page leaves its neighbour unchanged.
(assert_return (invoke "store8" (i64.const 0x60000) (i32.const 6)))
(assert_return (invoke "munmap" (i64.const 0x50000) (i64.const 0x10000)) (i32.const 1))
(assert_return (invoke "load8" (i64.const 0x60000)) (i32.const 6))
(assert_return (invoke "mmap" (i64.const 0) (i64.const 0x20000)) (i64.const 0))
(assert_return (invoke "mmap" (i64.const 0) (i64.const 0x10000)) (i64.const 0x50000))
;; Two pages.
(assert_return (invoke "munmap" (i64.const 0x70000) (i64.const 0x10001)) (i32.const 1))
(assert_return (invoke "mmap" (i64.const 0) (i64.const 0x20000)) (i64.const 0x70000))
(assert_return (invoke "munmap" (i64.const 0xe0000) (i64.const 0x1ffff)) (i32.const 1))
(assert_return (invoke "mmap" (i64.const 0) (i64.const 0x20000)) (i64.const 0xe0000))

;; Length 0, on a mapped page and on a free one.
(assert_return (invoke "munmap" (i64.const 0x20000) (i64.const 0)) (i32.const 0))
(assert_return (invoke "pages") (i32.const 0))
(assert_return (invoke "munmap" (i64.const 0x20000) (i64.const 0x10000)) (i32.const 1))
(assert_return (invoke "munmap" (i64.const 0x20000) (i64.const 0)) (i32.const 0))
(assert_return (invoke "pages") (i32.const 1))
