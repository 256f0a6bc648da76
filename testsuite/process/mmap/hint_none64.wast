;;; rules: mmap.hint.none, mmap.result
;;; features: memory64
;;; description: Without a hint the platform finds free pages, which need not be the lowest or in order.

(process (memory i64 64))
(module
  (import "process" "mmap" (func $mmap (param i64 i64) (result i64)))
  (import "env" "memory" (memory i64 1))
  ;; Maps $n pages. 1 if the address is as mmap guarantees.
  (func (export "map") (param $n i64) (result i32)
    (local $a i64) (local $bytes i64)
    (local.set $bytes (i64.mul (local.get $n) (i64.const 0x10000)))
    (local.set $a (call $mmap (i64.const 0) (local.get $bytes)))
    (if (i64.lt_u (local.get $a) (i64.const 0x10000)) (then (return (i32.const 0))))
    (if (i64.gt_u (local.get $a) (i64.sub (i64.const 0x400000) (local.get $bytes))) (then (return (i32.const 0))))
    (if (i64.ne (i64.and (local.get $a) (i64.const 0xffff)) (i64.const 0)) (then (return (i32.const 0))))
    ;; Every byte was zero until now: no mapping overlaps an earlier one.
    (loop $byte
      (local.set $bytes (i64.sub (local.get $bytes) (i64.const 0x1000)))
      (if (i32.load8_u (i64.add (local.get $a) (local.get $bytes))) (then (return (i32.const 0))))
      (i32.store8 (i64.add (local.get $a) (local.get $bytes)) (i32.const 1))
      (br_if $byte (i64.ne (local.get $bytes) (i64.const 0))))
    (i32.const 1)))
(assert_return (invoke "map" (i64.const 1)) (i32.const 1))
(assert_return (invoke "map" (i64.const 2)) (i32.const 1))
(assert_return (invoke "map" (i64.const 3)) (i32.const 1))
(assert_return (invoke "map" (i64.const 1)) (i32.const 1))
(assert_return (invoke "map" (i64.const 5)) (i32.const 1))
(assert_return (invoke "map" (i64.const 1)) (i32.const 1))
(assert_return (invoke "map" (i64.const 7)) (i32.const 1))
