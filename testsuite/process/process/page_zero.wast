;;; rules: process.page-zero, mmap.hint.round, munmap.range
;;; description: No mmap, hinted or not, and no munmap has any effect on page 0.

(process (memory 4))
(module
  (func $mmap (export "mmap") (import "process" "mmap") (param i32 i64) (result i32))
  (func $munmap (export "munmap") (import "process" "munmap") (param i32 i64) (result i32))
  ;; Maps single pages until none is free. Returns their number.
  (func $pages (export "pages") (result i32)
    (local $n i32)
    (block $done
      (loop $next
        (br_if $done (i32.eqz (call $mmap (i32.const 0) (i64.const 1))))
        (local.set $n (i32.add (local.get $n) (i32.const 1)))
        (br $next)))
    (local.get $n)))
;; Hints into page 0 are ignored: the mapping is made, but never there.
(module $hint
  (import "process" "mmap" (func $mmap (param i32 i64) (result i32)))
  (func (export "above-page-0") (param $hint i32) (result i32)
    (i32.ge_u (call $mmap (local.get $hint) (i64.const 1)) (i32.const 0x10000))))
(assert_return (invoke $hint "above-page-0" (i32.const 1)) (i32.const 1))
(assert_return (invoke $hint "above-page-0" (i32.const 0xffff)) (i32.const 1))
(assert_return (invoke $hint "above-page-0" (i32.const 0)) (i32.const 1))

;; Now only page 0 is left, and it is not allocated.
(assert_return (invoke $hint "above-page-0" (i32.const 0)) (i32.const 0))
(assert_return (invoke $hint "above-page-0" (i32.const 1)) (i32.const 0))
(assert_return (invoke $hint "above-page-0" (i32.const 0xffff)) (i32.const 0))

;; It cannot be unmapped either, alone or with others.
(module
  (func $mmap (export "mmap") (import "process" "mmap") (param i32 i64) (result i32))
  (func $munmap (export "munmap") (import "process" "munmap") (param i32 i64) (result i32))
  ;; Maps single pages until none is free. Returns their number.
  (func $pages (export "pages") (result i32)
    (local $n i32)
    (block $done
      (loop $next
        (br_if $done (i32.eqz (call $mmap (i32.const 0) (i64.const 1))))
        (local.set $n (i32.add (local.get $n) (i32.const 1)))
        (br $next)))
    (local.get $n)))
(assert_return (invoke "munmap" (i32.const 0) (i64.const 1)) (i32.const 0))
(assert_return (invoke "munmap" (i32.const 0) (i64.const 0x10000)) (i32.const 0))
(assert_return (invoke "munmap" (i32.const 0) (i64.const 0x40000)) (i32.const 0))
(assert_return (invoke "pages") (i32.const 0))
