;;; rules: load.data
;;; features: memory64, table64, extended_const, gc
;;; description: The offset of a segment is valid if the base counts once in it; the distance from the base decides, not the form of the expression.

(process (memory i64 16))
(module $m
  (global (export "eight") i64 (i64.const 8))
  (global (export "__memory_base") i64 (i64.const 65536))
  (global (export "__table_base") i64 (i64.const 1)))
(register "m" $m)
(module $a
  (@dylink.0 (mem-info (memory 16 4)))
  (import "env" "memory" (memory i64 1))
  (import "env" "__memory_base" (global $base i64))
  (import "m" "eight" (global $eight i64))
  (global $own i64 (i64.add (global.get $base) (i64.const 12)))
  (data (i64.sub (i64.add (global.get $base) (global.get $base)) (global.get $base)) "a")
  (data (i64.add (i64.mul (global.get $base) (i64.const 1)) (i64.const 1)) "b")
  (data (i64.add (i64.mul (i64.const 1) (global.get $base)) (i64.const 2)) "c")
  (data (i64.add (i64.add (i64.mul (i64.const 2) (global.get $base)) (i64.mul (global.get $base) (i64.const -1))) (i64.const 3)) "d")
  (data (i64.add (global.get $base) (i64.mul (i64.const 2) (i64.const 2))) "e")
  (data (i64.add (global.get $eight) (global.get $base)) "i")
  (data (global.get $own) "m")
  (data (i64.add (i64.const 3) (global.get $own)) "p")
  (func (export "load") (param i64) (result i32) (i32.load8_u (i64.add (global.get $base) (local.get 0)))))
(assert_return (invoke $a "load" (i64.const 0)) (i32.const 97))
(assert_return (invoke $a "load" (i64.const 1)) (i32.const 98))
(assert_return (invoke $a "load" (i64.const 2)) (i32.const 99))
(assert_return (invoke $a "load" (i64.const 3)) (i32.const 100))
(assert_return (invoke $a "load" (i64.const 4)) (i32.const 101))
(assert_return (invoke $a "load" (i64.const 8)) (i32.const 105))
(assert_return (invoke $a "load" (i64.const 12)) (i32.const 109))
(assert_return (invoke $a "load" (i64.const 15)) (i32.const 112))

;; Too far from the base.
(assert_unloadable
  (module
    (@dylink.0 (mem-info (memory 8 4)))
    (import "env" "memory" (memory i64 1))
    (import "env" "__memory_base" (global $base i64))
    (import "m" "eight" (global $eight i64))
    (data (i64.add (global.get $base) (global.get $eight)) "x"))
  "data segment outside reservation")
(assert_unloadable
  (module
    (@dylink.0 (mem-info (memory 8 4)))
    (import "env" "memory" (memory i64 1))
    (import "env" "__memory_base" (global $base i64))
    (global $own i64 (i64.add (global.get $base) (i64.const 8)))
    (data (global.get $own) "x"))
  "data segment outside reservation")
(assert_unloadable
  (module
    (@dylink.0 (mem-info (memory 8 4)))
    (import "env" "memory" (memory i64 1))
    (import "env" "__memory_base" (global $base i64))
    (data (i64.add (global.get $base) (i64.mul (i64.const 4) (i64.const 2))) "x"))
  "data segment outside reservation")

;; The base counts twice, or not at all, or depending on its value.
(assert_unloadable
  (module
    (@dylink.0 (mem-info (memory 8 4)))
    (import "env" "memory" (memory i64 1))
    (import "env" "__memory_base" (global $base i64))
    (data (i64.add (global.get $base) (global.get $base)) ""))
  "static data address")
(assert_unloadable
  (module
    (@dylink.0 (mem-info (memory 8 4)))
    (import "env" "memory" (memory i64 1))
    (import "env" "__memory_base" (global $base i64))
    (data (i64.mul (global.get $base) (i64.const 2)) ""))
  "static data address")
(assert_unloadable
  (module
    (@dylink.0 (mem-info (memory 8 4)))
    (import "env" "memory" (memory i64 1))
    (import "env" "__memory_base" (global $base i64))
    (data (i64.mul (i64.const 0) (global.get $base)) ""))
  "static data address")
(assert_unloadable
  (module
    (@dylink.0 (mem-info (memory 8 4)))
    (import "env" "memory" (memory i64 1))
    (import "env" "__memory_base" (global $base i64))
    (data (i64.mul (global.get $base) (i64.add (global.get $base) (i64.const 1))) ""))
  "static data address")
(assert_unloadable
  (module
    (@dylink.0 (mem-info (memory 8 4)))
    (import "env" "memory" (memory i64 1))
    (import "env" "__memory_base" (global $base i64))
    (data (i64.add (i64.mul (global.get $base) (i64.add (global.get $base) (i64.const 1))) (i64.const 0)) ""))
  "static data address")
(assert_unloadable
  (module
    (@dylink.0 (mem-info (memory 8 4)))
    (import "env" "memory" (memory i64 1))
    (import "env" "__memory_base" (global $base i64))
    (data (i64.mul (i64.mul (global.get $base) (i64.add (global.get $base) (i64.const 1))) (i64.const 1)) ""))
  "static data address")

(assert_unloadable
  (module
    (@dylink.0 (mem-info (memory 8 4)))
    (import "env" "memory" (memory i64 1))
    (import "env" "__memory_base" (global $base i64))
    (data (i64.add (i64.const 0) (i64.mul (global.get $base) (i64.add (global.get $base) (i64.const 1)))) ""))
  "static data address")
(assert_unloadable
  (module
    (@dylink.0 (mem-info (memory 8 4)))
    (import "env" "memory" (memory i64 1))
    (import "env" "__memory_base" (global $base i64))
    (data (i64.mul (i64.const 1) (i64.mul (global.get $base) (i64.add (global.get $base) (i64.const 1)))) ""))
  "static data address")
;; The base of the other kind counts as well.
(assert_unloadable
  (module
    (@dylink.0 (mem-info (memory 8 4) (table 8 0)))
    (import "env" "memory" (memory i64 1))
    (import "env" "__memory_base" (global $base i64))
    (import "env" "__table_base" (global $slot i64))
    (data (i64.add (global.get $base) (global.get $slot)) ""))
  "static data address")
(assert_unloadable
  (module
    (@dylink.0 (mem-info (memory 8 4) (table 8 0)))
    (import "env" "__indirect_function_table" (table i64 1 funcref))
    (import "env" "__memory_base" (global $base i64))
    (import "env" "__table_base" (global $slot i64))
    (elem (i64.add (global.get $base) (global.get $slot)) func))
  "static table address")

;; Only the platform's globals are bases, not others of the same name.
(assert_unloadable
  (module
    (@dylink.0 (mem-info (memory 8 4)))
    (import "env" "memory" (memory i64 1))
    (import "m" "__memory_base" (global $base i64))
    (data (global.get $base) ""))
  "static data address")
(assert_unloadable
  (module
    (@dylink.0 (mem-info (table 8 0)))
    (import "env" "__indirect_function_table" (table i64 1 funcref))
    (import "m" "__table_base" (global $base i64))
    (elem (global.get $base) func))
  "static table address")
