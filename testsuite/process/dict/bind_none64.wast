;;; rules: dict.bind-once
;;; features: memory64
;;; description: A command that contradicts the dictionary adds none of its entries, however many; URIs are compared to their last byte.

(process (memory i64 16) (dictionary ("lib" "a") ("old" "test:old")))
(library "test:b" (module (@dylink.0)))
(assert_refused (dictionary ("lib" "b")) "already bound")
(assert_refused (dictionary ("x" "test:b") ("y" "test:b") ("z" "test:b") ("lib" "b")) "already bound")
(assert_unloadable (module (@dylink.0 (needed "x"))) "unresolved library")
(assert_unloadable (module (@dylink.0 (needed "y"))) "unresolved library")
(assert_unloadable (module (@dylink.0 (needed "z"))) "unresolved library")
(assert_refused (dictionary ("old" "test:olD")) "already bound")
(assert_refused (dictionary ("old" "test:ol")) "already bound")
(dictionary ("y" "test:b") ("lib" "a"))
(module (@dylink.0 (needed "y")))
(assert_unloadable (module (@dylink.0 (needed "z"))) "unresolved library")
(assert_refused (dictionary ("z" "test:b") ("old" "test:b")) "already bound")
(assert_unloadable (module (@dylink.0 (needed "z"))) "unresolved library")
(module (@dylink.0 (needed "y")))
