;;; rules: load.identity
;;; description: A process has one instance per URI, however many names and modules lead to it.

(library "test:counter"
  (module
    (@dylink.0)
    (global $n (mut i32) (i32.const 0))
    (func (export "next") (result i32)
      (global.set $n (i32.add (global.get $n) (i32.const 1)))
      (global.get $n))))
(library "test:user"
  (module
    (@dylink.0 (needed "counter v2"))
    (func $next (import "env" "next") (result i32))
    (func (export "user-next") (result i32) (call $next))))
(process $p (memory 16)
  (dictionary ("counter" "test:counter") ("counter v2" "test:counter") ("user" "test:user")))
(module $a
  (@dylink.0 (needed "counter" "user" "counter"))
  (func $next (import "env" "next") (result i32))
  (func $user-next (import "env" "user-next") (result i32))
  (func (export "a-next") (result i32) (call $next))
  (func (export "a-user-next") (result i32) (call $user-next)))
(assert_return (invoke $a "a-next") (i32.const 1))
(assert_return (invoke $a "a-user-next") (i32.const 2))
;; The same for modules loaded later.
(module $b
  (@dylink.0 (needed "counter v2"))
  (func $next (import "env" "next") (result i32))
  (func (export "run") (result i32) (call $next)))
(assert_return (invoke $b "run") (i32.const 3))
(assert_return (invoke $a "a-next") (i32.const 4))
;; Another process has its own.
(process $q (memory 16) (dictionary ("counter" "test:counter")))
(module $c
  (@dylink.0 (needed "counter"))
  (func $next (import "env" "next") (result i32))
  (func (export "c-next") (result i32) (call $next)))
(assert_return (invoke $c "c-next") (i32.const 1))
(switch $p)
(assert_return (invoke $a "a-next") (i32.const 5))
;; The same code at another URI is another library.
(library "test:copy"
  (module
    (@dylink.0)
    (global $n (mut i32) (i32.const 10))
    (func (export "copy-next") (result i32)
      (global.set $n (i32.add (global.get $n) (i32.const 1)))
      (global.get $n))))
(dictionary ("copy" "test:copy"))
(module $d
  (@dylink.0 (needed "copy"))
  (func $next (import "env" "copy-next") (result i32))
  (func (export "d-next") (result i32) (call $next)))
(assert_return (invoke $d "d-next") (i32.const 11))
;; A library published later under the URI does not replace the loaded one.
(library "test:counter"
  (module
    (@dylink.0)
    (func (export "next") (result i32) (i32.const 1000))))
(module $e
  (@dylink.0 (needed "counter"))
  (func $next (import "env" "next") (result i32))
  (func (export "e-next") (result i32) (call $next)))
(assert_return (invoke $e "e-next") (i32.const 6))
