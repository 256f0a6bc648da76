;; sieve.c by hand. The flags begin at address 1024.
(module
  (memory 32)
  (func $count (result i32)
    (local $i i32) (local $k i64) (local $primes i32)
    (loop $clear
      (i32.store8 offset=1024 (local.get $i) (i32.const 0))
      (br_if $clear (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 2000000))))
    (local.set $i (i32.const 2))
    (loop $next
      (if (i32.eqz (i32.load8_u offset=1024 (local.get $i)))
        (then
          (local.set $primes (i32.add (local.get $primes) (i32.const 1)))
          (local.set $k (i64.mul (i64.extend_i32_u (local.get $i)) (i64.extend_i32_u (local.get $i))))
          (block $done
            (loop $strike
              (br_if $done (i64.ge_u (local.get $k) (i64.const 2000000)))
              (i32.store8 offset=1024 (i32.wrap_i64 (local.get $k)) (i32.const 1))
              (local.set $k (i64.add (local.get $k) (i64.extend_i32_u (local.get $i))))
              (br $strike)))))
      (br_if $next (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 2000000))))
    (local.get $primes))
  (func (export "run") (result i32)
    (local $round i32) (local $sum i32)
    (loop $again
      (local.set $sum (i32.add (local.get $sum) (call $count)))
      (br_if $again (i32.lt_u (local.tee $round (i32.add (local.get $round) (i32.const 1))) (i32.const 4))))
    (local.get $sum)))
