#!/usr/bin/env python3
"""Drives an engine with a given number of random operations, and compares every answer with the oracle.

    million.py --operations 1000000 --seed 7 -- build/wasmproc driver --aslr=7

Where machine.py finds short sequences of everything, this is about numbers: only the platform API and accesses to
memory, sent to the driver (harness/PROTOCOL.md) some dozens at a time. Four processes live side by side, wasm32 and
wasm64 by turns, with small, odd and huge extents, and each is followed by another one after some hundred operations.
Guest code and the embedder call by turns. Addresses, hints and lengths lie near the edges of runs, of the space, and of
numbers. The first difference ends the run with status 1; the same seed and engine show it again. An interrupt ends it
with what was done so far.
"""

from __future__ import annotations

import argparse
import base64
import random
import sys
import time
from collections import Counter
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parent), str(Path(__file__).resolve().parents[2] / "harness")]

from machine import OUT_OF_BOUNDS, PROMISED, Difference, guest, is_refusal  # noqa: E402
from oracle import FREE, MAPPED, PAGE, Space, pages_up, refusal  # noqa: E402
from wasmproc_conform.driver_client import DriverClient, EngineCrash, EngineError, EngineTimeout  # noqa: E402

#: Operations that are sent at once, and operations that a process sees before its last ones.
BATCH = 40
LIFE = 1000

#: The most bytes that one operation writes.
MOST_BYTES = 3 * PAGE

#: Extents in pages, small and large, and some that are not legal.
SMALL = [2, 3, 4, 5, 8, 16, 17, 24, 32, 64, 100, 1000, 1024]
LARGE = {32: [2**15, 2**16 - 1, 2**16], 64: [2**15, 2**16 + 1, 2**20, 2**31, 2**32 + 1, 2**47, 2**48 - 1, 2**48]}
ILLEGAL = [0, 1, 2**48 + 1, 2**63]

STATIC_OFFSET = 0xFFF9


