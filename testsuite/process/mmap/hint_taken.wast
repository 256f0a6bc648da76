;;; rules: mmap.hint.taken, mmap.result
;;; features: bulk_memory
;;; description: A hint whose range is not wholly free is ignored: nothing is replaced or overlapped, wherever the taken page is.

(process (memory 64))
(module $m
  (func $mmap (export "mmap") (import "process" "mmap") (param i32 i64) (result i32))
  (func $munmap (export "munmap") (import "process" "munmap") (param i32 i64) (result i32))
  (memory (import "env" "memory") 1)
  (func (export "fill") (param i32 i32 i32) (memory.fill (local.get 0) (local.get 1) (local.get 2)))
  ;; 1 if each of the $n bytes at $at is $byte.
  (func $all (export "all") (param $at i32) (param $n i32) (param $byte i32) (result i32)
    (loop $next
      (if (i32.eqz (local.get $n)) (then (return (i32.const 1))))
      (if (i32.ne (i32.load8_u (local.get $at)) (local.get $byte)) (then (return (i32.const 0))))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (local.set $n (i32.sub (local.get $n) (i32.const 1)))
      (br $next))
    (unreachable)))
(module $elsewhere
  (import "process" "mmap" (func $mmap (param i32 i64) (result i32)))
  (import "process" "munmap" (func $munmap (param i32 i64) (result i32)))
  ;; 1 if a mapping with this hint is placed clear of [0x200000, 0x240000); it is unmapped again.
  (func (export "map") (param $hint i32) (param $length i64) (result i32)
    (local $a i32)
    (local.set $a (call $mmap (local.get $hint) (local.get $length)))
    (if (i32.eqz (local.get $a)) (then (return (i32.const 0))))
    (if (i32.eqz (call $munmap (local.get $a) (local.get $length))) (then (return (i32.const 0))))
    (i32.or (i64.le_u (i64.add (i64.extend_i32_u (local.get $a)) (local.get $length)) (i64.const 0x200000))
            (i32.ge_u (local.get $a) (i32.const 0x240000)))))
(assert_return (invoke $m "mmap" (i32.const 0x200000) (i64.const 0x40000)) (i32.const 0x200000))
(assert_return (invoke $m "fill" (i32.const 0x200000) (i32.const 7) (i32.const 0x40000)))

;; The taken pages are the whole range, its first page, its last page, its middle, and more than the whole range.
(assert_return (invoke $elsewhere "map" (i32.const 0x200000) (i64.const 0x40000)) (i32.const 1))
(assert_return (invoke $elsewhere "map" (i32.const 0x230000) (i64.const 0x20000)) (i32.const 1))
(assert_return (invoke $elsewhere "map" (i32.const 0x1f0000) (i64.const 0x20000)) (i32.const 1))
(assert_return (invoke $elsewhere "map" (i32.const 0x1d0000) (i64.const 0x80000)) (i32.const 1))
(assert_return (invoke $elsewhere "map" (i32.const 0x210000) (i64.const 0x10000)) (i32.const 1))
(assert_return (invoke $m "all" (i32.const 0x200000) (i32.const 0x40000) (i32.const 7)) (i32.const 1))

;; One mapped page in the middle of the range suffices.
(assert_return (invoke $m "munmap" (i32.const 0x200000) (i64.const 0x20000)) (i32.const 1))
(assert_return (invoke $m "munmap" (i32.const 0x230000) (i64.const 0x10000)) (i32.const 1))
(module $n
  (import "process" "mmap" (func $mmap (param i32 i64) (result i32)))
  (func (export "elsewhere") (param $hint i32) (param $length i64) (result i32) (local $a i32)
    (local.set $a (call $mmap (local.get $hint) (local.get $length)))
    (i32.and (i32.ne (local.get $a) (i32.const 0)) (i32.ne (local.get $a) (local.get $hint)))))
(assert_return (invoke $n "elsewhere" (i32.const 0x200000) (i64.const 0x40000)) (i32.const 1))
(assert_return (invoke $m "all" (i32.const 0x220000) (i32.const 0x10000) (i32.const 7)) (i32.const 1))
