;;; rules: mmap.hint.taken, mmap.range.end
;;; description: A hint outside the address space, or whose range would leave it, is ignored, not an error.

(process (memory 64))
(module $m
  (func $mmap (export "mmap") (import "process" "mmap") (param i32 i64) (result i32))
  (func $munmap (export "munmap") (import "process" "munmap") (param i32 i64) (result i32)))
(module $n
  (import "process" "mmap" (func $mmap (param i32 i64) (result i32)))
  (import "process" "munmap" (func $munmap (param i32 i64) (result i32)))
  ;; 1 if the mapping lies wholly inside the address space; it is unmapped again.
  (func (export "inside") (param $hint i32) (param $length i64) (result i32)
    (local $a i32)
    (local.set $a (call $mmap (local.get $hint) (local.get $length)))
    (if (i32.eqz (local.get $a)) (then (return (i32.const 0))))
    (if (i64.gt_u (i64.add (i64.extend_i32_u (local.get $a)) (local.get $length)) (i64.const 0x400000))
      (then (return (i32.const 0))))
    (call $munmap (local.get $a) (local.get $length))))
(assert_return (invoke $n "inside" (i32.const 0x400000) (i64.const 0x10000)) (i32.const 1))
(assert_return (invoke $n "inside" (i32.const 0x3f0000) (i64.const 0x20000)) (i32.const 1))
(assert_return (invoke $n "inside" (i32.const 0x10000) (i64.const 0x3f0000)) (i32.const 1))
(assert_return (invoke $n "inside" (i32.const 0x20000) (i64.const 0x3f0000)) (i32.const 1))
(assert_return (invoke $n "inside" (i32.const 0x410000) (i64.const 0x10000)) (i32.const 1))
(assert_return (invoke $n "inside" (i32.const 0x7fff_0000) (i64.const 0x10000)) (i32.const 1))
(assert_return (invoke $n "inside" (i32.const 0x8000_0000) (i64.const 0x10000)) (i32.const 1))
(assert_return (invoke $n "inside" (i32.const 0xffff_0000) (i64.const 0x10000)) (i32.const 1))
(;64:
(assert_return (invoke $n "inside" (i64.const 0x1_0000_0000) (i64.const 0x10000)) (i32.const 1))
(assert_return (invoke $n "inside" (i64.const 0x1_0001_0000) (i64.const 0x10000)) (i32.const 1))
(assert_return (invoke $n "inside" (i64.const 0x8000_0000_0001_0000) (i64.const 0x10000)) (i32.const 1))
;)
(assert_return (invoke $n "inside" (i32.const -1) (i64.const 0x10000)) (i32.const 1))
;; Address plus length is 2^N or more: the wrapped end lies inside, the range does not.
(assert_return (invoke $n "inside" (i32.const -0x10000) (i64.const 0x20000)) (i32.const 1))
(assert_return (invoke $n "inside" (i32.const -0x10000) (i64.const 0x30000)) (i32.const 1))
;; The attempts together have left everything free.
(assert_return (invoke $m "mmap" (i32.const 0) (i64.const 0x3f0000)) (i32.const 0x10000))
