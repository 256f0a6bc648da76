;;; rules: access.bulk
;;; features: memory64, bulk_memory
;;; description: Bulk operations over many pages write every byte to its place, also if source and destination overlap at odd distances.

(process (memory i64 32))
(module
  (func $mmap (export "mmap") (import "process" "mmap") (param i64 i64) (result i64))
  (memory (import "env" "memory") i64 1)
  (data $d "0123456789abcdef")
  (func (export "fill") (param i64 i32 i64) (memory.fill (local.get 0) (local.get 1) (local.get 2)))
  (func (export "copy") (param i64 i64 i64) (memory.copy (local.get 0) (local.get 1) (local.get 2)))
  (func (export "init") (param i64 i32 i32) (memory.init $d (local.get 0) (local.get 1) (local.get 2)))
  (func (export "load8") (param i64) (result i32) (i32.load8_u (local.get 0)))
  (func (export "load64") (param i64) (result i64) (i64.load (local.get 0)))
  ;; Byte i of the pattern is the low byte of i + i / 256 + i / 65,536, so neither blocks of 256 bytes nor pages repeat.
  (func $byte (param $i i64) (result i64)
    (i64.and (i64.add (i64.add (local.get $i) (i64.shr_u (local.get $i) (i64.const 8))) (i64.shr_u (local.get $i) (i64.const 16)))
      (i64.const 0xff)))
  (func (export "write-pattern") (param $at i64) (param $n i64)
    (local $i i64)
    (loop $next
      (i64.store8 (i64.add (local.get $at) (local.get $i)) (call $byte (local.get $i)))
      (local.set $i (i64.add (local.get $i) (i64.const 1)))
      (br_if $next (i64.lt_u (local.get $i) (local.get $n)))))
  ;; 1 if the $n bytes at $at are those of the pattern from byte $from on.
  (func (export "is-pattern") (param $at i64) (param $n i64) (param $from i64) (result i32)
    (local $i i64)
    (loop $next
      (if (i64.ne (i64.load8_u (i64.add (local.get $at) (local.get $i))) (call $byte (i64.add (local.get $from) (local.get $i))))
        (then (return (i32.const 0))))
      (local.set $i (i64.add (local.get $i) (i64.const 1)))
      (br_if $next (i64.lt_u (local.get $i) (local.get $n))))
    (i32.const 1)))
(assert_return (invoke "mmap" (i64.const 0x10000) (i64.const 0xf0000)) (i64.const 0x10000))
(assert_return (invoke "mmap" (i64.const 0x100000) (i64.const 0x100000)) (i64.const 0x100000))

;; To a range that does not overlap, across the boundary of two mappings, on pages never accessed before.
(assert_return (invoke "write-pattern" (i64.const 0x20007) (i64.const 0x48009)))
(assert_return (invoke "copy" (i64.const 0xffff3) (i64.const 0x20007) (i64.const 0x48009)))
(assert_return (invoke "is-pattern" (i64.const 0xffff3) (i64.const 0x48009) (i64.const 0)) (i32.const 1))
(assert_return (invoke "is-pattern" (i64.const 0x20007) (i64.const 0x48009) (i64.const 0)) (i32.const 1))
(assert_return (invoke "load8" (i64.const 0xffff2)) (i32.const 0))
(assert_return (invoke "load8" (i64.const 0x147ffc)) (i32.const 0))

;; Upwards by one byte, by less than a page, by more than a page; downwards by similar distances.
(assert_return (invoke "copy" (i64.const 0x20008) (i64.const 0x20007) (i64.const 0x48009)))
(assert_return (invoke "is-pattern" (i64.const 0x20008) (i64.const 0x48009) (i64.const 0)) (i32.const 1))
(assert_return (invoke "load8" (i64.const 0x20007)) (i32.const 0))
(assert_return (invoke "copy" (i64.const 0x29005) (i64.const 0x20008) (i64.const 0x48009)))
(assert_return (invoke "is-pattern" (i64.const 0x29005) (i64.const 0x48009) (i64.const 0)) (i32.const 1))
(assert_return (invoke "is-pattern" (i64.const 0x20008) (i64.const 0x8ffd) (i64.const 0)) (i32.const 1))
(assert_return (invoke "copy" (i64.const 0x4cccc) (i64.const 0x29005) (i64.const 0x48009)))
(assert_return (invoke "is-pattern" (i64.const 0x4cccc) (i64.const 0x48009) (i64.const 0)) (i32.const 1))
(assert_return (invoke "copy" (i64.const 0x4cccb) (i64.const 0x4cccc) (i64.const 0x48009)))
(assert_return (invoke "is-pattern" (i64.const 0x4cccb) (i64.const 0x48009) (i64.const 0)) (i32.const 1))
(assert_return (invoke "copy" (i64.const 0x42223) (i64.const 0x4cccb) (i64.const 0x48009)))
(assert_return (invoke "is-pattern" (i64.const 0x42223) (i64.const 0x48009) (i64.const 0)) (i32.const 1))
(assert_return (invoke "copy" (i64.const 0x1fff9) (i64.const 0x42223) (i64.const 0x48009)))
(assert_return (invoke "is-pattern" (i64.const 0x1fff9) (i64.const 0x48009) (i64.const 0)) (i32.const 1))
;; By a whole number of pages, and by 0.
(assert_return (invoke "copy" (i64.const 0x3fff9) (i64.const 0x1fff9) (i64.const 0x48009)))
(assert_return (invoke "is-pattern" (i64.const 0x3fff9) (i64.const 0x48009) (i64.const 0)) (i32.const 1))
(assert_return (invoke "copy" (i64.const 0x3fff9) (i64.const 0x3fff9) (i64.const 0x48009)))
(assert_return (invoke "is-pattern" (i64.const 0x3fff9) (i64.const 0x48009) (i64.const 0)) (i32.const 1))

;; memory.fill writes the low byte of its value to the first byte, the last byte and no byte beyond.
(assert_return (invoke "fill" (i64.const 0x4fffe) (i32.const 0x1234ab) (i64.const 0x20003)))
(assert_return (invoke "is-pattern" (i64.const 0x3fff9) (i64.const 0x10005) (i64.const 0)) (i32.const 1))
(assert_return (invoke "load8" (i64.const 0x4fffe)) (i32.const 0xab))
(assert_return (invoke "load64" (i64.const 0x5fffc)) (i64.const 0xabababababababab))
(assert_return (invoke "load8" (i64.const 0x70000)) (i32.const 0xab))
(assert_return (invoke "is-pattern" (i64.const 0x70001) (i64.const 0x18001) (i64.const 0x30008)) (i32.const 1))

;; memory.init across a boundary.
(assert_return (invoke "init" (i64.const 0xfffff) (i32.const 3) (i32.const 9)))
(assert_return (invoke "load64" (i64.const 0xfffff)) (i64.const 0x6139383736353433))
(assert_return (invoke "load8" (i64.const 0x100007)) (i32.const 0x62))
