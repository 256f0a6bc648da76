;;; rules: dl.error, dl.load.failure
;;; features: memory64
;;; description: process.error has the text of the last load by a module that failed, until another one fails.

(library "test:good" (module (@dylink.0) (func (export "f"))))
(library "test:symbol" (module (@dylink.0) (import "env" "absent" (func))))
(library "test:large" (module (@dylink.0 (mem-info (memory 0x1000000 0)))))
(library "test:binary" (module binary "no module"))
(library "test:trap" (module (@dylink.0) (func (export "__wasm_call_ctors") (unreachable))))
(library "test:early"
  (module
    (@dylink.0 (mem-info (memory 16 0)))
    (import "env" "memory" (memory i64 1))
    (import "env" "__memory_base" (global $base i64))
    (func $load (import "process" "load") (param i64 i64) (result i32))
    (data (global.get $base) "good")
    (func $start (drop (call $load (global.get $base) (i64.const 4))))
    (start $start)))
(library "test:nested"
  (module
    (@dylink.0 (mem-info (memory 16 0)))
    (import "env" "memory" (memory i64 1))
    (import "env" "__memory_base" (global $base i64))
    (func $load (import "process" "load") (param i64 i64) (result i32))
    (data (global.get $base) "symbol")
    (func (export "__wasm_call_ctors") (drop (call $load (global.get $base) (i64.const 6))))))
(process (memory i64 16)
  (dictionary
    ("good" "test:good")
    ("symbol" "test:symbol")
    ("large" "test:large")
    ("binary" "test:binary")
    ("trap" "test:trap")
    ("early" "test:early")
    ("nested" "test:nested")
    ("gone" "test:gone")
    ("digest" "test:good" "sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")))
(module $m
  (@dylink.0 (mem-info (memory 0x10000 0)))
  (import "env" "memory" (memory i64 1))
  (import "env" "__memory_base" (global $base i64))
  (func $load (import "process" "load") (param i64 i64) (result i32))
  (func $error (import "process" "error") (param i64 i64) (result i64))
  (data (global.get $base) "good    symbol  large   binary  trap    early   nested  gone    digest  other   ")
  ;; Loads the name at an offset. 1 on success.
  (func (export "load") (param $at i64) (param $size i64) (result i32)
    (i32.ne (call $load (i64.add (global.get $base) (local.get $at)) (local.get $size)) (i32.const 0)))
  (func (export "load-nowhere") (result i32) (i32.ne (call $load (i64.const 0) (i64.const 4)) (i32.const 0)))
  ;; Whether there is a text.
  (func (export "has") (result i32) (i64.ne (call $error (i64.const 0) (i64.const 0)) (i64.const 0)))
  ;; Eight bytes of the text, which is long enough.
  (func (export "text") (param $at i64) (result i64)
    (drop (call $error (i64.add (global.get $base) (i64.const 0x1000)) (i64.const 0x1000)))
    (i64.load (i64.add (global.get $base) (i64.add (i64.const 0x1000) (local.get $at))))))
