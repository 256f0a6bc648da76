;;; rules: dl.error.copy, dl.error
;;; features: bulk_memory
;;; description: process.error copies as many whole characters as fit and yields the length of all; the text is UTF-8, whatever the name is.

(process (memory 16) (dictionary ("a name of many bytes" "test:absent")))
(module $m
  (@dylink.0 (mem-info (memory 0x100 0)))
  (import "env" "memory" (memory 1))
  (import "env" "__memory_base" (global $base i32))
  (func $mmap (import "process" "mmap") (param i32 i64) (result i32))
  (func $load (import "process" "load") (param i32 i32) (result i32))
  (func $error (export "error") (import "process" "error") (param i32 i32) (result i32))
  ;; Characters of two, three and four bytes, and bytes that belong to none.
  (data (global.get $base) "\c3\a9\e2\82\ac\f0\9f\98\80\ff\80\c3\e2\82\c3\a9\f0\9f\98")
  (global $text (mut i32) (i32.const 0))
  (global $out (mut i32) (i32.const 0))
  (global $length (mut i32 (;ptr;)) (i32.const 0))
  ;; Fails to load the name, and copies all of the text to $text, a page; $out is another one.
  (func (export "fail") (result i32)
    (global.set $text (call $mmap (i32.const 0) (i64.const 0x10000)))
    (global.set $out (call $mmap (i32.const 0) (i64.const 0x10000)))
    (drop (call $load (global.get $base) (i32.const 19)))
    (memory.fill (global.get $text) (i32.const 0xff) (i32.const 0x10000))
    (global.set $length (call $error (global.get $text) (i32.const 0x10000)))
    (i32.gt_u (global.get $length) (i32.const 17)))
  (func $byte (param $at i32 (;ptr;)) (result i32) (i32.load8_u (i32.add (global.get $text) (local.get $at))))
  ;; Whether a character begins at an offset of the text, or the text ends there.
  (func $boundary (param $at i32 (;ptr;)) (result i32)
    (i32.or (i32.eq (local.get $at) (global.get $length))
            (i32.ne (i32.and (call $byte (local.get $at)) (i32.const 0xc0)) (i32.const 0x80))))
  ;; The bytes after the first of a character, by the first byte; -1 if it begins no character.
  (func $more (param $byte i32) (result i32)
    (if (i32.lt_u (local.get $byte) (i32.const 0x80)) (then (return (i32.const 0))))
    (if (i32.lt_u (local.get $byte) (i32.const 0xc2)) (then (return (i32.const -1))))
    (if (i32.lt_u (local.get $byte) (i32.const 0xe0)) (then (return (i32.const 1))))
    (if (i32.lt_u (local.get $byte) (i32.const 0xf0)) (then (return (i32.const 2))))
    (if (i32.lt_u (local.get $byte) (i32.const 0xf5)) (then (return (i32.const 3))))
    (i32.const -1))
  ;; Whether the text consists of characters, but for the ranges of second bytes, and ends where it should.
  (func (export "utf-8") (result i32)
    (local $at i32 (;ptr;)) (local $left i32) (local $byte i32)
    (block $end
      (loop $next
        (br_if $end (i32.eq (local.get $at) (global.get $length)))
        (local.set $byte (call $byte (local.get $at)))
        (if (i32.eqz (local.get $left))
          (then
            (local.set $left (call $more (local.get $byte)))
            (if (i32.lt_s (local.get $left) (i32.const 0)) (then (return (i32.const 0)))))
          (else
            (if (i32.ne (i32.and (local.get $byte) (i32.const 0xc0)) (i32.const 0x80)) (then (return (i32.const 0))))
            (local.set $left (i32.sub (local.get $left) (i32.const 1)))))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (br $next)))
    (i32.and (i32.eqz (local.get $left)) (i32.eq (call $byte (global.get $length)) (i32.const 0xff))))
  ;; Whether $size bytes of buffer get what they should.
  (func $fits (param $size i32 (;ptr;)) (result i32)
    (local $at i32 (;ptr;)) (local $end i32 (;ptr;))
    (memory.fill (global.get $out) (i32.const 0xff) (i32.const 0x10000))
    (if (i32.ne (call $error (global.get $out) (local.get $size)) (global.get $length)) (then (return (i32.const 0))))
    (local.set $end (local.get $size))
    (if (i32.gt_u (local.get $end) (global.get $length)) (then (local.set $end (global.get $length))))
    (block $found
      (loop $next
        (br_if $found (call $boundary (local.get $end)))
        (local.set $end (i32.sub (local.get $end) (i32.const 1)))
        (br $next)))
    (loop $next
      (if (i32.ne (i32.load8_u (i32.add (global.get $out) (local.get $at)))
                  (if (result i32) (i32.lt_u (local.get $at) (local.get $end))
                    (then (call $byte (local.get $at)))
                    (else (i32.const 0xff))))
        (then (return (i32.const 0))))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (br_if $next (i32.le_u (local.get $at) (i32.add (local.get $size) (i32.const 4)))))
    (i32.const 1))
  ;; The same for all sizes up to a few more than the text has bytes. The first that does not, or -1.
  (func (export "all-fit") (result i32 (;ptr;))
    (local $size i32 (;ptr;))
    (loop $next
      (if (i32.eqz (call $fits (local.get $size))) (then (return (local.get $size))))
      (local.set $size (i32.add (local.get $size) (i32.const 1)))
      (br_if $next (i32.le_u (local.get $size) (i32.add (global.get $length) (i32.const 4)))))
    (i32.const -1)))
(assert_return (invoke $m "fail") (i32.const 1))
(assert_return (invoke $m "utf-8") (i32.const 1))
(assert_return (invoke $m "all-fit") (i32.const -1))
