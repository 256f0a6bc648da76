;;; rules: munmap.gone, mmap.zero, mmap.lazy
;;; profile: strict
;;; features: memory64
;;; description: Of many pages that were all accessed each is gone after one munmap; before it, each keeps its own contents.

(process (memory i64 512))
(module
  (func (export "mmap") (import "process" "mmap") (param i64 i64) (result i64))
  (func (export "munmap") (import "process" "munmap") (param i64 i64) (result i32))
  (memory (import "env" "memory") i64 1)
  (func (export "load") (param i64) (result i64) (i64.load (local.get 0)))
  ;; Stores a byte at offset 24 in each page from $at to $to, which is not read before.
  (func (export "store") (param $at i64) (param $to i64)
    (loop $next
      (i32.store8 offset=24 (local.get $at) (i32.const 1))
      (local.set $at (i64.add (local.get $at) (i64.const 0x10000)))
      (br_if $next (i64.lt_u (local.get $at) (local.get $to)))))
  ;; Adds to the word at $offset in each page from $at to $to the page's address.
  (func (export "add") (param $at i64) (param $to i64) (param $offset i64)
    (local $word i64)
    (loop $next
      (local.set $word (i64.add (local.get $at) (local.get $offset)))
      (i64.store (local.get $word) (i64.add (i64.load (local.get $word)) (local.get $at)))
      (local.set $at (i64.add (local.get $at) (i64.const 0x10000)))
      (br_if $next (i64.lt_u (local.get $at) (local.get $to)))))
  ;; How many of those words are $factor times the page's address.
  (func (export "count")
    (param $at i64) (param $to i64) (param $offset i64) (param $factor i64) (result i32)
    (local $n i32)
    (loop $next
      (if (i64.eq
            (i64.load (i64.add (local.get $at) (local.get $offset)))
            (i64.mul (local.get $at) (local.get $factor)))
        (then (local.set $n (i32.add (local.get $n) (i32.const 1)))))
      (local.set $at (i64.add (local.get $at) (i64.const 0x10000)))
      (br_if $next (i64.lt_u (local.get $at) (local.get $to))))
    (local.get $n)))
(assert_return (invoke "mmap" (i64.const 0x10000) (i64.const 0x1000000)) (i64.const 0x10000))
(assert_return (invoke "add" (i64.const 0x10000) (i64.const 0x1010000) (i64.const 0)))
(assert_return (invoke "add" (i64.const 0x10000) (i64.const 0x1010000) (i64.const 8)))
(assert_return (invoke "add" (i64.const 0x10000) (i64.const 0x1010000) (i64.const 8)))
(assert_return (invoke "store" (i64.const 0x10000) (i64.const 0x1010000)))
(assert_return (invoke "count" (i64.const 0x10000) (i64.const 0x1010000) (i64.const 0) (i64.const 1)) (i32.const 256))
(assert_return (invoke "count" (i64.const 0x10000) (i64.const 0x1010000) (i64.const 8) (i64.const 2)) (i32.const 256))
(assert_return (invoke "count" (i64.const 0x10000) (i64.const 0x1010000) (i64.const 16) (i64.const 0)) (i32.const 256))

;; The last 16 pages that were accessed.
(assert_return (invoke "munmap" (i64.const 0xf10000) (i64.const 0x100000)) (i32.const 1))
(assert_trap (invoke "load" (i64.const 0xf10000)) "out of bounds memory access")
(assert_trap (invoke "load" (i64.const 0xf20000)) "out of bounds memory access")
(assert_trap (invoke "load" (i64.const 0xf30000)) "out of bounds memory access")
(assert_trap (invoke "load" (i64.const 0xf40000)) "out of bounds memory access")
(assert_trap (invoke "load" (i64.const 0xf50000)) "out of bounds memory access")
(assert_trap (invoke "load" (i64.const 0xf60000)) "out of bounds memory access")
(assert_trap (invoke "load" (i64.const 0xf70000)) "out of bounds memory access")
(assert_trap (invoke "load" (i64.const 0xf80000)) "out of bounds memory access")
(assert_trap (invoke "load" (i64.const 0xf90000)) "out of bounds memory access")
(assert_trap (invoke "load" (i64.const 0xfa0000)) "out of bounds memory access")
(assert_trap (invoke "load" (i64.const 0xfb0000)) "out of bounds memory access")
(assert_trap (invoke "load" (i64.const 0xfc0000)) "out of bounds memory access")
(assert_trap (invoke "load" (i64.const 0xfd0000)) "out of bounds memory access")
(assert_trap (invoke "load" (i64.const 0xfe0000)) "out of bounds memory access")
(assert_trap (invoke "load" (i64.const 0xff0000)) "out of bounds memory access")
(assert_trap (invoke "load" (i64.const 0x1000000)) "out of bounds memory access")
(assert_return (invoke "count" (i64.const 0x10000) (i64.const 0xf10000) (i64.const 0) (i64.const 1)) (i32.const 240))
