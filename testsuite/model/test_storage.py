"""Rule mmap.lazy where storage runs out: mmap promises address space only, and the process ends, not just the call.
Rule discard.storage: the storage of discarded pages can be used again.

No script can show them, since none can say how much storage there is; the interpreter's driver is told by an option.
"""

from __future__ import annotations

import os

import pytest
from oracle import PAGE
from wasmproc_conform.driver_client import DriverClient, EngineError

#: Pages that the engine has storage for.
STORAGE = 16

MODULE = """(module
  (memory (import "env" "memory") 1)
  (func (export "store") (param i32) (i32.store (local.get 0) (i32.const 1)))
  (func (export "fill") (param i32 i32) (memory.fill (local.get 0) (i32.const 1) (local.get 1))))"""


@pytest.fixture
def process():
    path = os.environ.get("WASMPROC")
    if not path:
        pytest.skip("WASMPROC does not name an interpreter")
    with DriverClient([path, "driver", "--limit", f"sparse_pages={STORAGE}"], timeout=30) as engine:
        engine.process(name="$p", pages=1024)
        engine.module(text=MODULE)
        assert engine.mmap(PAGE, 1023 * PAGE) == PAGE
        for page in range(1, STORAGE + 1):
            engine.invoke("store", [{"type": "i32", "value": str(page * PAGE)}])
        yield engine


def number(value: int) -> dict:
    return {"type": "i32", "value": str(value)}


def assert_ended(engine):
    for use in (
        lambda: engine.peek(PAGE, 1),
        lambda: engine.mmap(0, PAGE),
        lambda: engine.invoke("store", [number(PAGE)]),
        lambda: engine.switch("$p"),
    ):
        with pytest.raises(EngineError) as error:
            use()
        assert error.value.kind == "refused"
        assert error.value.message.startswith("process has ended")


@pytest.mark.parametrize(
    "use",
    [
        lambda engine: engine.invoke("store", [number(100 * PAGE)]),
        lambda engine: engine.invoke("store", [number(101 * PAGE - 2)]),
        lambda engine: engine.invoke("fill", [number(100 * PAGE), number(2 * PAGE)]),
        lambda engine: engine.poke(100 * PAGE, b"x"),
    ],
    ids=["store", "straddling store", "fill", "poke"],
)
def test_running_out_of_storage_ends_the_process(use, process):
    with pytest.raises(EngineError) as error:
        use(process)
    assert error.value.kind == "exhaustion"
    assert_ended(process)


def test_reading_takes_no_storage(process):
    assert process.peek(1000 * PAGE, PAGE) == bytes(PAGE)
    assert process.peek(PAGE, 1) == b"\1"


def test_unmapping_gives_storage_back(process):
    assert process.munmap(PAGE, PAGE)
    process.invoke("store", [number(100 * PAGE)])
    assert process.peek(100 * PAGE, 1) == b"\1"


@pytest.mark.parametrize("page", [1, STORAGE - 3])
def test_discarding_gives_storage_back(page, process):
    assert process.discard(page * PAGE, 4 * PAGE)
    for fresh in range(100, 104):
        process.invoke("store", [number(fresh * PAGE)])
    assert process.peek(page * PAGE, 4 * PAGE // 4) == bytes(PAGE)
    with pytest.raises(EngineError) as error:
        process.invoke("store", [number(page * PAGE)])
    assert error.value.kind == "exhaustion"


def test_other_processes_go_on(process):
    process.process(name="$q", pages=64)
    assert process.mmap(PAGE, PAGE) == PAGE
    process.poke(PAGE, b"q")
    process.switch("$p")
    with pytest.raises(EngineError):
        process.poke(100 * PAGE, b"x")
    process.switch("$q")
    assert process.peek(PAGE, 1) == b"q"
