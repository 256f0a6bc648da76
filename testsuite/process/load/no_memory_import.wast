;;; rules: load.no-memory
;;; features: multi_memory
;;; description: Importing env.memory does not entitle a module to a memory of its own.

(process (memory 64))
(assert_unloadable
  (module (import "env" "memory" (memory 1)) (memory 1))
  "module defines a memory")
(assert_unloadable
  (module (import "env" "memory" (memory 1)) (memory (;ptr;) 64 64))
  "module defines a memory")
