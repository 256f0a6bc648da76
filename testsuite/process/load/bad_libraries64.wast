;;; rules: load.needed, load.atomic, load.reserve
;;; features: memory64
;;; description: Malformed and invalid libraries, libraries too large for the process, and libraries that contradict themselves fail the load, which leaves no trace.

(library "test:good" (module (@dylink.0 (mem-info (memory 0x20000 0))) (func (export "good") (result i32) (i32.const 1))))
(library "test:empty" (module binary ""))
(library "test:text" (module binary "(module)"))
(library "test:cut" (module binary "\00asm\01\00\00"))
(library "test:version" (module binary "\00asm\02\00\00\00"))
(library "test:invalid" (module binary "\00asm\01\00\00\00\01\05\01\60\00\01\7f\03\02\01\00\0a\04\01\02\00\0b"))
;; Two exports of one name.
(library "test:twice" (module binary
  "\00asm\01\00\00\00\01\04\01\60\00\00\03\02\01\00\07\09\02\01\61\00\00\01\61\00\00\0a\04\01\02\00\0b"))
(library "test:too large" (module (@dylink.0 (mem-info (memory 0xf0001 0)))))
(library "test:largest" (module (@dylink.0 (mem-info (memory 0xffffffff 0)))))
(library "test:too aligned" (module (@dylink.0 (mem-info (memory 1 31)))))
(process (memory i64 16)
  (dictionary
    ("good" "test:good") ("empty" "test:empty") ("text" "test:text") ("cut" "test:cut") ("version" "test:version")
    ("invalid" "test:invalid") ("twice" "test:twice") ("too large" "test:too large") ("largest" "test:largest")
    ("too aligned" "test:too aligned")))
(module $m
  (func $mmap (import "process" "mmap") (param i64 i64) (result i64))
  (func $munmap (import "process" "munmap") (param i64 i64) (result i32))
  ;; 1 if all pages but page 0 are one free run.
  (func (export "is-empty") (result i32) (call $munmap (call $mmap (i64.const 0) (i64.const 0xf0000)) (i64.const 0xf0000))))
(assert_return (invoke $m "is-empty") (i32.const 1))
(assert_unloadable (module (@dylink.0 (needed "good" "empty"))) "malformed library")
(assert_unloadable (module (@dylink.0 (needed "good" "text"))) "malformed library")
(assert_unloadable (module (@dylink.0 (needed "good" "cut"))) "malformed library")
(assert_unloadable (module (@dylink.0 (needed "good" "version"))) "malformed library")
(assert_unloadable (module (@dylink.0 (needed "good" "invalid"))) "invalid library")
(assert_unloadable (module (@dylink.0 (needed "good" "twice"))) "invalid library")
(assert_unloadable (module (@dylink.0 (needed "good" "too large"))) "reservation failed")
(assert_unloadable (module (@dylink.0 (needed "good" "largest"))) "reservation failed")
(assert_unloadable (module (@dylink.0 (needed "good" "too aligned"))) "reservation failed")
(assert_return (invoke $m "is-empty") (i32.const 1))
(assert_unloadable (module (import "env" "good" (func (result i32)))) "unresolved symbol")
(module
  (@dylink.0 (needed "good"))
  (import "env" "good" (func $good (result i32)))
  (func (export "run") (result i32) (call $good)))
(assert_return (invoke "run") (i32.const 1))
(assert_return (invoke $m "is-empty") (i32.const 0))
