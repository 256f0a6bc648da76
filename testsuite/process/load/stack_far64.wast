;;; rules: load.stack
;;; features: memory64
;;; pair: none, since wasm64 has addresses beyond 2^32
;;; description: A stack that ends beyond 2^32 ends at a page's end, like others.

(process (memory i64 0x20000) (stack 0x10000))
(module
  (global $sp (import "env" "__stack_pointer") (mut i64))
  (func (export "offset") (result i64) (i64.and (global.get $sp) (i64.const 0xffff))))
(assert_return (invoke "offset") (i64.const 0))
