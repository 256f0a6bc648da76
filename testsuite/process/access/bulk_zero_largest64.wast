;;; rules: access.bulk.zero
;;; features: memory64, bulk_memory
;;; description: In the largest address space every address is valid for a bulk operation of length 0.

(process (memory i64 0x1_0000_0000_0000))
(module
  (memory (import "env" "memory") i64 1)
  (data $d "0123456789abcdef")
  (func (export "fill") (param i64) (memory.fill (local.get 0) (i32.const 9) (i64.const 0)))
  (func (export "copy") (param i64 i64) (memory.copy (local.get 0) (local.get 1) (i64.const 0)))
  (func (export "init") (param i64) (memory.init $d (local.get 0) (i32.const 16) (i32.const 0))))
(assert_return (invoke "fill" (i64.const 0)))
(assert_return (invoke "fill" (i64.const 0x7fff_ffff)))
(assert_return (invoke "fill" (i64.const -0x10000)))
(assert_return (invoke "fill" (i64.const -1)))
(assert_return (invoke "copy" (i64.const 0) (i64.const -1)))
(assert_return (invoke "copy" (i64.const -1) (i64.const 0)))
(assert_return (invoke "copy" (i64.const -1) (i64.const -1)))
(assert_return (invoke "init" (i64.const 0)))
(assert_return (invoke "init" (i64.const -1)))
