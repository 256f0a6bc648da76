"""The loader when table slots run out (rules load.atomic, load.table): a failed load releases every slot it reserved."""

from __future__ import annotations

import pytest
from cli_support import needs_program, wasmproc, write

pytestmark = needs_program

#: The most slots of the table; slot 0 is never allocated.
SLOTS = 12

LIBRARY = """
(library "test:lib"
  (module
    (@dylink.0 (mem-info (table 2 0)))
    (func (export "f1")) (func (export "f2")) (func (export "f3")) (func (export "f4")) (func (export "f5"))
    (func (export "f6")) (func (export "f7")) (func (export "f8")) (func (export "f9")) (func (export "f10"))))
"""


def script(pointer: str) -> str:
    """Loads that fail when slots for the GOT run out, with 2 or 7 slots reserved; then one that needs all of them."""
    memory = "i64 16" if pointer == "i64" else "16"
    names = ["g1", "mmap again", "g2", *(f"f{i}" for i in range(1, 11))]
    addresses = "".join(f'(import "GOT.func" "{name}" (global (mut {pointer})))' for name in names)
    few = "".join(f'(import "GOT.func" "f{i}" (global (mut {pointer})))' for i in range(1, 10))
    return f"""{LIBRARY}
(process (memory {memory}) (dictionary ("lib" "test:lib")))
;; Functions of a library that is loaded already, and of the platform, are the first to get slots.
(module
  (@dylink.0)
  (import "process" "mmap" (func $mmap (param {pointer} i64) (result {pointer})))
  (export "mmap again" (func $mmap))
  (func (export "g1")) (func (export "g2")))
(assert_unloadable (module (@dylink.0 (needed "lib")) {addresses}) "reservation failed")
(assert_unloadable (module (@dylink.0 (needed "lib") (mem-info (table 5 0))) {addresses}) "reservation failed")
;; A table of others is as it was.
(module $own
  (table $t (export "t") 1 funcref)
  (func (export "call") (call_indirect $t (i32.const 0))))
(register "own" $own)
(assert_unloadable
  (module
    (@dylink.0 (needed "lib"))
    {addresses}
    (import "own" "t" (table 1 funcref))
    (func $f)
    (elem (i32.const 0) func $f))
  "reservation failed")
(assert_trap (invoke $own "call") "uninitialized element")
(assert_unloadable (module (@dylink.0 (needed "lib") (mem-info (table 10 0)))) "reservation failed")
(assert_unloadable (module (@dylink.0 (mem-info (table {SLOTS} 0)))) "reservation failed")
(module $all (@dylink.0 (mem-info (table {SLOTS - 1} 0))))
(assert_unloadable (module (@dylink.0 (mem-info (table 1 0)))) "reservation failed")
(unload $all)
(module $user (@dylink.0 (needed "lib")) {few})
(assert_unloadable (module (@dylink.0 (mem-info (table 1 0)))) "reservation failed")
(unload $user)
(module $all (@dylink.0 (mem-info (table {SLOTS - 1} 0))))
"""


@pytest.mark.parametrize("backend", ["sparse", "native"])
@pytest.mark.parametrize("pointer", ["i32", "i64"])
def test_slots_go_back(pointer, backend, tmp_path):
    path = write(tmp_path / "slots.wast", script(pointer))
    done = wasmproc("wast", "--backend", backend, "--limit", f"table_elements={SLOTS}", path)
    assert done.status == 0, done.out + done.err


def test_a_process_that_may_have_no_more_slots(tmp_path):
    """The handle of a failed load is 0, and the program continues."""
    path = write(
        tmp_path / "load.wast",
        LIBRARY
        + """
(process (memory 16) (dictionary ("lib" "test:lib")))
(module $all (@dylink.0 (mem-info (table 10 0))))
(module $m
  (@dylink.0 (mem-info (memory 7 0)))
  (import "env" "memory" (memory 1))
  (import "env" "__memory_base" (global $base i32))
  (import "process" "load" (func $load (param i32 i32) (result i32)))
  (import "process" "symbol" (func $symbol (param i32 i32 i32) (result i32)))
  (data (global.get $base) "libf1f2")
  (global $handle (mut i32) (i32.const 0))
  (func (export "open") (result i32)
    (global.set $handle (call $load (global.get $base) (i32.const 3)))
    (i32.ne (global.get $handle) (i32.const 0)))
  (func (export "has") (param i32) (result i32)
    (i32.ne (i32.const 0)
      (call $symbol (global.get $handle) (i32.add (global.get $base) (local.get 0)) (i32.const 2)))))
(assert_return (invoke $m "open") (i32.const 0))
(unload $all)
(module $most (@dylink.0 (mem-info (table 8 0))))
(assert_return (invoke $m "open") (i32.const 1))
(assert_return (invoke $m "has" (i32.const 3)) (i32.const 1))
(assert_return (invoke $m "has" (i32.const 5)) (i32.const 0))
(assert_return (invoke $m "has" (i32.const 3)) (i32.const 1))
(unload $most)
(assert_return (invoke $m "has" (i32.const 5)) (i32.const 1))
""",
    )
    done = wasmproc("wast", "--limit", f"table_elements={SLOTS}", path)
    assert done.status == 0, done.out + done.err
