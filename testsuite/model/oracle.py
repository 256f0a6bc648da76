"""An oracle of one address space: sections 2 to 4 of the process model as plain data.

Written from the rules, to be compared with engines; it shares nothing with any of them. Each operation says what the
rules promise for it. Where they leave a choice (which free pages mmap takes, and where the stack lies) the oracle takes
the engine's answer, says what is wrong with it, and goes on from there.

A space is a sorted list of runs `[first, end, state]`, in pages, that covers it, and a dictionary of the bytes of pages
that have been written. Time grows with the number of runs; extents may have any size.
"""

from __future__ import annotations

PAGE = 65536
LARGEST = {32: 2**16, 64: 2**48}
FREE, MAPPED, RESERVED, GUARD, PROTECTED = "free", "mapped", "reserved", "guard", "protected"


def pages_up(length: int) -> int:
    """Bytes to pages, rounded up in exact arithmetic (mmap.length.round, munmap.length)."""
    return -(-length // PAGE)


def refusal(bits: int, pages: int, stack: int) -> str | None:
    """The text with which a process is refused, if it is (process.extent.min, load.stack)."""
    if not 2 <= pages <= LARGEST[bits]:
        return "extent"
    return "reservation failed" if stack > 0 and stack + 1 > pages - 1 else None


class Space:
    """The state of every page, and every byte that is not zero."""

    def __init__(self, bits: int, pages: int):
        self.bits, self.pages, self.extent = bits, pages, pages * PAGE
        self.runs = [[0, 1, PROTECTED], [1, pages, FREE]]
        self.bytes: dict[int, bytearray] = {}

    # Pages.

    def states(self, first: int, count: int) -> set[str]:
        """The states that occur among pages of the space."""
        return {state for begin, end, state in self.runs if begin < first + count and first < end}

    def contains(self, first: int, count: int) -> bool:
        """Whether pages are in the space (mmap.range.end)."""
        return count > 0 and first + count <= self.pages

    def set(self, first: int, count: int, state: str) -> None:
        """Give pages a state, and forget their bytes."""
        runs = [[0, 0, ""]]
        for begin, end, old in self.runs:
            parts = [(begin, min(end, first), old), (max(begin, first), min(end, first + count), state)]
            for part in [*parts, (max(begin, first + count), end, old)]:
                if part[0] >= part[1]:
                    continue
                if runs[-1][2] == part[2] and runs[-1][1] == part[0]:
                    runs[-1][1] = part[1]
                else:
                    runs.append(list(part))
        self.runs = runs[1:]
        for page in [page for page in self.bytes if first <= page < first + count]:
            del self.bytes[page]

    def place_stack(self, stack: int, pointer: int) -> str | None:
        """Take note of where the stack lies; what is wrong with that (load.stack)."""
        if stack == 0:
            return None if pointer == 0 else f"a stack pointer of {pointer:#x} without a stack"
        # At 2^N there is no address: the pointer may lie lower on the last page.
        end = pages_up(pointer)
        first = end - stack - 1
        if pointer % 16 or (pointer % PAGE and end * PAGE != 2**self.bits):
            return f"the stack pointer {pointer:#x} is not at the top of a page"
        if first < 1 or not self.contains(first, stack + 1) or self.states(first, stack + 1) != {FREE}:
            return f"no room for {stack} pages and a guard page below {pointer:#x}"
        self.set(first, 1, GUARD)
        self.set(first + 1, stack, RESERVED)
        return None

    # The platform API.

    def mmap(self, hint: int, length: int, answer: int) -> str | None:
        """Take note of an answer of mmap; what is wrong with it."""
        count, wanted = pages_up(length), hint // PAGE
        if length == 0 or count > self.pages - 1:
            return None if answer == 0 else "mapped, though the length is 0 or too large"
        if max((end - begin for begin, end, state in self.runs if state == FREE), default=0) < count:
            return None if answer == 0 else "mapped, though no run of free pages is long enough"
        if answer == 0:
            return "failed, though a run of free pages is long enough"
        first = answer // PAGE
        if answer % PAGE or first == 0:
            return "the result is not page-aligned, or is on page 0"
        if not self.contains(first, count) or self.states(first, count) != {FREE}:
            return "the pages were not all free, or are not in the address space"
        if wanted and self.contains(wanted, count) and self.states(wanted, count) == {FREE} and first != wanted:
            return "the hint was free, but was not taken"
        self.set(first, count, MAPPED)
        return None

    def munmap(self, address: int, length: int) -> bool:
        """Unmap, if that is what munmap must do; the result that it must give."""
        first, count = address // PAGE, pages_up(length)
        if address % PAGE or length == 0 or first == 0 or not self.contains(first, count):
            return False
        if not self.states(first, count) <= {FREE, MAPPED}:
            return False
        self.set(first, count, FREE)
        return True

    # Access. Ranges are of one byte or more, but for bulk operations.

    def accessible(self, address: int, size: int) -> bool:
        """Whether every byte of a range can be accessed."""
        first, last = address // PAGE, (address + size - 1) // PAGE
        return address + size <= self.extent and self.states(first, last - first + 1) <= {MAPPED, RESERVED}

    def bulk_accessible(self, address: int, size: int) -> bool:
        """The same for a bulk operation (access.bulk.zero)."""
        return self.accessible(address, size) if size else address <= self.extent

    def read(self, address: int, size: int) -> bytes:
        """The bytes of an accessible range."""
        result = bytearray()
        while size:
            page, offset = divmod(address, PAGE)
            part = min(size, PAGE - offset)
            result += self.bytes[page][offset : offset + part] if page in self.bytes else bytes(part)
            address, size = address + part, size - part
        return bytes(result)

    def write(self, address: int, data: bytes) -> None:
        """Write to an accessible range."""
        while data:
            page, offset = divmod(address, PAGE)
            part = data[: PAGE - offset]
            self.bytes.setdefault(page, bytearray(PAGE))[offset : offset + len(part)] = part
            address, data = address + len(part), data[len(part) :]
