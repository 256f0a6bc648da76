"""One address space as plain data: an oracle for the platform API, the stack's place, and access to memory.

Written from the specification alone: the labels platform-signatures, platform-state and access-rules, and the rules (load.stack) and
(process.extent.min). Nothing here knows how an engine works. Where the specification leaves a choice (where a mapping
or the stack goes), the oracle is told what the engine chose, reports errors in it, and continues from there;
everything else it computes. After an answer that was wrong the space is as it was before the question.

All numbers are unsigned and exact (platform-signatures): a hint, an address or a length is never negative and never
wraps. The oracle takes the platform to have memory enough, so 0 for lack of memory is wrong (platform-memory).
"""

from bisect import bisect_right
from operator import itemgetter

PAGE = 65536
LARGEST = {32: 2 ** 16, 64: 2 ** 48}  # the largest legal extent, in pages, by the width of a pointer
FREE, MAPPED, RESERVED, GUARD, PROTECTED = "free", "mapped", "reserved", "guard", "protected"
ACCESSIBLE = {MAPPED, RESERVED}


def pages_up(length):
    """The pages that `length` bytes need, in exact arithmetic (mmap.length.round, munmap.length)."""
    return -(-length // PAGE)


def refusal(bits, pages, stack, limit=None):
    """The text that a process of `pages` pages, `stack` of them for the stack, is refused with; None if it is not.

    An extent must be legal (process.extent.min), the stack and its guard page must fit beside page 0 (load.stack), and
    the stack must not exceed the limit (process.limit).
    An implementation may also refuse a legal extent of more than 1,024 pages, with "extent": that is not computed here.
    """
    if not 2 <= pages <= LARGEST[bits]:
        return "extent"
    if stack > 0 and stack + 1 > pages - 1:
        return "reservation failed"
    if limit is not None and stack > limit:
        return "limit"
    return None


class Space:
    """The address space of a process of pointers of `bits` bits and of an extent of `pages` pages, with no stack yet.

    `runs` has [first, end, state] for each longest run of pages in one state, in ascending order, without gaps.
    `bytes` has the contents of the pages that have been written to; every other accessible page is all zero.
    """

    def __init__(self, bits, pages, limit=None):
        """Page 0 is protected, permanently; all others are free (platform-state, process.page-zero)."""
        assert refusal(bits, pages, 0) is None
        self.bits = bits
        self.pages = pages
        self.extent = pages * PAGE
        self.limit = pages if limit is None else limit
        self.runs = [[0, 1, PROTECTED], [1, pages, FREE]]
        self.bytes = {}

    def _covering(self, first, count):
        """The slice of `runs` that the pages, at least one and all of the space, lie in, as (begin, end)."""
        begin = bisect_right(self.runs, first, key=itemgetter(0)) - 1
        return begin, bisect_right(self.runs, first + count - 1, begin, key=itemgetter(0))

    def states(self, first, count):
        """The states that occur among the `count` pages from `first` on; pages beyond the end have none."""
        count = min(count, self.pages - first)
        if count < 1:
            return set()
        begin, end = self._covering(first, count)
        return {state for _, _, state in self.runs[begin:end]}

    def room(self):
        """How many more pages may become accessible (process.limit)."""
        return self.limit - sum(end - first for first, end, state in self.runs if state in ACCESSIBLE)

    def contains(self, first, count):
        """in(first, count): not empty, all in the address space, page 0 left out (platform-state, mmap.range.end)."""
        return count >= 1 and first >= 1 and first + count <= self.pages

    def _free(self, first, count):
        """free(first, count): contained, and all pages are free (platform-state)."""
        return self.contains(first, count) and self.states(first, count) == {FREE}

    def set(self, first, count, state):
        """Put the pages, which are contained, into a state, and forget their bytes, so that they are zero if they can
        be accessed (mmap.zero, munmap.gone, load.stack)."""
        assert self.contains(first, count)
        begin, end = self._covering(first, count)
        before = [self.runs[begin][0], first, self.runs[begin][2]]
        after = [first + count, self.runs[end - 1][1], self.runs[end - 1][2]]
        begin, end = begin - 1 if begin else 0, end + 1  # the neighbours, which may come to have the same state
        pieces = [run for run in self.runs[begin:end] if run[1] <= before[0]]
        pieces += [before, [first, first + count, state], after]
        pieces += [run for run in self.runs[begin:end] if run[0] >= after[1]]
        merged = []
        for piece in pieces:
            if piece[0] == piece[1]:
                continue
            if merged and merged[-1][2] == piece[2]:
                merged[-1] = [merged[-1][0], piece[1], piece[2]]
            else:
                merged.append(piece)
        self.runs[begin:end] = merged
        self._forget(first, count)

    def _forget(self, first, count):
        """Forget the bytes of some pages."""
        pages = range(first, first + count)
        for page in [page for page in (pages if count < len(self.bytes) else self.bytes) if page in pages]:
            self.bytes.pop(page, None)

    def place_stack(self, stack_pages, pointer):
        """Follow the engine, whose stack pointer starts at `pointer`, in where it put the stack (load.stack).

        The pointer is 0 if there is no stack. Otherwise it is the end of the stack, or 16 bytes below where that end is
        2^bits. The lowest of the `stack_pages + 1` pages, all of which were free, is the guard page.
        """
        if stack_pages == 0:
            return None if pointer == 0 else f"the stack pointer is {pointer:#x} though there is no stack"
        top = pointer + 16 if pointer == 2 ** self.bits - 16 else pointer
        guard = top // PAGE - stack_pages - 1
        if top % PAGE or top >= 2 ** self.bits and top == pointer:
            return f"the stack pointer {pointer:#x} is not the top of a stack"
        if not self._free(guard, stack_pages + 1):
            return f"{stack_pages} pages of stack and a guard page, up to {pointer:#x}, are not all free"
        self.set(guard, 1, GUARD)
        self.set(guard + 1, stack_pages, RESERVED)
        return None

    def has_run(self, count):
        """Whether there are so many free pages in a row, at least one."""
        return count > 0 and any(state == FREE and end - first >= count for first, end, state in self.runs)

    def mmap(self, hint, length, answer):
        """Judge the engine's answer to mmap(hint, length), and do what a right one says (mmap-reduction)."""
        count = pages_up(length)
        if not self.has_run(count):
            # Rules 1, 2 and 5 (mmap.length.zero, mmap.length.too-large, mmap.exhausted).
            return None if answer == 0 else f"{answer:#x} instead of 0: {count} free pages in a row do not exist"
        if count > self.room():  # rule 6 (mmap.limit)
            return None if answer == 0 else f"{answer:#x} instead of 0: {self.room()} more pages may be accessible"
        if answer == 0:
            return f"0 though there are {count} free pages in a row"  # (mmap.exhausted, mmap.hint.taken)
        wanted = hint // PAGE
        if self._free(wanted, count) and answer != wanted * PAGE:  # rule 3 (mmap.hint.free, mmap.hint.round)
            return f"{answer:#x} instead of {wanted * PAGE:#x}, which the hint asks for and which is free"
        if answer % PAGE:  # (mmap.result)
            return f"{answer:#x} is not the address of a page"
        if not self._free(answer // PAGE, count):  # rule 4 (mmap.hint.taken, mmap.range.end)
            return f"the {count} pages at {answer:#x} are not all free"
        self.set(answer // PAGE, count, MAPPED)
        return None

    def munmap(self, address, length):
        """Do munmap(address, length), all or nothing (munmap.true); return whether its result is 1 (munmap-reduction).

        It is 0 for an address that is not aligned (munmap.unaligned), a length of 0 (munmap.length), a range that is
        not contained (munmap.range), and one with a page that is neither mapped nor free (munmap.reserved).
        """
        first, count = address // PAGE, pages_up(length)
        if address % PAGE or not self.contains(first, count) or self.states(first, count) - {FREE, MAPPED}:
            return False
        self.set(first, count, FREE)
        return True

    def discard(self, address, length):
        """Do discard(address, length), all or nothing (discard.true); return whether its result is 1 (discard-reduction).

        It is 0 for an address that is not aligned (discard.unaligned), a length of 0 (discard.length), a range that is
        not contained (discard.range), and one with an inaccessible page (discard.inaccessible).
        """
        first, count = address // PAGE, pages_up(length)
        if address % PAGE or not self.contains(first, count) or self.states(first, count) - ACCESSIBLE:
            return False
        self._forget(first, count)
        return True

    def accessible(self, address, size):
        """acc(address, size), for a size of at least 1: all bytes in the address space, all pages accessible
        (access-conditions, access.out-of-extent, access.inaccessible, access.straddle)."""
        assert size >= 1
        first = address // PAGE
        return address + size <= self.extent and self.states(first, pages_up(address + size) - first) <= ACCESSIBLE

    def bulk_accessible(self, address, size):
        """bulk(address, size): as acc, but a size of 0 needs the address only to be at most the extent (access.bulk,
        access.bulk.zero, access.host)."""
        return address <= self.extent if size == 0 else self.accessible(address, size)

    def _parts(self, address, size):
        """Split a range at the boundaries of pages: yields (page, begin in the page, end in the page)."""
        end = address + size
        while address < end:
            stop = min(end, (address // PAGE + 1) * PAGE)
            yield address // PAGE, address % PAGE, address % PAGE + stop - address
            address = stop

    def read(self, address, size):
        """The bytes of an accessible range: B(address, size); bytes never written are 0 (access-reduction, mmap.zero)."""
        return b"".join(bytes(self.bytes[page][begin:end]) if page in self.bytes else bytes(end - begin)
                        for page, begin, end in self._parts(address, size))

    def write(self, address, data):
        """Put bytes into an accessible range (access-reduction)."""
        done = 0
        for page, begin, end in self._parts(address, len(data)):
            self.bytes.setdefault(page, bytearray(PAGE))[begin:end] = data[done:done + end - begin]
            done += end - begin
