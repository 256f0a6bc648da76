;;; rules: load.order, dl.error, dl.load.failure
;;; features: memory64
;;; description: A load by a start function is refused, "a load is running".

(library "test:lib" (module (@dylink.0)))
(process (memory i64 16) (dictionary ("lib" "test:lib")))
(module
  (@dylink.0 (mem-info (memory 64 0)))
  (import "env" "memory" (memory i64 1))
  (import "env" "__memory_base" (global $base i64))
  (func $load (import "process" "load") (param i64 i64) (result i32))
  (func $error (import "process" "error") (param i64 i64) (result i64))
  (data (global.get $base) "lib")
  (global $handle (mut i32) (i32.const -1))
  (func $start
    (global.set $handle (call $load (global.get $base) (i64.const 3)))
    (drop (call $error (global.get $base) (i64.const 17))))
  (start $start)
  (func (export "failed") (result i32) (i32.eqz (global.get $handle)))
  (func (export "text") (param i64) (result i64) (i64.load (i64.add (global.get $base) (local.get 0)))))
(assert_return (invoke "failed") (i32.const 1))
;; "a load i" and "s runnin".
(assert_return (invoke "text" (i64.const 0)) (i64.const 0x692064616f6c2061))
(assert_return (invoke "text" (i64.const 8)) (i64.const 0x6e696e6e75722073))
