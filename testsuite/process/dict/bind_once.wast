;;; rules: dict.bind-once
;;; description: Adding an entry again with the same URI does nothing; with another URI it is an error, and nothing is added.

(library "test:a" (module (@dylink.0) (func (export "which") (result i32) (i32.const 1))))
(library "test:b" (module (@dylink.0) (func (export "which") (result i32) (i32.const 2))))
(process $p (memory 16) (dictionary ("lib" "test:a") ("lib" "test:a")))
(dictionary ("lib" "test:a"))
(assert_refused (dictionary ("lib" "test:b")) "already bound")
(assert_refused (dictionary ("lib" "test:a ")) "already bound")
;; All entries of a command are added, or none.
(assert_refused (dictionary ("new" "test:b") ("lib" "test:b")) "already bound")
(assert_unloadable (module (@dylink.0 (needed "new"))) "unresolved library")
(assert_refused (dictionary ("new" "test:b") ("new" "test:a")) "already bound")
(assert_unloadable (module (@dylink.0 (needed "new"))) "unresolved library")
(assert_refused (dictionary ("new" "test:b") ("newer" "test:b") ("lib" "test:b")) "already bound")
(assert_unloadable (module (@dylink.0 (needed "new"))) "unresolved library")
(assert_unloadable (module (@dylink.0 (needed "newer"))) "unresolved library")
(dictionary ("new" "test:a"))
(dictionary)
(module
  (@dylink.0 (needed "lib" "new"))
  (import "env" "which" (func $which (result i32)))
  (func (export "run") (result i32) (call $which)))
(assert_return (invoke "run") (i32.const 1))
;; The same after the library is loaded.
(assert_refused (dictionary ("lib" "test:b")) "already bound")
(dictionary ("lib" "test:a"))
;; A process whose dictionary contradicts itself is not created.
(assert_refused (process (memory 16) (dictionary ("x" "test:a") ("x" "test:b"))) "already bound")
(assert_return (invoke "run") (i32.const 1))
;; Another process may bind the same name to another URI; a process that has ended accepts no entry.
(process $q (memory 16) (dictionary ("lib" "test:b")))
(module
  (@dylink.0 (needed "lib"))
  (import "env" "which" (func $which (result i32)))
  (func (export "run") (result i32) (call $which)))
(assert_return (invoke "run") (i32.const 2))
(end $p)
(dictionary ("again" "test:a"))
(end $q)
(assert_refused (dictionary ("lib" "test:b")) "process has ended")
