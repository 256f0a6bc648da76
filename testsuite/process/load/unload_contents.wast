;;; rules: load.unload, load.reserve, load.atomic, process.limit
;;; description: Unloading a library leaves the contents of all other pages, and the count of accessible pages, as they are.

(process (memory 80))
(module $a (@dylink.0 (mem-info (memory 0x10000 0))))
(module $none (@dylink.0))
(module $m
  (import "process" "mmap" (func $mmap (param i32 i64) (result i32)))
  (import "env" "memory" (memory 1))
  ;; Maps all free pages, each with its address in it; how many they are.
  (func (export "map") (result i32)
    (local $n i32) (local $at i32 (;ptr;))
    (loop $next
      (local.set $at (call $mmap (i32.const 0) (i64.const 1)))
      (if (i32.ne (local.get $at) (i32.const 0))
        (then
          (i64.store (local.get $at) (i64.extend_i32_u (local.get $at)))
          (local.set $n (i32.add (local.get $n) (i32.const 1)))
          (br $next))))
    (local.get $n))
  ;; How many pages, except page 0, have their address in them. At the first that can't be read it traps.
  (func (export "count") (result i32)
    (local $n i32) (local $at i32 (;ptr;))
    (loop $next
      (local.set $at (i32.add (local.get $at) (i32.const 0x10000)))
      (if (i64.eq (i64.load (local.get $at)) (i64.extend_i32_u (local.get $at)))
        (then (local.set $n (i32.add (local.get $n) (i32.const 1)))))
      (br_if $next (i32.lt_u (local.get $at) (i32.const 0x4f0000))))
    (local.get $n)))
(assert_return (invoke $m "map") (i32.const 78))
;; All but the page of the library.
(assert_return (invoke $m "count") (i32.const 78))
(unload $none)
(assert_return (invoke $m "count") (i32.const 78))
(assert_unloadable (module (@dylink.0) (import "env" "f" (func))) "unresolved symbol")
(assert_return (invoke $m "count") (i32.const 78))
(unload $a)
(assert_return (invoke $m "map") (i32.const 1))
(assert_return (invoke $m "count") (i32.const 79))

;; With a limit of 6 there are at most 6 accessible pages, with the library and after it.
(process (memory 8) (limit 6))
(module $a (@dylink.0 (mem-info (memory 0x10000 0))))
(module $m
  (import "process" "mmap" (func $mmap (param i32 i64) (result i32)))
  (func (export "map") (result i32)
    (local $n i32)
    (loop $next
      (if (i32.ne (call $mmap (i32.const 0) (i64.const 1)) (i32.const 0))
        (then (local.set $n (i32.add (local.get $n) (i32.const 1))) (br $next))))
    (local.get $n)))
(assert_return (invoke $m "map") (i32.const 5))
(unload $a)
(assert_return (invoke $m "map") (i32.const 1))
