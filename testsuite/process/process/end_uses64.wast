;;; rules: process.end
;;; features: memory64
;;; description: Nothing of a process that has ended can be used: no function, global, mapping or registration; its name only once another process has it.

(process $p (memory i64 64))
(module $m
  (func $mmap (export "mmap") (import "process" "mmap") (param i64 i64) (result i64))
  (func $munmap (export "munmap") (import "process" "munmap") (param i64 i64) (result i32))
  (memory (export "memory") (import "env" "memory") i64 1)
  (global (export "sp") (import "env" "__stack_pointer") (mut i64))
  (global (export "g") (mut i32) (i32.const 1))
  (func (export "nothing"))
  (func (export "size") (result i64) (memory.size))
  (func (export "trap") (unreachable)))
(register "m" $m)
(assert_return (invoke $m "mmap" (i64.const 0x20000) (i64.const 0x10000)) (i64.const 0x20000))
(end $p)
(assert_refused (invoke $m "nothing") "process has ended")
(assert_refused (invoke $m "size") "process has ended")
(assert_refused (invoke $m "trap") "process has ended")
(assert_refused (invoke $m "mmap" (i64.const 0) (i64.const 1)) "process has ended")
(assert_refused (invoke $m "munmap" (i64.const 0x20000) (i64.const 0x10000)) "process has ended")
(assert_refused (get $m "g") "process has ended")
(assert_refused (get $m "sp") "process has ended")
(assert_refused (register "again" $m) "process has ended")
(assert_refused (switch $p) "process has ended")
(assert_refused (end $p) "process has ended")
;; Repeated uses give the same error.
(assert_refused (end $p) "process has ended")
(assert_refused (invoke $m "nothing") "process has ended")

;; The same from the core embedding.
(switch)
(assert_refused (switch $p) "process has ended")
(assert_refused (end $p) "process has ended")
(module (func (export "f") (result i32) (i32.const 7)))
(assert_return (invoke "f") (i32.const 7))

;; A process that is ended while another one is current.
(process $a (memory i64 64))
(process $b (memory i64 64))
(module $m (func (export "who") (result i32) (i32.const 2)))
(end $a)
(assert_refused (switch $a) "process has ended")
(assert_return (invoke $m "who") (i32.const 2))
(process $a (memory i64 2))
(switch $b)
(assert_return (invoke $m "who") (i32.const 2))
(switch $a)
(end $b)
(assert_refused (switch $b) "process has ended")
