"""Says which features a binary module uses, so that a refusal can be told from a failure.

An engine that rejects a valid module is wrong, unless the module uses a feature that the engine, when asked, says it
lacks. The scan decodes sections, types and instructions only as far as it takes to see the features; it does not
validate. What it cannot read it leaves: a malformed module yields the features seen up to there.
"""

from __future__ import annotations

import attrs

#: Every feature beyond WebAssembly 1.0 that a scan can report, with what it is.
FEATURES = {
    "sign_extension": "sign extension instructions",
    "saturating_conversion": "saturating conversions",
    "multi_value": "several results and block parameters",
    "bulk_memory": "bulk operations, passive segments",
    "reference_types": "reference types, several tables",
    "simd": "vector instructions",
    "relaxed_simd": "relaxed vector instructions",
    "tail_call": "tail calls",
    "extended_const": "extended constant expressions",
    "multi_memory": "several memories",
    "memory64": "64-bit memories",
    "table64": "64-bit tables",
    "function_references": "typed function references",
    "gc": "garbage-collected types",
    "exceptions": "exception handling",
}


@attrs.define
class Scan:
    """What a module uses (`features`), and the module names it imports from (`imports`)."""

    features: set[str] = attrs.field(factory=set)
    imports: set[str] = attrs.field(factory=set)


class _End(Exception):
    """The bytes ended, or are not what they should be: the scan stops."""


def scan_module(data: bytes) -> Scan:
    """The features that a binary module uses. Never fails."""
    scan = Scan()
    try:
        _Scanner(data, scan).module()
    except _End:
        pass
    return scan


_NUMERIC_TYPES = frozenset({0x7F, 0x7E, 0x7D, 0x7C})

#: Heap types by their byte; the same bytes are the nullable shorthands.
_HEAP = {0x70: "reference_types", 0x6F: "reference_types", 0x69: "exceptions", 0x74: "exceptions"} | {
    byte: "gc" for byte in (0x6A, 0x6B, 0x6C, 0x6D, 0x6E, 0x71, 0x72, 0x73)
}

#: Immediates of the instructions that have some: a letter each.
#: u index, m memarg, b block type, t one value type, h heap type, 4/8/s/S constants, V br_table, T select types,
#: X try_table, B a byte
_IMMEDIATES = {
    0x02: "b", 0x03: "b", 0x04: "b", 0x08: "u", 0x0C: "u", 0x0D: "u", 0x0E: "V", 0x10: "u", 0x11: "uu", 0x12: "u",
    0x13: "uu", 0x14: "u", 0x15: "u", 0x1C: "T", 0x1F: "X", 0x20: "u", 0x21: "u", 0x22: "u", 0x23: "u", 0x24: "u",
    0x25: "u", 0x26: "u", 0x3F: "M", 0x40: "M", 0x41: "s", 0x42: "S", 0x43: "4", 0x44: "8", 0xD0: "h", 0xD2: "u",
    0xD5: "u", 0xD6: "u",
} | {op: "m" for op in range(0x28, 0x3F)}

_OPCODE_FEATURE = {
    0x08: "exceptions", 0x0A: "exceptions", 0x1F: "exceptions", 0x12: "tail_call", 0x13: "tail_call",
    0x14: "function_references", 0x15: "function_references", 0x1C: "reference_types", 0x25: "reference_types",
    0x26: "reference_types", 0xD0: "reference_types", 0xD1: "reference_types", 0xD2: "reference_types",
    0xD3: "gc", 0xD4: "function_references", 0xD5: "function_references", 0xD6: "function_references",
} | {op: "sign_extension" for op in range(0xC0, 0xC5)}

#: Opcodes after the prefix 0xFC: from 8 on, bulk operations; memory.copy and table.* have two indices.
_FC = {8: "uM", 9: "u", 10: "MM", 11: "M", 12: "uu", 13: "u", 14: "uu", 15: "u", 16: "u", 17: "u"}

#: Opcodes after the prefix 0xFB.
_FB = {
    **{op: "u" for op in (0, 1, 6, 7, 11, 12, 13, 14, 16)},
    **{op: "uu" for op in (2, 3, 4, 5, 8, 9, 10, 17, 18, 19)},
    **{op: "h" for op in (20, 21, 22, 23)},
    24: "Buhh", 25: "Buhh",
}


