;; mix.c by hand. Nodes of 8 bytes (next, key, value) from 1024; 16-bit matrices at 4096 and 5376, their product at 8192;
;; counts of states at 12288; the text at 16384.
(module
  (memory 1)
  (data (i32.const 16384) "5012,-874,3.1415e-2,abc,+122,0x1F,T0.3e-1F,-110.700,+0.64400,5.500e+3,-.123e-2,\00")
  (func $crc16 (param $value i32) (param $crc i32) (result i32)
    (local $i i32) (local $bit i32)
    (loop $bits
      (local.set $bit (i32.and (i32.xor (local.get $value) (local.get $crc)) (i32.const 1)))
      (local.set $crc (i32.shr_u (local.get $crc) (i32.const 1)))
      (if (local.get $bit) (then (local.set $crc (i32.xor (local.get $crc) (i32.const 0xA001)))))
      (local.set $value (i32.shr_u (local.get $value) (i32.const 1)))
      (br_if $bits (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 16))))
    (local.get $crc))
  (func $build (param $seed i32) (result i32)
    (local $i i32) (local $p i32)
    (loop $next
      (local.set $p (i32.add (i32.const 1024) (i32.shl (local.get $i) (i32.const 3))))
      (i32.store (local.get $p)
        (select (i32.add (local.get $p) (i32.const 8)) (i32.const 0) (i32.lt_u (local.get $i) (i32.const 199))))
      (i32.store16 offset=4 (local.get $p)
        (i32.rem_u (i32.add (local.get $seed) (i32.mul (local.get $i) (i32.const 7))) (i32.const 211)))
      (i32.store16 offset=6 (local.get $p) (i32.xor (local.get $i) (local.get $seed)))
      (br_if $next (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 200))))
    (i32.const 1024))
  (func $find (param $list i32) (param $key i32) (result i32)
    (block $done
      (loop $next
        (br_if $done (i32.eqz (local.get $list)))
        (br_if $done (i32.eq (i32.load16_s offset=4 (local.get $list)) (local.get $key)))
        (local.set $list (i32.load (local.get $list)))
        (br $next)))
    (local.get $list))
  (func $reverse (param $list i32) (result i32)
    (local $done i32) (local $rest i32)
    (loop $next
      (if (local.get $list)
        (then
          (local.set $rest (i32.load (local.get $list)))
          (i32.store (local.get $list) (local.get $done))
          (local.set $done (local.get $list))
          (local.set $list (local.get $rest))
          (br $next))))
    (local.get $done))
  (func $use_list (param $seed i32) (param $crc i32) (result i32)
    (local $list i32) (local $key i32) (local $hit i32)
    (local.set $list (call $reverse (call $build (local.get $seed))))
    (loop $keys
      (local.set $hit (call $find (local.get $list) (i32.mul (local.get $key) (i32.const 5))))
      (local.set $crc
        (call $crc16
          (if (result i32) (local.get $hit)
            (then (i32.load16_s offset=6 (local.get $hit)))
            (else (i32.const 0xFFFF)))
          (local.get $crc)))
      (br_if $keys (i32.lt_u (local.tee $key (i32.add (local.get $key) (i32.const 1))) (i32.const 40))))
    (local.get $crc))
  ;; The offset of element [$i][$j] of a matrix of 16-bit integers.
  (func $at (param $i i32) (param $j i32) (result i32)
    (i32.shl (i32.add (i32.mul (local.get $i) (i32.const 24)) (local.get $j)) (i32.const 1)))
  (func $fill (param $seed i32)
    (local $i i32) (local $j i32)
    (loop $rows
      (local.set $j (i32.const 0))
      (loop $columns
        (i32.store16 offset=4096 (call $at (local.get $i) (local.get $j))
          (i32.add (i32.mul (local.get $i) (local.get $j)) (local.get $seed)))
        (i32.store16 offset=5376 (call $at (local.get $i) (local.get $j))
          (i32.xor (i32.sub (local.get $i) (local.get $j)) (local.get $seed)))
        (br_if $columns (i32.lt_u (local.tee $j (i32.add (local.get $j) (i32.const 1))) (i32.const 24))))
      (br_if $rows (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 24)))))
  (func $use_matrix (param $seed i32) (param $crc i32) (result i32)
    (local $i i32) (local $j i32) (local $k i32) (local $pl i32) (local $pr i32) (local $sum i32) (local $trace i32)
    (call $fill (local.get $seed))
    (loop $rows
      (local.set $j (i32.const 0))
      (loop $columns
        (local.set $sum (i32.const 0))
        (local.set $k (i32.const 0))
        (local.set $pl (call $at (local.get $i) (i32.const 0)))
        (local.set $pr (call $at (i32.const 0) (local.get $j)))
        (loop $terms
          (local.set $sum
            (i32.add (local.get $sum)
              (i32.mul (i32.load16_s offset=4096 (local.get $pl)) (i32.load16_s offset=5376 (local.get $pr)))))
          (local.set $pl (i32.add (local.get $pl) (i32.const 2)))
          (local.set $pr (i32.add (local.get $pr) (i32.const 48)))
          (br_if $terms (i32.lt_u (local.tee $k (i32.add (local.get $k) (i32.const 1))) (i32.const 24))))
        (i32.store offset=8192 (i32.shl (call $at (local.get $i) (local.get $j)) (i32.const 1)) (local.get $sum))
        (br_if $columns (i32.lt_u (local.tee $j (i32.add (local.get $j) (i32.const 1))) (i32.const 24))))
      (br_if $rows (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 24))))
    (local.set $i (i32.const 0))
    (loop $diagonal
      (local.set $trace
        (i32.add (local.get $trace)
          (i32.load offset=8192 (i32.shl (call $at (local.get $i) (local.get $i)) (i32.const 1)))))
      (br_if $diagonal (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 24))))
    (call $crc16 (local.get $trace) (local.get $crc)))
  ;; States: 0 start, 1 sign, 2 integer, 3 point, 4 fraction, 5 exponent, 6 exponent sign, 7 power, 8 bad.
  (func $step (param $state i32) (param $c i32) (result i32)
    (local $digit i32) (local $sign i32)
    (local.set $digit (i32.lt_u (i32.sub (local.get $c) (i32.const 48)) (i32.const 10)))
    (local.set $sign (i32.or (i32.eq (local.get $c) (i32.const 43)) (i32.eq (local.get $c) (i32.const 45))))
    (block $bad
      (block $power
        (block $exponent
          (block $fraction
            (block $integer
              (block $sign
                (block $start
                  (br_table $start $sign $integer $fraction $fraction $exponent $power $power $bad
                    (local.get $state)))
                (if (local.get $digit) (then (return (i32.const 2))))
                (if (local.get $sign) (then (return (i32.const 1))))
                (if (i32.eq (local.get $c) (i32.const 46)) (then (return (i32.const 3))))
                (br $bad))
              (if (local.get $digit) (then (return (i32.const 2))))
              (if (i32.eq (local.get $c) (i32.const 46)) (then (return (i32.const 3))))
              (br $bad))
            (if (local.get $digit) (then (return (i32.const 2))))
            (if (i32.eq (local.get $c) (i32.const 46)) (then (return (i32.const 4))))
            (br $bad))
          (if (local.get $digit) (then (return (i32.const 4))))
          (if (i32.eq (i32.or (local.get $c) (i32.const 32)) (i32.const 101)) (then (return (i32.const 5))))
          (br $bad))
        (if (local.get $digit) (then (return (i32.const 7))))
        (if (local.get $sign) (then (return (i32.const 6))))
        (br $bad))
      (if (local.get $digit) (then (return (i32.const 7)))))
    (i32.const 8))
  (func $use_states (param $crc i32) (result i32)
    (local $state i32) (local $p i32) (local $c i32) (local $i i32)
    (memory.fill (i32.const 12288) (i32.const 0) (i32.const 36))
    (local.set $p (i32.const 16384))
    (block $done
      (loop $next
        (br_if $done (i32.eqz (local.tee $c (i32.load8_u (local.get $p)))))
        (if (i32.eq (local.get $c) (i32.const 44))
          (then
            (local.set $i (i32.shl (local.get $state) (i32.const 2)))
            (i32.store offset=12288 (local.get $i)
              (i32.add (i32.load offset=12288 (local.get $i)) (i32.const 1)))
            (local.set $state (i32.const 0)))
          (else (local.set $state (call $step (local.get $state) (local.get $c)))))
        (local.set $p (i32.add (local.get $p) (i32.const 1)))
        (br $next)))
    (local.set $i (i32.const 0))
    (loop $counts
      (local.set $crc
        (call $crc16 (i32.load offset=12288 (i32.shl (local.get $i) (i32.const 2))) (local.get $crc)))
      (br_if $counts (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 9))))
    (local.get $crc))
  (func (export "run") (result i32)
    (local $r i32) (local $i i32) (local $crc i32)
    (loop $rounds
      (local.set $crc (call $use_list (local.get $r) (local.get $crc)))
      (local.set $crc (call $use_matrix (local.get $r) (local.get $crc)))
      (local.set $i (i32.const 0))
      (loop $again
        (local.set $crc (call $use_states (local.get $crc)))
        (br_if $again (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 4))))
      (br_if $rounds (i32.lt_u (local.tee $r (i32.add (local.get $r) (i32.const 1))) (i32.const 600))))
    (local.get $crc)))
