;;; rules: access.bulk, access.inaccessible
;;; profile: strict
;;; features: bulk_memory
;;; description: memory.fill, memory.copy and memory.init check the whole source and destination: if either has a hole, nothing is written.

(process (memory 64))
(module
  (func $mmap (export "mmap") (import "process" "mmap") (param i32 i64) (result i32))
  (func $munmap (export "munmap") (import "process" "munmap") (param i32 i64) (result i32))
  (memory (import "env" "memory") 1)
  (data $d "0123456789abcdef")
  (func (export "fill") (param i32 i32 i32) (memory.fill (local.get 0) (local.get 1) (local.get 2)))
  (func (export "copy") (param i32 i32 i32) (memory.copy (local.get 0) (local.get 1) (local.get 2)))
  (func (export "init") (param i32 i32 i32) (memory.init $d (local.get 0) (local.get 1) (local.get 2)))
  (func $all (param $at i32) (param $n i32) (param $byte i32) (result i32)
    (loop $next
      (if (i32.eqz (local.get $n)) (then (return (i32.const 1))))
      (if (i32.ne (i32.load8_u (local.get $at)) (local.get $byte)) (then (return (i32.const 0))))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (local.set $n (i32.sub (local.get $n) (i32.const 1)))
      (br $next))
    (unreachable))
  ;; 1 if pages 16 to 18, 20 to 22 and 32 to 38 hold what was first written to them.
  (func (export "untouched") (result i32)
    (i32.and
      (i32.and (call $all (i32.const 0x100000) (i32.const 0x30000) (i32.const 1))
               (call $all (i32.const 0x140000) (i32.const 0x30000) (i32.const 2)))
      (call $all (i32.const 0x200000) (i32.const 0x70000) (i32.const 3)))))
;; Pages 16 to 22 except 19, and pages 32 to 38.
(assert_return (invoke "mmap" (i32.const 0x100000) (i64.const 0x70000)) (i32.const 0x100000))
(assert_return (invoke "munmap" (i32.const 0x130000) (i64.const 0x10000)) (i32.const 1))
(assert_return (invoke "mmap" (i32.const 0x200000) (i64.const 0x70000)) (i32.const 0x200000))
(assert_return (invoke "fill" (i32.const 0x100000) (i32.const 1) (i32.const 0x30000)))
(assert_return (invoke "fill" (i32.const 0x140000) (i32.const 2) (i32.const 0x30000)))
(assert_return (invoke "fill" (i32.const 0x200000) (i32.const 3) (i32.const 0x70000)))
(assert_return (invoke "untouched") (i32.const 1))

;; memory.fill: the hole covers the last byte, the last page, the start, the middle, or the whole range.
(assert_trap (invoke "fill" (i32.const 0x12ffff) (i32.const 9) (i32.const 2)) "out of bounds memory access")
(assert_trap (invoke "fill" (i32.const 0x100000) (i32.const 9) (i32.const 0x30001)) "out of bounds memory access")
(assert_trap (invoke "fill" (i32.const 0x100000) (i32.const 9) (i32.const 0x40000)) "out of bounds memory access")
(assert_trap (invoke "fill" (i32.const 0x13ffff) (i32.const 9) (i32.const 2)) "out of bounds memory access")
(assert_trap (invoke "fill" (i32.const 0x130000) (i32.const 9) (i32.const 0x40000)) "out of bounds memory access")
(assert_trap (invoke "fill" (i32.const 0x100000) (i32.const 9) (i32.const 0x70000)) "out of bounds memory access")
(assert_trap (invoke "fill" (i32.const 0x130000) (i32.const 9) (i32.const 0x10000)) "out of bounds memory access")
(assert_trap (invoke "fill" (i32.const 0x130000) (i32.const 9) (i32.const 1)) "out of bounds memory access")
;; Both ends are mapped, but not the pages between; all but the last byte is mapped.
(assert_trap (invoke "fill" (i32.const 0x160000) (i32.const 9) (i32.const 0xb0000)) "out of bounds memory access")
(assert_trap (invoke "fill" (i32.const 0x200000) (i32.const 9) (i32.const 0x70001)) "out of bounds memory access")
(assert_trap (invoke "fill" (i32.const 0x1fffff) (i32.const 9) (i32.const 0x70001)) "out of bounds memory access")
(assert_return (invoke "untouched") (i32.const 1))

