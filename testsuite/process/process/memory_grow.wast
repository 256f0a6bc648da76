;;; rules: process.memory.grow, process.memory.size
;;; description: memory.grow of 0 returns the extent; of any other number it returns -1 and changes nothing.

(process (memory 64))
(module
  (func $mmap (export "mmap") (import "process" "mmap") (param i32 i64) (result i32))
  (memory (import "env" "memory") 1)
  (func (export "size") (result i32) (memory.size))
  (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
  (func (export "load8") (param i32) (result i32) (i32.load8_u (local.get 0)))
  (func (export "store8") (param i32 i32) (i32.store8 (local.get 0) (local.get 1)))
  ;; Maps single pages until none is free. Returns their number.
  (func $pages (export "pages") (result i32)
    (local $n i32)
    (block $done
      (loop $next
        (br_if $done (i32.eqz (call $mmap (i32.const 0) (i64.const 1))))
        (local.set $n (i32.add (local.get $n) (i32.const 1)))
        (br $next)))
    (local.get $n)))
(assert_return (invoke "mmap" (i32.const 0x3f0000) (i64.const 0x10000)) (i32.const 0x3f0000))
(assert_return (invoke "store8" (i32.const 0x3fffff) (i32.const 77)))

(assert_return (invoke "grow" (i32.const 0)) (i32.const 64))
(assert_return (invoke "grow" (i32.const 1)) (i32.const -1))
(assert_return (invoke "grow" (i32.const 64)) (i32.const -1))
(assert_return (invoke "grow" (i32.const 0xffc0)) (i32.const -1))
(assert_return (invoke "grow" (i32.const 0xffff)) (i32.const -1))
(assert_return (invoke "grow" (i32.const 0x10000)) (i32.const -1))
(assert_return (invoke "grow" (i32.const -1)) (i32.const -1))
(assert_return (invoke "grow" (i32.const -64)) (i32.const -1))
(;64:
(assert_return (invoke "grow" (i64.const 0x1_0000_0000)) (i64.const -1))
(assert_return (invoke "grow" (i64.const 0x1_0000_0000_0000)) (i64.const -1))
(assert_return (invoke "grow" (i64.const 0x8000_0000_0000_0000)) (i64.const -1))
;)

(assert_return (invoke "size") (i32.const 64))
(assert_return (invoke "grow" (i32.const 0)) (i32.const 64))
(assert_return (invoke "load8" (i32.const 0x3fffff)) (i32.const 77))
;; Growing neither mapped nor unmapped pages: 63 less the mapped one are free.
(assert_return (invoke "pages") (i32.const 62))
