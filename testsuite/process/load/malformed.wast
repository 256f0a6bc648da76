;;; rules: load.malformed
;;; description: A malformed dylink.0 section is a load error; unknown subsections and flags are skipped.

(process (memory 16))
;; No subsection, and mem-info.
(module (@custom "dylink.0" (before first) ""))
(module (@custom "dylink.0" (before first) "\01\04\04\02\01\00"))
;; The largest alignment of nothing.
(module (@custom "dylink.0" (before first) "\01\04\00\1f\00\1f"))
;; Empty lists.
(module (@custom "dylink.0" (before first) "\02\01\00"))
(module (@custom "dylink.0" (before first) "\03\01\00"))
(module (@custom "dylink.0" (before first) "\04\01\00"))
(module (@custom "dylink.0" (before first) "\05\01\00"))
;; Symbols without flags, with all flags, and with an unknown flag.
(module (@custom "dylink.0" (before first) "\03\04\01\01x\00"))
(module (@custom "dylink.0" (before first) "\03\08\01\01x\ff\ff\ff\ff\0f"))
(module (@custom "dylink.0" (before first) "\04\08\01\03env\01x\40"))
;; A runtime path, which is not searched.
(module (@custom "dylink.0" (before first) "\05\05\01\03/a/"))
;; Subsections of unknown kinds.
(module (@custom "dylink.0" (before first) "\00\00"))
(module (@custom "dylink.0" (before first) "\06\03\01\02\03"))
(module (@custom "dylink.0" (before first) "\ff\01\ff"))
(module (@custom "dylink.0" (before first) "\06\02\80\80\01\04\04\02\01\00"))
;; Numbers may be longer than necessary.
(module (@custom "dylink.0" (before first) "\01\84\80\00\04\02\01\00"))
;; It must be the first section,
(assert_unloadable
  (module (type (func)) (@custom "dylink.0" (after type) "\01\04\04\02\01\00"))
  "malformed dylink.0")
(assert_unloadable
  (module (@custom "first" (before first) "") (@custom "dylink.0" (before first) "\01\04\04\02\01\00"))
  "malformed dylink.0")
(assert_unloadable
  (module (@custom "dylink.0" (before first) "") (@custom "dylink.0" (after last) ""))
  "malformed dylink.0")
;; and only this name denotes it.
(module (@custom "first" (before first) "\ff") (@custom "dylink" (after last) "\ff") (@custom "dylink.1" (after last) "\ff") (@custom "dylink.0 " (after last) "\ff"))
;; Truncated, also in subsections of unknown kinds.
(assert_unloadable
  (module (@custom "dylink.0" (before first) "\06\03\01\02"))
  "malformed dylink.0")
(assert_unloadable
  (module (@custom "dylink.0" (before first) "\06"))
  "malformed dylink.0")
(assert_unloadable
  (module (@custom "dylink.0" (before first) "\01"))
  "malformed dylink.0")
(assert_unloadable
  (module (@custom "dylink.0" (before first) "\01\04"))
  "malformed dylink.0")
(assert_unloadable
  (module (@custom "dylink.0" (before first) "\01\04\04"))
  "malformed dylink.0")
(assert_unloadable
  (module (@custom "dylink.0" (before first) "\01\04\04\02"))
  "malformed dylink.0")
(assert_unloadable
  (module (@custom "dylink.0" (before first) "\01\04\04\02\01"))
  "malformed dylink.0")
(assert_unloadable
  (module (@custom "dylink.0" (before first) "\02"))
  "malformed dylink.0")
(assert_unloadable
  (module (@custom "dylink.0" (before first) "\02\05"))
  "malformed dylink.0")
(assert_unloadable
  (module (@custom "dylink.0" (before first) "\02\05\01"))
  "malformed dylink.0")
(assert_unloadable
  (module (@custom "dylink.0" (before first) "\02\05\01\03"))
  "malformed dylink.0")
(assert_unloadable
  (module (@custom "dylink.0" (before first) "\02\05\01\03ab"))
  "malformed dylink.0")
(assert_unloadable
  (module (@custom "dylink.0" (before first) "\03\04\01"))
  "malformed dylink.0")
(assert_unloadable
  (module (@custom "dylink.0" (before first) "\03\04\01\01"))
  "malformed dylink.0")
(assert_unloadable
  (module (@custom "dylink.0" (before first) "\03\04\01\01x"))
  "malformed dylink.0")
(assert_unloadable
  (module (@custom "dylink.0" (before first) "\04\08\01"))
  "malformed dylink.0")
(assert_unloadable
  (module (@custom "dylink.0" (before first) "\04\08\01\03"))
  "malformed dylink.0")
(assert_unloadable
  (module (@custom "dylink.0" (before first) "\04\08\01\03env"))
  "malformed dylink.0")
(assert_unloadable
  (module (@custom "dylink.0" (before first) "\04\08\01\03env\01"))
  "malformed dylink.0")
