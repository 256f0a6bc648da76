;;; rules: mmap.hint.none, mmap.result
;;; description: Without a hint the platform finds free pages, which need not be the lowest or in order.

(process (memory 64))
(module
  (import "process" "mmap" (func $mmap (param i32 i64) (result i32)))
  (import "env" "memory" (memory 1))
  ;; Maps $n pages. 1 if the address is as mmap guarantees.
  (func (export "map") (param $n i32) (result i32)
    (local $a i32) (local $bytes i32)
    (local.set $bytes (i32.mul (local.get $n) (i32.const 0x10000)))
    (local.set $a (call $mmap (i32.const 0) (i64.extend_i32_u (local.get $bytes))))
    (if (i32.lt_u (local.get $a) (i32.const 0x10000)) (then (return (i32.const 0))))
    (if (i32.gt_u (local.get $a) (i32.sub (i32.const 0x400000) (local.get $bytes))) (then (return (i32.const 0))))
    (if (i32.ne (i32.and (local.get $a) (i32.const 0xffff)) (i32.const 0)) (then (return (i32.const 0))))
    ;; Every byte was zero until now: no mapping overlaps an earlier one.
    (loop $byte
      (local.set $bytes (i32.sub (local.get $bytes) (i32.const 0x1000)))
      (if (i32.load8_u (i32.add (local.get $a) (local.get $bytes))) (then (return (i32.const 0))))
      (i32.store8 (i32.add (local.get $a) (local.get $bytes)) (i32.const 1))
      (br_if $byte (i32.ne (local.get $bytes) (i32.const 0))))
    (i32.const 1)))
(assert_return (invoke "map" (i32.const 1)) (i32.const 1))
(assert_return (invoke "map" (i32.const 2)) (i32.const 1))
(assert_return (invoke "map" (i32.const 3)) (i32.const 1))
(assert_return (invoke "map" (i32.const 1)) (i32.const 1))
(assert_return (invoke "map" (i32.const 5)) (i32.const 1))
(assert_return (invoke "map" (i32.const 1)) (i32.const 1))
(assert_return (invoke "map" (i32.const 7)) (i32.const 1))
