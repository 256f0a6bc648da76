;;; rules: load.reserve
;;; description: A reservation is a multiple of 2^align, even if that is more than a page.

(process (memory 256))
(module $a
  (@dylink.0 (mem-info (memory 1 0)))
  (global (export "base") (import "env" "__memory_base") i32))
(module $b
  (@dylink.0 (mem-info (memory 1 18)))
  (import "env" "__memory_base" (global $base i32))
  (func (export "is-aligned") (result i32) (i32.eqz (i32.and (global.get $base) (i32.const 0x3ffff)))))
(assert_return (invoke $b "is-aligned") (i32.const 1))
(module $c
  (@dylink.0 (mem-info (memory 0x50000 20)))
  (import "env" "memory" (memory 1))
  (import "env" "__memory_base" (global $base i32))
  (func (export "is-aligned") (result i32) (i32.eqz (i32.and (global.get $base) (i32.const 0xfffff))))
  (func (export "last") (result i32) (i32.load8_u (i32.add (global.get $base) (i32.const 0x4ffff)))))
(assert_return (invoke $c "is-aligned") (i32.const 1))
(assert_return (invoke $c "last") (i32.const 0))
;; An alignment without memory has no effect.
(module
  (@dylink.0 (mem-info (memory 0 31)))
  (global (export "base") (import "env" "__memory_base") i32))
(assert_return (get "base") (i32.const 0))
;; 2^23 is the only multiple of itself below 2^24 except 0, which is never allocated.
(process (memory 256))
(module $d
  (@dylink.0 (mem-info (memory 1 23)))
  (global (export "base") (import "env" "__memory_base") i32))
(assert_return (get $d "base") (i32.const 0x800000))
(assert_unloadable (module (@dylink.0 (mem-info (memory 1 23)))) "reservation failed")
(assert_unloadable (module (@dylink.0 (mem-info (memory 1 24)))) "reservation failed")
(assert_unloadable (module (@dylink.0 (mem-info (memory 1 31)))) "reservation failed")
(;64:
(assert_unloadable (module (@dylink.0 (mem-info (memory 1 63)))) "reservation failed")
;)
