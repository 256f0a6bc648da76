"""Finds the features of WebAssembly that a binary module uses, so that a refusal can be told from a failure.

An engine that rejects a valid module is wrong, unless the module uses a feature that the engine, when asked, reports as
missing. The scan decodes sections, types and instructions as far as it takes to find features; it does not validate. A
malformed module yields the features that precede the error.

The features, the instructions and their immediates are those of `wasmproc tables --json`.
"""

from __future__ import annotations

from collections.abc import Callable

import attrs

#: WebAssembly 1.0, which every engine has.
MVP = "mvp"


@attrs.define
class Scan:
    """The features that a module uses, and the names of the modules that it imports from."""

    features: set[str] = attrs.field(factory=set)
    imports: set[str] = attrs.field(factory=set)


@attrs.frozen
class Instruction:
    """A row of the interpreter's table."""

    mnemonic: str
    feature: str
    immediates: tuple[str, ...]


class Instructions:
    """The interpreter's table of instructions, by opcode."""

    def __init__(self, tables: dict):
        """`tables` are those of `wasmproc tables --json`. Raises ValueError if the scan does not know an immediate."""
        self._rows: dict[tuple[int, int], Instruction] = {}
        try:
            for row in tables["instructions"]:
                kinds = _immediates(row["immediate"])
                self._rows[row["prefix"], row["code"]] = Instruction(row["mnemonic"], row["feature"], kinds)
        except (KeyError, TypeError) as error:
            raise ValueError(f"not a table of instructions: {error}") from None

    def find(self, prefix: int, code: int) -> Instruction | None:
        """The instruction of an opcode; `prefix` is 0 for opcodes of one byte."""
        return self._rows.get((prefix, code))


def _immediates(kind: str) -> tuple[str, ...]:
    """The parts of a kind of immediates: TYPE_TABLE is a type index and a table index."""
    parts = () if kind == "NONE" else (kind,) if kind in _READERS else tuple(kind.split("_"))
    for part in parts:
        if part not in _READERS:
            raise ValueError(f"unknown immediates: {kind}")
    return parts


class _Stop(Exception):
    """The bytes end too early, or are malformed."""


def scan_module(data: bytes, instructions: Instructions) -> Scan:
    """The features that a binary module uses. Never raises."""
    scan = Scan()
    try:
        _Scanner(data, instructions, scan).module()
    except _Stop:
        pass
    return scan


#: Bytes of types.
_NUMERIC = frozenset({0x7F, 0x7E, 0x7D, 0x7C})
_PACKED = frozenset({0x78, 0x77})
_V128 = 0x7B
_FUNCREF = 0x70
_REF = frozenset({0x63, 0x64})
_FUNC, _STRUCT, _ARRAY = 0x60, 0x5F, 0x5E
_SUB = frozenset({0x50, 0x4F})
_REC = 0x4E

#: The feature of each abstract heap type, by its byte, which is also that of the nullable reference to it.
_HEAP = {_FUNCREF: "reference_types", 0x6F: "reference_types", 0x69: "exceptions", 0x74: "exceptions"} | dict.fromkeys(
    (0x6A, 0x6B, 0x6C, 0x6D, 0x6E, 0x71, 0x72, 0x73), "gc"
)

#: The byte of a block without results, and that of a table with an initial value.
_EMPTY_BLOCK = _TABLE_WITH_VALUE = 0x40

_END = 0x0B

_TAG_SECTION = 13

#: Prefixes of opcodes that are an integer in LEB128.
_PREFIXES = frozenset({0xFB, 0xFC, 0xFD})

#: Arithmetic in constant expressions.
_EXTENDED_CONST = frozenset(f"{kind}.{operation}" for kind in ("i32", "i64") for operation in ("add", "sub", "mul"))


