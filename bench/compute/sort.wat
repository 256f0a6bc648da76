;; sort.c by hand. 100,000 items of 4 bytes from address 1024.
(module
  (memory 7)
  (func $sift (param $root i32) (param $end i32)
    (local $value i32) (local $child i32)
    (local.set $value (i32.load offset=1024 (i32.shl (local.get $root) (i32.const 2))))
    (block $done
      (loop $down
        (local.set $child (i32.add (i32.shl (local.get $root) (i32.const 1)) (i32.const 1)))
        (br_if $done (i32.ge_u (local.get $child) (local.get $end)))
        (if (i32.lt_u (i32.add (local.get $child) (i32.const 1)) (local.get $end))
          (then
            (if (i32.lt_u (i32.load offset=1024 (i32.shl (local.get $child) (i32.const 2)))
                          (i32.load offset=1028 (i32.shl (local.get $child) (i32.const 2))))
              (then (local.set $child (i32.add (local.get $child) (i32.const 1)))))))
        (br_if $done
          (i32.le_u (i32.load offset=1024 (i32.shl (local.get $child) (i32.const 2))) (local.get $value)))
        (i32.store offset=1024 (i32.shl (local.get $root) (i32.const 2))
          (i32.load offset=1024 (i32.shl (local.get $child) (i32.const 2))))
        (local.set $root (local.get $child))
        (br $down)))
    (i32.store offset=1024 (i32.shl (local.get $root) (i32.const 2)) (local.get $value)))
  (func $sort
    (local $i i32) (local $first i32)
    (local.set $i (i32.const 50000))
    (loop $build
      (local.set $i (i32.sub (local.get $i) (i32.const 1)))
      (call $sift (local.get $i) (i32.const 100000))
      (br_if $build (local.get $i)))
    (local.set $i (i32.const 99999))
    (loop $take
      (local.set $first (i32.load offset=1024 (i32.const 0)))
      (i32.store offset=1024 (i32.const 0) (i32.load offset=1024 (i32.shl (local.get $i) (i32.const 2))))
      (i32.store offset=1024 (i32.shl (local.get $i) (i32.const 2)) (local.get $first))
      (call $sift (i32.const 0) (local.get $i))
      (br_if $take (local.tee $i (i32.sub (local.get $i) (i32.const 1))))))
  (func (export "run") (result i32)
    (local $seed i32) (local $sum i32) (local $r i32) (local $i i32)
    (local.set $seed (i32.const 12345))
    (loop $rounds
      (local.set $i (i32.const 0))
      (loop $fill
        (local.set $seed
          (i32.add (i32.mul (local.get $seed) (i32.const 1664525)) (i32.const 1013904223)))
        (i32.store offset=1024 (i32.shl (local.get $i) (i32.const 2))
          (i32.shr_u (local.get $seed) (i32.const 8)))
        (br_if $fill (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 100000))))
      (call $sort)
      (local.set $i (i32.const 0))
      (loop $add
        (local.set $sum
          (i32.add (i32.mul (local.get $sum) (i32.const 31))
            (i32.load offset=1024 (i32.shl (local.get $i) (i32.const 2)))))
        (br_if $add (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 100000))))
      (br_if $rounds (i32.lt_u (local.tee $r (i32.add (local.get $r) (i32.const 1))) (i32.const 3))))
    (local.get $sum)))
