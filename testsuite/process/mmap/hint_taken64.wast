;;; rules: mmap.hint.taken, mmap.result
;;; features: memory64, bulk_memory
;;; description: A hint whose range is not wholly free is ignored: nothing is replaced or overlapped, wherever the taken page is.

(process (memory i64 64))
(module $m
  (func $mmap (export "mmap") (import "process" "mmap") (param i64 i64) (result i64))
  (func $munmap (export "munmap") (import "process" "munmap") (param i64 i64) (result i32))
  (memory (import "env" "memory") i64 1)
  (func (export "fill") (param i64 i32 i64) (memory.fill (local.get 0) (local.get 1) (local.get 2)))
  ;; 1 if each of the $n bytes at $at is $byte.
  (func $all (export "all") (param $at i64) (param $n i32) (param $byte i32) (result i32)
    (loop $next
      (if (i32.eqz (local.get $n)) (then (return (i32.const 1))))
      (if (i32.ne (i32.load8_u (local.get $at)) (local.get $byte)) (then (return (i32.const 0))))
      (local.set $at (i64.add (local.get $at) (i64.const 1)))
      (local.set $n (i32.sub (local.get $n) (i32.const 1)))
      (br $next))
    (unreachable)))
(module $elsewhere
  (import "process" "mmap" (func $mmap (param i64 i64) (result i64)))
  (import "process" "munmap" (func $munmap (param i64 i64) (result i32)))
  ;; 1 if a mapping with this hint is placed clear of [0x200000, 0x240000); it is unmapped again.
  (func (export "map") (param $hint i64) (param $length i64) (result i32)
    (local $a i64)
    (local.set $a (call $mmap (local.get $hint) (local.get $length)))
    (if (i64.eqz (local.get $a)) (then (return (i32.const 0))))
    (if (i32.eqz (call $munmap (local.get $a) (local.get $length))) (then (return (i32.const 0))))
    (i32.or (i64.le_u (i64.add (local.get $a) (local.get $length)) (i64.const 0x200000))
            (i64.ge_u (local.get $a) (i64.const 0x240000)))))
(assert_return (invoke $m "mmap" (i64.const 0x200000) (i64.const 0x40000)) (i64.const 0x200000))
(assert_return (invoke $m "fill" (i64.const 0x200000) (i32.const 7) (i64.const 0x40000)))

;; The taken pages are the whole range, its first page, its last page, its middle, and more than the whole range.
(assert_return (invoke $elsewhere "map" (i64.const 0x200000) (i64.const 0x40000)) (i32.const 1))
(assert_return (invoke $elsewhere "map" (i64.const 0x230000) (i64.const 0x20000)) (i32.const 1))
(assert_return (invoke $elsewhere "map" (i64.const 0x1f0000) (i64.const 0x20000)) (i32.const 1))
(assert_return (invoke $elsewhere "map" (i64.const 0x1d0000) (i64.const 0x80000)) (i32.const 1))
(assert_return (invoke $elsewhere "map" (i64.const 0x210000) (i64.const 0x10000)) (i32.const 1))
(assert_return (invoke $m "all" (i64.const 0x200000) (i32.const 0x40000) (i32.const 7)) (i32.const 1))

;; One mapped page in the middle of the range suffices.
(assert_return (invoke $m "munmap" (i64.const 0x200000) (i64.const 0x20000)) (i32.const 1))
(assert_return (invoke $m "munmap" (i64.const 0x230000) (i64.const 0x10000)) (i32.const 1))
(module $n
  (import "process" "mmap" (func $mmap (param i64 i64) (result i64)))
  (func (export "elsewhere") (param $hint i64) (param $length i64) (result i32) (local $a i64)
    (local.set $a (call $mmap (local.get $hint) (local.get $length)))
    (i32.and (i64.ne (local.get $a) (i64.const 0)) (i64.ne (local.get $a) (local.get $hint)))))
(assert_return (invoke $n "elsewhere" (i64.const 0x200000) (i64.const 0x40000)) (i32.const 1))
(assert_return (invoke $m "all" (i64.const 0x220000) (i32.const 0x10000) (i32.const 7)) (i32.const 1))
