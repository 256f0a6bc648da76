;; sha256.c by hand. Constants k[64] at 0, filled in at the start; schedule w[64] at 256; state in globals.
(module
  (memory 1)
  (global $s0 (mut i32) (i32.const 0x6a09e667)) (global $s1 (mut i32) (i32.const 0xbb67ae85))
  (global $s2 (mut i32) (i32.const 0x3c6ef372)) (global $s3 (mut i32) (i32.const 0xa54ff53a))
  (global $s4 (mut i32) (i32.const 0x510e527f)) (global $s5 (mut i32) (i32.const 0x9b05688c))
  (global $s6 (mut i32) (i32.const 0x1f83d9ab)) (global $s7 (mut i32) (i32.const 0x5be0cd19))
  ;; The low and the high half of $a * $b.
  (func $wide (param $a i64) (param $b i64) (result i64 i64)
    (local $al i64) (local $ah i64) (local $bl i64) (local $bh i64) (local $mid i64) (local $low i64)
    (local.set $al (i64.and (local.get $a) (i64.const 0xffffffff)))
    (local.set $ah (i64.shr_u (local.get $a) (i64.const 32)))
    (local.set $bl (i64.and (local.get $b) (i64.const 0xffffffff)))
    (local.set $bh (i64.shr_u (local.get $b) (i64.const 32)))
    (local.set $low (i64.mul (local.get $al) (local.get $bl)))
    (local.set $mid
      (i64.add (i64.shr_u (local.get $low) (i64.const 32)) (i64.mul (local.get $ah) (local.get $bl))))
    (local.set $low
      (i64.add (i64.and (local.get $mid) (i64.const 0xffffffff)) (i64.mul (local.get $al) (local.get $bh))))
    (i64.mul (local.get $a) (local.get $b))
    (i64.add
      (i64.add (i64.mul (local.get $ah) (local.get $bh)) (i64.shr_u (local.get $mid) (i64.const 32)))
      (i64.shr_u (local.get $low) (i64.const 32))))
  ;; The first 32 bits of the fraction of the cube root of $p, which is not a cube: the largest r with r^3 < p * 2^96,
  ;; below 2^35.
  (func $cube_root (param $p i32) (result i32)
    (local $r i64) (local $t i64) (local $bit i64)
    (local $low i64) (local $high i64) (local $carry i64)
    (local.set $bit (i64.const 0x400000000))
    (loop $bits
      (local.set $t (i64.or (local.get $r) (local.get $bit)))
      (call $wide (local.get $t) (local.get $t))
      (local.set $high) ;; below 2^6
      (local.set $low)
      (call $wide (local.get $low) (local.get $t))
      (local.set $carry)
      (drop)
      ;; r^3 >> 96 is what the upper half of the product, 2^64 and up, has above its own lowest 32 bits.
      (if (i64.lt_u
            (i64.shr_u
              (i64.add (local.get $carry) (i64.mul (local.get $high) (local.get $t)))
              (i64.const 32))
            (i64.extend_i32_u (local.get $p)))
        (then (local.set $r (local.get $t))))
      (br_if $bits (i32.eqz (i64.eqz (local.tee $bit (i64.shr_u (local.get $bit) (i64.const 1)))))))
    (i32.wrap_i64 (local.get $r)))
  (func $constants
    (local $found i32) (local $p i32) (local $d i32)
    (local.set $p (i32.const 2))
    (loop $next
      (block $composite
        (local.set $d (i32.const 2))
        (block $prime
          (loop $try
            (br_if $prime (i32.gt_u (i32.mul (local.get $d) (local.get $d)) (local.get $p)))
            (br_if $composite (i32.eqz (i32.rem_u (local.get $p) (local.get $d))))
            (local.set $d (i32.add (local.get $d) (i32.const 1)))
            (br $try)))
        (i32.store (i32.shl (local.get $found) (i32.const 2)) (call $cube_root (local.get $p)))
        (local.set $found (i32.add (local.get $found) (i32.const 1))))
      (local.set $p (i32.add (local.get $p) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $found) (i32.const 64)))))
  (func $compress
    (local $a i32) (local $b i32) (local $c i32) (local $d i32) (local $e i32) (local $f i32) (local $g i32)
    (local $h i32) (local $t i32) (local $t1 i32) (local $t2 i32) (local $x i32) (local $y i32)
    (local.set $t (i32.const 64))
    (loop $schedule
      (local.set $x (i32.load offset=196 (local.get $t)))
      (local.set $y (i32.load offset=248 (local.get $t)))
      (i32.store offset=256 (local.get $t)
        (i32.add
          (i32.add (i32.load offset=192 (local.get $t)) (i32.load offset=228 (local.get $t)))
          (i32.add
            (i32.xor (i32.xor (i32.rotr (local.get $x) (i32.const 7)) (i32.rotr (local.get $x) (i32.const 18)))
                     (i32.shr_u (local.get $x) (i32.const 3)))
            (i32.xor (i32.xor (i32.rotr (local.get $y) (i32.const 17)) (i32.rotr (local.get $y) (i32.const 19)))
                     (i32.shr_u (local.get $y) (i32.const 10))))))
      (br_if $schedule (i32.lt_u (local.tee $t (i32.add (local.get $t) (i32.const 4))) (i32.const 256))))
    (local.set $a (global.get $s0)) (local.set $b (global.get $s1)) (local.set $c (global.get $s2))
    (local.set $d (global.get $s3)) (local.set $e (global.get $s4)) (local.set $f (global.get $s5))
    (local.set $g (global.get $s6)) (local.set $h (global.get $s7))
    (local.set $t (i32.const 0))
    (loop $rounds
      (local.set $t1
        (i32.add
          (i32.add
            (i32.add (local.get $h)
              (i32.xor (i32.xor (i32.rotr (local.get $e) (i32.const 6)) (i32.rotr (local.get $e) (i32.const 11)))
                       (i32.rotr (local.get $e) (i32.const 25))))
            (i32.xor (i32.and (local.get $e) (local.get $f))
                     (i32.and (i32.xor (local.get $e) (i32.const -1)) (local.get $g))))
          (i32.add (i32.load (local.get $t)) (i32.load offset=256 (local.get $t)))))
      (local.set $t2
        (i32.add
          (i32.xor (i32.xor (i32.rotr (local.get $a) (i32.const 2)) (i32.rotr (local.get $a) (i32.const 13)))
                   (i32.rotr (local.get $a) (i32.const 22)))
          (i32.xor (i32.xor (i32.and (local.get $a) (local.get $b)) (i32.and (local.get $a) (local.get $c)))
                   (i32.and (local.get $b) (local.get $c)))))
      (local.set $h (local.get $g)) (local.set $g (local.get $f)) (local.set $f (local.get $e))
      (local.set $e (i32.add (local.get $d) (local.get $t1)))
      (local.set $d (local.get $c)) (local.set $c (local.get $b)) (local.set $b (local.get $a))
      (local.set $a (i32.add (local.get $t1) (local.get $t2)))
      (br_if $rounds (i32.lt_u (local.tee $t (i32.add (local.get $t) (i32.const 4))) (i32.const 256))))
    (global.set $s0 (i32.add (global.get $s0) (local.get $a)))
    (global.set $s1 (i32.add (global.get $s1) (local.get $b)))
    (global.set $s2 (i32.add (global.get $s2) (local.get $c)))
    (global.set $s3 (i32.add (global.get $s3) (local.get $d)))
    (global.set $s4 (i32.add (global.get $s4) (local.get $e)))
    (global.set $s5 (i32.add (global.get $s5) (local.get $f)))
    (global.set $s6 (i32.add (global.get $s6) (local.get $g)))
    (global.set $s7 (i32.add (global.get $s7) (local.get $h))))
  (func (export "run") (result i32)
    (local $i i32) (local $k i32)
    (call $constants)
    (loop $blocks
      (local.set $k (i32.const 0))
      (loop $words
        (i32.store offset=256 (i32.shl (local.get $k) (i32.const 2))
          (i32.add (i32.shl (local.get $i) (i32.const 4)) (local.get $k)))
        (br_if $words (i32.lt_u (local.tee $k (i32.add (local.get $k) (i32.const 1))) (i32.const 16))))
      (call $compress)
      (br_if $blocks (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 24000))))
    (global.get $s0)))
