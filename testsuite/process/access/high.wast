;;; rules: access.inaccessible, access.straddle, access.bulk
;;; profile: strict
;;; features: bulk_memory
;;; pair: by hand, since the boundaries between addresses differ
;;; description: Addresses from 2^31 on are checked and accessed like any other: no address is taken for a negative number.

(process (memory 0x1_0000))
(module
  (func $mmap (export "mmap") (import "process" "mmap") (param i32 i64) (result i32))
  (memory (import "env" "memory") 1)
  (func (export "load8") (param i32) (result i32) (i32.load8_u (local.get 0)))
  (func (export "store8") (param i32 i32) (i32.store8 (local.get 0) (local.get 1)))
  (func (export "load64") (param i32) (result i64) (i64.load (local.get 0)))
  (func (export "store64") (param i32 i64) (i64.store (local.get 0) (local.get 1)))
  (func (export "fill") (param i32 i32 i32) (memory.fill (local.get 0) (local.get 1) (local.get 2)))
  (func (export "copy") (param i32 i32 i32) (memory.copy (local.get 0) (local.get 1) (local.get 2))))
;; The two pages at the boundary 0x80000000.
(assert_trap (invoke "load8" (i32.const 0x7fffffff)) "out of bounds memory access")
(assert_trap (invoke "load8" (i32.const 0x80000000)) "out of bounds memory access")
(assert_return (invoke "mmap" (i32.const 0x80000000) (i64.const 0x10000)) (i32.const 0x80000000))
(assert_trap (invoke "load64" (i32.const 0x7ffffffc)) "out of bounds memory access")
(assert_trap (invoke "store64" (i32.const 0x7ffffffc) (i64.const -1)) "out of bounds memory access")
(assert_trap (invoke "fill" (i32.const 0x7fffffff) (i32.const 1) (i32.const 0x10001)) "out of bounds memory access")
(assert_return (invoke "load64" (i32.const 0x80000000)) (i64.const 0))
(assert_return (invoke "mmap" (i32.const 0x7fff0000) (i64.const 0x10000)) (i32.const 0x7fff0000))
(assert_return (invoke "store64" (i32.const 0x7ffffffc) (i64.const 0x1011121314151617)))
(assert_return (invoke "load64" (i32.const 0x7ffffffc)) (i64.const 0x1011121314151617))
(assert_return (invoke "load8" (i32.const 0x80000000)) (i32.const 0x13))
(assert_return (invoke "copy" (i32.const 0x7fff7ffc) (i32.const 0x7ffffffc) (i32.const 0x10000)))
(assert_return (invoke "load64" (i32.const 0x7fff7ffc)) (i64.const 0x1011121314151617))
(assert_return (invoke "load64" (i32.const 0x7ffffffc)) (i64.const 0))
(assert_return (invoke "fill" (i32.const 0x7fff0000) (i32.const 241) (i32.const 0x20000)))
(assert_return (invoke "load8" (i32.const 0x7fff0000)) (i32.const 241))
(assert_return (invoke "load8" (i32.const 0x8000ffff)) (i32.const 241))
(assert_trap (invoke "load8" (i32.const 0x7ffeffff)) "out of bounds memory access")
(assert_trap (invoke "load8" (i32.const 0x80010000)) "out of bounds memory access")
(assert_trap (invoke "store64" (i32.const 0x8000ffff) (i64.const -1)) "out of bounds memory access")

;; The two pages at the boundary 0xfffe0000.
(assert_trap (invoke "load8" (i32.const 0xfffdffff)) "out of bounds memory access")
(assert_trap (invoke "load8" (i32.const 0xfffe0000)) "out of bounds memory access")
(assert_return (invoke "mmap" (i32.const 0xfffe0000) (i64.const 0x10000)) (i32.const 0xfffe0000))
(assert_trap (invoke "load64" (i32.const 0xfffdfffc)) "out of bounds memory access")
(assert_trap (invoke "store64" (i32.const 0xfffdfffc) (i64.const -1)) "out of bounds memory access")
(assert_trap (invoke "fill" (i32.const 0xfffdffff) (i32.const 1) (i32.const 0x10001)) "out of bounds memory access")
(assert_return (invoke "load64" (i32.const 0xfffe0000)) (i64.const 0))
(assert_return (invoke "mmap" (i32.const 0xfffd0000) (i64.const 0x10000)) (i32.const 0xfffd0000))
(assert_return (invoke "store64" (i32.const 0xfffdfffc) (i64.const 0x1111121314151617)))
(assert_return (invoke "load64" (i32.const 0xfffdfffc)) (i64.const 0x1111121314151617))
(assert_return (invoke "load8" (i32.const 0xfffe0000)) (i32.const 0x13))
(assert_return (invoke "copy" (i32.const 0xfffd7ffc) (i32.const 0xfffdfffc) (i32.const 0x10000)))
(assert_return (invoke "load64" (i32.const 0xfffd7ffc)) (i64.const 0x1111121314151617))
(assert_return (invoke "load64" (i32.const 0xfffdfffc)) (i64.const 0))
(assert_return (invoke "fill" (i32.const 0xfffd0000) (i32.const 242) (i32.const 0x20000)))
(assert_return (invoke "load8" (i32.const 0xfffd0000)) (i32.const 242))
(assert_return (invoke "load8" (i32.const 0xfffeffff)) (i32.const 242))
(assert_trap (invoke "load8" (i32.const 0xfffcffff)) "out of bounds memory access")
(assert_trap (invoke "load8" (i32.const 0xffff0000)) "out of bounds memory access")
(assert_trap (invoke "store64" (i32.const 0xfffeffff) (i64.const -1)) "out of bounds memory access")

;; Writes at one place have not changed the others.
(assert_return (invoke "load64" (i32.const 0x7ffffffc)) (i64.const 0xf1f1f1f1f1f1f1f1))
(assert_return (invoke "load64" (i32.const 0xfffdfffc)) (i64.const 0xf2f2f2f2f2f2f2f2))
