;;; rules: mmap.result
;;; description: The result is page-aligned and not 0, and its pages are mapped: no later mmap allocates them.

(process (memory 32))
(module
  (import "process" "mmap" (func $mmap (param i32 i64) (result i32)))
  (import "env" "memory" (memory 1))
  ;; Maps $length bytes with a hint repeatedly until nothing is free, and marks the first byte of every page. Returns the
  ;; number of mappings, or -1 if a result is not page-aligned or a page was marked before.
  (func (export "map-all") (param $hint i32) (param $length i32) (result i32)
    (local $a i32) (local $end i32) (local $n i32)
    (block $full
      (loop $more
        (local.set $a (call $mmap (local.get $hint) (i64.extend_i32_u (local.get $length))))
        (br_if $full (i32.eqz (local.get $a)))
        (if (i32.ne (i32.const 0) (i32.and (local.get $a) (i32.const 0xffff))) (then (return (i32.const -1))))
        (local.set $end (i32.add (local.get $a) (local.get $length)))
        (loop $page
          (if (i32.load8_u (local.get $a)) (then (return (i32.const -1))))
          (i32.store8 (local.get $a) (i32.const 1))
          (local.set $a (i32.add (local.get $a) (i32.const 0x10000)))
          (br_if $page (i32.lt_u (local.get $a) (local.get $end))))
        (local.set $n (i32.add (local.get $n) (i32.const 1)))
        (br $more)))
    (local.get $n)))
;; One byte less than a page is a page: 31 mappings, of which only the first finds its hint free.
(assert_return (invoke "map-all" (i32.const 0x45678) (i32.const 0xffff)) (i32.const 31))
(assert_return (invoke "map-all" (i32.const 0) (i32.const 1)) (i32.const 0))

(process (memory 31))
(module
  (import "process" "mmap" (func $mmap (param i32 i64) (result i32)))
  (import "env" "memory" (memory 1))
  ;; Writes to both ends of a mapping of two pages. Returns the sum of the bytes.
  (func (export "ends") (param $hint i32) (result i32)
    (local $a i32)
    (local.set $a (call $mmap (local.get $hint) (i64.const 0x10001)))
    (i32.store8 (local.get $a) (i32.const 3))
    (i32.store8 offset=0x1ffff (local.get $a) (i32.const 4))
    (i32.add (i32.load8_u (local.get $a)) (i32.load8_u offset=0x1ffff (local.get $a)))))
(assert_return (invoke "ends" (i32.const 0)) (i32.const 7))
(assert_return (invoke "ends" (i32.const 0x81234)) (i32.const 7))
(assert_return (invoke "ends" (i32.const 0x81234)) (i32.const 7))
