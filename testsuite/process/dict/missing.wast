;;; rules: dict.missing
;;; description: A name that is not in the dictionary, or leads to nothing, fails the load; a URI, or a path, is no name.

(library "test:lib" (module (@dylink.0)))
(library "lib" (module (@dylink.0)))
(process (memory 16))
(assert_unloadable (module (@dylink.0 (needed "lib"))) "unresolved library")
(assert_unloadable (module (@dylink.0 (needed "test:lib"))) "unresolved library")
(assert_unloadable (module (@dylink.0 (needed "./lib"))) "unresolved library")
(assert_unloadable (module (@dylink.0 (needed ""))) "unresolved library")
;; A runtime path leads nowhere.
(assert_unloadable (module (@dylink.0 (runtime-path "" "test:") (needed "lib"))) "unresolved library")
;; Nor does a name that was registered, or that an instance has.
(module $lib)
(register "lib" $lib)
(assert_unloadable (module (@dylink.0 (needed "lib"))) "unresolved library")
;; One of many names is enough.
(dictionary ("lib" "test:lib"))
(module (@dylink.0 (needed "lib")))
(assert_unloadable (module (@dylink.0 (needed "lib" "lib" "other"))) "unresolved library")
(assert_unloadable (module (@dylink.0 (needed "other" "lib"))) "unresolved library")
;; A library that was loaded does not make up for a name.
(assert_unloadable (module (@dylink.0 (needed "test:lib"))) "unresolved library")
;; Nor does a name at whose URI there is nothing.
(dictionary ("nothing" "test:nothing"))
(assert_unloadable (module (@dylink.0 (needed "nothing"))) "unresolved library")
