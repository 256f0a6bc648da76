;;; rules: mmap.length.zero, mmap.length.too-large, mmap.hint.taken, munmap.unaligned, munmap.length, munmap.range
;;; description: Neither function ever traps: all edge values of both arguments, in every combination.

(process (memory 4))
(module
  (import "process" "mmap" (func $mmap (param i32 i64) (result i32)))
  (import "process" "munmap" (func $munmap (param i32 i64) (result i32)))
  ;; Edges: 2^k - 1, 2^k and 2^k + 1 for k from 0 to 63, then 0 and -1 to -3.
  (func $edge (param $i i32) (result i64)
    (if (i32.ge_u (local.get $i) (i32.const 192))
      (then (return (i64.sub (i64.const 192) (i64.extend_i32_u (local.get $i))))))
    (i64.add
      (i64.shl (i64.const 1) (i64.extend_i32_u (i32.div_u (local.get $i) (i32.const 3))))
      (i64.sub (i64.extend_i32_u (i32.rem_u (local.get $i) (i32.const 3))) (i64.const 1))))
  (func $address (param $i i32) (result i32)
    (i32.wrap_i64 (call $edge (local.get $i))))
  ;; Calls both with every pair, and unmaps what was mapped. Returns how many results violate a rule.
  (func (export "all-pairs") (result i32)
    (local $i i32) (local $k i32) (local $a i32) (local $bad i32)
    (loop $i
      (local.set $k (i32.const 0))
      (loop $k
        (local.set $a (call $mmap (call $address (local.get $i)) (call $edge (local.get $k))))
        (if (i32.ne (local.get $a) (i32.const 0))
          (then
            ;; Aligned, on the pages 1 to 3.
            (if (i32.ne (i32.and (local.get $a) (i32.const -0x30001)) (i32.const 0))
              (then (local.set $bad (i32.add (local.get $bad) (i32.const 1)))))
            (if (i32.eqz (call $munmap (local.get $a) (call $edge (local.get $k))))
              (then (local.set $bad (i32.add (local.get $bad) (i32.const 1)))))))
        ;; munmap of an unaligned address or of length 0 never returns true.
        (if (call $munmap (call $address (local.get $i)) (call $edge (local.get $k)))
          (then
            (if (i32.ne (i32.and (call $address (local.get $i)) (i32.const 0xffff)) (i32.const 0))
              (then (local.set $bad (i32.add (local.get $bad) (i32.const 1)))))
            (if (i64.eqz (call $edge (local.get $k)))
              (then (local.set $bad (i32.add (local.get $bad) (i32.const 1)))))))
        (local.set $k (i32.add (local.get $k) (i32.const 1)))
        (br_if $k (i32.lt_u (local.get $k) (i32.const 196))))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $i (i32.lt_u (local.get $i) (i32.const 196))))
    (local.get $bad))
  (func (export "map-all") (result i32) (call $mmap (i32.const 0) (i64.const 0x30000))))
(assert_return (invoke "all-pairs") (i32.const 0))
(assert_return (invoke "map-all") (i32.const 0x10000))