;; memory.copy: a hole in the destination;
(assert_trap (invoke "copy" (i32.const 0x100000) (i32.const 0x200000) (i32.const 0x30001)) "out of bounds memory access")
(assert_trap (invoke "copy" (i32.const 0x100000) (i32.const 0x200000) (i32.const 0x70000)) "out of bounds memory access")
(assert_trap (invoke "copy" (i32.const 0x13ffff) (i32.const 0x200000) (i32.const 2)) "out of bounds memory access")
(assert_trap (invoke "copy" (i32.const 0x12fff0) (i32.const 0x200000) (i32.const 17)) "out of bounds memory access")
(assert_trap (invoke "copy" (i32.const 0x130000) (i32.const 0x200000) (i32.const 1)) "out of bounds memory access")
;; in the source;
(assert_trap (invoke "copy" (i32.const 0x200000) (i32.const 0x100000) (i32.const 0x30001)) "out of bounds memory access")
(assert_trap (invoke "copy" (i32.const 0x200000) (i32.const 0x100000) (i32.const 0x70000)) "out of bounds memory access")
(assert_trap (invoke "copy" (i32.const 0x200000) (i32.const 0x13ffff) (i32.const 2)) "out of bounds memory access")
(assert_trap (invoke "copy" (i32.const 0x200000) (i32.const 0x12fff0) (i32.const 17)) "out of bounds memory access")
(assert_trap (invoke "copy" (i32.const 0x200000) (i32.const 0x130000) (i32.const 1)) "out of bounds memory access")
;; in both, and in ranges that overlap, in either direction.
(assert_trap (invoke "copy" (i32.const 0x120000) (i32.const 0x128000) (i32.const 0x20000)) "out of bounds memory access")
(assert_trap (invoke "copy" (i32.const 0x128000) (i32.const 0x120000) (i32.const 0x20000)) "out of bounds memory access")
(assert_trap (invoke "copy" (i32.const 0x100001) (i32.const 0x100000) (i32.const 0x30000)) "out of bounds memory access")
(assert_trap (invoke "copy" (i32.const 0x100000) (i32.const 0x100001) (i32.const 0x30000)) "out of bounds memory access")
(assert_trap (invoke "copy" (i32.const 0x140000) (i32.const 0x13ffff) (i32.const 0x20000)) "out of bounds memory access")
(assert_trap (invoke "copy" (i32.const 0x13ffff) (i32.const 0x140000) (i32.const 0x20000)) "out of bounds memory access")
(assert_trap (invoke "copy" (i32.const 0x130000) (i32.const 0x130000) (i32.const 1)) "out of bounds memory access")
(assert_return (invoke "untouched") (i32.const 1))

;; memory.init: the destination ends in the hole, begins in it, or lies in it.
(assert_trap (invoke "init" (i32.const 0x12fff1) (i32.const 0) (i32.const 16)) "out of bounds memory access")
(assert_trap (invoke "init" (i32.const 0x13fff1) (i32.const 0) (i32.const 16)) "out of bounds memory access")
(assert_trap (invoke "init" (i32.const 0x13ffff) (i32.const 5) (i32.const 2)) "out of bounds memory access")
(assert_trap (invoke "init" (i32.const 0x130000) (i32.const 0) (i32.const 1)) "out of bounds memory access")
;; The segment is too short, the destination is mapped; and the reverse.
(assert_trap (invoke "init" (i32.const 0x100000) (i32.const 0) (i32.const 17)) "out of bounds memory access")
(assert_trap (invoke "init" (i32.const 0x100000) (i32.const 15) (i32.const 2)) "out of bounds memory access")
(assert_trap (invoke "init" (i32.const 0x12ffff) (i32.const 0) (i32.const 16)) "out of bounds memory access")
(assert_return (invoke "untouched") (i32.const 1))

;; The bytes next to the hole can be written; page 19 is zero when mapped again.
(assert_return (invoke "init" (i32.const 0x12fff0) (i32.const 0) (i32.const 16)))
(assert_return (invoke "init" (i32.const 0x140000) (i32.const 0) (i32.const 16)))
(assert_return (invoke "copy" (i32.const 0x200000) (i32.const 0x12fff0) (i32.const 16)))
(assert_return (invoke "fill" (i32.const 0x12ffff) (i32.const 8) (i32.const 1)))
(assert_return (invoke "mmap" (i32.const 0x130000) (i64.const 0x10000)) (i32.const 0x130000))
(assert_return (invoke "copy" (i32.const 0x100000) (i32.const 0x130000) (i32.const 0x10000)))
(assert_return (invoke "untouched") (i32.const 0))
