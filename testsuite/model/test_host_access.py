"""Rule access.host through the driver's peek and poke, which read and write as a host function would.

A range is checked whole on entry; where a byte of it is inaccessible the answer is an error and nothing was written.
"""

from __future__ import annotations

import pytest
from oracle import PAGE
from wasmproc_conform.driver_client import EngineError

#: Ranges that cannot be accessed when pages 2, 3 and the last of 16 are mapped.
BAD = {
    "page 0": (0, 1),
    "page 0 as a whole": (0, PAGE),
    "a hole": (5 * PAGE, 1),
    "from page 0 over a hole": (PAGE - 1, PAGE),
    "from a hole to a mapped page": (2 * PAGE - 1, 2),
    "from a mapped page to a hole": (4 * PAGE - 1, 2),
    "all but the last byte mapped": (3 * PAGE + 1, PAGE),
    "over the end": (16 * PAGE - 1, 2),
    "a page over the end": (15 * PAGE + 1, PAGE),
    "at the end": (16 * PAGE, 1),
    "far outside": (2**31, 8),
    "over 2^32": (2**32 - 4, 8),
    "over 2^64": (2**64 - 4, 8),
    "the last address": (2**64 - 1, 1),
}


@pytest.fixture(params=["i32", "i64"])
def process(request, engine):
    engine.process(pages=16, address=request.param)
    assert engine.mmap(2 * PAGE, 2 * PAGE) == 2 * PAGE
    assert engine.mmap(15 * PAGE, PAGE) == 15 * PAGE
    for page in (2, 3, 15):
        engine.poke(page * PAGE, bytes([page]) * PAGE)
    return engine


def assert_pages_as_written(engine):
    for page in (2, 3, 15):
        assert engine.peek(page * PAGE, PAGE) == bytes([page]) * PAGE


@pytest.mark.parametrize("where", BAD)
def test_a_range_with_an_inaccessible_byte_is_an_error_without_effect(where, process):
    address, length = BAD[where]
    for access in (lambda: process.peek(address, length), lambda: process.poke(address, b"\xee" * length)):
        with pytest.raises(EngineError) as error:
            access()
        assert error.value.kind == "trap"
        assert error.value.message.startswith("out of bounds memory access")
    assert_pages_as_written(process)


def test_a_good_range_is_accessed_to_the_byte(process):
    process.poke(3 * PAGE - 3, b"abcdef")
    assert process.peek(3 * PAGE - 4, 8) == b"\2abcdef\3"
    process.poke(2 * PAGE, b"x")
    process.poke(16 * PAGE - 1, b"y")
    assert process.peek(2 * PAGE, 2) == b"x\2"
    assert process.peek(16 * PAGE - 2, 2) == b"\x0fy"


def test_the_range_is_checked_as_it_is_now(process):
    assert process.munmap(3 * PAGE, PAGE)
    with pytest.raises(EngineError):
        process.poke(3 * PAGE - 1, b"\xee\xee")
    assert process.peek(2 * PAGE, PAGE) == b"\2" * PAGE
    assert process.mmap(3 * PAGE, PAGE) == 3 * PAGE
    assert process.peek(3 * PAGE, PAGE) == bytes(PAGE)


def test_the_rule_fires(process):
    if "access.host" not in process.rules():
        pytest.skip("the interpreter has no rule probes")
    assert process.peek(2 * PAGE, 1) == b"\2"
    assert process.rules().get("access.host") == 1


def test_all_64_bits_of_an_address_count(engine):
    engine.process(pages=0x18000, address="i64")
    low, high = 8 * PAGE, 2**32 + 8 * PAGE
    assert engine.mmap(low, PAGE) == low
    assert engine.mmap(high, PAGE) == high
    engine.poke(low, b"low ")
    engine.poke(high, b"high")
    assert (engine.peek(low, 4), engine.peek(high, 4)) == (b"low ", b"high")
    for access in (lambda: engine.peek(2**32 + 9 * PAGE, 1), lambda: engine.poke(2**33 + 8 * PAGE, b"x")):
        with pytest.raises(EngineError):
            access()
    assert engine.peek(low, 4) == b"low "
