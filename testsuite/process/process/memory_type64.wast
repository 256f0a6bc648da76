;;; rules: process.memory, load.pointer-type
;;; features: memory64
;;; description: env.memory has the extent as its minimum and its maximum, and P as its address type.

(process (memory i64 64))
(module (import "env" "memory" (memory i64 64 64)))
(module (import "env" "memory" (memory i64 0)))
(module (import "env" "memory" (memory i64 1)))
(module (import "env" "memory" (memory i64 64)))
(module (import "env" "memory" (memory i64 0 64)))
(module (import "env" "memory" (memory i64 3 65)))
(module (import "env" "memory" (memory i64 64 65536)))

(assert_unloadable (module (import "env" "memory" (memory i64 65))) "incompatible import type")
(assert_unloadable (module (import "env" "memory" (memory i64 65 65))) "incompatible import type")
(assert_unloadable (module (import "env" "memory" (memory i64 65536))) "incompatible import type")
(assert_unloadable (module (import "env" "memory" (memory i64 0 63))) "incompatible import type")
(assert_unloadable (module (import "env" "memory" (memory i64 63 63))) "incompatible import type")
(assert_unloadable (module (import "env" "memory" (memory i64 1 1))) "incompatible import type")
(assert_unloadable (module (import "env" "memory" (func))) "incompatible import type")
(assert_unloadable (module (import "env" "memory" (table 1 funcref))) "incompatible import type")
