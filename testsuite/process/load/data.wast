;;; rules: load.data
;;; features: bulk_memory
;;; description: An active data segment is placed over env.__memory_base and lies inside the declared memory, which is empty without dylink.0.

(process (memory 64))
(module $m
  (func $mmap (export "mmap") (import "process" "mmap") (param i32 i64) (result i32))
  (memory (import "env" "memory") 1)
  (global (export "address") i32 (i32.const 0x20000))
  (func (export "load64") (param i32) (result i64) (i64.load (local.get 0))))
(register "m" $m)
(assert_return (invoke $m "mmap" (i32.const 0x20000) (i64.const 0x10000)) (i32.const 0x20000))

;; Static addresses: on a mapped page, on an unmapped one, and without a byte to write.
(assert_unloadable
  (module (import "env" "memory" (memory 1)) (data (i32.const 0x20000) "static"))
  "static data address")
(assert_unloadable
  (module (import "env" "memory" (memory 1)) (data (i32.const 0x30000) "static"))
  "static data address")
(assert_unloadable
  (module (import "env" "memory" (memory 1)) (data (i32.const 0) ""))
  "static data address")
;; An address from an ordinary global is static, too,
(assert_unloadable
  (module
    (import "env" "memory" (memory 1))
    (import "m" "address" (global $a i32))
    (data (global.get $a) "static"))
  "static data address")
;; and so is the base of the table.
(assert_unloadable
  (module
    (import "env" "memory" (memory 1))
    (import "env" "__table_base" (global $base i32))
    (data (global.get $base) ""))
  "static data address")

;; Over the base, but beyond the declared memory, which is empty.
(assert_unloadable
  (module
    (import "env" "memory" (memory 1))
    (import "env" "__memory_base" (global $base i32))
    (data (global.get $base) "x"))
  "data segment outside reservation")
;; One bad segment suffices, wherever it stands.
(assert_unloadable
  (module
    (import "env" "memory" (memory 1))
    (import "env" "__memory_base" (global $base i32))
    (data (global.get $base) "")
    (data (i32.const 0x20000) "static"))
  "static data address")
(assert_unloadable
  (module
    (import "env" "memory" (memory 1))
    (import "env" "__memory_base" (global $base i32))
    (data (i32.const 0x20000) "static")
    (data (global.get $base) "x"))
  "static data address")
(assert_return (invoke $m "load64" (i32.const 0x20000)) (i64.const 0))

;; An empty segment at the base, and a passive segment.
(module
  (import "env" "memory" (memory 1))
  (import "env" "__memory_base" (global $base i32))
  (data (global.get $base) "")
  (data $d "passive!")
  (func (export "init") (param i32) (memory.init $d (local.get 0) (i32.const 0) (i32.const 8))))
(assert_return (invoke "init" (i32.const 0x20000)))
(assert_return (invoke $m "load64" (i32.const 0x20000)) (i64.const 0x2165766973736170))
