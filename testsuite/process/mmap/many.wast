;;; rules: mmap.exhausted, mmap.hint.free, munmap.true
;;; description: Thousands of mappings: every second page unmapped leaves no run of two, yet each page can be mapped again.

(process (memory 4096))
(module
  (import "process" "mmap" (func $mmap (param i32 i64) (result i32)))
  (import "process" "munmap" (func $munmap (param i32 i64) (result i32)))
  (import "env" "memory" (memory 1))
  (func $address (param $page i32) (result i32)
    (i32.mul (local.get $page) (i32.const 0x10000)))
  ;; Maps the pages 1 to 4095 one by one, each at its hint and in an order that jumps about (1,021 is prime and does
  ;; not divide 4,095), and writes its number to each. Returns how many succeeded.
  (func (export "map-each") (result i32)
    (local $i i32) (local $page i32) (local $a i32) (local $n i32)
    (loop $next
      (local.set $page
        (i32.add (i32.rem_u (i32.mul (local.get $i) (i32.const 1021)) (i32.const 4095)) (i32.const 1)))
      (local.set $a (call $mmap (call $address (local.get $page)) (i64.const 1)))
      (if (i32.eq (local.get $a) (call $address (local.get $page)))
        (then
          (i32.store (local.get $a) (local.get $page))
          (local.set $n (i32.add (local.get $n) (i32.const 1)))))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $i) (i32.const 4095))))
    (local.get $n))
  ;; Unmaps the odd pages. Returns how many succeeded.
  (func (export "unmap-odd") (result i32)
    (local $page i32) (local $n i32)
    (local.set $page (i32.const 1))
    (loop $next
      (local.set $n (i32.add (local.get $n) (call $munmap (call $address (local.get $page)) (i64.const 1))))
      (local.set $page (i32.add (local.get $page) (i32.const 2)))
      (br_if $next (i32.lt_u (local.get $page) (i32.const 4096))))
    (local.get $n))
  (func (export "map") (param $length i64) (result i32) (call $mmap (i32.const 0) (local.get $length)))
  ;; Maps single pages until no page is free. Returns their number, or -1 if one of them was not an odd, zeroed page.
  (func (export "map-rest") (result i32)
    (local $a i32) (local $n i32)
    (block $full
      (loop $next
        (local.set $a (call $mmap (i32.const 0) (i64.const 0x10000)))
        (br_if $full (i32.eqz (local.get $a)))
        (if (i32.ne (i32.and (local.get $a) (i32.const 0x1ffff)) (i32.const 0x10000)) (then (return (i32.const -1))))
        (if (i32.load (local.get $a)) (then (return (i32.const -1))))
        (i32.store (local.get $a) (i32.const -1))
        (local.set $n (i32.add (local.get $n) (i32.const 1)))
        (br $next)))
    (local.get $n))
  ;; Returns the number of even pages that still hold their own number.
  (func (export "even-pages-kept") (result i32)
    (local $page i32) (local $n i32)
    (local.set $page (i32.const 2))
    (loop $next
      (local.set $n (i32.add (local.get $n)
        (i32.eq (i32.load (call $address (local.get $page))) (local.get $page))))
      (local.set $page (i32.add (local.get $page) (i32.const 2)))
      (br_if $next (i32.lt_u (local.get $page) (i32.const 4096))))
    (local.get $n)))
(assert_return (invoke "map-each") (i32.const 4095))
(assert_return (invoke "map" (i64.const 1)) (i32.const 0))
(assert_return (invoke "unmap-odd") (i32.const 2048))
(assert_return (invoke "map" (i64.const 0x10001)) (i32.const 0))
(assert_return (invoke "even-pages-kept") (i32.const 2047))
(assert_return (invoke "map-rest") (i32.const 2048))
(assert_return (invoke "even-pages-kept") (i32.const 2047))
