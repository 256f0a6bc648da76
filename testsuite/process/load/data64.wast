;;; rules: load.data
;;; features: memory64, bulk_memory
;;; description: An active data segment is placed over env.__memory_base and lies inside the declared memory, which is empty without dylink.0.

(process (memory i64 64))
(module $m
  (func $mmap (export "mmap") (import "process" "mmap") (param i64 i64) (result i64))
  (memory (import "env" "memory") i64 1)
  (global (export "address") i64 (i64.const 0x20000))
  (func (export "load64") (param i64) (result i64) (i64.load (local.get 0))))
(register "m" $m)
(assert_return (invoke $m "mmap" (i64.const 0x20000) (i64.const 0x10000)) (i64.const 0x20000))

;; Static addresses: on a mapped page, on an unmapped one, and without a byte to write.
(assert_unloadable
  (module (import "env" "memory" (memory i64 1)) (data (i64.const 0x20000) "static"))
  "static data address")
(assert_unloadable
  (module (import "env" "memory" (memory i64 1)) (data (i64.const 0x30000) "static"))
  "static data address")
(assert_unloadable
  (module (import "env" "memory" (memory i64 1)) (data (i64.const 0) ""))
  "static data address")
;; An address from an ordinary global is static, too,
(assert_unloadable
  (module
    (import "env" "memory" (memory i64 1))
    (import "m" "address" (global $a i64))
    (data (global.get $a) "static"))
  "static data address")
;; and so is the base of the table.
(assert_unloadable
  (module
    (import "env" "memory" (memory i64 1))
    (import "env" "__table_base" (global $base i64))
    (data (global.get $base) ""))
  "static data address")

;; Over the base, but beyond the declared memory, which is empty.
(assert_unloadable
  (module
    (import "env" "memory" (memory i64 1))
    (import "env" "__memory_base" (global $base i64))
    (data (global.get $base) "x"))
  "data segment outside reservation")
;; One bad segment suffices, wherever it stands.
(assert_unloadable
  (module
    (import "env" "memory" (memory i64 1))
    (import "env" "__memory_base" (global $base i64))
    (data (global.get $base) "")
    (data (i64.const 0x20000) "static"))
  "static data address")
(assert_unloadable
  (module
    (import "env" "memory" (memory i64 1))
    (import "env" "__memory_base" (global $base i64))
    (data (i64.const 0x20000) "static")
    (data (global.get $base) "x"))
  "static data address")
(assert_return (invoke $m "load64" (i64.const 0x20000)) (i64.const 0))

;; An empty segment at the base, and a passive segment.
(module
  (import "env" "memory" (memory i64 1))
  (import "env" "__memory_base" (global $base i64))
  (data (global.get $base) "")
  (data $d "passive!")
  (func (export "init") (param i64) (memory.init $d (local.get 0) (i32.const 0) (i32.const 8))))
(assert_return (invoke "init" (i64.const 0x20000)))
(assert_return (invoke $m "load64" (i64.const 0x20000)) (i64.const 0x2165766973736170))
