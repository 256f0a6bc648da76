;;; rules: core
;;; features: multi_value, bulk_memory, reference_types, function_references
;;; description: br_on_null and br_on_non_null whose labels carry values beside the reference, with operands below them.

(module
  (type $t (func (result i32)))
  (func $f (type $t) (i32.const 7))
  (elem declare func $f)
  (func $choose (param i32) (result (ref null $t))
    (if (result (ref null $t)) (local.get 0) (then (ref.func $f)) (else (ref.null $t))))

  (func (export "br_on_non_null") (param i32) (result i32 i64 i32)
    (block $l (result i32 i64 (ref $t))
      (i32.const 100)
      (i32.const 1)
      (i64.const 2)
      (call $choose (local.get 0))
      (br_on_non_null $l)
      (return (i32.const 3)))
    (call_ref $t))

  (func (export "br_on_null") (param i32) (result i32 i64 i32)
    (block $l (result i32 i64)
      (i32.const 100)
      (i32.const 1)
      (i64.const 2)
      (call $choose (local.get 0))
      (br_on_null $l)
      (return (call_ref $t)))
    (i32.const 3))

  ;; The values remain on the stack if the branch is not taken.
  (func (export "br_on_non_null-last") (param i32) (result i32 (ref null $t))
    (i32.const 1)
    (call $choose (local.get 0))
    (br_on_non_null 0)
    (ref.null $t))
  (func (export "br_on_null-last") (param i32) (result i32)
    (i32.const 1)
    (call $choose (local.get 0))
    (br_on_null 0)
    (drop)))

(assert_return (invoke "br_on_non_null" (i32.const 1)) (i32.const 1) (i64.const 2) (i32.const 7))
(assert_return (invoke "br_on_non_null" (i32.const 0)) (i32.const 1) (i64.const 2) (i32.const 3))
(assert_return (invoke "br_on_null" (i32.const 1)) (i32.const 1) (i64.const 2) (i32.const 7))
(assert_return (invoke "br_on_null" (i32.const 0)) (i32.const 1) (i64.const 2) (i32.const 3))
(assert_return (invoke "br_on_non_null-last" (i32.const 1)) (i32.const 1) (ref.func))
(assert_return (invoke "br_on_non_null-last" (i32.const 0)) (i32.const 1) (ref.null))
(assert_return (invoke "br_on_null-last" (i32.const 1)) (i32.const 1))
(assert_return (invoke "br_on_null-last" (i32.const 0)) (i32.const 1))

;; The values must be present and have the label's types.
(assert_invalid
  (module (func (result i32 (ref func)) (ref.null func) (br_on_non_null 0) (unreachable)))
  "type mismatch")
(assert_invalid
  (module (func (result i32 (ref func)) (i64.const 1) (ref.null func) (br_on_non_null 0) (unreachable)))
  "type mismatch")
(assert_invalid
  (module (func (result i32) (ref.null func) (br_on_null 0) (unreachable)))
  "type mismatch")
(assert_invalid
  (module (func (result i32) (i64.const 1) (ref.null func) (br_on_null 0) (unreachable)))
  "type mismatch")

;; After the branch they have the label's types, which may be supertypes of their own.
(assert_invalid
  (module
    (func $take (param (ref func)))
    (func (param (ref func)) (result (ref null func) (ref func))
      (local.get 0) (ref.null func) (br_on_non_null 0) (call $take) (unreachable)))
  "type mismatch")
(assert_invalid
  (module
    (func $take (param (ref func)))
    (func (param (ref func)) (result (ref null func))
      (local.get 0) (ref.null func) (br_on_null 0) (drop) (call $take) (unreachable)))
  "type mismatch")
