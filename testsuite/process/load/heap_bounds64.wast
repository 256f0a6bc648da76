;;; rules: load.symbols, load.got
;;; features: memory64
;;; description: GOT.mem.__heap_base and GOT.mem.__heap_end are 0 without a definition, weak or strong; with one they are its address.

(process (memory i64 16))
(module definition $user
  (@dylink.0)
  (global $base (import "GOT.mem" "__heap_base") (mut i64))
  (global $end (import "GOT.mem" "__heap_end") (mut i64))
  (func (export "base") (result i64) (global.get $base))
  (func (export "end") (result i64) (global.get $end))
  (func (export "set") (global.set $base (i64.const 1))))
(module instance $u $user)
(assert_return (invoke $u "base") (i64.const 0))
(assert_return (invoke $u "end") (i64.const 0))
(module $w
  (@dylink.0 (import-info "env" "__heap_base" binding-weak) (import-info "env" "__heap_end" binding-weak))
  (global $base (import "GOT.mem" "__heap_base") (mut i64))
  (global $end (import "GOT.mem" "__heap_end") (mut i64))
  (func (export "sum") (result i64) (i64.or (global.get $base) (global.get $end))))
(assert_return (invoke $w "sum") (i64.const 0))
;; Each module has its own global.
(assert_return (invoke $u "set"))
(assert_return (invoke $u "base") (i64.const 1))
(assert_return (invoke $w "sum") (i64.const 0))
;; A module without dylink.0.
(module
  (global $base (import "GOT.mem" "__heap_base") (mut i64))
  (func (export "base") (result i64) (global.get $base)))
(assert_return (invoke "base") (i64.const 0))
;; Only these names, only in GOT.mem, and only as a mutable global of the pointer type.
(assert_unloadable (module (import "GOT.mem" "__heap_bas" (global (mut i64)))) "unresolved symbol")
(assert_unloadable (module (import "GOT.mem" "__heap_end_" (global (mut i64)))) "unresolved symbol")
(assert_unloadable (module (import "GOT.mem" "__data_end" (global (mut i64)))) "unresolved symbol")
(assert_unloadable (module (import "GOT.func" "__heap_base" (global (mut i64)))) "unresolved symbol")
(assert_unloadable (module (import "GOT.func" "__heap_end" (global (mut i64)))) "unresolved symbol")
(assert_unloadable (module (import "env" "__heap_base" (func))) "unresolved symbol")
(assert_unloadable (module (import "env" "__heap_base" (global i64))) "unknown import")
(assert_unloadable (module (import "GOT.mem" "__heap_base" (global i64))) "incompatible import type")
(assert_unloadable (module (import "GOT.mem" "__heap_end" (func))) "incompatible import type")
(assert_unloadable (module (import "GOT.mem" "__heap_end" (global (mut f32)))) "incompatible import type")
;; A definition: its address, if it is that of a datum.
(module $definer
  (@dylink.0 (mem-info (memory 8 3)) (export-info "__heap_end" absolute))
  (global (export "base") (import "env" "__memory_base") i64)
  (global (export "__heap_base") i64 (i64.const 4))
  (global (export "__heap_end") i64 (i64.const 0x50000)))
(register "definer" $definer)
(module instance $v $user)
(assert_return (invoke $v "end") (i64.const 0x50000))
(module
  (@dylink.0)
  (global $own (import "definer" "base") i64)
  (global $base (import "GOT.mem" "__heap_base") (mut i64))
  (func (export "offset") (result i64) (i64.sub (global.get $base) (global.get $own))))
(assert_return (invoke "offset") (i64.const 4))
;; Bindings that exist stay.
(assert_return (invoke $u "end") (i64.const 0))
(process (memory i64 16))
(module (@dylink.0) (func (export "__heap_base")))
(assert_unloadable (module (import "GOT.mem" "__heap_base" (global (mut i64)))) "incompatible import type")
