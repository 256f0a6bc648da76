;;; rules: core
;;; features: bulk_memory, reference_types, multi_memory, function_references
;;; description: Every declaration of a kind is checked, not only the first; only constructs that name the function declare it.

(assert_invalid (module (table 1 funcref) (table 2 1 funcref)) "size minimum must not be greater than maximum")
(assert_invalid
  (module (import "m" "t" (table 1 funcref)) (import "m" "u" (table 2 1 funcref)))
  "size minimum must not be greater than maximum")
(assert_invalid (module (table 1 funcref) (table 1 (ref func))) "type mismatch")
(assert_invalid (module (memory 1) (memory 2 1)) "size minimum must not be greater than maximum")
(assert_invalid (module (memory 1) (memory 65537)) "memory size must be at most 65536 pages (4GiB)")
(assert_invalid (module (global i32 (i32.const 0)) (global i64 (i32.const 0))) "type mismatch")
(assert_invalid (module (func) (func (result i32))) "type mismatch")
(assert_invalid
  (module (table 1 funcref) (func $f) (elem (i32.const 0) func $f) (elem (i64.const 0) func $f))
  "type mismatch")
(assert_invalid (module (elem funcref (ref.null func)) (elem funcref (ref.null extern))) "type mismatch")
(assert_invalid (module (elem funcref (ref.null func) (ref.null extern))) "type mismatch")
(assert_invalid (module (func $f) (elem func $f 1)) "unknown function")
(assert_invalid (module (memory 1) (data (i32.const 0) "") (data (i64.const 0) "")) "type mismatch")
(assert_invalid (module (func $f) (export "a" (func $f)) (export "b" (func 1))) "unknown function")

;; An index beyond all functions is refused, however large.
(assert_invalid (module (func $f) (elem func $f 0xffff_ffff)) "unknown function")
(assert_invalid (module (func $f) (export "a" (func 0xffff_ffff))) "unknown function")
(assert_invalid (module (global funcref (ref.func 0xffff_ffff))) "unknown function")
(assert_invalid (module (func (drop (ref.func 0xffff_ffff)))) "unknown function")
(assert_invalid (module (start 0xffff_ffff)) "unknown function")

;; Neither an export of another kind with the function's index nor the start section declares the function.
(module (func $f (export "f")) (func (drop (ref.func $f))))
(assert_invalid
  (module (func $f) (func (drop (ref.func $f))) (table (export "t") 1 funcref))
  "undeclared function reference")
(assert_invalid
  (module (func $f) (func (drop (ref.func $f))) (memory (export "m") 1))
  "undeclared function reference")
(assert_invalid
  (module (func $f) (func (drop (ref.func $f))) (global (export "g") i32 (i32.const 0)))
  "undeclared function reference")
(assert_invalid
  (module (func $f) (func (drop (ref.func $f))) (start $f))
  "undeclared function reference")
