;;; rules: process.memory, load.pointer-type
;;; description: env.memory has the extent as its minimum and its maximum, and P as its address type.

(process (memory 64))
(module (import "env" "memory" (memory 64 64)))
(module (import "env" "memory" (memory 0)))
(module (import "env" "memory" (memory 1)))
(module (import "env" "memory" (memory 64)))
(module (import "env" "memory" (memory 0 64)))
(module (import "env" "memory" (memory 3 65)))
(module (import "env" "memory" (memory 64 65536)))

;; A larger extent would do.
(assert_unloadable (module (import "env" "memory" (memory 65))) "extent")
(assert_unloadable (module (import "env" "memory" (memory 65 65))) "extent")
(assert_unloadable (module (import "env" "memory" (memory 65536))) "extent")
(module $m (memory (export "memory") (import "env" "memory") 1))
(register "m" $m)
(assert_unloadable (module (import "m" "memory" (memory 65))) "extent")
(library "test:large" (module (@dylink.0) (import "env" "memory" (memory 65))))
(dictionary ("large" "test:large"))
(assert_unloadable (module (@dylink.0 (needed "large"))) "extent")
;; None would.
(assert_unloadable (module (import "env" "memory" (memory 0 63))) "incompatible import type")
(assert_unloadable (module (import "env" "memory" (memory 63 63))) "incompatible import type")
(assert_unloadable (module (import "env" "memory" (memory 1 1))) "incompatible import type")
(assert_unloadable (module (import "env" "memory" (func))) "incompatible import type")
(assert_unloadable (module (import "env" "memory" (table 1 funcref))) "incompatible import type")
