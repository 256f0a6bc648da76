;;; rules: dict.integrity, dict.bind-once
;;; features: memory64
;;; description: A library whose bytes do not have the SHA-256 digest of the entry is refused, however it is reached.

;; dylink.0 without contents, and a function "f" that returns 1; the same with 2.
(library "test:one" (module binary
  "\00\61\73\6d\01\00\00\00\00\09\08\64\79\6c\69\6e\6b\2e\30\01\05\01\60\00\01\7f\03\02\01\00\07\05\01\01\66\00\00\0a\06\01\04\00\41\01\0b"))
(library "test:two" (module binary
  "\00\61\73\6d\01\00\00\00\00\09\08\64\79\6c\69\6e\6b\2e\30\01\05\01\60\00\01\7f\03\02\01\00\07\05\01\01\66\00\00\0a\06\01\04\00\41\02\0b"))
(process (memory i64 16)
  (dictionary
    ("one" "test:one" "sha256-8iP7VD+0ZfQYRAT2SBIWovLPeP83qA/cH/h8t8Hb+MY=")
    ("two" "test:two" "sha256-8iP7VD+0ZfQYRAT2SBIWovLPeP83qA/cH/h8t8Hb+MY=")
    ("two itself" "test:two" "sha256-yk/ZowKhQvVVFwohoUZvHzvT3nYIPQLO/+BozPCtSho=")
    ("any" "test:one")))
(module (@dylink.0 (needed "one")) (import "env" "f" (func $f (result i32))) (func (export "run") (result i32) (call $f)))
(assert_return (invoke "run") (i32.const 1))
(assert_unloadable (module (@dylink.0 (needed "two"))) "integrity mismatch")
(module (@dylink.0 (needed "two itself")))
;; It is loaded now, but still does not match that entry.
(assert_unloadable (module (@dylink.0 (needed "two"))) "integrity mismatch")
(module (@dylink.0 (needed "one" "any" "two itself")))

;; One wrong bit of the digest suffices, and so does one more section of the library.
(dictionary ("bit" "test:one" "sha256-8iP7VD+0ZfQYRAT2SBIWovLPeP83qA/cH/h8t8Hb+MB="))
(assert_unloadable (module (@dylink.0 (needed "bit"))) "integrity mismatch")
(library "test:longer" (module binary
  "\00\61\73\6d\01\00\00\00\00\09\08\64\79\6c\69\6e\6b\2e\30\01\05\01\60\00\01\7f\03\02\01\00\07\05\01\01\66\00\00\0a\06\01\04\00\41\01\0b"
  "\00\01\00"))
(dictionary ("longer" "test:longer" "sha256-8iP7VD+0ZfQYRAT2SBIWovLPeP83qA/cH/h8t8Hb+MY="))
(assert_unloadable (module (@dylink.0 (needed "longer"))) "integrity mismatch")
(dictionary ("first" "test:one" "sha256-9iP7VD+0ZfQYRAT2SBIWovLPeP83qA/cH/h8t8Hb+MY="))
(assert_unloadable (module (@dylink.0 (needed "first"))) "integrity mismatch")
;; The last byte of a library longer than one block of the digest.
(library "test:long" (module binary
  "\00\61\73\6d\01\00\00\00\00\09\08\64\79\6c\69\6e\6b\2e\30\01\05\01\60\00\01\7f\03\02\01\00\07\05\01\01\66\00\00\0a\06\01\04\00\41\01\0b"
  "\00\1f\04note0123456789abcdefghijklmnop"))
(library "test:long end" (module binary
  "\00\61\73\6d\01\00\00\00\00\09\08\64\79\6c\69\6e\6b\2e\30\01\05\01\60\00\01\7f\03\02\01\00\07\05\01\01\66\00\00\0a\06\01\04\00\41\01\0b"
  "\00\1f\04note0123456789abcdefghijklmnoq"))
(dictionary ("long" "test:long" "sha256-aF1CPJUBSCaBFmfHgLuak3M2LwlwFAP0J2Ij8g4yIBU=") ("long end" "test:long end" "sha256-aF1CPJUBSCaBFmfHgLuak3M2LwlwFAP0J2Ij8g4yIBU="))
(module (@dylink.0 (needed "long")))
(assert_unloadable (module (@dylink.0 (needed "long end"))) "integrity mismatch")
;; The digest is checked before the bytes are decoded.
(library "test:bytes" (module binary "no module"))
(dictionary ("bytes" "test:bytes" "sha256-8iP7VD+0ZfQYRAT2SBIWovLPeP83qA/cH/h8t8Hb+MY=") ("honest bytes" "test:bytes" "sha256-pKKtDT+qFgRBDy5PC3yRw7SI1Z4npZvDneVyQUZKiZ8="))
(assert_unloadable (module (@dylink.0 (needed "bytes"))) "integrity mismatch")
(assert_unloadable (module (@dylink.0 (needed "honest bytes"))) "malformed library")

;; The same entry again, with the digest or without; not with another digest, nor with one for an entry without.
(dictionary ("one" "test:one" "sha256-8iP7VD+0ZfQYRAT2SBIWovLPeP83qA/cH/h8t8Hb+MY="))
(dictionary ("one" "test:one"))
(assert_refused (dictionary ("one" "test:one" "sha256-yk/ZowKhQvVVFwohoUZvHzvT3nYIPQLO/+BozPCtSho=")) "already bound")
(assert_refused (dictionary ("any" "test:one" "sha256-8iP7VD+0ZfQYRAT2SBIWovLPeP83qA/cH/h8t8Hb+MY=")) "already bound")
(assert_unloadable (module (@dylink.0 (needed "two"))) "integrity mismatch")
;; Malformed digests.
(assert_refused (dictionary ("x" "test:one" "sha256-")) "malformed digest")
(assert_refused (dictionary ("x" "test:one" "8iP7VD+0ZfQYRAT2SBIWovLPeP83qA/cH/h8t8Hb+MY=")) "malformed digest")
(assert_refused (dictionary ("x" "test:one" "sha384-8iP7VD+0ZfQYRAT2SBIWovLPeP83qA/cH/h8t8Hb+MY=")) "malformed digest")
(assert_refused (dictionary ("x" "test:one" "sha256-8iP7VD+0ZfQYRAT2SBIWovLPeP83qA/cH/h8t8Hb")) "malformed digest")
(assert_refused (dictionary ("x" "test:one" "sha256-8iP7VD+0ZfQYRAT2SBIWovLPeP83qA/cH/h8t8Hb+MY=AAAA")) "malformed digest")
(assert_unloadable (module (@dylink.0 (needed "x"))) "unresolved library")
