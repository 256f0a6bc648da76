;;; rules: process.limit, load.reserve, load.atomic, load.unload
;;; description: A load whose reservation exceeds the limit fails and leaves no trace; what is unloaded, or fails to load, no longer counts.

(process (memory 16) (limit 6) (dictionary ("one" "test:one") ("two" "test:two")))
(module $m
  (func $mmap (import "process" "mmap") (param i32 i64) (result i32))
  (func $munmap (import "process" "munmap") (param i32 i64) (result i32))
  ;; Pages that can be mapped, one by one; they are unmapped again.
  (func $count (export "count") (result i32)
    (local $at i32) (local $n i32)
    (local.set $at (call $mmap (i32.const 0) (i64.const 1)))
    (if (i32.ne (local.get $at) (i32.const 0))
      (then
        (local.set $n (i32.add (i32.const 1) (call $count)))
        (drop (call $munmap (local.get $at) (i64.const 1)))))
    (local.get $n))
  (global $at (mut i32) (i32.const 0))
  (func (export "map") (param i64) (result i32)
    (global.set $at (call $mmap (i32.const 0) (local.get 0)))
    (i32.ne (global.get $at) (i32.const 0)))
  (func (export "unmap") (param i64) (result i32) (call $munmap (global.get $at) (local.get 0))))
(library "test:one" (module (@dylink.0 (mem-info (memory 0x10001 0)))))
(library "test:two" (module (@dylink.0 (mem-info (memory 0x20000 0)) (needed "one"))))
(assert_return (invoke $m "count") (i32.const 6))

;; One page too many, alone and after others that fit.
(assert_unloadable (module (@dylink.0 (mem-info (memory 0x60001 0)))) "reservation failed")
(assert_unloadable (module (@dylink.0 (mem-info (memory 0x20001 0)) (needed "two"))) "reservation failed")
(assert_return (invoke $m "count") (i32.const 6))
;; Exactly the limit.
(module $all (@dylink.0 (mem-info (memory 0x60000 0))))
(assert_return (invoke $m "count") (i32.const 0))
(assert_unloadable (module (@dylink.0 (mem-info (memory 1 0)))) "reservation failed")
;; Modules without static data need no page.
(module $none (@dylink.0 (mem-info (memory 0 0) (table 1 0))))
(unload $all)
(assert_return (invoke $m "count") (i32.const 6))
;; Mappings and reservations together, in either order.
(assert_return (invoke $m "map" (i64.const 0x30000)) (i32.const 1))
(assert_unloadable (module (@dylink.0 (needed "two"))) "reservation failed")
(assert_return (invoke $m "count") (i32.const 3))
(assert_return (invoke $m "unmap" (i64.const 0x10000)) (i32.const 1))
(module $two (@dylink.0 (needed "two")))
(assert_return (invoke $m "count") (i32.const 0))
(unload $two)
(assert_return (invoke $m "count") (i32.const 4))
;; A load that fails later, in guest code.
(assert_unloadable
  (module (@dylink.0 (mem-info (memory 0x40000 0))) (func (export "__wasm_call_ctors") (unreachable)))
  "unreachable")
(assert_return (invoke $m "count") (i32.const 4))

;; With the limit 0.
(process (memory 16) (limit 0))
(module)
(assert_unloadable (module (@dylink.0 (mem-info (memory 1 0)))) "reservation failed")
(module (@dylink.0 (mem-info (memory 0 0))))

;; Half of the largest address space, and a library beyond it.
(process (memory 0x1_0000 (;64: 0x1_0000_0000_0000;)) (limit 0x8002 (;64: 0x8000_0000_0002;)))
(module $m
  (func (export "mmap") (import "process" "mmap") (param i32 i64) (result i32))
  (func (export "munmap") (import "process" "munmap") (param i32 i64) (result i32)))
(assert_return (invoke $m "mmap" (i32.const 0x10000) (i64.const 0x8000_0000 (;64: 0x8000_0000_0000_0000;))) (i32.const 0x10000))
(module $two (@dylink.0 (mem-info (memory 0x20000 0))))
(assert_unloadable (module (@dylink.0 (mem-info (memory 1 0)))) "reservation failed")
(assert_return (invoke $m "munmap" (i32.const 0x10000) (i64.const 0x8000_0000 (;64: 0x8000_0000_0000_0000;))) (i32.const 1))
(unload $two)
(assert_return (invoke $m "mmap" (i32.const 0x10000) (i64.const 0x8002_0001 (;64: 0x8000_0000_0002_0001;))) (i32.const 0))
(assert_return (invoke $m "mmap" (i32.const 0x10000) (i64.const 0x8002_0000 (;64: 0x8000_0000_0002_0000;))) (i32.const 0x10000))

;; The pages beside those of the library still count.
(process (memory 8) (limit 6))
(module $m
  (func $mmap (import "process" "mmap") (param i32 i64) (result i32))
  (func (export "map-page") (result i32) (i32.ne (call $mmap (i32.const 0) (i64.const 1)) (i32.const 0))))
(module $two (@dylink.0 (mem-info (memory 0x20000 0))))
(assert_return (invoke $m "map-page") (i32.const 1))
(assert_return (invoke $m "map-page") (i32.const 1))
(assert_return (invoke $m "map-page") (i32.const 1))
(assert_return (invoke $m "map-page") (i32.const 1))
(assert_return (invoke $m "map-page") (i32.const 0))
(unload $two)
(assert_return (invoke $m "map-page") (i32.const 1))
(assert_return (invoke $m "map-page") (i32.const 1))
(assert_return (invoke $m "map-page") (i32.const 0))
