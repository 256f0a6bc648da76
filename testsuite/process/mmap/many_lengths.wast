;;; rules: mmap.exhausted, munmap.partial
;;; description: Runs of every length from 1 to 64 pages in one fragmented address space: each is found when it is the only one that fits.

(process (memory 4096))
(module
  (import "process" "mmap" (func $mmap (param i32 i64) (result i32)))
  (import "process" "munmap" (func $munmap (param i32 i64) (result i32)))
  ;; Run k begins at page 63 k and is k pages long; run 64 ends at page 4,096.
  (func $run (param $k i64) (result i32)
    (i32.wrap_i64 (i64.mul (local.get $k) (i64.const 0x3f0000))))
  (func $bytes (param $k i64) (result i64) (i64.mul (local.get $k) (i64.const 0x10000)))
  (func (export "map-all") (result i32) (call $mmap (i32.const 0) (i64.const 0xfff0000)))
  (func (export "free-runs") (result i32)
    (local $k i64) (local $n i32)
    (local.set $k (i64.const 1))
    (loop $next
      (local.set $n (i32.add (local.get $n) (call $munmap (call $run (local.get $k)) (call $bytes (local.get $k)))))
      (local.set $k (i64.add (local.get $k) (i64.const 1)))
      (br_if $next (i64.le_u (local.get $k) (i64.const 64))))
    (local.get $n))
  ;; From $k pages down, maps each length when only one run fits, since the longer ones are taken. Returns how many were found.
  (func (export "map-runs") (param $k i64) (result i32)
    (local $n i32)
    (loop $next
      (local.set $n (i32.add (local.get $n)
        (i32.eq (call $mmap (i32.const 0) (call $bytes (local.get $k))) (call $run (local.get $k)))))
      (local.set $k (i64.sub (local.get $k) (i64.const 1)))
      (br_if $next (i64.ne (local.get $k) (i64.const 0))))
    (local.get $n))
  (func (export "map") (param $length i64) (result i32) (call $mmap (i32.const 0) (local.get $length))))
(assert_return (invoke "map-all") (i32.const 0x10000))
(assert_return (invoke "map" (i64.const 1)) (i32.const 0))
(assert_return (invoke "free-runs") (i32.const 64))
;; Run 63 ends at page 4,032, where run 64 begins: together they are 127 pages.
(assert_return (invoke "map" (i64.const 0x800000)) (i32.const 0))
(assert_return (invoke "map" (i64.const 0x7f0000)) (i32.const 0xf810000))
(assert_return (invoke "map" (i64.const 0x3f0000)) (i32.const 0))
(assert_return (invoke "map-runs" (i64.const 62)) (i32.const 62))
(assert_return (invoke "map" (i64.const 1)) (i32.const 0))
