;;; rules: load.reserve
;;; description: In the largest extent the largest alignments can be had.

(process (memory 0x10000))
(module (@dylink.0 (mem-info (memory 1 31))) (global (export "base") (import "env" "__memory_base") i32))
(assert_return (get "base") (i32.const 0x80000000))
(assert_unloadable (module (@dylink.0 (mem-info (memory 1 31)))) "reservation failed")
