;;; rules: load.unload, dl.unload
;;; features: tail_call, reference_types, function_references
;;; description: A tail call gives up its frame, also one to a function of the host: a library that unloads itself by one is unloaded at once.

(library "test:lib"
  (module
    (@dylink.0 (mem-info (memory 0x10000 0)) (needed "dep"))
    (type $unload (func (param i32) (result i32)))
    (func $unload (import "process" "unload") (type $unload))
    (func $close (import "m" "close") (type $unload))
    (table $own 1 funcref)
    (elem (table $own) (i32.const 0) func $unload)
    (func (export "a") (type $unload) (call $unload (local.get 0)))
    (func $b (export "b") (type $unload) (return_call $unload (local.get 0)))
    (func (export "c") (type $unload) (return_call_indirect $own (type $unload) (local.get 0) (i32.const 0)))
    (func (export "d") (type $unload) (return_call_ref $unload (local.get 0) (ref.func $unload)))
    ;; Through a function of another library, and of its own.
    (func (export "e") (type $unload) (return_call $close (local.get 0)))
    (func (export "f") (type $unload) (return_call $b (local.get 0)))
    ;; It has another frame.
    (func (export "g") (type $unload) (call $b (local.get 0)))
    (func (export "h") (type $unload) (call $close (local.get 0)))))
(library "test:dep"
  (module
    (@dylink.0 (mem-info (memory 0x10000 0)))
    (func $unload (import "process" "unload") (param i32) (result i32))
    (func (export "i") (param i32) (result i32) (call $unload (local.get 0)))
    (func (export "j") (param i32) (result i32) (return_call $unload (local.get 0)))))
(process (memory 8) (dictionary ("lib" "test:lib") ("dep" "test:dep")))
(module $m
  (@dylink.0 (mem-info (memory 16 0)))
  (import "env" "memory" (memory 1))
  (import "env" "__memory_base" (global $base i32))
  (table $t (import "env" "__indirect_function_table") 1 funcref)
  (func $load (import "process" "load") (param i32 i32) (result i32))
  (func $symbol (import "process" "symbol") (param i32 i32 i32) (result i32))
  (func $unload (import "process" "unload") (param i32) (result i32))
  (func $mmap (import "process" "mmap") (param i32 i64) (result i32))
  (func $munmap (import "process" "munmap") (param i32 i64) (result i32))
  (data (global.get $base) "libdepabcdefghij")
  (global $handle (mut i32) (i32.const 0))
  (func (export "close") (param i32) (result i32) (call $unload (local.get 0)))
  (func $find (result i32)
    (i32.ne (call $symbol (global.get $handle) (i32.add (global.get $base) (i32.const 6)) (i32.const 1)) (i32.const 0)))
  ;; Opens the library, calls its function 'a' + $which, or one of its dependency, and returns the result, whether the library
  ;; is still there, and the number of free pages.
  (func (export "run") (param $which i32) (result i32)
    (local $library i32)
    (global.set $handle (call $load (global.get $base) (i32.const 3)))
    (local.set $library (global.get $handle))
    (if (i32.ge_u (local.get $which) (i32.const 8))
      (then
        ;; The dependency is only needed then.
        (local.set $library (call $load (i32.add (global.get $base) (i32.const 3)) (i32.const 3)))
        (drop (call $unload (local.get $library)))))
    (i32.add
      (i32.mul
        (i32.const 100)
        (call_indirect $t (param i32) (result i32)
          (global.get $handle)
          (call $symbol (local.get $library)
            (i32.add (i32.add (global.get $base) (i32.const 6)) (local.get $which)) (i32.const 1))))
      (i32.add (i32.mul (i32.const 10) (call $find)) (call $count))))
  (func $count (export "count-free") (result i32)
    (local $at i32) (local $n i32)
    (local.set $at (call $mmap (i32.const 0) (i64.const 1)))
    (if (i32.ne (local.get $at) (i32.const 0))
      (then
        (local.set $n (i32.add (i32.const 1) (call $count)))
        (drop (call $munmap (local.get $at) (i64.const 1)))))
    (local.get $n)))
(register "m" $m)
(assert_return (invoke $m "count-free") (i32.const 6))
(assert_return (invoke $m "run" (i32.const 0)) (i32.const 114))
(assert_return (invoke $m "count-free") (i32.const 6))
;; A tail call to the host, direct and indirect, and by a reference.
(assert_return (invoke $m "run" (i32.const 1)) (i32.const 106))
(assert_return (invoke $m "run" (i32.const 2)) (i32.const 106))
(assert_return (invoke $m "run" (i32.const 3)) (i32.const 106))
;; Through a function of another library, and through one of its own.
(assert_return (invoke $m "run" (i32.const 4)) (i32.const 106))
(assert_return (invoke $m "run" (i32.const 5)) (i32.const 106))
;; A tail call gives up one frame, not all of a library.
(assert_return (invoke $m "run" (i32.const 6)) (i32.const 114))
(assert_return (invoke $m "count-free") (i32.const 6))
(assert_return (invoke $m "run" (i32.const 7)) (i32.const 114))
(assert_return (invoke $m "count-free") (i32.const 6))
;; A dependency undoes the library that alone needs it: the dependency goes at once only if it gave up its frame.
(assert_return (invoke $m "run" (i32.const 8)) (i32.const 105))
(assert_return (invoke $m "count-free") (i32.const 6))
(assert_return (invoke $m "run" (i32.const 9)) (i32.const 106))
(assert_return (invoke $m "count-free") (i32.const 6))