class _Scanner:
    """One pass over a module."""

    def __init__(self, data: bytes, instructions: Instructions, scan: Scan):
        self.data = data
        self.instructions = instructions
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
            raise _Stop
        self.at += 1
        return self.data[self.at - 1]

    def peek(self) -> int:
        if self.at >= self.end:
            raise _Stop
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
                raise _Stop

    def leb_at(self, at: int) -> int:
        """An integer that has been read already."""
        here, self.at = self.at, at
        value = self.leb()
        self.at = here
        return value

    def skip(self, count: int) -> None:
        if self.end - self.at < count:
            raise _Stop
        self.at += count

    def vector(self, item) -> None:
        for _ in range(self.leb()):
            item()

    def module(self) -> None:
        self.skip(8)
        #: Readers of the items of sections, by section id.
        items = {
            1: self.rec_type, 2: self.import_, 4: self.table, 5: self.memory, 6: self.global_, 9: self.element,
            10: self.code, 11: self.data_segment,
        }  # fmt: skip
        while self.at < len(self.data):
            section, size = self.byte(), self.leb()
            after = min(self.at + size, len(self.data))
            if section == _TAG_SECTION:
                self.use("exceptions")
            elif section in items:
                self.end = after
                self.vector(items[section])
            self.at, self.end = after, len(self.data)

    def name(self) -> str:
        size = self.leb()
        self.skip(size)
        return self.data[self.at - size : self.at].decode("utf-8", "replace")

    def rec_type(self) -> None:
        if self.peek() == _REC:
            self.byte()
            self.use("gc")
            self.vector(self.sub_type)
        else:
            self.sub_type()

    def sub_type(self) -> None:
        if self.peek() in _SUB:
            self.byte()
            self.use("gc")
            self.vector(self.leb)
        form = self.byte()
        if form == _FUNC:
            self.vector(self.value_type)
            if self.peek() > 1:
                self.use("multi_value")
            self.vector(self.value_type)
        elif form == _STRUCT:
            self.use("gc")
            self.vector(self.field)
        elif form == _ARRAY:
            self.use("gc")
            self.field()
        else:
            raise _Stop

    def field(self) -> None:
        if self.peek() in _PACKED:
            self.byte()
        else:
            self.value_type()
        self.byte()

    def value_type(self) -> None:
        byte = self.byte()
        if byte in _NUMERIC:
            return
        if byte == _V128:
            self.use("simd")
        elif byte in _REF:
            self.use("function_references")
            self.heap_type()
        elif byte in _HEAP:
            self.use(_HEAP[byte])
        else:
            raise _Stop

    def heap_type(self) -> None:
        if self.peek() in _HEAP:
            self.use(_HEAP[self.byte()])
        else:
            # A type index: only typed references have one.
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
        # WebAssembly 1.0 has tables of funcref.
        if self.peek() == _FUNCREF:
            self.byte()
        else:
            self.use("reference_types")
            self.value_type()
        self.limits("table64")

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
        if self.peek() == _TABLE_WITH_VALUE:
            self.use("function_references")
            self.skip(2)
            self.table_type()
            self.constant_expression()
        else:
            self.table_type()

    def global_(self) -> None:
        self.value_type()
        self.byte()
        self.constant_expression()

    def element(self) -> None:
        flags = self.leb()
        if flags:
            self.use("bulk_memory" if flags & 1 else "reference_types")
        if flags & 3 == 2:
            self.leb()
        if not flags & 1:
            self.constant_expression()
        if flags & 4:
            if flags & 3:
                self.value_type()
            self.vector(self.constant_expression)
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
            self.constant_expression()
        self.skip(self.leb())

    def code(self) -> None:
        size = self.leb()
        after = self.at + size
        outer, self.end = self.end, min(after, self.end)
        try:
            self.vector(self.local)
            while self.at < self.end:
                self.instruction()
        except _Stop:
            # The features of the next bodies still count.
            pass
        self.at, self.end = min(after, outer), outer

    def local(self) -> None:
        self.leb()
        self.value_type()

    def constant_expression(self) -> None:
        while self.peek() != _END:
            start = self.at
            found = self.instruction()
            if found.mnemonic in _EXTENDED_CONST:
                self.use("extended_const")
            elif found.mnemonic == "global.get" and self.leb_at(start + 1) >= self.imported_globals:
                # Garbage collection brought initial values that depend on the module's own globals.
                self.use("gc")
        self.byte()

    def instruction(self) -> Instruction:
        """Read one. An unknown opcode ends the body, or the section."""
        prefix, code = 0, self.byte()
        if code in _PREFIXES:
            prefix, code = code, self.leb()
        found = self.instructions.find(prefix, code)
        if found is None:
            raise _Stop
        if found.feature != MVP:
            self.use(found.feature)
        if found.mnemonic == "return_call_ref":
            # Of two features; the table has one.
            self.use("function_references")
        for kind in found.immediates:
            _READERS[kind](self)
        return found

    def memarg(self) -> None:
        if self.leb() & 0x40:
            self.memory_index()
        self.leb()

    def memory_index(self) -> None:
        if self.leb():
            self.use("multi_memory")

    def block_type(self) -> None:
        byte = self.peek()
        if byte == _EMPTY_BLOCK:
            self.byte()
        elif byte in _NUMERIC or byte == _V128 or byte in _REF or byte in _HEAP:
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

    def cast(self) -> None:
        self.byte()
        self.leb()
        self.heap_type()
        self.heap_type()

    def branch_table(self) -> None:
        self.vector(self.leb)
        self.leb()


#: Readers of immediates, by their names in the interpreter's table.
_READERS: dict[str, Callable[[_Scanner], object]] = {
    **dict.fromkeys("TAG LABEL FUNC TYPE LOCAL GLOBAL TABLE DATA ELEM FIELD COUNT I32 I64".split(), _Scanner.leb),
    "BLOCK": _Scanner.block_type,
    "LABELS": _Scanner.branch_table,
    "VALTYPES": lambda scanner: scanner.vector(scanner.value_type),
    "TRY_TABLE": _Scanner.try_table,
    "MEMARG": _Scanner.memarg,
    "MEMORY": _Scanner.memory_index,
    "LANE": _Scanner.byte,
    "F32": lambda scanner: scanner.skip(4),
    "F64": lambda scanner: scanner.skip(8),
    "V128": lambda scanner: scanner.skip(16),
    "SHUFFLE": lambda scanner: scanner.skip(16),
    "HEAPTYPE": _Scanner.heap_type,
    "CAST": _Scanner.cast,
}
