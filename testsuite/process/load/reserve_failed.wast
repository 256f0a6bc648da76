;;; rules: load.reserve, load.table, load.atomic
;;; features: reference_types
;;; description: A reservation that does not fit fails the load, and leaves no page and no slot behind.

(process (memory 4))
(module $m
  (table $t (import "env" "__indirect_function_table") 1 funcref)
  (func $mmap (export "mmap") (import "process" "mmap") (param i32 i64) (result i32))
  (global $slots (mut i32) (i32.const 0))
  (func (export "note-slots") (global.set $slots (table.size $t)))
  (func (export "same-slots") (result i32) (i32.eq (global.get $slots) (table.size $t))))
(assert_return (invoke $m "note-slots"))
(assert_unloadable (module (@dylink.0 (mem-info (memory 0x30001 0)))) "reservation failed")
(assert_unloadable (module (@dylink.0 (mem-info (memory 0xffffffff 0)))) "reservation failed")
(assert_unloadable (module (@dylink.0 (mem-info (memory 1 0) (table 0xffffffff 0)))) "reservation failed")
(assert_unloadable (module (@dylink.0 (mem-info (memory 1 0) (table 0xffffffff 1)))) "reservation failed")
(assert_unloadable (module (@dylink.0 (mem-info (memory 0x30001 0) (table 5 0)))) "reservation failed")
(assert_return (invoke $m "same-slots") (i32.const 1))
;; All three free pages can be mapped, in one run.
(assert_return (invoke $m "mmap" (i32.const 0) (i64.const 0x30000)) (i32.const 0x10000))
(assert_unloadable (module (@dylink.0 (mem-info (memory 1 0)))) "reservation failed")
