;;; rules: dl.unload, load.unload
;;; features: memory64
;;; description: process.unload undoes only loads by process.load, not those by the embedder: modules that the embedder loaded have no handles.

(library "test:lib" (module (@dylink.0) (func (export "f") (result i32) (i32.const 42))))
(process (memory i64 8) (dictionary ("lib" "test:lib")))
(module $m
  (@dylink.0 (mem-info (memory 16 0)) (needed "lib"))
  (import "env" "memory" (memory i64 1))
  (import "env" "__memory_base" (global $base i64))
  (data (global.get $base) "lib")
  (func $load (import "process" "load") (param i64 i64) (result i32))
  (func $unload (import "process" "unload") (param i32) (result i32))
  (func $f (import "env" "f") (result i32))
  (func (export "call-f") (result i32) (call $f))
  ;; Tries all handles below $end. Returns how many unloads succeeded.
  (func (export "unload-below") (param $end i32) (result i32)
    (local $done i32)
    (loop $next
      (local.set $end (i32.sub (local.get $end) (i32.const 1)))
      (local.set $done (i32.add (local.get $done) (call $unload (local.get $end))))
      (br_if $next (local.get $end)))
    (local.get $done))
  ;; Opens a library that a module needs, and unloads it twice.
  (func (export "again") (result i32)
    (local $handle i32)
    (local.set $handle (call $load (global.get $base) (i64.const 3)))
    (i32.or
      (i32.shl (call $unload (local.get $handle)) (i32.const 1))
      (call $unload (local.get $handle)))))
(module $other (func (export "g") (result i32) (i32.const 1)) (global (export "x") i32 (i32.const 7)))

(assert_return (invoke $m "unload-below" (i32.const 1000)) (i32.const 0))
(assert_return (invoke $other "g") (i32.const 1))
(assert_return (get $other "x") (i32.const 7))
(assert_return (invoke $m "call-f") (i32.const 42))
(assert_return (invoke $m "again") (i32.const 2))
(assert_return (invoke $m "call-f") (i32.const 42))
(unload $other)
(assert_return (invoke $m "unload-below" (i32.const 1000)) (i32.const 0))
