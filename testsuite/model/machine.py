#!/usr/bin/env python3
"""Drives an engine with random sequences of operations on processes, and compares everything with the oracle.

The engine is one that speaks the driver protocol (harness/PROTOCOL.md). Two processes live side by side in it. Mappings
are made by guest code and by the embedder; bytes are read and written by loads and stores of every width, by bulk
operations, and by the embedder as a host function would. Values are drawn near edges: ends of runs of pages, of the
address space, of the numbers that a pointer or a length can hold. After each step the bytes around it are compared;
in the end every page that was ever written, the state of every page, and what is left to be mapped.

    machine.py --minutes 10 -- build/wasmproc driver

runs for ten minutes with ever new sequences; without --minutes it runs the same few hundred each time. A sequence that
shows a difference is shrunk and printed as a program of calls of the rules below.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from pathlib import Path

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

sys.path[:0] = [str(Path(__file__).resolve().parent), str(Path(__file__).resolve().parents[2] / "harness")]

from oracle import FREE, GUARD, LARGEST, MAPPED, PAGE, RESERVED, Space, pages_up, refusal  # noqa: E402
from wasmproc_conform.driver_client import DriverClient, EngineError  # noqa: E402

OUT_OF_BOUNDS = "out of bounds memory access"
ENDED = "process has ended"

#: The extent that every implementation provides.
PROMISED = 1024

#: The bytes that the guest's data segment holds.
SEGMENT = bytes(range(0xA0, 0xC0))

#: The pattern that marks pages: a page of it from any of its first 256 bytes on. It repeats neither by lines nor by pages.
PATTERN = bytes((i + i // 251 * 7) % 256 for i in range(PAGE + 256))

#: The most bytes that one bulk operation writes: what is compared here does not need gigabytes.
MOST_BYTES = 1 << 20

#: Offsets of the guest's loads and stores at a static offset.
OFFSETS = {32: (0, 4, 0xFFF9, 0xFFFFFFFC), 64: (0, 4, 0xFFF9, 0xFFFFFFFC, 0xFFFFFFFFFFFFFFFC)}


def guest(bits: int) -> str:
    """The module through which guest code does it all."""
    p = f"i{bits}"
    memory = "i64 1" if bits == 64 else "1"
    fields = [
        f'(func $mmap (export "mmap") (import "process" "mmap") (param {p} i64) (result {p}))',
        f'(func $munmap (export "munmap") (import "process" "munmap") (param {p} i64) (result i32))',
        f'(func $discard (export "discard") (import "process" "discard") (param {p} i64) (result i32))',
        f'(memory (import "env" "memory") {memory})',
        f'(global (export "sp") (import "env" "__stack_pointer") (mut {p}))',
        '(data $d "' + "".join(f"\\{byte:02x}" for byte in SEGMENT) + '")',
        f'(func (export "size") (result {p}) (memory.size))',
        f'(func (export "grow") (param {p}) (result {p}) (memory.grow (local.get 0)))',
        f'(func (export "fill") (param {p} i32 {p}) (memory.fill (local.get 0) (local.get 1) (local.get 2)))',
        f'(func (export "copy") (param {p} {p} {p}) (memory.copy (local.get 0) (local.get 1) (local.get 2)))',
        f'(func (export "init") (param {p} i32 i32) (memory.init $d (local.get 0) (local.get 1) (local.get 2)))',
        '(func (export "trap") (unreachable))',
    ]
    for offset in OFFSETS[bits]:
        for width, suffix in ((1, "8"), (2, "16"), (4, "32"), (8, "")):
            load = f"i64.load{suffix}{'_u' if suffix else ''}"
            fields.append(
                f'(func (export "load{width}+{offset}") (param {p}) (result i64) ({load} offset={offset} (local.get 0)))'
            )
            fields.append(
                f'(func (export "store{width}+{offset}") (param {p} i64)'
                f" (i64.store{suffix} offset={offset} (local.get 0) (local.get 1)))"
            )
    return "(module\n  " + "\n  ".join(fields) + ")"


#: A place near an edge: which of the edges there are at the time, and how far from it. For accesses, and for mappings.
EDGE = st.integers(0, 1 << 12)
PLACES = st.tuples(
    EDGE,
    st.one_of(
        st.sampled_from([0, 0, -1, 1, -2, -3, -4, -5, -6, -7, -8, 2, 4, 7, 8]),
        st.sampled_from([0, PAGE - 1, -PAGE, PAGE, PAGE // 2, -PAGE // 2, PAGE - 4, 2 * PAGE]),
        st.integers(-2 * PAGE, 2 * PAGE),
    ),
)
PAGE_PLACES = st.tuples(
    EDGE, st.sampled_from([0, 0, 0, 0, 0, PAGE, PAGE, -PAGE, -PAGE, 2 * PAGE, -2 * PAGE, 3 * PAGE, 1, -1, PAGE // 2])
)
#: A hint: none, a place near an edge (None), or a byte of a page that is anywhere in the space.
MULTIPLIER = 0x9E3779B97F4A7C15
HINTS = st.one_of(
    st.sampled_from([0, None, None]),
    st.tuples(st.integers(1, 1 << 12), st.sampled_from([0, 0, 1, PAGE // 2 - 1, PAGE // 2 + 1, PAGE - 1])),
)
#: A length: some pages and bytes, the distance to an edge, or a number near a power of two.
MORE = st.sampled_from([0, 0, 0, 0, 1, -1, PAGE // 2, -PAGE])
LENGTHS = st.one_of(
    st.tuples(st.just("bytes"), st.integers(0, 6), MORE),
    st.tuples(st.just("bytes"), st.integers(1, 3), MORE),
    st.tuples(st.just("to"), EDGE, MORE),
    st.tuples(st.just("power"), st.integers(0, 64), st.sampled_from([0, 1, -1, PAGE, -PAGE, -PAGE + 1])),
)
SIZES = st.one_of(
    st.sampled_from([0, 1, 2, 3, 8, 15, 16, PAGE - 1, PAGE, PAGE + 1, 3 * PAGE]),
    st.integers(0, 4 * PAGE),
    LENGTHS,
)
STACKS = st.sampled_from([0, 0, 0, 0, 1, 2, 3, "rest", "rest+1", "huge"])
LIMITS = st.sampled_from([None] * 6 + [0, 1, 2, 4, 8, 16, 2**16, 2**64 - 2])
WIDTHS = st.sampled_from([1, 2, 4, 8])
BYTES = st.integers(0, 255)
WORDS = st.integers(0, 2**64 - 1)
OFFSET = st.sampled_from([0, 0, 0, 1, 2, 3, 4])
SLOT = st.sampled_from([0, 0, 0, 1])
#: How far source and destination of a copy are apart, where they are meant to overlap.
NEAR = st.sampled_from([None, None, None, 1, -1, 8, -8, PAGE // 2 + 3, -PAGE // 2 - 3, PAGE, -PAGE, PAGE + 1, -PAGE - 1])
#: Mappings that a process begins with: first page and pages.
LAYOUT = st.lists(st.tuples(st.integers(1, 24), st.integers(1, 5)), max_size=6)
BY_GUEST = st.booleans()


def extents(bits: int):
    """Extents in pages: small ones, ones at the edges of numbers, and now and then one that is not legal."""
    small = [*range(2, 20), 24, 32, 40, 64, 64, 100, 1000, 1024]
    edges = [2**15, 2**16 - 1, 2**16]
    if bits == 64:
        edges += [2**16 + 1, 2**20, 2**31, 2**32, 2**32 + 1, 2**47, 2**48 - 1, 2**48]
    return st.sampled_from(small * 3 + edges * 3 + [0, 1, LARGEST[bits] + 1, 2**63, 2**64 - 1] * 2)


class Difference(AssertionError):
    """The engine and the oracle do not agree."""


def is_refusal(error: EngineError, text: str) -> bool:
    """Whether an error says that something is refused, for this reason."""
    return error.kind == "refused" and error.message.startswith(text)


class ProcessMachine(RuleBasedStateMachine):
    """Rules do one thing each to one of two processes. Subclasses say for which pointer type, and how the engine runs."""

    bits: int
    engine: DriverClient
    done: Counter
    #: Whether the engine may refuse extents that rule process.extent.min does not promise.
    limited: bool

    def __init__(self) -> None:
        super().__init__()
        self.engine.reset()
        self.engine.define(text=guest(self.bits), name="$guest")
        #: By slot: the space of a process, or None when it has ended.
        self.spaces: dict[int, Space | None] = {}
        self.current: int | None = None

    # Parts of rules.

    def note(self, *what) -> None:
        self.done[" ".join(map(str, what))] += 1

    def live(self, slot: int) -> Space:
        """The space of the process in a slot, or of the other one, which is now current."""
        slot = slot if self.spaces.get(slot) else 1 - slot
        if self.current != slot:
            self.engine.switch(f"$p{slot}")
            self.current = slot
        return self.spaces[slot]

    def any_live(self) -> bool:
        return any(self.spaces.values())

    def place(self, space: Space, place: tuple[int, int]) -> int:
        """The address that a place means in a space as it is now."""
        which, distance = place
        used = [edge * PAGE for begin, end, state in space.runs if state in (MAPPED, RESERVED) for edge in (begin, end)]
        edges = used * 3 + [run[0] * PAGE for run in space.runs] + [space.extent, 0, 2**31, 2**32, 2**63]
        return (edges[which % len(edges)] + distance) % 2**self.bits

    def length(self, space: Space, length: tuple, address: int) -> int:
        kind, number, more = length
        if kind == "to":
            number = self.place(space, (number, 0)) - address
        else:
            number = number * PAGE if kind == "bytes" else 2**number
        return (number + more) % 2**64

    def pointer(self, value: int) -> dict:
        return {"type": f"i{self.bits}", "value": str(value % 2**self.bits)}

    def call(self, field: str, *args: dict) -> int | None:
        values = self.engine.invoke(field, args)
        return int(values[0]["value"]) if values else None

    def agree(self, what: str, expected, actual) -> None:
        if expected != actual:
            raise Difference(f"{what}: expected {expected!r}, the engine gave {actual!r}")

    def attempt(self, what: str, good: bool, action, kind: str = "trap", text: str = OUT_OF_BOUNDS):
        """Do what must succeed or must fail with an error; the result where it succeeds."""
        try:
            result = action()
        except EngineError as error:
            if good or error.kind != kind or not error.message.startswith(text):
                raise Difference(f"{what}: {'must succeed' if good else f'must be {kind}: {text}'}, but {error}") from None
            return None
        if not good:
            raise Difference(f"{what}: must be {kind}: {text}, but succeeded with {result!r}")
        return result

    def look(self, space: Space, address: int) -> None:
        """Compare the bytes around an address, as guest code sees them and as the embedder does."""
        address %= 2**self.bits
        good = space.accessible(address, 8)
        got = self.attempt(f"load at {address:#x}", good, lambda: self.call("load8+0", self.pointer(address)))
        if good:
            self.agree(f"bytes at {address:#x}", space.read(address, 8), got.to_bytes(8, "little"))
        start = max(0, address - 8)
        good = space.accessible(start, 16)
        got = self.attempt(f"peek at {start:#x}", good, lambda: self.engine.peek(start, 16))
        if good:
            self.agree(f"bytes at {start:#x}", space.read(start, 16), got)

    # Processes.

    def create(self, slot: int, pages: int, stack, limit: int | None, layout: list[tuple[int, int]]) -> None:
        stack = {"rest": max(0, pages - 2), "rest+1": max(0, pages - 1), "huge": 2**64 - 1}.get(stack, stack)
        text = refusal(self.bits, pages, stack, limit)
        what = f"a process of {pages} pages with a stack of {stack} and the limit {limit}"
        try:
            self.engine.process(name=f"$p{slot}", pages=pages, address=f"i{self.bits}", stack=stack, limit=limit)
        except EngineError as error:
            if self.limited and text != "extent" and pages > PROMISED and is_refusal(error, "extent"):
                self.note("create", "extent not provided")
                return
            if text is None or not is_refusal(error, text):
                raise Difference(f"{what}: must be {f'refused: {text}' if text else 'made'}, but {error}") from None
        else:
            if text:
                raise Difference(f"{what}: must be refused: {text}, but was made")
        self.note("create", text or "made")
        if text is None:
            self.spaces[slot] = space = Space(self.bits, pages, limit)
            self.current = slot
            self.engine.instantiate(definition="$guest", name="$m")
            pointer = int(self.engine.get("sp")["value"])
            if wrong := space.place_stack(stack, pointer):
                raise Difference(wrong)
            for page, count in layout:
                self.map(space, page * PAGE, count * PAGE, False, page)

    @initialize(data=st.data(), stack=STACKS, limit=LIMITS, layout=LAYOUT)
    def first(self, data, stack, limit, layout) -> None:
        self.create(0, data.draw(extents(self.bits)), stack, limit, layout)

    @precondition(lambda self: not all(self.spaces.get(slot) for slot in (0, 1)))
    @rule(data=st.data(), stack=STACKS, limit=LIMITS, layout=LAYOUT)
    def another(self, data, stack, limit, layout) -> None:
        slot = 0 if not self.spaces.get(0) else 1
        self.create(slot, data.draw(extents(self.bits)), stack, limit, layout)

    @precondition(lambda self: self.any_live())
    @rule(slot=SLOT, sure=st.sampled_from([False] * 9 + [True]))
    def end(self, slot, sure) -> None:
        # Seldom: most of what there is to see is in processes that have lived for a while.
        if not sure:
            return
        self.live(slot)
        slot = self.current
        self.check_all(self.spaces[slot])
        self.engine.end(f"$p{slot}")
        self.spaces[slot] = None
        self.note("end")
        for what, action in (
            ("mmap", lambda: self.engine.mmap(0, PAGE)),
            ("peek", lambda: self.engine.peek(PAGE, 1)),
            ("invoke", lambda: self.call("size")),
            ("end", lambda: self.engine.end(f"$p{slot}")),
            ("switch", lambda: self.engine.switch(f"$p{slot}")),
        ):
            self.attempt(f"{what} after the end", False, action, "refused", ENDED)

    @precondition(lambda self: self.any_live())
    @rule(slot=SLOT, amount=st.one_of(st.integers(0, 3), st.integers(0, 2**64 - 1)))
    def size_and_trap(self, slot, amount) -> None:
        space = self.live(slot)
        self.agree("memory.size", space.pages, self.call("size"))
        amount %= 2**self.bits
        grown = space.pages if amount == 0 else 2**self.bits - 1
        self.agree(f"memory.grow {amount}", grown, self.call("grow", self.pointer(amount)))
        self.agree("memory.size", space.pages, self.call("size"))
        self.attempt("unreachable", False, lambda: self.call("trap"), text="unreachable")
        self.note("size and trap")

    # The platform API.

    @precondition(lambda self: self.any_live())
    @rule(slot=SLOT, place=PAGE_PLACES, hint=HINTS, length=LENGTHS, by_guest=BY_GUEST, mark=st.integers(0, 3))
    def mmap(self, slot, place, hint, length, by_guest, mark) -> None:
        space = self.live(slot)
        if hint is None:
            hint = self.place(space, place)
        elif hint:
            number, more = hint
            hint = number * MULTIPLIER % space.pages * PAGE + more
        self.map(space, hint, self.length(space, length, hint), by_guest, mark)

    def map(self, space: Space, hint: int, size: int, by_guest: bool, mark: int) -> None:
        """Map, and mark the pages where `mark` is not 0 and they are few."""
        if by_guest:
            answer = self.call("mmap", self.pointer(hint), {"type": "i64", "value": str(size)})
        else:
            answer = self.engine.mmap(hint, size)
        if wrong := space.mmap(hint, size, answer):
            raise Difference(f"mmap({hint:#x}, {size:#x}) = {answer:#x}: {wrong}")
        over = answer == 0 and space.has_run(pages_up(size))
        self.note("mmap", "over the limit" if over else "0" if answer == 0 else "at hint" if answer == hint // PAGE * PAGE else "elsewhere")
        self.look(space, answer)
        if answer:
            self.look(space, answer + size - 8)
            self.look(space, answer + size)
        for page in range(answer, answer + min(size, 5 * PAGE) if answer and mark else 0, PAGE):
            start = (mark * 37 + page // PAGE) % 256
            self.engine.poke(page, PATTERN[start : start + PAGE])
            space.write(page, PATTERN[start : start + PAGE])

    @precondition(lambda self: self.any_live())
    @rule(slot=SLOT, place=PAGE_PLACES, length=LENGTHS, by_guest=BY_GUEST)
    def munmap(self, slot, place, length, by_guest) -> None:
        self.on_range("munmap", self.live(slot), place, length, by_guest)

    @precondition(lambda self: self.any_live())
    @rule(slot=SLOT, place=PAGE_PLACES, length=LENGTHS, by_guest=BY_GUEST)
    def discard(self, slot, place, length, by_guest) -> None:
        self.on_range("discard", self.live(slot), place, length, by_guest)

    def on_range(self, what: str, space: Space, place, length, by_guest: bool) -> None:
        """Unmap or discard a range."""
        address = self.place(space, place)
        size = self.length(space, length, address)
        if by_guest:
            answer = self.call(what, self.pointer(address), {"type": "i64", "value": str(size)})
        else:
            answer = int(getattr(self.engine, what)(address, size))
        self.agree(f"{what}({address:#x}, {size:#x})", int(getattr(space, what)(address, size)), answer)
        self.note(what, answer)
        for edge in (address, address - 8, address + size, address + size - 8):
            self.look(space, edge)

    # Access.

    @precondition(lambda self: self.any_live())
    @rule(slot=SLOT, place=PLACES, width=WIDTHS, offset=OFFSET)
    def load(self, slot, place, width, offset) -> None:
        space = self.live(slot)
        offset = OFFSETS[self.bits][offset % len(OFFSETS[self.bits])]
        index = (self.place(space, place) - (offset if offset < 2**32 - 8 else 0)) % 2**self.bits
        good = space.accessible(index + offset, width)
        what = f"load of {width} at {index:#x} + {offset:#x}"
        got = self.attempt(what, good, lambda: self.call(f"load{width}+{offset}", self.pointer(index)))
        if good:
            self.agree(what, space.read(index + offset, width), got.to_bytes(width, "little"))
        self.note("load", good)

    @precondition(lambda self: self.any_live())
    @rule(slot=SLOT, place=PLACES, width=WIDTHS, offset=OFFSET, value=WORDS)
    def store(self, slot, place, width, offset, value) -> None:
        space = self.live(slot)
        offset = OFFSETS[self.bits][offset % len(OFFSETS[self.bits])]
        index = (self.place(space, place) - (offset if offset < 2**32 - 8 else 0)) % 2**self.bits
        good = space.accessible(index + offset, width)
        argument = {"type": "i64", "value": str(value)}
        self.attempt(
            f"store of {width} at {index:#x} + {offset:#x}",
            good,
            lambda: self.call(f"store{width}+{offset}", self.pointer(index), argument),
        )
        if good:
            space.write(index + offset, value.to_bytes(8, "little")[:width])
        self.note("store", good)
        self.look(space, index + offset)
        self.look(space, index + offset + width - 8)

    @precondition(lambda self: self.any_live())
    @rule(slot=SLOT, place=PLACES, size=SIZES, byte=BYTES)
    def fill(self, slot, place, size, byte) -> None:
        space = self.live(slot)
        address = self.place(space, place)
        size = (self.length(space, size, address) if isinstance(size, tuple) else size) % 2**self.bits
        good = space.bulk_accessible(address, size)
        if good and size > MOST_BYTES:
            return
        self.attempt(
            f"fill {size:#x} at {address:#x}",
            good,
            lambda: self.call(
                "fill", self.pointer(address), {"type": "i32", "value": str(byte)}, self.pointer(size)
            ),
        )
        if good:
            space.write(address, bytes([byte]) * size)
        self.note("fill", good)
        for edge in (address, address - 8, address + size, address + size - 8):
            self.look(space, edge)

    @precondition(lambda self: self.any_live())
    @rule(slot=SLOT, to=PLACES, source=PLACES, near=NEAR, size=SIZES)
    def copy(self, slot, to, source, near, size) -> None:
        space = self.live(slot)
        source = self.place(space, source)
        to = self.place(space, to) if near is None else (source + near) % 2**self.bits
        size = (self.length(space, size, source) if isinstance(size, tuple) else size) % 2**self.bits
        good = space.bulk_accessible(to, size) and space.bulk_accessible(source, size)
        if good and size > MOST_BYTES:
            return
        self.attempt(
            f"copy {size:#x} from {source:#x} to {to:#x}",
            good,
            lambda: self.call("copy", self.pointer(to), self.pointer(source), self.pointer(size)),
        )
        if good:
            space.write(to, space.read(source, size))
        self.note("copy", good)
        for edge in (to, to - 8, to + size, to + size - 8):
            self.look(space, edge)

    @precondition(lambda self: self.any_live())
    @rule(slot=SLOT, place=PLACES, start=st.integers(0, 33), size=st.integers(0, 33))
    def init(self, slot, place, start, size) -> None:
        space = self.live(slot)
        address = self.place(space, place)
        good = space.bulk_accessible(address, size) and start + size <= len(SEGMENT)
        numbers = ({"type": "i32", "value": str(number)} for number in (start, size))
        self.attempt(
            f"init {size} at {address:#x}", good, lambda: self.call("init", self.pointer(address), *numbers)
        )
        if good:
            space.write(address, SEGMENT[start : start + size])
        self.note("init", good)
        self.look(space, address)
        self.look(space, address + size)

    @precondition(lambda self: self.any_live())
    @rule(slot=SLOT, place=PLACES, size=st.one_of(st.integers(1, 20), st.integers(1, PAGE)), byte=BYTES)
    def host(self, slot, place, size, byte) -> None:
        """The embedder reads and writes: all or nothing (access.host)."""
        space = self.live(slot)
        address = self.place(space, place)
        good = space.accessible(address, size)
        got = self.attempt(f"peek {size} at {address:#x}", good, lambda: self.engine.peek(address, size))
        if good:
            self.agree(f"{size} bytes at {address:#x}", space.read(address, size), got)
        data = bytes((byte + i) % 256 for i in range(size))
        self.attempt(f"poke {size} at {address:#x}", good, lambda: self.engine.poke(address, data))
        if good:
            space.write(address, data)
        self.note("host", good)
        self.look(space, address)
        self.look(space, address + size)

    # The end of a sequence.

    def check_all(self, space: Space) -> None:
        """Compare every page that was written, the ends of every run, and what can still be mapped."""
        for begin, end, _ in space.runs:
            self.look(space, begin * PAGE)
            self.look(space, end * PAGE - 8)
        for page, data in sorted(space.bytes.items()):
            if self.engine.peek(page * PAGE, PAGE) != bytes(data):
                raise Difference(f"the bytes of page {page:#x} are not those that were written")
        longest = max((end - begin for begin, end, state in space.runs if state == FREE), default=0)
        if longest:
            self.map(space, 0, longest * PAGE, False, 0)
        for begin, end, state in [list(run) for run in space.runs]:
            if state == FREE:
                self.map(space, begin * PAGE, (end - begin) * PAGE, False, 0)
        self.map(space, 0, 1, False, 0)
        for begin, _, state in space.runs:
            if state == GUARD:
                self.agree("munmap of the guard page", False, self.engine.munmap(begin * PAGE, PAGE))

    def teardown(self) -> None:
        if not self.engine.alive:
            return
        for slot, space in self.spaces.items():
            if space:
                self.check_all(self.live(slot))


def run(bits: int, engine: DriverClient, *, examples: int, steps: int, fresh: bool, shrink: bool = True, limited: bool = False) -> Counter:
    """Run sequences of up to `steps` rules; raises Difference, EngineCrash or EngineTimeout.

    `fresh`: never the same ones. `shrink`: look for a short sequence that shows a difference, which takes a while.
    """
    done: Counter = Counter()
    machine = type(f"Process{bits}", (ProcessMachine,), {"bits": bits, "engine": engine, "done": done, "limited": limited})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            derandomize=not fresh,
            database=None,
            suppress_health_check=list(HealthCheck),
            phases=(Phase.generate, Phase.shrink) if shrink else (Phase.generate,),
            print_blob=False,
        ),
    )
    return done


def campaign(bits: int, engine: DriverClient, seconds: float, limited: bool = False) -> Counter:
    """Ever new sequences until the time is over."""
    total: Counter = Counter()
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        total += run(bits, engine, examples=100, steps=80, fresh=True, limited=limited)
    return total


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--minutes", type=float, default=0, help="run for so long, per pointer type")
    parser.add_argument("--bits", type=int, choices=(32, 64), action="append", help="this pointer type only")
    parser.add_argument("--limited", action="store_true", help=f"the engine may refuse extents over {PROMISED} pages")
    parser.add_argument("argv", nargs="+", metavar="COMMAND", help="how the engine's driver is started")
    arguments = parser.parse_args()
    for bits in arguments.bits or (32, 64):
        begin = time.monotonic()
        with DriverClient(arguments.argv, timeout=30) as engine:
            if arguments.minutes:
                done = campaign(bits, engine, arguments.minutes * 60, arguments.limited)
            else:
                done = run(bits, engine, examples=150, steps=50, fresh=False, limited=arguments.limited)
        print(f"wasm{bits}: {sum(done.values())} operations in {time.monotonic() - begin:.0f} s, no difference")
        for what, count in sorted(done.items()):
            print(f"  {what:30} {count:8}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
