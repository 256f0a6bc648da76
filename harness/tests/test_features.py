"""The features of binary modules. The modules are written byte by byte, after the chapter "Binary Format"."""

import re

import pytest
from cli_support import PROGRAM, needs_program, tables
from wasm_bytes import custom, flat, leb, module, section, vector

from wasmproc_conform.features import MVP, Instructions, scan_module
from wasmproc_conform.suites import ROOT

pytestmark = needs_program

INSTRUCTIONS = Instructions(tables()) if PROGRAM else None
FEATURES = {feature["id"] for feature in tables()["features"]} - {MVP} if PROGRAM else set()


def body(code, *local_types):
    content = flat(vector((1, kind) for kind in local_types), bytes(code), 0x0B)
    return leb(len(content)) + content


FUNC = section(1, [b"\x60\0\0"]) + section(3, [b"\0"])


def code(*instructions):
    """A module with a function of these instructions. They need not be valid: only their form matters."""
    return module(FUNC, section(10, [body(bytes(instructions))]))


def features(data):
    return scan_module(data, INSTRUCTIONS).features


PLAIN = {
    "nothing": b"",
    "header": module(),
    "empty body": code(),
    "numbers": code(0x41, 0x7F, 0x42, 0x80, 0x01, 0x43, *[0xFC] * 4, 0x44, *[0xFD] * 8, 0x6A),
    "load with an offset that looks like prefixes": code(0x28, 0x02, 0xFD, 0x01, 0x36, 0x02, 0xFC, 0x00),
    "block": code(0x02, 0x40, 0x0B, 0x03, 0x7F, 0x0B, 0x04, 0x40, 0x05, 0x0B),
    "branches": code(0x0C, 0, 0x0D, 0, 0x0E, 2, 0, 0, 0, 0x0F),
    "calls": code(0x10, 0, 0x11, 0, 0),
    "memory.size and memory.grow": code(0x3F, 0, 0x40, 0),
    "memory, table": module(section(4, [b"\x70\0\1"]), section(5, [b"\1\1\2"])),
    "custom section of any content": module(custom("x", b"\xfb\xfc\xfd")),
    "active segments": module(section(9, [b"\0\x41\0\x0b\1\0"]), section(11, [b"\0\x41\0\x0b\2ab"])),
    "one result": module(section(1, [b"\x60\2\x7f\x7e\1\x7d"])),
}


@pytest.mark.parametrize("name", PLAIN)
def test_version_one_uses_no_feature(name):
    assert features(PLAIN[name]) == set()


USES = {
    "sign_extension": [code(op) for op in range(0xC0, 0xC5)],
    "saturating_conversion": [code(0xFC, op) for op in range(8)],
    "multi_value": [module(section(1, [b"\x60\0\2\x7f\x7f"])), code(0x02, 0x00, 0x0B)],
    "bulk_memory": [
        code(0xFC, 8, 0, 0), code(0xFC, 9, 0), code(0xFC, 10, 0, 0), code(0xFC, 11, 0), code(0xFC, 12, 0, 0),
        code(0xFC, 13, 0), code(0xFC, 14, 0, 0), module(section(11, [b"\1\1a"])),
        module(section(9, [b"\1\0\1\0"])),
    ],
    "reference_types": [
        code(0xFC, 15, 0), code(0xFC, 16, 0), code(0xFC, 17, 0), code(0x25, 0), code(0x26, 0),
        code(0xD0, 0x70), code(0xD1),
        code(0xD2, 0), code(0x1C, 1, 0x7F), module(section(4, [b"\x6f\0\1"])),
        module(section(4, [b"\x70\0\1", b"\x70\0\1"])),
        module(section(6, [b"\x6f\0\xd0\x6f\x0b"])),
    ],
    "simd": [
        code(0xFD, 0x0C, *[0] * 16), code(0xFD, 0xAE, 0x01), code(0x02, 0x7B, 0x0B),
        module(section(1, [b"\x60\1\x7b\0"])),
        module(FUNC, section(10, [body(b"", 0x7B)])),
    ],
    "relaxed_simd": [code(0xFD, 0x80, 0x02), code(0xFD, 0x93, 0x02)],
    "tail_call": [code(0x12, 0), code(0x13, 0, 0), code(0x15, 0)],
    "extended_const": [module(section(6, [b"\x7f\0\x41\1\x41\2\x6a\x0b"]))],
    "multi_memory": [
        module(section(5, [b"\0\1", b"\0\1"])), code(0x28, 0x42, 0x01, 0x00), code(0x3F, 1), code(0xFC, 10, 0, 1),
        module(section(11, [b"\2\1\x41\0\x0b\0"])),
    ],
    "memory64": [module(section(5, [b"\4\1"])), module(section(2, [b"\3env\1m\2\5\1\2"]))],
    "table64": [module(section(4, [b"\x70\4\1"]))],
    "function_references": [
        code(0x14, 0), code(0xD4), code(0xD5, 0), code(0xD6, 0), module(section(1, [b"\x60\1\x64\x70\0"])),
        module(section(4, [b"\x40\0\x63\0\0\1\xd0\0\x0b"])), code(0xD0, 0x00),
    ],
    "gc": [
        code(0xFB, 0, 0), code(0xFB, 28), code(0xD3), module(section(1, [b"\x5f\1\x7f\1"])),
        module(section(1, [b"\x5e\x78\0"])),
        module(section(1, [b"\x4e\1\x60\0\0"])), module(section(1, [b"\x50\0\x60\0\0"])), code(0xD0, 0x6E),
    ],
    "exceptions": [
        code(0x08, 0), code(0x0A), code(0x1F, 0x40, 1, 2, 0, 0x0B), module(section(13, [b"\0\0"])),
        module(section(2, [b"\1a\1b\4\0\0"])), code(0xD0, 0x69),
    ],
}  # fmt: skip


