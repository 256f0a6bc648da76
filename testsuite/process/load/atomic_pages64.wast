;;; rules: load.atomic, load.unload, access.inaccessible
;;; profile: strict
;;; features: memory64
;;; description: Pages that a failed load had reserved, or that an unloaded module had, are inaccessible.

(library "test:lib" (module (@dylink.0 (mem-info (memory 0x20000 0)))))
(process (memory i64 4) (dictionary ("lib" "test:lib")))
(module $m
  (import "env" "memory" (memory i64 1))
  (func (export "load8") (param i64) (result i32) (i32.load8_u (local.get 0))))
(assert_unloadable (module (@dylink.0 (needed "lib") (mem-info (memory 0x20000 0)))) "reservation failed")
(assert_trap (invoke $m "load8" (i64.const 0x10000)) "out of bounds memory access")
(assert_trap (invoke $m "load8" (i64.const 0x20000)) "out of bounds memory access")
(assert_trap (invoke $m "load8" (i64.const 0x30000)) "out of bounds memory access")
(module $n (@dylink.0 (mem-info (memory 0x30000 0))))
(assert_return (invoke $m "load8" (i64.const 0x10000)) (i32.const 0))
(assert_return (invoke $m "load8" (i64.const 0x3ffff)) (i32.const 0))
(unload $n)
(assert_trap (invoke $m "load8" (i64.const 0x10000)) "out of bounds memory access")
(assert_trap (invoke $m "load8" (i64.const 0x20000)) "out of bounds memory access")
(assert_trap (invoke $m "load8" (i64.const 0x3ffff)) "out of bounds memory access")
