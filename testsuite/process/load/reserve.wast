;;; rules: load.reserve, load.base
;;; description: Whole zeroed pages are reserved for mem-info, from the pages that mmap allocates from; a size of 0 reserves nothing, and the base is 0.

(process (memory 16))
;; 65,537 bytes are two pages.
(module $a
  (@dylink.0 (mem-info (memory 65537 0)))
  (import "env" "memory" (memory 1))
  (import "env" "__memory_base" (global $base i32))
  (func $mmap (import "process" "mmap") (param i32 i64) (result i32))
  (func $munmap (import "process" "munmap") (param i32 i64) (result i32))
  (func (export "base") (result i32) (global.get $base))
  (func (export "is-placed") (result i32)
    (i32.and
      (i32.eqz (i32.and (i32.const 0xffff) (global.get $base)))
      (i32.ne (global.get $base) (i32.const 0))))
  (func (export "load") (param i32) (result i64) (i64.load (i32.add (global.get $base) (local.get 0))))
  (func (export "store") (param i32 i64) (i64.store (i32.add (global.get $base) (local.get 0)) (local.get 1)))
  (func (export "unmap") (result i32) (call $munmap (global.get $base) (i64.const 0x10000)))
  ;; 1 if a mapping with the base as its hint is placed elsewhere; it stays mapped.
  (func (export "map-there") (result i32)
    (local $at i32)
    (local.set $at (call $mmap (global.get $base) (i64.const 1)))
    (i32.and (i32.ne (local.get $at) (global.get $base)) (i32.ne (local.get $at) (i32.const 0))))
  ;; Returns how many pages can still be mapped, one by one.
  (func (export "count-free") (result i32)
    (local $n i32)
    (loop $next
      (if (i32.ne (call $mmap (i32.const 0) (i64.const 1)) (i32.const 0))
        (then (local.set $n (i32.add (local.get $n) (i32.const 1))) (br $next))))
    (local.get $n)))
(assert_return (invoke $a "is-placed") (i32.const 1))
(assert_return (invoke $a "load" (i32.const 0)) (i64.const 0))
(assert_return (invoke $a "load" (i32.const 0xfffc)) (i64.const 0))
(assert_return (invoke $a "load" (i32.const 0x1fff8)) (i64.const 0))
(assert_return (invoke $a "store" (i32.const 0x1fff8) (i64.const -1)))
(assert_return (invoke $a "load" (i32.const 0x1fff8)) (i64.const -1))
(assert_return (invoke $a "unmap") (i32.const 0))
(assert_return (invoke $a "load" (i32.const 0x1fff8)) (i64.const -1))
(assert_return (invoke $a "map-there") (i32.const 1))

;; A size of 0: no page, whatever the alignment.
(module $b
  (@dylink.0 (mem-info (memory 0 20)))
  (global (export "base") (import "env" "__memory_base") i32))
(assert_return (get $b "base") (i32.const 0))

;; One byte is one page. 16 pages are page 0, the two of the first module, one mapping, this one, and 11 more.
(module $c
  (@dylink.0 (mem-info (memory 1 0)))
  (global (export "base") (import "env" "__memory_base") i32))
(assert_return (invoke $a "count-free") (i32.const 11))
(assert_return (invoke $a "load" (i32.const 0x1fff8)) (i64.const -1))
(assert_return (invoke $a "load" (i32.const 0)) (i64.const 0))
