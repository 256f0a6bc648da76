;;; rules: load.reserve
;;; features: memory64
;;; description: In the largest extent the largest alignments are available.

(process (memory i64 0x1_0000_0000_0000))
(module (@dylink.0 (mem-info (memory 1 63))) (global (export "base") (import "env" "__memory_base") i64))
(assert_return (get "base") (i64.const 0x8000_0000_0000_0000))
(assert_unloadable (module (@dylink.0 (mem-info (memory 1 63)))) "reservation failed")
(module
  (@dylink.0 (mem-info (memory 1 62)))
  (import "env" "__memory_base" (global $base i64))
  (func (export "is-aligned") (result i32)
    (i32.and (i64.eqz (i64.shl (global.get $base) (i64.const 2))) (i64.ne (global.get $base) (i64.const 0)))))
(assert_return (invoke "is-aligned") (i32.const 1))
