"""Writes small binary modules for tests, so that these need no converter.

    module(types(function([I32], [I32])), functions(0), exports(f=(0, 0)), bodies(local_get(0)))
"""

from __future__ import annotations

I32, I64, F32, F64, V128 = 0x7F, 0x7E, 0x7D, 0x7C, 0x7B
FUNCREF, EXTERNREF, ANYREF, EQREF, I31REF, STRUCTREF, ARRAYREF, EXNREF = (
    0x70, 0x6F, 0x6E, 0x6D, 0x6C, 0x6B, 0x6A, 0x69,
)  # fmt: skip
END = 0x0B
FUNCTION, TABLE, MEMORY, GLOBAL, TAG = range(5)


def leb(value: int) -> bytes:
    """An unsigned integer."""
    out = bytearray()
    while True:
        value, byte = value >> 7, value & 0x7F
        out.append(byte | (0x80 if value else 0))
        if not value:
            return bytes(out)


def sleb(value: int) -> bytes:
    """A signed integer."""
    out = bytearray()
    while True:
        byte, value = value & 0x7F, value >> 7
        last = value == (-1 if byte & 0x40 else 0)
        out.append(byte | (0 if last else 0x80))
        if last:
            return bytes(out)


def flat(*parts) -> bytes:
    """Bytes of numbers, bytes, and lists of them."""
    return b"".join(bytes([p]) if isinstance(p, int) else p if isinstance(p, bytes) else flat(*p) for p in parts)


def vector(items) -> bytes:
    items = list(items)
    return leb(len(items)) + b"".join(flat(item) for item in items)


def name(text: str | bytes) -> bytes:
    data = text.encode() if isinstance(text, str) else text
    return leb(len(data)) + data


def section(number: int, items) -> bytes:
    content = vector(items)
    return bytes([number]) + leb(len(content)) + content


def module(*sections: bytes) -> bytes:
    return b"\0asm\x01\0\0\0" + b"".join(sections)


def custom(title: str, data: bytes) -> bytes:
    content = name(title) + data
    return b"\0" + leb(len(content)) + content


def function(parameters, results) -> bytes:
    return flat(0x60, vector(parameters), vector(results))


def types(*items) -> bytes:
    return section(1, items)


def imports(*items) -> bytes:
    """Each is `(module, field, kind, type)`."""
    return section(2, (flat(name(m), name(f), kind, kind_type) for m, f, kind, kind_type in items))


def functions(*indices: int) -> bytes:
    return section(3, map(leb, indices))


def tables(*items) -> bytes:
    return section(4, items)


def memories(*items) -> bytes:
    return section(5, items)


def globals_(*items) -> bytes:
    """Each is `(type, mutable, instructions)`."""
    return section(6, (flat(kind, mutable, code, END) for kind, mutable, code in items))


def exports(*pairs, **named) -> bytes:
    """Each is `(field, (kind, index))`, or `field=(kind, index)`."""
    return section(7, (flat(name(field), kind, leb(index)) for field, (kind, index) in [*pairs, *named.items()]))


def start(index: int) -> bytes:
    return b"\x08" + leb(len(leb(index))) + leb(index)


def bodies(*items) -> bytes:
    """Each is instructions, without the end and without locals."""
    return section(10, (leb(len(flat(0, item, END))) + flat(0, item, END) for item in items))


def data(offset: int, content: bytes) -> bytes:
    return section(11, [flat(0, i32_const(offset), END, name(content))])


def tags(*indices: int) -> bytes:
    return section(13, (flat(0, leb(index)) for index in indices))


def local_get(index: int) -> bytes:
    return b"\x20" + leb(index)


def i32_const(value: int) -> bytes:
    return b"\x41" + sleb(value)


def i64_const(value: int) -> bytes:
    return b"\x42" + sleb(value)


def f32_bits(bits: int) -> bytes:
    return b"\x43" + bits.to_bytes(4, "little")


def f64_bits(bits: int) -> bytes:
    return b"\x44" + bits.to_bytes(8, "little")


def ref(heap: int | bytes, nullable: bool = False) -> bytes:
    """`(ref heap)` or `(ref null heap)`; a defined type is given by its bytes."""
    return flat(0x63 if nullable else 0x64, heap)


def single(parameters, results, *code) -> bytes:
    """A module that exports one function, `f`."""
    return module(types(function(parameters, results)), functions(0), exports(f=(FUNCTION, 0)), bodies(flat(*code)))


def identity(*value_types) -> bytes:
    """A module whose function `f` returns its parameters."""
    return single(value_types, value_types, *(local_get(i) for i in range(len(value_types))))