(assert_unloadable
  (module (@custom "dylink.0" (before first) "\04\08\01\03env\01x"))
  "malformed dylink.0")
;; A subsection that ends before or after its contents.
(assert_unloadable
  (module (@custom "dylink.0" (before first) "\02\04\01\03abc"))
  "malformed dylink.0")
(assert_unloadable
  (module (@custom "dylink.0" (before first) "\02\06\01\03abc\00"))
  "malformed dylink.0")
(assert_unloadable
  (module (@custom "dylink.0" (before first) "\01\05\04\02\01\00\00"))
  "malformed dylink.0")
(assert_unloadable
  (module (@custom "dylink.0" (before first) "\01\03\04\02\01\01\04\04\02\01\00"))
  "malformed dylink.0")
(assert_unloadable
  (module (@custom "dylink.0" (before first) "\03\04\02\01x\00"))
  "malformed dylink.0")
(assert_unloadable
  (module (@custom "dylink.0" (before first) "\05\02\01\01"))
  "malformed dylink.0")
(assert_unloadable
  (module (@custom "dylink.0" (before first) "\05\03\02\01a"))
  "malformed dylink.0")
;; Numbers of more than 32 bits.
(assert_unloadable
  (module (@custom "dylink.0" (before first) "\02\85\80\80\80\10\01\03abc"))
  "malformed dylink.0")
(assert_unloadable
  (module (@custom "dylink.0" (before first) "\01\08\ff\ff\ff\ff\1f\02\01\00"))
  "malformed dylink.0")
(assert_unloadable
  (module (@custom "dylink.0" (before first) "\01\09\84\80\80\80\80\00\02\01\00"))
  "malformed dylink.0")
(assert_unloadable
  (module (@custom "dylink.0" (before first) "\03\08\01\01x\80\80\80\80\80"))
  "malformed dylink.0")
;; More names than bytes.
(assert_unloadable
  (module (@custom "dylink.0" (before first) "\02\05\ff\ff\ff\ff\0f"))
  "malformed dylink.0")
(assert_unloadable
  (module (@custom "dylink.0" (before first) "\02\06\01\ff\ff\ff\ff\0f"))
  "malformed dylink.0")
(assert_unloadable
  (module (@custom "dylink.0" (before first) "\03\05\ff\ff\ff\ff\0f"))
  "malformed dylink.0")
(assert_unloadable
  (module (@custom "dylink.0" (before first) "\04\05\ff\ff\ff\ff\0f"))
  "malformed dylink.0")
;; Names that are not UTF-8.
(assert_unloadable
  (module (@custom "dylink.0" (before first) "\02\03\01\01\ff"))
  "malformed dylink.0")
(assert_unloadable
  (module (@custom "dylink.0" (before first) "\02\04\01\02\c0\80"))
  "malformed dylink.0")
(assert_unloadable
  (module (@custom "dylink.0" (before first) "\02\05\01\03\ed\a0\80"))
  "malformed dylink.0")
(assert_unloadable
  (module (@custom "dylink.0" (before first) "\03\04\01\01\80\00"))
  "malformed dylink.0")
(assert_unloadable
  (module (@custom "dylink.0" (before first) "\04\06\01\01\fe\01x\00"))
  "malformed dylink.0")
(assert_unloadable
  (module (@custom "dylink.0" (before first) "\04\06\01\01e\01\ff\00"))
  "malformed dylink.0")
(assert_unloadable
  (module (@custom "dylink.0" (before first) "\05\03\01\01\ff"))
  "malformed dylink.0")
;; Alignments of 2^N and more.
(;64:
(module (@custom "dylink.0" (before first) "\01\04\00\20\00\20"))
(module (@custom "dylink.0" (before first) "\01\04\00\3f\00\3f"))
;)
(assert_unloadable (module (@custom "dylink.0" (before first) "\01\04\00\20\00\00" (;64: "\01\04\00\41\00\00";))) "malformed dylink.0")
(assert_unloadable (module (@custom "dylink.0" (before first) "\01\04\00\00\00\20" (;64: "\01\04\00\00\00\41";))) "malformed dylink.0")
(assert_unloadable
  (module (@custom "dylink.0" (before first) "\01\04\00\40\00\00"))
  "malformed dylink.0")
(assert_unloadable
  (module (@custom "dylink.0" (before first) "\01\04\00\00\00\40"))
  "malformed dylink.0")
(assert_unloadable
  (module (@custom "dylink.0" (before first) "\01\08\00\ff\ff\ff\ff\0f\00\00"))
  "malformed dylink.0")
;; A second mem-info.
(assert_unloadable
  (module (@custom "dylink.0" (before first) "\01\04\04\02\01\00\01\04\04\02\01\00"))
  "malformed dylink.0")
(assert_unloadable
  (module (@custom "dylink.0" (before first) "\01\04\04\02\01\00\01\00"))
  "malformed dylink.0")
;; In a binary module.
(assert_unloadable
  (module binary "\00asm\01\00\00\00" "\00\0a\08dylink.0\01")
  "malformed dylink.0")
