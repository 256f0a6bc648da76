;;; rules: load.symbols
;;; description: An import that a library re-exports must exist and be a function, also for a module that imports the re-export.

(library "test:lib" (module (@dylink.0) (import "m" "g" (func $g)) (export "again" (func $g))))
(library "test:none" (module (@dylink.0) (import "absent" "h" (func $h)) (export "none" (func $h))))
(library "test:platform" (module (@dylink.0) (import "process" "mremap" (func $h)) (export "platform" (func $h))))
(process (memory 16) (dictionary ("lib" "test:lib") ("none" "test:none") ("platform" "test:platform")))
(module $m (global (export "g") i32 (i32.const 1)))
(register "m" $m)
(assert_unloadable (module (@dylink.0 (needed "lib")) (import "env" "again" (func))) "incompatible import type")
(assert_unloadable
  (module (@dylink.0 (needed "lib")) (import "GOT.func" "again" (global (mut i32))))
  "incompatible import type")
;; "unresolved symbol" or "unknown import", depending on the import that is checked first.
(assert_unloadable (module (@dylink.0 (needed "none")) (import "env" "none" (func))) "un")
(assert_unloadable (module (@dylink.0 (needed "none")) (import "GOT.func" "none" (global (mut i32)))) "un")
(assert_unloadable (module (@dylink.0 (needed "platform")) (import "env" "platform" (func))) "un")
