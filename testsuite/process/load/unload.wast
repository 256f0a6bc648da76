;;; rules: load.unload
;;; description: Unloading releases a module's memory and symbols, or, while other modules need the module, does so when they are unloaded.

(process (memory 8) (dictionary ("lib" "test:lib") ("deep" "test:deep")))
(module $m
  (func $mmap (import "process" "mmap") (param i32 i64) (result i32))
  (func $munmap (import "process" "munmap") (param i32 i64) (result i32))
  (func $count (export "count-free") (result i32)
    (local $at i32) (local $n i32)
    (local.set $at (call $mmap (i32.const 0) (i64.const 1)))
    (if (i32.ne (local.get $at) (i32.const 0))
      (then
        (local.set $n (i32.add (i32.const 1) (call $count)))
        (drop (call $munmap (local.get $at) (i64.const 1)))))
    (local.get $n)))
(assert_return (invoke $m "count-free") (i32.const 7))
(module $a
  (@dylink.0 (mem-info (memory 0x10001 0)))
  (func (export "f") (result i32) (i32.const 1)))
(assert_return (invoke $m "count-free") (i32.const 5))
(unload $a)
(assert_return (invoke $m "count-free") (i32.const 7))
(assert_unloadable (module (@dylink.0) (import "env" "f" (func (result i32)))) "unresolved symbol")

;; Needed through a symbol,
(module $a (@dylink.0) (func (export "f") (result i32) (i32.const 1)))
(module $b
  (@dylink.0)
  (func $f (import "env" "f") (result i32))
  (func (export "g") (result i32) (call $f)))
(unload $a)
(assert_return (invoke $b "g") (i32.const 1))
(module $c (@dylink.0) (import "env" "f" (func (result i32))))
(unload $c)
(unload $b)
(assert_unloadable (module (@dylink.0) (import "env" "f" (func (result i32)))) "unresolved symbol")
;; through an address,
(module $a (@dylink.0 (mem-info (memory 1 0))) (global (export "x") i32 (i32.const 0)))
(module $b (@dylink.0) (global (import "GOT.mem" "x") (mut i32)))
(unload $a)
(assert_return (invoke $m "count-free") (i32.const 6))
(unload $b)
(assert_return (invoke $m "count-free") (i32.const 7))
;; and through a registration, which stays as long.
(module $a (func (export "f") (result i32) (i32.const 2)))
(register "a" $a)
(module $b (func $f (import "a" "f") (result i32)) (func (export "g") (result i32) (call $f)))
(unload $a)
(assert_return (invoke $b "g") (i32.const 2))
(module $c (import "a" "f" (func (result i32))))
(unload $c)
(unload $b)
;; A registration ends with its instance.
(assert_unloadable (module (import "a" "f" (func (result i32)))) "unknown import")

;; Libraries that only the unloaded module needed are unloaded with it; libraries that others need stay.
(library "test:lib" (module (@dylink.0 (needed "deep") (mem-info (memory 1 0)))))
(library "test:deep"
  (module
    (@dylink.0 (mem-info (memory 1 0)) (needed "lib"))
    (global $n (mut i32) (i32.const 0))
    (func (export "next") (result i32) (global.set $n (i32.add (global.get $n) (i32.const 1))) (global.get $n))))
(module $a (@dylink.0 (needed "lib") (mem-info (memory 1 0))))
(assert_return (invoke $m "count-free") (i32.const 4))
(unload $a)
(assert_return (invoke $m "count-free") (i32.const 7))
(module $a (@dylink.0 (needed "lib") (mem-info (memory 1 0))))
(module $b
  (@dylink.0 (needed "deep"))
  (func $next (import "env" "next") (result i32))
  (func (export "b-next") (result i32) (call $next)))
(assert_return (invoke $b "b-next") (i32.const 1))
(unload $a)
(assert_return (invoke $m "count-free") (i32.const 5))
(assert_return (invoke $b "b-next") (i32.const 2))
(unload $b)
(assert_return (invoke $m "count-free") (i32.const 7))

;; The instance's own name still works.
(assert_return (invoke $m "count-free") (i32.const 7))
