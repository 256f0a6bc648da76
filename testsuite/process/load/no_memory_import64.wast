;;; rules: load.no-memory
;;; features: memory64, multi_memory
;;; description: Importing env.memory does not entitle a module to a memory of its own.

(process (memory i64 64))
(assert_unloadable
  (module (import "env" "memory" (memory i64 1)) (memory 1))
  "module defines a memory")
(assert_unloadable
  (module (import "env" "memory" (memory i64 1)) (memory i64 64 64))
  "module defines a memory")
