;; matmul.c by hand. Matrices of 160 x 160 f64, 204,800 bytes each: A at 1024, B at 205824, C at 410624.
(module
  (memory 10)
  ;; The offset of element [$i][$j].
  (func $at (param $i i32) (param $j i32) (result i32)
    (i32.mul (i32.add (i32.mul (local.get $i) (i32.const 160)) (local.get $j)) (i32.const 8)))
  (func $multiply
    (local $i i32) (local $j i32) (local $k i32) (local $pa i32) (local $pb i32) (local $sum f64)
    (loop $rows
      (local.set $j (i32.const 0))
      (loop $columns
        (local.set $sum (f64.const 0))
        (local.set $k (i32.const 0))
        (local.set $pa (call $at (local.get $i) (i32.const 0)))
        (local.set $pb (call $at (i32.const 0) (local.get $j)))
        (loop $terms
          (local.set $sum
            (f64.add (local.get $sum)
              (f64.mul (f64.load offset=1024 (local.get $pa)) (f64.load offset=205824 (local.get $pb)))))
          (local.set $pa (i32.add (local.get $pa) (i32.const 8)))
          (local.set $pb (i32.add (local.get $pb) (i32.const 1280)))
          (br_if $terms (i32.lt_s (local.tee $k (i32.add (local.get $k) (i32.const 1))) (i32.const 160))))
        (f64.store offset=410624 (call $at (local.get $i) (local.get $j)) (local.get $sum))
        (br_if $columns (i32.lt_s (local.tee $j (i32.add (local.get $j) (i32.const 1))) (i32.const 160))))
      (br_if $rows (i32.lt_s (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 160)))))
  (func $fill
    (local $i i32) (local $j i32)
    (loop $rows
      (local.set $j (i32.const 0))
      (loop $columns
        (f64.store offset=1024 (call $at (local.get $i) (local.get $j))
          (f64.convert_i32_s
            (i32.rem_s (i32.add (local.get $i) (i32.mul (i32.const 2) (local.get $j))) (i32.const 7))))
        (f64.store offset=205824 (call $at (local.get $i) (local.get $j))
          (f64.convert_i32_s
            (i32.rem_s (i32.add (i32.mul (i32.const 3) (local.get $i)) (local.get $j)) (i32.const 5))))
        (br_if $columns (i32.lt_s (local.tee $j (i32.add (local.get $j) (i32.const 1))) (i32.const 160))))
      (br_if $rows (i32.lt_s (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 160)))))
  (func (export "run") (result i32)
    (local $r i32) (local $i i32) (local $sum f64)
    (call $fill)
    (loop $rounds
      (call $multiply)
      (f64.store offset=1024 (call $at (local.get $r) (local.get $r))
        (f64.add (f64.load offset=1024 (call $at (local.get $r) (local.get $r))) (f64.const 1)))
      (local.set $i (i32.const 0))
      (loop $rows
        (local.set $sum
          (f64.add (local.get $sum)
            (f64.load offset=410624
              (call $at (local.get $i)
                (i32.rem_s (i32.add (i32.mul (local.get $i) (i32.const 7)) (local.get $r)) (i32.const 160))))))
        (br_if $rows (i32.lt_s (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 160))))
      (br_if $rounds (i32.lt_s (local.tee $r (i32.add (local.get $r) (i32.const 1))) (i32.const 4))))
    (i32.trunc_f64_u (local.get $sum))))
