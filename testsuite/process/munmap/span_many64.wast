;;; rules: munmap.span, mmap.zero
;;; features: memory64
;;; description: One call unmaps a thousand mappings with a thousand holes between them; all pages are zero afterwards.

(process (memory i64 2048))
(module
  (import "process" "mmap" (func $mmap (param i64 i64) (result i64)))
  (import "process" "munmap" (func $munmap (param i64 i64) (result i32)))
  (import "env" "memory" (memory i64 1))
  ;; Maps each odd page and writes to it. Returns how many succeeded.
  (func (export "map-odd") (result i32)
    (local $a i64) (local $n i32)
    (local.set $a (i64.const 0x10000))
    (loop $next
      (if (i64.eq (call $mmap (local.get $a) (i64.const 1)) (local.get $a))
        (then
          (i32.store (local.get $a) (i32.const 1))
          (local.set $n (i32.add (local.get $n) (i32.const 1)))))
      (local.set $a (i64.add (local.get $a) (i64.const 0x20000)))
      (br_if $next (i64.lt_u (local.get $a) (i64.const 0x8000000))))
    (local.get $n))
  (func (export "munmap") (param i64 i64) (result i32) (call $munmap (local.get 0) (local.get 1)))
  (func (export "mmap") (param i64 i64) (result i64) (call $mmap (local.get 0) (local.get 1)))
  ;; Returns the number of pages whose first word is not 0.
  (func (export "marked") (result i32)
    (local $a i64) (local $n i32)
    (local.set $a (i64.const 0x10000))
    (loop $next
      (local.set $n (i32.add (local.get $n) (i32.ne (i32.load (local.get $a)) (i32.const 0))))
      (local.set $a (i64.add (local.get $a) (i64.const 0x10000)))
      (br_if $next (i64.lt_u (local.get $a) (i64.const 0x8000000))))
    (local.get $n)))
(assert_return (invoke "map-odd") (i32.const 1024))
;; All but the first and the last.
(assert_return (invoke "munmap" (i64.const 0x20000) (i64.const 0x7fd0000)) (i32.const 1))
(assert_return (invoke "mmap" (i64.const 0x20000) (i64.const 0x7fd0000)) (i64.const 0x20000))
(assert_return (invoke "marked") (i32.const 2))
