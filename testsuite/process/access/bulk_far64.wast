;;; rules: access.bulk, access.inaccessible, access.out-of-extent
;;; profile: strict
;;; features: memory64, bulk_memory
;;; pair: none, since wasm32 has no lengths beyond 2^32
;;; description: All 64 bits of a length and of an address count: a bulk operation over more than 4 GiB with a hole traps, and writes nothing.

(process (memory i64 0x20000))
(module
  (func $mmap (export "mmap") (import "process" "mmap") (param i64 i64) (result i64))
  (memory (import "env" "memory") i64 1)
  (data $d "0123456789abcdef")
  (func (export "fill") (param i64 i32 i64) (memory.fill (local.get 0) (local.get 1) (local.get 2)))
  (func (export "copy") (param i64 i64 i64) (memory.copy (local.get 0) (local.get 1) (local.get 2)))
  (func (export "init") (param i64) (memory.init $d (local.get 0) (i32.const 0) (i32.const 16)))
  (func (export "load") (param i64) (result i32) (i32.load8_u (local.get 0))))
;; A page below 4 GiB, and one above.
(assert_return (invoke "mmap" (i64.const 0x80000) (i64.const 1)) (i64.const 0x80000))
(assert_return (invoke "mmap" (i64.const 0x100080000) (i64.const 1)) (i64.const 0x100080000))
(assert_return (invoke "fill" (i64.const 0x80000) (i32.const 1) (i64.const 0x10000)))
(assert_return (invoke "fill" (i64.const 0x100080000) (i32.const 2) (i64.const 0x10000)))

;; The lower 32 bits of these lengths are 16, or 0: the rest of the range is not mapped, or is outside the address space.
(assert_trap (invoke "fill" (i64.const 0x80000) (i32.const 9) (i64.const 0x100000010)) "out of bounds memory access")
(assert_trap (invoke "fill" (i64.const 0x80000) (i32.const 9) (i64.const 0x100000000)) "out of bounds memory access")
(assert_trap (invoke "fill" (i64.const 0x80000) (i32.const 9) (i64.const 0x300000010)) "out of bounds memory access")
(assert_trap (invoke "copy" (i64.const 0x100080000) (i64.const 0x80000) (i64.const 0x100000010)) "out of bounds memory access")
(assert_trap (invoke "copy" (i64.const 0x80000) (i64.const 0x100080000) (i64.const 0x100000010)) "out of bounds memory access")
(assert_trap (invoke "copy" (i64.const 0x80000) (i64.const 0x80000) (i64.const 0x100000010)) "out of bounds memory access")
(assert_trap (invoke "copy" (i64.const 0x80000) (i64.const 0x100080000) (i64.const 0x300000010)) "out of bounds memory access")
(assert_return (invoke "load" (i64.const 0x80000)) (i32.const 1))
(assert_return (invoke "load" (i64.const 0x8000f)) (i32.const 1))
(assert_return (invoke "load" (i64.const 0x100080000)) (i32.const 2))
(assert_return (invoke "load" (i64.const 0x10008000f)) (i32.const 2))

;; The page at the lower 32 bits of an address is another one.
(assert_trap (invoke "init" (i64.const 0x200080000)) "out of bounds memory access")
(assert_trap (invoke "init" (i64.const 0x180080000)) "out of bounds memory access")
(assert_trap (invoke "fill" (i64.const 0x180080000) (i32.const 9) (i64.const 16)) "out of bounds memory access")
(assert_return (invoke "load" (i64.const 0x80000)) (i32.const 1))
(assert_return (invoke "init" (i64.const 0x100080000)))
(assert_return (invoke "load" (i64.const 0x80000)) (i32.const 1))
(assert_return (invoke "load" (i64.const 0x100080001)) (i32.const 0x31))
(assert_return (invoke "copy" (i64.const 0x80000) (i64.const 0x100080000) (i64.const 1)))
(assert_return (invoke "load" (i64.const 0x80000)) (i32.const 0x30))
(assert_return (invoke "load" (i64.const 0x100080000)) (i32.const 0x30))
