"""Reads the parts of a module that concern a loader: its `dylink.0` section, its imports and its exports.

Other sections are skipped.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

#: Kinds of imports and exports, by number.
KINDS = ("func", "table", "memory", "global", "tag")

SECTION_CUSTOM, SECTION_IMPORT, SECTION_EXPORT, SECTION_START = 0, 2, 7, 8
MEM_INFO, NEEDED = 1, 2


class Malformed(ValueError):
    """Bytes that end too early or are not a module."""


class Reader:
    """Bytes, read from the front."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def take(self, size: int) -> bytes:
        """The next bytes, as many as given."""
        if size > len(self.data) - self.at:
            raise Malformed(f"the end comes at {self.at}, {size} bytes too early")
        self.at += size
        return self.data[self.at - size : self.at]

    def number(self) -> int:
        """An unsigned integer in LEB128."""
        value, shift = 0, 0
        while True:
            byte = self.take(1)[0]
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    def name(self) -> str:
        """A vector of bytes, as text."""
        return self.take(self.number()).decode("utf-8")

    def limits(self) -> tuple[bool, int]:
        """Whether addresses have 64 bits, and the minimum."""
        flags = self.number()
        minimum = self.number()
        if flags & 1:
            self.number()
        return bool(flags & 4), minimum


@dataclass
class Module:
    """A module."""

    #: Sections in their order: kinds, and names of custom sections.
    sections: list[str] = field(default_factory=list)
    memory_size: int = 0
    memory_align: int = 0
    table_size: int = 0
    table_align: int = 0
    needed: list[str] = field(default_factory=list)
    #: (module, name) to kind.
    imports: dict[tuple[str, str], str] = field(default_factory=dict)
    #: Name to kind.
    exports: dict[str, str] = field(default_factory=dict)
    has_start: bool = False
    #: Whether the imported memory and table have 64-bit addresses; None: not imported.
    memory64: bool | None = None
    table64: bool | None = None


def read(path: Path) -> Module:
    """Reads a module. Raises Malformed."""
    reader, module = Reader(path.read_bytes()), Module()
    if reader.take(8) != b"\0asm\1\0\0\0":
        raise Malformed("not a WebAssembly module")
    while reader.at < len(reader.data):
        number = reader.take(1)[0]
        _read_section(module, number, Reader(reader.take(reader.number())))
    return module


def _read_section(module: Module, number: int, content: Reader) -> None:
    module.sections.append(content.name() if number == SECTION_CUSTOM else str(number))
    if module.sections[-1] == "dylink.0":
        _read_dylink(module, content)
    elif number == SECTION_IMPORT:
        for _ in range(content.number()):
            _read_import(module, content)
    elif number == SECTION_EXPORT:
        for _ in range(content.number()):
            name, kind = content.name(), KINDS[content.take(1)[0]]
            content.number()
            module.exports[name] = kind
    elif number == SECTION_START:
        module.has_start = True


def _read_dylink(module: Module, content: Reader) -> None:
    while content.at < len(content.data):
        kind, part = content.take(1)[0], Reader(content.take(content.number()))
        if kind == MEM_INFO:
            module.memory_size, module.memory_align = part.number(), part.number()
            module.table_size, module.table_align = part.number(), part.number()
        elif kind == NEEDED:
            module.needed = [part.name() for _ in range(part.number())]


def _read_import(module: Module, content: Reader) -> None:
    names = content.name(), content.name()
    kind = KINDS[content.take(1)[0]]
    module.imports[names] = kind
    if kind == "func":
        content.number()
    elif kind == "table":
        content.take(1)
        module.table64, _ = content.limits()
    elif kind == "memory":
        module.memory64, _ = content.limits()
    elif kind == "global":
        content.take(2)
    else:
        content.take(1)
        content.number()
