;;; rules: load.ctor-trap, dl.load
;;; description: If a constructor fails a load, modules of it that another load needs stay: here for a plugin that the constructor has loaded.

(library "test:host"
  (module
    (@dylink.0 (mem-info (memory 6 0)) (needed "other"))
    (import "env" "memory" (memory 1))
    (import "env" "__memory_base" (global $base i32))
    (func $load (import "process" "load") (param i32 i32) (result i32))
    (data (global.get $base) "plugin")
    (func (export "of-host") (result i32) (i32.load8_u (global.get $base)))
    (func (export "__wasm_call_ctors")
      (drop (call $load (global.get $base) (i32.const 6)))
      (unreachable))))
(library "test:other" (module (@dylink.0) (func (export "of-other"))))
(library "test:plugin"
  (module
    (@dylink.0 (needed "host"))
    (func $of-host (import "env" "of-host") (result i32))
    (func (export "of-plugin") (result i32) (call $of-host))))
(process (memory 16) (dictionary ("host" "test:host") ("other" "test:other") ("plugin" "test:plugin")))
(assert_unloadable (module (@dylink.0 (needed "host")) (func (export "of-program"))) "unreachable")
;; The program is unloaded, the host and the library it needs are not.
(assert_unloadable (module (@dylink.0) (import "env" "of-program" (func))) "unresolved symbol")
(module $user
  (@dylink.0)
  (import "env" "of-other" (func))
  (func $of-plugin (import "env" "of-plugin") (result i32))
  (func (export "run") (result i32) (call $of-plugin)))
(assert_return (invoke $user "run") (i32.const 0x70))
;; The host's constructor has failed, and is not called again.
(module (@dylink.0 (needed "host" "plugin")))
(assert_return (invoke $user "run") (i32.const 0x70))
