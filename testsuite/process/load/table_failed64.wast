;;; rules: load.table, load.atomic
;;; features: memory64, table64, reference_types
;;; description: A load that does not fit in the table leaves it unchanged, even after modules have grown it: smaller loads fit afterwards.

(process (memory i64 16))
(module $m
  (table $t (import "env" "__indirect_function_table") i64 1 funcref)
  (func (export "grow") (result i32) (i64.ge_s (table.grow $t (ref.null func) (i64.const 5)) (i64.const 0)))
  (func (export "size-is") (param i64) (result i32) (i64.eq (table.size $t) (local.get 0))))
(assert_return (invoke $m "size-is" (i64.const 1)) (i32.const 1))
(assert_return (invoke $m "grow") (i32.const 1))
(assert_unloadable (module (@dylink.0 (mem-info (table 0xffffffff 0)))) "reservation failed")
(assert_return (invoke $m "size-is" (i64.const 6)) (i32.const 1))
(module $a (@dylink.0 (mem-info (table 4 0))))
(assert_return (invoke $m "size-is" (i64.const 10)) (i32.const 1))
(assert_return (invoke $m "grow") (i32.const 1))
(assert_unloadable (module (@dylink.0 (mem-info (table 0xffffffff 0)))) "reservation failed")
(assert_unloadable (module (@dylink.0 (mem-info (table 0xfffffff0 0)))) "reservation failed")
(assert_return (invoke $m "size-is" (i64.const 15)) (i32.const 1))
(unload $a)
(module $a (@dylink.0 (mem-info (table 4 0))))
(assert_return (invoke $m "size-is" (i64.const 15)) (i32.const 1))
