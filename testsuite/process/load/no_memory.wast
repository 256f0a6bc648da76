;;; rules: load.no-memory
;;; features: memory64
;;; description: A module that defines a memory of its own is refused, of whatever size and address type, and whether or not it imports env.memory.

(process (memory 64))
(assert_unloadable (module (memory 0)) "module defines a memory")
(assert_unloadable (module (memory 1)) "module defines a memory")
(assert_unloadable (module (memory 1 1)) "module defines a memory")
(assert_unloadable (module (memory i64 1)) "module defines a memory")
(assert_unloadable (module (memory (export "memory") 1)) "module defines a memory")
(assert_unloadable (module (memory (data "static"))) "module defines a memory")
(assert_unloadable (module (memory 1) (func (export "f") (i32.store (i32.const 0) (i32.const 1)))) "module defines a memory")

;; The memory of a registered instance is the memory of the process.
(module $m (memory (export "memory") (import "env" "memory") 1))
(register "m" $m)
(module
  (import "m" "memory" (memory 64))
  (func (export "size") (result i32) (memory.size)))
(assert_return (invoke "size") (i32.const 64))

;; Outside processes, modules may define memories.
(switch)
(module (memory 1) (func (export "pages") (result i32) (memory.size)))
(assert_return (invoke "pages") (i32.const 1))
