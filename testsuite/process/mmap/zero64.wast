;;; rules: mmap.zero
;;; features: memory64, bulk_memory
;;; description: New pages read as zero, every byte, even if the same pages held data before an munmap.

(process (memory i64 16))
(module
  (func $mmap (export "mmap") (import "process" "mmap") (param i64 i64) (result i64))
  (func $munmap (export "munmap") (import "process" "munmap") (param i64 i64) (result i32))
  (memory (import "env" "memory") i64 1)
  (func (export "fill") (param i64 i32 i64) (memory.fill (local.get 0) (local.get 1) (local.get 2)))
  ;; 1 if each of the $n bytes at $at is $byte.
  (func $all (export "all") (param $at i64) (param $n i32) (param $byte i32) (result i32)
    (loop $next
      (if (i32.eqz (local.get $n)) (then (return (i32.const 1))))
      (if (i32.ne (i32.load8_u (local.get $at)) (local.get $byte)) (then (return (i32.const 0))))
      (local.set $at (i64.add (local.get $at) (i64.const 1)))
      (local.set $n (i32.sub (local.get $n) (i32.const 1)))
      (br $next))
    (unreachable)))
;; The whole address space, twice: the second time every page has been used before.
(assert_return (invoke "mmap" (i64.const 0) (i64.const 0xf0000)) (i64.const 0x10000))
(assert_return (invoke "all" (i64.const 0x10000) (i32.const 0xf0000) (i32.const 0)) (i32.const 1))
(assert_return (invoke "fill" (i64.const 0x10000) (i32.const 0xff) (i64.const 0xf0000)))
(assert_return (invoke "munmap" (i64.const 0x10000) (i64.const 0xf0000)) (i32.const 1))
(assert_return (invoke "mmap" (i64.const 0) (i64.const 0xf0000)) (i64.const 0x10000))
(assert_return (invoke "all" (i64.const 0x10000) (i32.const 0xf0000) (i32.const 0)) (i32.const 1))

;; One page of it, with a hint: it is zero, and its neighbours keep their contents.
(assert_return (invoke "fill" (i64.const 0x10000) (i32.const 0x5a) (i64.const 0xf0000)))
(assert_return (invoke "munmap" (i64.const 0x50000) (i64.const 1)) (i32.const 1))
(assert_return (invoke "mmap" (i64.const 0x50000) (i64.const 1)) (i64.const 0x50000))
(assert_return (invoke "all" (i64.const 0x10000) (i32.const 0x40000) (i32.const 0x5a)) (i32.const 1))
(assert_return (invoke "all" (i64.const 0x50000) (i32.const 0x10000) (i32.const 0)) (i32.const 1))
(assert_return (invoke "all" (i64.const 0x60000) (i32.const 0xa0000) (i32.const 0x5a)) (i32.const 1))

;; The same without a hint: this page is the only one free.
(assert_return (invoke "munmap" (i64.const 0xf0000) (i64.const 1)) (i32.const 1))
(assert_return (invoke "mmap" (i64.const 0) (i64.const 0x10000)) (i64.const 0xf0000))
(assert_return (invoke "all" (i64.const 0xf0000) (i32.const 0x10000) (i32.const 0)) (i32.const 1))

;; Freed in two calls, mapped in one.
(assert_return (invoke "munmap" (i64.const 0x20000) (i64.const 0x20000)) (i32.const 1))
(assert_return (invoke "munmap" (i64.const 0x40000) (i64.const 0x20000)) (i32.const 1))
(assert_return (invoke "mmap" (i64.const 0x20000) (i64.const 0x40000)) (i64.const 0x20000))
(assert_return (invoke "all" (i64.const 0x20000) (i32.const 0x40000) (i32.const 0)) (i32.const 1))

;; One byte written to each page, at its start, in its middle and at its end: all other bytes are zero.
(process (memory i64 16))
(module
  (func $mmap (export "mmap") (import "process" "mmap") (param i64 i64) (result i64))
  (memory (import "env" "memory") i64 1)
  (func (export "store8") (param i64 i32) (i32.store8 (local.get 0) (local.get 1)))
  ;; Returns the number of the $n bytes at $at that are not 0.
  (func (export "used") (param $at i64) (param $n i32) (result i32)
    (local $used i32)
    (loop $next
      (local.set $used (i32.add (local.get $used) (i32.ne (i32.load8_u (local.get $at)) (i32.const 0))))
      (local.set $at (i64.add (local.get $at) (i64.const 1)))
      (local.set $n (i32.sub (local.get $n) (i32.const 1)))
      (br_if $next (i32.ne (local.get $n) (i32.const 0))))
    (local.get $used)))
(assert_return (invoke "mmap" (i64.const 0x20000) (i64.const 0x30000)) (i64.const 0x20000))
(assert_return (invoke "store8" (i64.const 0x20000) (i32.const 1)))
(assert_return (invoke "store8" (i64.const 0x38000) (i32.const 1)))
(assert_return (invoke "store8" (i64.const 0x4ffff) (i32.const 1)))
(assert_return (invoke "used" (i64.const 0x20000) (i32.const 0x10000)) (i32.const 1))
(assert_return (invoke "used" (i64.const 0x30000) (i32.const 0x10000)) (i32.const 1))
(assert_return (invoke "used" (i64.const 0x40000) (i32.const 0x10000)) (i32.const 1))