class Process:
    """One process of the engine's, and the oracle's view of it."""

    def __init__(self, run: Run, name: str, bits: int):
        self.run, self.name, self.bits = run, name, bits
        self.random, self.left = run.random, run.random.randint(LIFE // 4, LIFE)
        self.space = self._create()

    def _create(self) -> Space:
        """Make the process, after attempts that must be refused, if chance will have it so."""
        engine = self.run.engine
        while True:
            pages = self.random.choice(self.random.choice([SMALL, SMALL, LARGE[self.bits], LARGE[self.bits], ILLEGAL]))
            stack = self.random.choice([0, 0, 1, 3, max(0, pages - 2), max(0, pages - 1), 2**64 - 1])
            stack = stack if self.random.random() < 0.7 else 0
            limit = self.random.choice([0, 1, 4, 16, 100, pages // 2]) if self.random.random() < 0.3 else None
            text = refusal(self.bits, pages, stack, limit)
            try:
                engine.process(name=self.name, pages=pages, address=f"i{self.bits}", stack=stack, limit=limit)
            except EngineError as error:
                if text is not None and is_refusal(error, text):
                    self.run.count("create", text)
                elif self.run.limited and pages > PROMISED and text != "extent" and is_refusal(error, "extent"):
                    self.run.count("create", "extent not provided")
                else:
                    raise Difference(f"{pages} pages, {stack} of stack, limit {limit}: {error}, expected {text}") from None
                continue
            if text is not None:
                raise Difference(f"{pages} pages, {stack} of stack, limit {limit} were made, instead of refused: {text}")
            self.run.count("create", "made")
            engine.instantiate(definition=f"$guest{self.bits}", name="$m")
            space = Space(self.bits, pages, limit)
            if wrong := space.place_stack(stack, int(engine.get("sp")["value"])):
                raise Difference(wrong)
            return space

    # Numbers near edges.

    def address(self, by_guest: bool) -> int:
        """An address: where the state of pages changes, at the ends of numbers, or anywhere; or near to that."""
        chance = self.random
        kind = chance.random()
        if kind < 0.75:
            edge = chance.choice(self.space.runs)[chance.random() < 0.4] * PAGE
        elif kind < 0.85:
            edge = chance.randrange(self.space.pages) * PAGE
        else:
            edge = chance.choice([0, PAGE, 2**31, 2**32, 2**63, self.space.extent])
        return (edge + chance.choice(self.run.near)) % 2 ** (self.bits if by_guest else 64)

    def length(self, address: int) -> int:
        """A length: some pages, up to an edge, all of a run, or near a power of two; and a bit more or less."""
        chance = self.random
        kind = chance.random()
        if kind < 0.55:
            length = chance.choice([1, 1, 1, 2, 2, 3, 4, 6]) * PAGE
        elif kind < 0.70:
            length = chance.choice(self.space.runs)[1] * PAGE - address
        elif kind < 0.80:
            first, end, _ = chance.choice(self.space.runs)
            length = (end - first) * PAGE
        elif kind < 0.85:
            length = chance.randrange(self.space.pages) * PAGE
        else:
            length = 2 ** chance.randint(0, 64)
        return (length + chance.choice([0, 0, 0, 0, 1, -1, PAGE // 2, -PAGE, PAGE])) % 2**64

    # Operations: each returns the request and a function that judges the answer, which returns the outcome.

    def invoke(self, field: str, *arguments: tuple[int, int]) -> dict:
        values = [{"type": f"i{bits}", "value": str(value % 2**bits)} for bits, value in arguments]
        return {"cmd": "invoke", "field": field, "args": values}

    def mmap(self, hint: int, length: int, by_guest: bool):
        def judge(answer):
            answer = self.value(answer, "mmap", by_guest)
            if wrong := self.space.mmap(hint, length, answer):
                raise Difference(f"mmap({hint:#x}, {length:#x}): {wrong}")
            if answer == 0 and self.space.has_run(pages_up(length)):
                return "over the limit"
            return "0" if answer == 0 else "at hint" if answer == hint // PAGE * PAGE else "elsewhere"

        if by_guest:
            return self.invoke("mmap", (self.bits, hint), (64, length)), judge
        return {"cmd": "mmap", "hint": str(hint), "length": str(length)}, judge

    def on_range(self, what: str, address: int, length: int, by_guest: bool):
        """munmap or discard."""
        def judge(answer):
            answer = self.value(answer, what, by_guest)
            expected = int(getattr(self.space, what)(address, length))
            if answer != expected:
                raise Difference(f"{what}({address:#x}, {length:#x}) is {answer}, expected {expected}")
            return str(answer)

        if by_guest:
            return self.invoke(what, (self.bits, address), (64, length)), judge
        return {"cmd": what, "addr": str(address), "length": str(length)}, judge

    def peek(self, address: int, size: int):
        def judge(answer):
            good = self.space.bulk_accessible(address, size)
            if self.succeeds(answer, good, f"peek of {size} at {address:#x}"):
                got, expected = base64.b64decode(answer["bytes"]), self.space.read(address, size)
                if got != expected:
                    raise Difference(f"{size} bytes at {address:#x}: {got[:64].hex()}, expected {expected[:64].hex()}")
            return "done" if good else "error"

        return {"cmd": "peek", "addr": str(address), "length": str(size)}, judge

    def poke(self, address: int, data: bytes):
        def judge(answer):
            good = self.space.bulk_accessible(address, len(data))
            if self.succeeds(answer, good, f"poke of {len(data)} at {address:#x}"):
                self.space.write(address, data)
            return "done" if good else "error"

        return {"cmd": "poke", "addr": str(address), "bytes": base64.b64encode(data).decode()}, judge

    def load(self, index: int, width: int, offset: int):
        def judge(answer):
            good = self.space.accessible(index + offset, width)
            if self.succeeds(answer, good, f"load of {width} at {index:#x} + {offset:#x}"):
                got = int(answer["values"][0]["value"])
                expected = int.from_bytes(self.space.read(index + offset, width), "little")
                if got != expected:
                    raise Difference(f"load of {width} at {index:#x} + {offset:#x} is {got:#x}, expected {expected:#x}")
            return "done" if good else "trap"

        return self.invoke(f"load{width}+{offset}", (self.bits, index)), judge

    def store(self, index: int, width: int, offset: int, data: bytes):
        def judge(answer):
            good = self.space.accessible(index + offset, width)
            if self.succeeds(answer, good, f"store of {width} at {index:#x} + {offset:#x}"):
                self.space.write(index + offset, data[:width])
            return "done" if good else "trap"

        value = int.from_bytes(data, "little")
        return self.invoke(f"store{width}+{offset}", (self.bits, index), (64, value)), judge

    def fill(self, address: int, byte: int, size: int):
        def judge(answer):
            good = self.space.bulk_accessible(address, size)
            if self.succeeds(answer, good, f"fill of {size} at {address:#x}"):
                self.space.write(address, bytes([byte]) * size)
            return "done" if good else "trap"

        return self.invoke("fill", (self.bits, address), (32, byte), (self.bits, size)), judge

    def value(self, answer: dict | EngineError, what: str, by_guest: bool) -> int:
        if isinstance(answer, EngineError):
            raise Difference(f"{what} must have a result, but: {answer}")
        return int(answer["values"][0]["value"] if by_guest else answer["value"])

    def succeeds(self, answer: dict | EngineError, good: bool, what: str) -> bool:
        """Whether an access was done; that must be as expected, and the error that of an access out of bounds."""
        if isinstance(answer, EngineError):
            if good or answer.kind != "trap" or not answer.message.startswith(OUT_OF_BOUNDS):
                raise Difference(f"{what} must {'succeed' if good else 'trap'}, but: {answer}")
        elif not good:
            raise Difference(f"{what} must trap, but succeeds")
        return good

    def operation(self):
        """A random operation."""
        chance = self.random
        kind, by_guest = chance.random(), chance.random() < 0.5
        if kind < 0.3:
            free = [run for run in self.space.runs if run[2] == FREE]
            if free and chance.random() < 0.4:  # most likely to be placed at the hint
                first, end, _ = chance.choice(free)
                count = min(end - first, chance.choice([1, 1, 2, 3, 5, end - first]))
                hint = chance.choice([first, end - count, chance.randint(first, end - count)]) * PAGE
                more = chance.choice([0, 0, 1, -1])
                length = min(count * PAGE + more, 2**64 - 1)
                return "mmap", *self.mmap(hint + chance.choice([0, 0, 1, PAGE - 1]), length, by_guest)
            hint = 0 if chance.random() < 0.3 else self.address(by_guest)
            return "mmap", *self.mmap(hint, self.length(hint), by_guest)
        address = self.address(by_guest)
        if kind < 0.55:
            what = "discard" if kind < 0.38 else "munmap"
            mapped = [run for run in self.space.runs if run[2] == MAPPED]
            if mapped and chance.random() < 0.3:  # all of a run, or a part of it
                first, end, _ = chance.choice(mapped)
                first = chance.choice([first, chance.randrange(first, end)])
                count = chance.choice([1, end - first, chance.randint(1, end - first)])
                return what, *self.on_range(what, first * PAGE, count * PAGE, by_guest)
            address -= address % PAGE if chance.random() < 0.7 else 0
            return what, *self.on_range(what, address, self.length(address), by_guest)
        if kind < 0.63:
            width, offset = chance.choice([1, 2, 4, 8]), chance.choice([0, 0, 4, STATIC_OFFSET])
            address %= 2**self.bits
            return "load", *self.load(address, width, offset)
        if kind < 0.73:
            width, offset = chance.choice([1, 2, 4, 8]), chance.choice([0, 0, 4, STATIC_OFFSET])
            address %= 2**self.bits
            return "store", *self.store(address, width, offset, chance.randbytes(8))
        if kind < 0.83:
            return "peek", *self.peek(address, chance.choice([1, 2, 8, 16, 16, PAGE if chance.random() < 0.2 else 3]))
        if kind < 0.93:
            return "poke", *self.poke(address, chance.randbytes(chance.choice([1, 2, 8, 16, 100])))
        address %= 2**self.bits
        most = MOST_BYTES if kind > 0.999 else PAGE if chance.random() < 0.05 else 3
        size = chance.choice([0, 0, 1, 8, 16, 100, most])
        return "fill", *self.fill(address, chance.randrange(256), size)

    def last_operations(self):
        """Show the state of every page and the bytes of some: both ends of each run; then map all that is free."""
        for first, end, _ in self.space.runs:
            yield "peek", *self.peek(first * PAGE, 1)
            yield "peek", *self.peek(end * PAGE - 1, 1)
        for page in list(self.space.bytes)[:8]:
            yield "peek", *self.peek(page * PAGE, PAGE)
        for first, end, state in self.space.runs:
            if state == FREE:
                yield "mmap", *self.mmap(first * PAGE, (end - first) * PAGE, False)
        yield "mmap", *self.mmap(0, 1, False)


class Run:
    """Processes side by side, and what has been done with them."""

    def __init__(self, engine: DriverClient, seed: int, limited: bool = False):
        self.engine, self.seed, self.limited = engine, seed, limited
        self.random = random.Random(seed)
        self.done: Counter = Counter()
        self.operations = self.processes = 0
        self.near = [0] * 10 + [PAGE, -PAGE] * 3 + [1, -1, -2, -3, -4, -7, -8, 2 * PAGE, -2 * PAGE, PAGE // 2, PAGE - 1]

    def count(self, what: str, outcome: str) -> None:
        self.done[f"{what} {outcome}"] += 1
        self.operations += 1

    def do(self, process: Process, operations: list) -> None:
        """Send some operations at once, and judge the answers one after another."""
        answers = self.engine.pipeline([request for _, request, _ in operations])
        try:
            for (what, _, judge), answer in zip(operations, answers, strict=True):
                self.count(what, judge(answer))
        except (Difference, EngineCrash, EngineTimeout) as error:
            raise Difference(
                f"seed {self.seed}, operation {self.operations}: process {process.name}, wasm{process.bits},"
                f" {process.space.pages:#x} pages: {error}"
            ) from None

    def run(self, operations: int, progress=lambda done: None) -> None:
        """Do so many operations, and a few more, to end with every process looked over."""
        self.engine.reset()
        for bits in (32, 64):
            self.engine.define(text=guest(bits), name=f"$guest{bits}")
        living: list[Process | None] = [None] * 4
        while self.operations < operations or any(living):
            slot = self.random.randrange(len(living))
            process = living[slot]
            if process is None:
                if self.operations < operations:
                    self.processes += 1
                    bits = 32 if self.processes % 2 else 64
                    living[slot] = Process(self, f"$p{self.processes}", bits)
                continue
            self.engine.switch(process.name)
            if process.left > 0 and self.operations < operations:
                self.do(process, [process.operation() for _ in range(BATCH)])
                process.left -= BATCH
            else:
                last = list(process.last_operations())
                for begin in range(0, len(last), BATCH):
                    self.do(process, last[begin : begin + BATCH])
                self.engine.end(process.name)
                living[slot] = None
            progress(self.operations)

    def summary(self) -> str:
        counts = ", ".join(f"{what} {count}" for what, count in sorted(self.done.items()))
        return f"{self.operations} operations in {self.processes} processes, no difference: {counts}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--operations", type=int, default=10**6, help="how many (default: a million)")
    parser.add_argument("--seed", type=int, default=1, help="what chance begins with (default: 1)")
    parser.add_argument("--limited", action="store_true", help=f"the engine may refuse extents over {PROMISED} pages")
    parser.add_argument("argv", nargs="+", metavar="COMMAND", help="how the engine's driver is started")
    arguments = parser.parse_args()
    begin = shown = time.monotonic()

    def progress(done: int) -> None:
        nonlocal shown
        if sys.stderr.isatty() and time.monotonic() > shown + 0.5:
            shown = time.monotonic()
            print(f"\r{done} of {arguments.operations} operations", end="\r", file=sys.stderr, flush=True)

    with DriverClient(arguments.argv, timeout=120) as engine:
        run = Run(engine, arguments.seed, arguments.limited)
        try:
            run.run(arguments.operations, progress)
        except Difference as error:
            print(f"difference: {error}")
            return 1
        except KeyboardInterrupt:
            print("interrupted", end=": ")
    print(f"{run.summary()}; {time.monotonic() - begin:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
