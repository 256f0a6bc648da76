;;; rules: dict.missing
;;; features: memory64
;;; description: A name that is missing from the dictionary, or whose URI has no library, fails the load; neither URIs nor paths are names.

(library "test:lib" (module (@dylink.0)))
(library "lib" (module (@dylink.0)))
(process (memory i64 16))
(assert_unloadable (module (@dylink.0 (needed "lib"))) "unresolved library")
(assert_unloadable (module (@dylink.0 (needed "test:lib"))) "unresolved library")
(assert_unloadable (module (@dylink.0 (needed "./lib"))) "unresolved library")
(assert_unloadable (module (@dylink.0 (needed ""))) "unresolved library")
;; Runtime paths are not searched.
(assert_unloadable (module (@dylink.0 (runtime-path "" "test:") (needed "lib"))) "unresolved library")
;; Nor are names of registrations and instances.
(module $lib)
(register "lib" $lib)
(assert_unloadable (module (@dylink.0 (needed "lib"))) "unresolved library")
;; One missing name of several suffices.
(dictionary ("lib" "test:lib"))
(module (@dylink.0 (needed "lib")))
(assert_unloadable (module (@dylink.0 (needed "lib" "lib" "other"))) "unresolved library")
(assert_unloadable (module (@dylink.0 (needed "other" "lib"))) "unresolved library")
;; A loaded library does not make its URI a name.
(assert_unloadable (module (@dylink.0 (needed "test:lib"))) "unresolved library")
;; Nothing is published under the URI of this name.
(dictionary ("nothing" "test:nothing"))
(assert_unloadable (module (@dylink.0 (needed "nothing"))) "unresolved library")