;; No load has failed, and a success is not a failure.
(assert_return (invoke $m "has") (i32.const 0))
(assert_return (invoke $m "load" (i64.const 0) (i64.const 4)) (i32.const 1))
(assert_return (invoke $m "has") (i32.const 0))
(assert_return (invoke $m "text" (i64.const 0)) (i64.const 0))
;; A name that is not in the dictionary.
(assert_return (invoke $m "load" (i64.const 72) (i64.const 5)) (i32.const 0))
(assert_return (invoke $m "has") (i32.const 1))
(assert_return (invoke $m "text" (i64.const 0)) (i64.const 0x766c6f7365726e75)) ;; "unresolv"
(assert_return (invoke $m "text" (i64.const 8)) (i64.const 0x617262696c206465)) ;; "ed libra"
(assert_return (invoke $m "text" (i64.const 10)) (i64.const 0x7972617262696c20)) ;; " library"
;; An import without a definition.
(assert_return (invoke $m "load" (i64.const 8) (i64.const 6)) (i32.const 0))
(assert_return (invoke $m "text" (i64.const 0)) (i64.const 0x766c6f7365726e75)) ;; "unresolv"
(assert_return (invoke $m "text" (i64.const 8)) (i64.const 0x6f626d7973206465)) ;; "ed symbo"
(assert_return (invoke $m "text" (i64.const 9)) (i64.const 0x6c6f626d79732064)) ;; "d symbol"
;; A URI without a library.
(assert_return (invoke $m "load" (i64.const 56) (i64.const 4)) (i32.const 0))
(assert_return (invoke $m "text" (i64.const 0)) (i64.const 0x766c6f7365726e75)) ;; "unresolv"
(assert_return (invoke $m "text" (i64.const 8)) (i64.const 0x617262696c206465)) ;; "ed libra"
(assert_return (invoke $m "text" (i64.const 10)) (i64.const 0x7972617262696c20)) ;; " library"
;; No room.
(assert_return (invoke $m "load" (i64.const 16) (i64.const 5)) (i32.const 0))
(assert_return (invoke $m "text" (i64.const 0)) (i64.const 0x7461767265736572)) ;; "reservat"
(assert_return (invoke $m "text" (i64.const 8)) (i64.const 0x6c696166206e6f69)) ;; "ion fail"
(assert_return (invoke $m "text" (i64.const 10)) (i64.const 0x64656c696166206e)) ;; "n failed"
;; Another digest.
(assert_return (invoke $m "load" (i64.const 64) (i64.const 6)) (i32.const 0))
(assert_return (invoke $m "text" (i64.const 0)) (i64.const 0x7469726765746e69)) ;; "integrit"
(assert_return (invoke $m "text" (i64.const 8)) (i64.const 0x74616d73696d2079)) ;; "y mismat"
(assert_return (invoke $m "text" (i64.const 10)) (i64.const 0x686374616d73696d)) ;; "mismatch"
;; Bytes that are not a module.
(assert_return (invoke $m "load" (i64.const 24) (i64.const 6)) (i32.const 0))
(assert_return (invoke $m "text" (i64.const 0)) (i64.const 0x656d726f666c616d)) ;; "malforme"
(assert_return (invoke $m "text" (i64.const 8)) (i64.const 0x72617262696c2064)) ;; "d librar"
(assert_return (invoke $m "text" (i64.const 9)) (i64.const 0x7972617262696c20)) ;; " library"
;; A trap in a constructor.
(assert_return (invoke $m "load" (i64.const 32) (i64.const 4)) (i32.const 0))
(assert_return (invoke $m "text" (i64.const 0)) (i64.const 0x6168636165726e75)) ;; "unreacha"
(assert_return (invoke $m "text" (i64.const 3)) (i64.const 0x656c626168636165)) ;; "eachable"
;; A load that succeeds does not change the text, nor does one by the embedder that fails.
(assert_return (invoke $m "load" (i64.const 0) (i64.const 4)) (i32.const 1))
(assert_unloadable (module (@dylink.0) (import "env" "absent" (func))) "unresolved symbol")
(assert_return (invoke $m "text" (i64.const 0)) (i64.const 0x6168636165726e75)) ;; "unreacha"
(assert_return (invoke $m "text" (i64.const 3)) (i64.const 0x656c626168636165)) ;; "eachable"
;; A name that is not accessible.
(assert_return (invoke $m "load-nowhere") (i32.const 0))
(assert_return (invoke $m "text" (i64.const 0)) (i64.const 0x766c6f7365726e75)) ;; "unresolv"
(assert_return (invoke $m "text" (i64.const 8)) (i64.const 0x617262696c206465)) ;; "ed libra"
(assert_return (invoke $m "text" (i64.const 10)) (i64.const 0x7972617262696c20)) ;; " library"
;; The load of a start function, and that of a constructor, fail; the load around them succeeds.
(assert_return (invoke $m "load" (i64.const 40) (i64.const 5)) (i32.const 1))
(assert_return (invoke $m "text" (i64.const 0)) (i64.const 0x692064616f6c2061)) ;; "a load i"
(assert_return (invoke $m "text" (i64.const 8)) (i64.const 0x6e696e6e75722073)) ;; "s runnin"
(assert_return (invoke $m "text" (i64.const 9)) (i64.const 0x676e696e6e757220)) ;; " running"
(assert_return (invoke $m "load" (i64.const 48) (i64.const 6)) (i32.const 1))
(assert_return (invoke $m "text" (i64.const 0)) (i64.const 0x766c6f7365726e75)) ;; "unresolv"
(assert_return (invoke $m "text" (i64.const 8)) (i64.const 0x6f626d7973206465)) ;; "ed symbo"
(assert_return (invoke $m "text" (i64.const 9)) (i64.const 0x6c6f626d79732064)) ;; "d symbol"
;; Another process has its own text.
(process (memory i64 16))
(module $n (func $error (import "process" "error") (param i64 i64) (result i64))
  (func (export "has") (result i32) (i64.ne (call $error (i64.const 0) (i64.const 0)) (i64.const 0))))
(assert_return (invoke $n "has") (i32.const 0))
