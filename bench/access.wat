;; access: workloads for bench.c, which runs the same code in a process and on plain memory. Each function works on the $size
;; bytes from address $at on, $rounds times, and returns a checksum; $size is a power of two, 512 KiB or more.
(module
  (import "env" "memory" (memory 1))
  ;; No memory at all: a pseudo-random number for each word that the others would touch.
  (func (export "compute") (param $at i32) (param $size i32) (param $rounds i32) (result i32)
    (local $i i32) (local $x i32)
    (local.set $x (i32.const 2463534242))
    (loop $round
      (local.set $i (i32.shr_u (local.get $size) (i32.const 2)))
      (loop $next
        (local.set $x (i32.xor (local.get $x) (i32.shl (local.get $x) (i32.const 13))))
        (local.set $x (i32.xor (local.get $x) (i32.shr_u (local.get $x) (i32.const 17))))
        (local.set $x (i32.xor (local.get $x) (i32.shl (local.get $x) (i32.const 5))))
        (br_if $next (local.tee $i (i32.sub (local.get $i) (i32.const 1)))))
      (br_if $round (local.tee $rounds (i32.sub (local.get $rounds) (i32.const 1)))))
    (local.get $x))
  ;; Writes each 32-bit word and reads it back: words of one page after another.
  (func (export "sweep") (param $at i32) (param $size i32) (param $rounds i32) (result i32)
    (local $p i32) (local $end i32) (local $sum i32)
    (local.set $end (i32.add (local.get $at) (local.get $size)))
    (loop $round
      (local.set $p (local.get $at))
      (loop $next
        (i32.store (local.get $p) (i32.add (local.get $p) (local.get $rounds)))
        (local.set $sum (i32.add (local.get $sum) (i32.load (local.get $p))))
        (br_if $next (i32.lt_u (local.tee $p (i32.add (local.get $p) (i32.const 4))) (local.get $end))))
      (br_if $round (local.tee $rounds (i32.sub (local.get $rounds) (i32.const 1)))))
    (local.get $sum))
  ;; The same number of accesses, each on another page than the one before.
  (func (export "stride") (param $at i32) (param $size i32) (param $rounds i32) (result i32)
    (local $k i32) (local $p i32) (local $sum i32)
    (loop $round
      (local.set $k (i32.const 0))
      (loop $next
        (local.set $p
          (i32.add (local.get $at)
            (i32.and (i32.mul (local.get $k) (i32.const 69692)) (i32.sub (local.get $size) (i32.const 4)))))
        (i32.store (local.get $p) (i32.add (local.get $k) (local.get $rounds)))
        (local.set $sum (i32.add (local.get $sum) (i32.load (local.get $p))))
        (local.set $k (i32.add (local.get $k) (i32.const 1)))
        (br_if $next (i32.lt_u (local.get $k) (i32.div_u (local.get $size) (i32.const 4)))))
      (br_if $round (local.tee $rounds (i32.sub (local.get $rounds) (i32.const 1)))))
    (local.get $sum))
  ;; Follows pointers: each word holds the address of another, and all are in one ring that jumps about.
  (func (export "chase") (param $at i32) (param $size i32) (param $rounds i32) (result i32)
    (local $i i32) (local $next i32) (local $words i32)
    (local.set $words (i32.shr_u (local.get $size) (i32.const 2)))
    (loop $make
      (local.set $next
        (i32.and (i32.add (i32.mul (local.get $i) (i32.const 5)) (i32.const 12345))
          (i32.sub (local.get $words) (i32.const 1))))
      (i32.store (i32.add (local.get $at) (i32.shl (local.get $i) (i32.const 2)))
        (i32.add (local.get $at) (i32.shl (local.get $next) (i32.const 2))))
      (br_if $make (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $words))))
    (local.set $next (local.get $at))
    (loop $round
      (local.set $i (local.get $words))
      (loop $follow
        (local.set $next (i32.load (local.get $next)))
        (br_if $follow (local.tee $i (i32.sub (local.get $i) (i32.const 1)))))
      (br_if $round (local.tee $rounds (i32.sub (local.get $rounds) (i32.const 1)))))
    (local.get $next))
  ;; Bytes: the sieve of Eratosthenes up to $size. Counts the primes.
  (func (export "sieve") (param $at i32) (param $size i32) (param $rounds i32) (result i32)
    (local $i i32) (local $k i32) (local $primes i32)
    (loop $round
      (memory.fill (local.get $at) (i32.const 0) (local.get $size))
      (local.set $primes (i32.const 0))
      (local.set $i (i32.const 2))
      (loop $next
        (if (i32.eqz (i32.load8_u (i32.add (local.get $at) (local.get $i))))
          (then
            (local.set $primes (i32.add (local.get $primes) (i32.const 1)))
            (local.set $k (i32.add (local.get $i) (local.get $i)))
            (block $done
              (loop $strike
                (br_if $done (i32.ge_u (local.get $k) (local.get $size)))
                (i32.store8 (i32.add (local.get $at) (local.get $k)) (i32.const 1))
                (local.set $k (i32.add (local.get $k) (local.get $i)))
                (br $strike)))))
        (br_if $next (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $size))))
      (br_if $round (local.tee $rounds (i32.sub (local.get $rounds) (i32.const 1)))))
    (local.get $primes))
  ;; 64-bit floats: the product of two matrices of 128 rows and columns.
  (func (export "matrix") (param $at i32) (param $size i32) (param $rounds i32) (result i32)
    (local $i i32) (local $j i32) (local $k i32) (local $sum f64) (local $row i32) (local $p i32)
    (loop $set
      (f64.store (i32.add (local.get $at) (i32.shl (local.get $i) (i32.const 3)))
        (f64.convert_i32_u (i32.and (local.get $i) (i32.const 1023))))
      (br_if $set (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 32768))))
    (loop $round
      (local.set $i (i32.const 0))
      (loop $rows
        (local.set $row (i32.add (local.get $at) (i32.shl (local.get $i) (i32.const 10))))
        (local.set $j (i32.const 0))
        (loop $columns
          (local.set $sum (f64.const 0))
          (local.set $k (i32.const 0))
          (local.set $p (i32.add (local.get $at) (i32.shl (local.get $j) (i32.const 3))))
          (loop $terms
            (local.set $sum
              (f64.add (local.get $sum)
                (f64.mul
                  (f64.load (i32.add (local.get $row) (i32.shl (local.get $k) (i32.const 3))))
                  (f64.load offset=131072 (local.get $p)))))
            (local.set $p (i32.add (local.get $p) (i32.const 1024)))
            (br_if $terms (i32.lt_u (local.tee $k (i32.add (local.get $k) (i32.const 1))) (i32.const 128))))
          (f64.store offset=262144 (i32.add (local.get $row) (i32.shl (local.get $j) (i32.const 3))) (local.get $sum))
          (br_if $columns (i32.lt_u (local.tee $j (i32.add (local.get $j) (i32.const 1))) (i32.const 128))))
        (br_if $rows (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 128))))
      (br_if $round (local.tee $rounds (i32.sub (local.get $rounds) (i32.const 1)))))
    (i32.trunc_sat_f64_u (local.get $sum)))
  ;; Bulk operations on 64 KiB at a time: copies each piece to the next.
  (func (export "copy") (param $at i32) (param $size i32) (param $rounds i32) (result i32)
    (local $p i32) (local $end i32)
    (local.set $end (i32.sub (i32.add (local.get $at) (local.get $size)) (i32.const 65536)))
    (memory.fill (local.get $at) (local.get $rounds) (i32.const 65536))
    (loop $round
      (local.set $p (local.get $at))
      (loop $next
        (memory.copy (i32.add (local.get $p) (i32.const 65536)) (local.get $p) (i32.const 65536))
        (br_if $next (i32.lt_u (local.tee $p (i32.add (local.get $p) (i32.const 65536))) (local.get $end))))
      (br_if $round (local.tee $rounds (i32.sub (local.get $rounds) (i32.const 1)))))
    (i32.load (local.get $end))))
