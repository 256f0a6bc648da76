;;; rules: access.out-of-extent, access.bulk
;;; features: memory64, bulk_memory
;;; description: A bulk operation that leaves the address space traps and writes nothing, however long it is, and wherever it would wrap to.

(process (memory i64 64))
(module
  (func $mmap (export "mmap") (import "process" "mmap") (param i64 i64) (result i64))
  (memory (import "env" "memory") i64 1)
  (data $d "0123456789abcdef")
  (func (export "load8") (param i64) (result i32) (i32.load8_u (local.get 0)))
  (func (export "fill") (param i64 i32 i64) (memory.fill (local.get 0) (local.get 1) (local.get 2)))
  (func (export "copy") (param i64 i64 i64) (memory.copy (local.get 0) (local.get 1) (local.get 2)))
  (func (export "init") (param i64 i32 i32) (memory.init $d (local.get 0) (local.get 1) (local.get 2)))
  ;; 1 if each of the $n bytes at $at is $byte.
  (func $all (export "all") (param $at i64) (param $n i32) (param $byte i32) (result i32)
    (loop $next
      (if (i32.eqz (local.get $n)) (then (return (i32.const 1))))
      (if (i32.ne (i32.load8_u (local.get $at)) (local.get $byte)) (then (return (i32.const 0))))
      (local.set $at (i64.add (local.get $at) (i64.const 1)))
      (local.set $n (i32.sub (local.get $n) (i32.const 1)))
      (br $next))
    (unreachable)))
(assert_return (invoke "mmap" (i64.const 0x10000) (i64.const 0x3f0000)) (i64.const 0x10000))
(assert_return (invoke "fill" (i64.const 0x10000) (i32.const 7) (i64.const 0x3f0000)))

;; By one byte, and by the whole range.
(assert_trap (invoke "fill" (i64.const 0x3fffff) (i32.const 9) (i64.const 2)) "out of bounds memory access")
(assert_trap (invoke "fill" (i64.const 0x3f0000) (i32.const 9) (i64.const 0x10001)) "out of bounds memory access")
(assert_trap (invoke "fill" (i64.const 0x10000) (i32.const 9) (i64.const 0x3f0001)) "out of bounds memory access")
(assert_trap (invoke "fill" (i64.const 0x400000) (i32.const 9) (i64.const 1)) "out of bounds memory access")
(assert_trap (invoke "fill" (i64.const -1) (i32.const 9) (i64.const 1)) "out of bounds memory access")
(assert_trap (invoke "copy" (i64.const 0x3ffff0) (i64.const 0x10000) (i64.const 17)) "out of bounds memory access")
(assert_trap (invoke "copy" (i64.const 0x10000) (i64.const 0x3ffff0) (i64.const 17)) "out of bounds memory access")
(assert_trap (invoke "copy" (i64.const 0x10000) (i64.const 0x400000) (i64.const 1)) "out of bounds memory access")
(assert_trap (invoke "copy" (i64.const 0x400000) (i64.const 0x10000) (i64.const 1)) "out of bounds memory access")
(assert_trap (invoke "copy" (i64.const 0x3ffff0) (i64.const 0x3ffff0) (i64.const 17)) "out of bounds memory access")
(assert_trap (invoke "init" (i64.const 0x3ffff1) (i32.const 0) (i32.const 16)) "out of bounds memory access")
(assert_trap (invoke "init" (i64.const 0x400000) (i32.const 0) (i32.const 1)) "out of bounds memory access")
(assert_trap (invoke "init" (i64.const -8) (i32.const 0) (i32.const 16)) "out of bounds memory access")

;; Address plus length is 2^N or slightly more: the wrapped end lies inside, the range does not.
(assert_trap (invoke "fill" (i64.const 0x20000) (i32.const 9) (i64.const -0x20000)) "out of bounds memory access")
(assert_trap (invoke "fill" (i64.const 0x20000) (i32.const 9) (i64.const -0x10000)) "out of bounds memory access")
(assert_trap (invoke "fill" (i64.const 0x20000) (i32.const 9) (i64.const -1)) "out of bounds memory access")
(assert_trap (invoke "fill" (i64.const -0x10000) (i32.const 9) (i64.const 0x20000)) "out of bounds memory access")
(assert_trap (invoke "fill" (i64.const -0x10000) (i32.const 9) (i64.const 0x30000)) "out of bounds memory access")
(assert_trap (invoke "copy" (i64.const 0x20000) (i64.const 0x20000) (i64.const -0x10000)) "out of bounds memory access")
(assert_trap (invoke "copy" (i64.const 0x20000) (i64.const 0x30000) (i64.const -1)) "out of bounds memory access")
(assert_trap (invoke "copy" (i64.const -0x10000) (i64.const 0x20000) (i64.const 0x20000)) "out of bounds memory access")
(assert_trap (invoke "copy" (i64.const 0x20000) (i64.const -0x10000) (i64.const 0x20000)) "out of bounds memory access")

;; The ends of a segment do not wrap either.
(assert_trap (invoke "init" (i64.const 0x20000) (i32.const 1) (i32.const 16)) "out of bounds memory access")
(assert_trap (invoke "init" (i64.const 0x20000) (i32.const 17) (i32.const 0)) "out of bounds memory access")
(assert_trap (invoke "init" (i64.const 0x20000) (i32.const -1) (i32.const 2)) "out of bounds memory access")
(assert_trap (invoke "init" (i64.const 0x20000) (i32.const 1) (i32.const -1)) "out of bounds memory access")

;; Nothing was written.
(assert_return (invoke "all" (i64.const 0x10000) (i32.const 0x3f0000) (i32.const 7)) (i32.const 1))

;; A range that ends exactly at the end of the address space is valid.
(assert_return (invoke "fill" (i64.const 0x3fffff) (i32.const 1) (i64.const 1)))
(assert_return (invoke "load8" (i64.const 0x3fffff)) (i32.const 1))
(assert_return (invoke "init" (i64.const 0x3ffff0) (i32.const 0) (i32.const 16)))
(assert_return (invoke "load8" (i64.const 0x3fffff)) (i32.const 0x66))
(assert_return (invoke "copy" (i64.const 0x10000) (i64.const 0x3ffff0) (i64.const 16)))
(assert_return (invoke "load8" (i64.const 0x1000f)) (i32.const 0x66))
(assert_return (invoke "copy" (i64.const 0x3ffff0) (i64.const 0x20000) (i64.const 16)))
(assert_return (invoke "all" (i64.const 0x3ffff0) (i32.const 16) (i32.const 7)) (i32.const 1))
