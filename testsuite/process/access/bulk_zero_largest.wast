;;; rules: access.bulk.zero
;;; features: bulk_memory
;;; description: In the largest address space every address is valid for a bulk operation of length 0.

(process (memory 0x1_0000 (;64: 0x1_0000_0000_0000;)))
(module
  (memory (import "env" "memory") 1)
  (data $d "0123456789abcdef")
  (func (export "fill") (param i32) (memory.fill (local.get 0) (i32.const 9) (i32.const 0)))
  (func (export "copy") (param i32 i32) (memory.copy (local.get 0) (local.get 1) (i32.const 0)))
  (func (export "init") (param i32) (memory.init $d (local.get 0) (i32.const 16) (i32.const 0))))
(assert_return (invoke "fill" (i32.const 0)))
(assert_return (invoke "fill" (i32.const 0x7fff_ffff)))
(assert_return (invoke "fill" (i32.const -0x10000)))
(assert_return (invoke "fill" (i32.const -1)))
(assert_return (invoke "copy" (i32.const 0) (i32.const -1)))
(assert_return (invoke "copy" (i32.const -1) (i32.const 0)))
(assert_return (invoke "copy" (i32.const -1) (i32.const -1)))
(assert_return (invoke "init" (i32.const 0)))
(assert_return (invoke "init" (i32.const -1)))
