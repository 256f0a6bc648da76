;;; rules: load.symbols
;;; description: The flags of a symbol in import-info may be given once or in parts, under env or the GOT, and under no other module name.

(process (memory 16))
;; In two parts, of which the second flags it as weak.
(module
  (@dylink.0 (import-info "env" "g" undefined) (import-info "env" "g" binding-weak))
  (func $g (import "env" "g"))
  (func (export "call") (call $g)))
(assert_trap (invoke "call") "unresolved symbol")
(module
  (@dylink.0 (import-info "env" "g" undefined) (needed) (import-info "GOT.func" "g" binding-weak))
  (func $g (import "env" "g"))
  (func (export "call") (call $g)))
(assert_trap (invoke "call") "unresolved symbol")
;; In two parts, of which the first flags it as weak.
(module
  (@dylink.0 (import-info "env" "g" binding-weak) (import-info "env" "g" undefined))
  (func $g (import "env" "g"))
  (func (export "call") (call $g)))
(assert_trap (invoke "call") "unresolved symbol")
;; Under the module name of the import, if that is the GOT.
(module
  (@dylink.0 (import-info "GOT.mem" "x" binding-weak) (import-info "GOT.func" "f" binding-weak))
  (global $x (import "GOT.mem" "x") (mut i32))
  (global $f (import "GOT.func" "f") (mut i32))
  (func (export "are-0") (result i32) (i32.and (i32.eqz (global.get $x)) (i32.eqz (global.get $f)))))
(assert_return (invoke "are-0") (i32.const 1))
;; Under other module names the flags have no effect.
(assert_unloadable
  (module (@dylink.0 (import-info "process" "g" binding-weak)) (import "env" "g" (func)))
  "unresolved symbol")
(assert_unloadable
  (module (@dylink.0 (import-info "lib" "g" binding-weak)) (import "GOT.func" "g" (global (mut i32))))
  "unresolved symbol")
(assert_unloadable
  (module (@dylink.0 (import-info "" "g" binding-weak)) (import "GOT.mem" "g" (global (mut i32))))
  "unresolved symbol")
;; Flags of exports have no effect on imports.
(assert_unloadable
  (module (@dylink.0 (export-info "g" binding-weak)) (import "env" "g" (func)))
  "unresolved symbol")