class _Scanner:
    """One pass over a module."""

    def __init__(self, data: bytes, scan: Scan):
        self.data = data
        self.at = 0
        self.end = len(data)
        self.scan = scan
        self.memories = 0
        self.tables = 0
        self.imported_globals = 0

    def use(self, feature: str) -> None:
        self.scan.features.add(feature)

    def byte(self) -> int:
        if self.at >= self.end:
            raise _End
        self.at += 1
        return self.data[self.at - 1]

    def peek(self) -> int:
        if self.at >= self.end:
            raise _End
        return self.data[self.at]

    def leb(self) -> int:
        """An unsigned integer, or a signed one whose value does not matter."""
        value = shift = 0
        while True:
            byte = self.byte()
            value |= (byte & 0x7F) << shift
            shift += 7
            if not byte & 0x80:
                return value
            if shift > 70:
                raise _End

    def skip(self, count: int) -> None:
        if self.end - self.at < count:
            raise _End
        self.at += count

    def vector(self, item) -> None:
        for _ in range(self.leb()):
            item()

    def module(self) -> None:
        self.skip(8)
        readers = {
            1: lambda: self.vector(self.rec_type),
            2: lambda: self.vector(self.import_),
            4: lambda: self.vector(self.table),
            5: lambda: self.vector(self.memory),
            6: lambda: self.vector(self.global_),
            9: lambda: self.vector(self.element),
            10: lambda: self.vector(self.code),
            11: lambda: self.vector(self.data_segment),
        }
        while self.at < len(self.data):
            section, size = self.byte(), self.leb()
            after = min(self.at + size, len(self.data))
            if section == 13:
                self.use("exceptions")
            elif section in readers:
                self.end = after
                readers[section]()
            self.at, self.end = after, len(self.data)

    def name(self) -> str:
        size = self.leb()
        self.skip(size)
        return self.data[self.at - size : self.at].decode("utf-8", "replace")

    def rec_type(self) -> None:
        if self.peek() == 0x4E:
            self.byte()
            self.use("gc")
            self.vector(self.sub_type)
        else:
            self.sub_type()

    def sub_type(self) -> None:
        if self.peek() in (0x4F, 0x50):
            self.byte()
            self.use("gc")
            self.vector(self.leb)
        form = self.byte()
        if form == 0x60:
            self.vector(self.value_type)
            if self.peek() > 1:
                self.use("multi_value")
            self.vector(self.value_type)
        elif form == 0x5F:
            self.use("gc")
            self.vector(self.field)
        elif form == 0x5E:
            self.use("gc")
            self.field()
        else:
            raise _End

    def field(self) -> None:
        if self.peek() in (0x77, 0x78):
            self.byte()
        else:
            self.value_type()
        self.byte()

    def value_type(self) -> None:
        byte = self.byte()
        if byte in _NUMERIC_TYPES:
            return
        if byte == 0x7B:
            self.use("simd")
        elif byte in (0x63, 0x64):
            self.use("function_references")
            self.heap_type()
        elif byte in _HEAP:
            self.use(_HEAP[byte])
        else:
            raise _End

    def heap_type(self) -> None:
        if self.peek() in _HEAP:
            self.use(_HEAP[self.byte()])
        else:
            # A defined type; whoever names one uses typed references.
            self.use("function_references")
            self.leb()

    def limits(self, wide: str) -> None:
        flags = self.leb()
        if flags & 4:
            self.use(wide)
        self.leb()
        if flags & 1:
            self.leb()

    def table_type(self) -> None:
        self.tables += 1
        if self.tables > 1:
            self.use("reference_types")
        if self.peek() != 0x70:
            self.use("reference_types")
        self.value_type_quiet()
        self.limits("table64")

    def value_type_quiet(self) -> None:
        """A table's element type: funcref was there from the start and is no feature."""
        if self.peek() == 0x70:
            self.byte()
        else:
            self.value_type()

    def memory(self) -> None:
        self.memories += 1
        if self.memories > 1:
            self.use("multi_memory")
        self.limits("memory64")

    def import_(self) -> None:
        self.scan.imports.add(self.name())
        self.name()
        kind = self.byte()
        if kind == 0:
            self.leb()
        elif kind == 1:
            self.table_type()
        elif kind == 2:
            self.memory()
        elif kind == 3:
            self.imported_globals += 1
            self.value_type()
            self.byte()
        else:
            self.use("exceptions")
            self.byte()
            self.leb()

    def table(self) -> None:
        if self.peek() == 0x40:
            self.use("function_references")
            self.skip(2)
            self.table_type()
            self.expression(constant=True)
        else:
            self.table_type()

    def global_(self) -> None:
        self.value_type()
        self.byte()
        self.expression(constant=True)

    def element(self) -> None:
        flags = self.leb()
        if flags:
            self.use("bulk_memory" if flags & 1 else "reference_types")
        if flags & 3 == 2:
            self.leb()
        if not flags & 1:
            self.expression(constant=True)
        if flags & 4:
            if flags & 3:
                self.value_type()
            self.vector(lambda: self.expression(constant=True))
        else:
            if flags & 3:
                self.byte()
            self.vector(self.leb)

    def data_segment(self) -> None:
        flags = self.leb()
        if flags == 1:
            self.use("bulk_memory")
        if flags == 2 and self.leb():
            self.use("multi_memory")
        if flags != 1:
            self.expression(constant=True)
        self.skip(self.leb())

    def code(self) -> None:
        size = self.leb()
        after = self.at + size
        outer, self.end = self.end, min(after, self.end)
        try:
            self.vector(self.local)
            while self.at < self.end:
                self.instruction()
        except _End:
            # One body that cannot be read does not hide what the next ones use.
            pass
        self.at, self.end = min(after, outer), outer

    def local(self) -> None:
        self.leb()
        self.value_type()

    def expression(self, constant: bool) -> None:
        count = 0
        while self.peek() != 0x0B:
            if constant:
                self.constant_only()
            self.instruction()
            count += 1
        self.byte()

    def constant_only(self) -> None:
        """Features of the instruction here that it has in constant expressions alone."""
        opcode = self.peek()
        if opcode in (0x6A, 0x6B, 0x6C, 0x7C, 0x7D, 0x7E):
            self.use("extended_const")
        elif opcode == 0x23:
            before = self.at
            self.byte()
            if self.leb() >= self.imported_globals:
                # Garbage collection brought initial values that depend on the module's own globals.
                self.use("gc")
            self.at = before

    def instruction(self) -> None:
        opcode = self.byte()
        if opcode in _OPCODE_FEATURE:
            self.use(_OPCODE_FEATURE[opcode])
        if opcode == 0x15:
            self.use("tail_call")
        if opcode == 0xFC:
            self.prefixed_fc()
        elif opcode == 0xFB:
            self.use("gc")
            self.immediates(_FB.get(self.leb(), ""))
        elif opcode == 0xFD:
            self.vector_instruction()
        else:
            self.immediates(_IMMEDIATES.get(opcode, ""))

    def prefixed_fc(self) -> None:
        opcode = self.leb()
        if opcode < 8:
            self.use("saturating_conversion")
        else:
            self.use("bulk_memory" if opcode < 15 else "reference_types")
        self.immediates(_FC.get(opcode, ""))

    def vector_instruction(self) -> None:
        opcode = self.leb()
        self.use("relaxed_simd" if opcode >= 0x100 else "simd")
        if opcode <= 11 or opcode in (92, 93):
            self.memarg()
        elif opcode in (12, 13):
            self.skip(16)
        elif 21 <= opcode <= 34:
            self.byte()
        elif 84 <= opcode <= 91:
            self.memarg()
            self.byte()

    def immediates(self, letters: str) -> None:
        for letter in letters:
            self._IMMEDIATE[letter](self)

    def memarg(self) -> None:
        if self.leb() & 0x40:
            self.memory_index()
        self.leb()

    def memory_index(self) -> None:
        if self.leb():
            self.use("multi_memory")

    def block_type(self) -> None:
        byte = self.peek()
        if byte == 0x40:
            self.byte()
        elif byte in _NUMERIC_TYPES or byte in (0x7B, 0x63, 0x64) or byte in _HEAP:
            self.value_type()
        else:
            self.use("multi_value")
            self.leb()

    def catch(self) -> None:
        if self.byte() < 2:
            self.leb()
        self.leb()

    def try_table(self) -> None:
        self.block_type()
        self.vector(self.catch)

    def branch_table(self) -> None:
        self.vector(self.leb)
        self.leb()

    _IMMEDIATE = {
        "u": leb, "s": leb, "S": leb, "m": memarg, "M": memory_index, "b": block_type, "h": heap_type, "B": byte,
        "4": lambda self: self.skip(4), "8": lambda self: self.skip(8), "V": branch_table,
        "T": lambda self: self.vector(self.value_type), "X": try_table,
    }
