;;; rules: process.memory
;;; features: memory64
;;; pair: none, since wasm64 has extents beyond 2^32 pages
;;; description: The maximum of the memory is the extent, also one of more than 2^32 pages.

(process (memory i64 0x100000001))
(assert_unloadable (module (import "env" "memory" (memory i64 1 0x100000000))) "incompatible import type")
(module (import "env" "memory" (memory i64 1 0x100000001)))
