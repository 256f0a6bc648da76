;;; rules: load.malformed
;;; features: memory64
;;; description: A malformed number or name makes the section malformed, even if the bytes after it could be read.

(process (memory i64 16))
;; The numbers of mem-info.
(assert_unloadable
  (module (@custom "dylink.0" (before first) "\01\08\ff\ff\ff\ff\7f\00\00\00"))
  "malformed dylink.0")
(assert_unloadable
  (module (@custom "dylink.0" (before first) "\01\08\00\ff\ff\ff\ff\7f\00\00"))
  "malformed dylink.0")
(assert_unloadable
  (module (@custom "dylink.0" (before first) "\01\08\00\00\ff\ff\ff\ff\7f\00"))
  "malformed dylink.0")
(assert_unloadable
  (module (@custom "dylink.0" (before first) "\01\08\00\00\00\ff\ff\ff\ff\7f"))
  "malformed dylink.0")
;; Counts.
(assert_unloadable
  (module (@custom "dylink.0" (before first) "\02\05\ff\ff\ff\ff\7f"))
  "malformed dylink.0")
(assert_unloadable
  (module (@custom "dylink.0" (before first) "\03\05\ff\ff\ff\ff\7f"))
  "malformed dylink.0")
(assert_unloadable
  (module (@custom "dylink.0" (before first) "\04\05\ff\ff\ff\ff\7f"))
  "malformed dylink.0")
(assert_unloadable
  (module (@custom "dylink.0" (before first) "\05\05\ff\ff\ff\ff\7f"))
  "malformed dylink.0")
;; Names whose last byte would begin a number.
(assert_unloadable
  (module (@custom "dylink.0" (before first) "\02\04\02\01\80\00"))
  "malformed dylink.0")
(assert_unloadable
  (module (@custom "dylink.0" (before first) "\03\04\01\01\80\00"))
  "malformed dylink.0")
(assert_unloadable
  (module (@custom "dylink.0" (before first) "\04\05\01\02\80\00\00"))
  "malformed dylink.0")
(assert_unloadable
  (module (@custom "dylink.0" (before first) "\04\08\01\03env\01\80\00"))
  "malformed dylink.0")
(assert_unloadable
  (module (@custom "dylink.0" (before first) "\05\04\02\01\80\00"))
  "malformed dylink.0")
;; Flags.
(assert_unloadable
  (module (@custom "dylink.0" (before first) "\03\08\01\01x\ff\ff\ff\ff\7f"))
  "malformed dylink.0")
(assert_unloadable
  (module (@custom "dylink.0" (before first) "\04\0c\01\03env\01x\ff\ff\ff\ff\7f"))
  "malformed dylink.0")
;; The rest of a subsection, even if it could be another one.
(assert_unloadable
  (module (@custom "dylink.0" (before first) "\02\07\01\03abc\00\00"))
  "malformed dylink.0")
;; The size of a subsection of an unknown kind.
(assert_unloadable
  (module (@custom "dylink.0" (before first) "\06\ff\ff\ff\ff\7f"))
  "malformed dylink.0")
;; A section of another name is not read.
(module (@custom "dylink.1" (before first) "\ff") (@custom "dylink_0" (after last) "\ff"))
