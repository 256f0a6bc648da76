;;; rules: munmap.span, munmap.true
;;; description: One call unmaps several mappings, and the free pages between them stay free.

(process (memory 32))
(module
  (func $mmap (export "mmap") (import "process" "mmap") (param i32 i64) (result i32))
  (func $munmap (export "munmap") (import "process" "munmap") (param i32 i64) (result i32))
  (memory (import "env" "memory") 1)
  (func (export "load8") (param i32) (result i32) (i32.load8_u (local.get 0)))
  (func (export "store8") (param i32 i32) (i32.store8 (local.get 0) (local.get 1)))
  ;; Maps single pages until none is free. Returns their number.
  (func $pages (export "pages") (result i32)
    (local $n i32)
    (block $done
      (loop $next
        (br_if $done (i32.eqz (call $mmap (i32.const 0) (i64.const 1))))
        (local.set $n (i32.add (local.get $n) (i32.const 1)))
        (br $next)))
    (local.get $n)))
(assert_return (invoke "mmap" (i32.const 0x20000) (i64.const 0x10000)) (i32.const 0x20000))
(assert_return (invoke "mmap" (i32.const 0x30000) (i64.const 0x20000)) (i32.const 0x30000))
(assert_return (invoke "mmap" (i32.const 0x80000) (i64.const 0x10000)) (i32.const 0x80000))
(assert_return (invoke "mmap" (i32.const 0xa0000) (i64.const 0x30000)) (i32.const 0xa0000))
(assert_return (invoke "store8" (i32.const 0x20000) (i32.const 2)))
(assert_return (invoke "store8" (i32.const 0xcffff) (i32.const 12)))

;; From the second mapping to the middle of the last one.
(assert_return (invoke "munmap" (i32.const 0x30000) (i64.const 0x90000)) (i32.const 1))
(assert_return (invoke "load8" (i32.const 0x20000)) (i32.const 2))
(assert_return (invoke "load8" (i32.const 0xcffff)) (i32.const 12))
;; The range is one run now.
(assert_return (invoke "mmap" (i32.const 0x30000) (i64.const 0x90000)) (i32.const 0x30000))
(assert_return (invoke "munmap" (i32.const 0x30000) (i64.const 0x90000)) (i32.const 1))

;; Free pages before, between and after.
(assert_return (invoke "munmap" (i32.const 0x10000) (i64.const 0x100000)) (i32.const 1))
(assert_return (invoke "pages") (i32.const 31))
