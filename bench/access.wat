;; access: loads and stores over a range of memory, for bench.c: the same code in a process and on plain memory.
(module
  (import "env" "memory" (memory 1))
  ;; Writes each 32-bit word of [$at, $at + $size) and reads it back, $rounds times: words of one page after another.
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
    (local.get $sum)))