@pytest.mark.parametrize(("feature", "number"), [(f, n) for f, modules in USES.items() for n in range(len(modules))])
def test_features_are_seen(feature, number):
    assert feature in features(USES[feature][number])


def test_every_feature_has_a_test():
    assert USES.keys() == FEATURES


def test_the_format_describes_every_feature():
    text = (ROOT / "testsuite" / "FORMAT.md").read_text("utf-8")
    rows = text.partition("| feature |")[2].partition("\n\n")[0].splitlines()[2:]
    assert {name for row in rows for name in re.findall(r"`(\w+)`", row.split("|")[1])} == FEATURES


def test_a_table_that_the_scan_cannot_use():
    row = {"prefix": 0, "code": 1, "mnemonic": "nop", "immediate": "NONE", "feature": "mvp"}
    Instructions({"instructions": [row]})
    with pytest.raises(ValueError, match="unknown immediates: TYPE_LABELLED"):
        Instructions({"instructions": [row | {"immediate": "TYPE_LABELLED"}]})
    with pytest.raises(ValueError, match="not a table of instructions"):
        Instructions({"rules": []})


def test_immediates_are_stepped_over():
    """After each instruction comes one whose feature is only seen if the one before was read to its end."""
    before = [
        [0x28, 0x02, 0x80, 0x01], [0x41, 0xC0, 0x00], [0x42, 0xC0, 0x00], [0x43, 0, 0, 0xC0, 0], [0x44, *[0xC0] * 8],
        [0x0E, 1, 0, 0], [0x1C, 2, 0x7F, 0x7E], [0x1F, 0x40, 2, 0, 0, 0, 3, 0, 0x0B], [0xFB, 24, 0, 0, 0x6E, 0x6D],
        [0xFB, 2, 0, 0], [0xFB, 20, 0x6E], [0xFC, 12, 0, 0], [0xFD, 0x0C, *[0xC0] * 16], [0xFD, 0x0D, *[0xC0] * 16],
        [0xFD, 0x54, 0, 0, 3], [0xFD, 0x15, 3], [0xFD, 0x00, 0x04, 0x00], [0xFD, 0x5C, 0x02, 0x00],
        [0x11, 0, 0], [0xD0, 0x70],
    ]  # fmt: skip
    for instruction in before:
        assert "sign_extension" in features(code(*instruction, 0xC0)), instruction
        alone = features(code(*instruction))
        assert "sign_extension" not in alone, instruction


@pytest.mark.parametrize(
    ("flags", "content", "used"),
    [
        (0, b"\x41\0\x0b\1\0", set()),
        (1, b"\0\1\0", {"bulk_memory"}),
        (2, b"\1\x41\0\x0b\0\1\0", {"reference_types"}),
        (3, b"\0\1\0", {"bulk_memory"}),
        (4, b"\x41\0\x0b\1\xd2\0\x0b", {"reference_types"}),
        (5, b"\x70\1\xd2\0\x0b", {"bulk_memory", "reference_types"}),
        (6, b"\1\x41\0\x0b\x70\1\xd2\0\x0b", {"reference_types"}),
        (7, b"\x70\1\xd2\0\x0b", {"bulk_memory", "reference_types"}),
    ],
)
def test_element_segments_of_all_forms_are_read_to_their_end(flags, content, used):
    alone = module(section(9, [bytes([flags]) + content]))
    assert features(alone) == used
    # The next segment's offset adds, which the scan sees only if it read the segment before to its end.
    followed = module(section(9, [bytes([flags]) + content, b"\0\x41\1\x41\2\x6a\x0b\0"]))
    assert features(followed) == used | {"extended_const"}


def test_initial_values_of_a_modules_own_globals_came_with_garbage_collection():
    imported = section(2, [b"\1g\1g\3\x7f\0"])
    assert features(module(imported, section(6, [b"\x7f\0\x23\0\x0b"]))) == set()
    assert features(module(imported, section(6, [b"\x7f\0\x23\0\x0b", b"\x7f\0\x23\1\x0b"]))) == {"gc"}


def test_imports_are_named():
    imports = [
        b"\3env\1f\0\0",
        b"\4host\1t\1\x70\0\1",
        b"\3env\1m\2\0\1",
        b"\1g\1g\3\x7f\0",
        b"\2\xce\xbb\1x\3\x7f\1",
        b"\1t\1t\4\0\0",
    ]
    scan = scan_module(module(section(2, imports)), INSTRUCTIONS)
    assert scan.imports == {"env", "host", "g", "\N{GREEK SMALL LETTER LAMDA}", "t"}
    assert scan.features == {"exceptions"}


def test_damage_hides_nothing_that_came_before_and_never_fails():
    whole = code(0xC0, 0x12, 0, 0xFD, 0x0C, *[0] * 16)
    for end in range(len(whole)):
        features(whole[:end])
    for at in range(len(whole)):
        for byte in (0x00, 0x7F, 0x80, 0xFF):
            features(whole[:at] + bytes([byte]) + whole[at + 1 :])
    assert "sign_extension" in features(whole[:-5])


def test_one_unreadable_body_does_not_hide_the_next():
    bodies = [b"\3\0\x0e\xff", body(bytes([0xC0]))]
    assert "sign_extension" in features(module(FUNC, section(10, bodies)))


def test_claims_of_size_cost_nothing():
    huge = b"\xff\xff\xff\xff\x0f"
    assert features(module(b"\x0a" + huge + huge)) == set()
    assert features(module(b"\1" + huge + huge + b"\x60\0\0")) == set()
