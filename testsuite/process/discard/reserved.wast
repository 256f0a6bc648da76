;;; rules: discard.zero, discard.true
;;; description: Static data of a library reads as zero after discard; its pages stay reserved.

(process (memory 8))
(module $m
  (@dylink.0 (mem-info (memory 0x20010 0)))
  (import "process" "mmap" (func $mmap (param i32 i64) (result i32)))
  (import "process" "munmap" (func $munmap (param i32 i64) (result i32)))
  (import "process" "discard" (func $discard (param i32 i64) (result i32)))
  (import "env" "memory" (memory 1))
  (import "env" "__memory_base" (global $base i32))
  (data (global.get $base) "\11\12\13\14")
  (func (export "discard") (param $n i32) (param $length i64) (result i32)
    (call $discard (i32.add (global.get $base) (i32.mul (local.get $n) (i32.const 0x10000))) (local.get $length)))
  (func (export "unmap") (param $n i32) (param $length i64) (result i32)
    (call $munmap (i32.add (global.get $base) (i32.mul (local.get $n) (i32.const 0x10000))) (local.get $length)))
  ;; Maps all pages that are free; their number.
  (func (export "map") (result i32)
    (local $n i32)
    (block $done
      (loop $next
        (br_if $done (i32.eqz (call $mmap (i32.const 0) (i64.const 1))))
        (local.set $n (i32.add (local.get $n) (i32.const 1)))
        (br $next)))
    (local.get $n))
  (func (export "store") (param $at i32) (param $value i32)
    (i32.store (i32.add (global.get $base) (local.get $at)) (local.get $value)))
  (func (export "load") (param $at i32) (result i32) (i32.load (i32.add (global.get $base) (local.get $at)))))
(assert_return (invoke $m "load" (i32.const 0)) (i32.const 0x14131211))
(assert_return (invoke $m "store" (i32.const 0x20000) (i32.const 9)))
(assert_return (invoke $m "discard" (i32.const 0) (i64.const 1)) (i32.const 1))
(assert_return (invoke $m "load" (i32.const 0)) (i32.const 0))
(assert_return (invoke $m "load" (i32.const 0x20000)) (i32.const 9))
;; They stay reserved, writable, and no page of them is mapped by mmap.
(assert_return (invoke $m "store" (i32.const 0) (i32.const 5)))
(assert_return (invoke $m "unmap" (i32.const 0) (i64.const 1)) (i32.const 0))
(assert_return (invoke $m "map") (i32.const 4))
(assert_return (invoke $m "load" (i32.const 0)) (i32.const 5))
;; The whole reservation.
(assert_return (invoke $m "discard" (i32.const 0) (i64.const 0x20001)) (i32.const 1))
(assert_return (invoke $m "load" (i32.const 0)) (i32.const 0))
(assert_return (invoke $m "load" (i32.const 0x20000)) (i32.const 0))
