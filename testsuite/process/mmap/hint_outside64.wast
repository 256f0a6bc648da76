;;; rules: mmap.hint.taken, mmap.range.end
;;; features: memory64
;;; description: A hint outside the address space, or whose range would leave it, is ignored, not an error.

(process (memory i64 64))
(module $m
  (func $mmap (export "mmap") (import "process" "mmap") (param i64 i64) (result i64))
  (func $munmap (export "munmap") (import "process" "munmap") (param i64 i64) (result i32)))
(module $n
  (import "process" "mmap" (func $mmap (param i64 i64) (result i64)))
  (import "process" "munmap" (func $munmap (param i64 i64) (result i32)))
  ;; 1 if the mapping lies wholly inside the address space; it is unmapped again.
  (func (export "inside") (param $hint i64) (param $length i64) (result i32)
    (local $a i64)
    (local.set $a (call $mmap (local.get $hint) (local.get $length)))
    (if (i64.eqz (local.get $a)) (then (return (i32.const 0))))
    (if (i64.gt_u (i64.add (local.get $a) (local.get $length)) (i64.const 0x400000))
      (then (return (i32.const 0))))
    (call $munmap (local.get $a) (local.get $length))))
(assert_return (invoke $n "inside" (i64.const 0x400000) (i64.const 0x10000)) (i32.const 1))
(assert_return (invoke $n "inside" (i64.const 0x3f0000) (i64.const 0x20000)) (i32.const 1))
(assert_return (invoke $n "inside" (i64.const 0x10000) (i64.const 0x3f0000)) (i32.const 1))
(assert_return (invoke $n "inside" (i64.const 0x20000) (i64.const 0x3f0000)) (i32.const 1))
(assert_return (invoke $n "inside" (i64.const 0x410000) (i64.const 0x10000)) (i32.const 1))
(assert_return (invoke $n "inside" (i64.const 0x7fff_0000) (i64.const 0x10000)) (i32.const 1))
(assert_return (invoke $n "inside" (i64.const 0x8000_0000) (i64.const 0x10000)) (i32.const 1))
(assert_return (invoke $n "inside" (i64.const 0xffff_0000) (i64.const 0x10000)) (i32.const 1))
(assert_return (invoke $n "inside" (i64.const 0x1_0000_0000) (i64.const 0x10000)) (i32.const 1))
(assert_return (invoke $n "inside" (i64.const 0x1_0001_0000) (i64.const 0x10000)) (i32.const 1))
(assert_return (invoke $n "inside" (i64.const 0x8000_0000_0001_0000) (i64.const 0x10000)) (i32.const 1))
(assert_return (invoke $n "inside" (i64.const -1) (i64.const 0x10000)) (i32.const 1))
;; Address plus length is 2^N or more: the wrapped end lies inside, the range does not.
(assert_return (invoke $n "inside" (i64.const -0x10000) (i64.const 0x20000)) (i32.const 1))
(assert_return (invoke $n "inside" (i64.const -0x10000) (i64.const 0x30000)) (i32.const 1))
;; The attempts together have left everything free.
(assert_return (invoke $m "mmap" (i64.const 0) (i64.const 0x3f0000)) (i64.const 0x10000))
