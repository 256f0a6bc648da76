;;; rules: core
;;; features: memory64, table64, multi_memory, bulk_memory, reference_types
;;; description: Copies between memories and tables of different address types: each address has its own type, the length the smaller one.

(module
  (memory $a 1)
  (memory $b i64 1)
  (data (memory $a) (i32.const 0) "abcdefgh")
  (func (export "a-to-b") (param i64 i32 i32) (memory.copy $b $a (local.get 0) (local.get 1) (local.get 2)))
  (func (export "b-to-a") (param i32 i64 i32) (memory.copy $a $b (local.get 0) (local.get 1) (local.get 2)))
  (func (export "a") (param i32) (result i64) (i64.load $a (local.get 0)))
  (func (export "b") (param i64) (result i64) (i64.load $b (local.get 0)))
  (table $t 4 funcref)
  (table $u i64 4 funcref)
  (func $f)
  (elem (table $t) (i32.const 0) func $f $f)
  (func (export "t-to-u") (param i64 i32 i32) (table.copy $u $t (local.get 0) (local.get 1) (local.get 2)))
  (func (export "u-to-t") (param i32 i64 i32) (table.copy $t $u (local.get 0) (local.get 1) (local.get 2)))
  (func (export "t") (param i32) (result i32) (ref.is_null (table.get $t (local.get 0))))
  (func (export "u") (param i64) (result i32) (ref.is_null (table.get $u (local.get 0)))))

(assert_return (invoke "a-to-b" (i64.const 0xfff8) (i32.const 0) (i32.const 8)))
(assert_return (invoke "b" (i64.const 0xfff8)) (i64.const 0x6867666564636261))
(assert_return (invoke "b-to-a" (i32.const 0xfff0) (i64.const 0xfff8) (i32.const 8)))
(assert_return (invoke "a" (i32.const 0xfff0)) (i64.const 0x6867666564636261))
(assert_trap (invoke "a-to-b" (i64.const 0xfff9) (i32.const 0) (i32.const 8)) "out of bounds memory access")
(assert_trap (invoke "a-to-b" (i64.const 0x1_0000_0000) (i32.const 0) (i32.const 0)) "out of bounds memory access")
(assert_trap (invoke "a-to-b" (i64.const 0) (i32.const 0xfff9) (i32.const 8)) "out of bounds memory access")
(assert_trap (invoke "a-to-b" (i64.const 0) (i32.const 0) (i32.const -1)) "out of bounds memory access")
(assert_trap (invoke "b-to-a" (i32.const 0) (i64.const -4) (i32.const 8)) "out of bounds memory access")
(assert_trap (invoke "b-to-a" (i32.const -4) (i64.const 0) (i32.const 8)) "out of bounds memory access")
(assert_return (invoke "b" (i64.const 0)) (i64.const 0))

(assert_return (invoke "t-to-u" (i64.const 2) (i32.const 0) (i32.const 2)))
(assert_return (invoke "u" (i64.const 1)) (i32.const 1))
(assert_return (invoke "u" (i64.const 2)) (i32.const 0))
(assert_return (invoke "u-to-t" (i32.const 1) (i64.const 0) (i32.const 2)))
(assert_return (invoke "t" (i32.const 1)) (i32.const 1))
(assert_trap (invoke "t-to-u" (i64.const -1) (i32.const 0) (i32.const 2)) "out of bounds table access")
(assert_trap (invoke "u-to-t" (i32.const 0) (i64.const 0x1_0000_0000) (i32.const 1)) "out of bounds table access")

(assert_invalid
  (module (memory $a 1) (memory $b i64 1)
    (func (memory.copy $b $a (i64.const 0) (i32.const 0) (i64.const 0))))
  "type mismatch")
(assert_invalid
  (module (memory $a 1) (memory $b i64 1)
    (func (memory.copy $a $b (i64.const 0) (i64.const 0) (i32.const 0))))
  "type mismatch")
(assert_invalid
  (module (table $a 1 funcref) (table $b i64 1 funcref)
    (func (table.copy $b $a (i64.const 0) (i32.const 0) (i64.const 0))))
  "type mismatch")
