;;; rules: dict.exact, dict.missing
;;; description: Names are opaque, and compared byte for byte; versions are part of them.

(library "test:34" (module (@dylink.0) (func (export "v34") (result i32) (i32.const 34))))
(library "test:35" (module (@dylink.0) (func (export "v35") (result i32) (i32.const 35))))
(library "test:odd" (module (@dylink.0)))
(process (memory 16)
  (dictionary
    ("libc v34" "test:34") ("libc v35" "test:35")
    ("" "test:odd") ("../libc.so" "test:odd") ("l\c3\a9" "test:odd") ("nul\00" "test:odd") ("test:odd" "test:35")))
(module
  (@dylink.0 (needed "libc v34" "libc v35"))
  (import "env" "v34" (func $a (result i32)))
  (import "env" "v35" (func $b (result i32)))
  (func (export "sum") (result i32) (i32.add (call $a) (call $b))))
(assert_return (invoke "sum") (i32.const 69))
(module (@dylink.0 (needed "" "../libc.so" "l\c3\a9" "nul\00" "test:odd")))
(assert_unloadable (module (@dylink.0 (needed "libc"))) "unresolved library")
(assert_unloadable (module (@dylink.0 (needed "libc v3"))) "unresolved library")
(assert_unloadable (module (@dylink.0 (needed "libc v345"))) "unresolved library")
(assert_unloadable (module (@dylink.0 (needed "Libc v34"))) "unresolved library")
(assert_unloadable (module (@dylink.0 (needed "libc v34 "))) "unresolved library")
(assert_unloadable (module (@dylink.0 (needed "libc v34\00"))) "unresolved library")
(assert_unloadable (module (@dylink.0 (needed "libc.so"))) "unresolved library")
(assert_unloadable (module (@dylink.0 (needed "nul"))) "unresolved library")
;; The same letters, composed differently.
(assert_unloadable (module (@dylink.0 (needed "le\cc\81"))) "unresolved library")
