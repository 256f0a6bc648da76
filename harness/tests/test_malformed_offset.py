"""The offset in errors about the section dylink.0 (rule load.malformed), which scripts can't compare: their texts are prefixes."""

from __future__ import annotations

import pytest
from cli_support import needs_program, wasmproc, write

pytestmark = needs_program

#: The bytes before the section's contents: the header of the module, and the section's id, size and name.
HEADER = rb"\00asm\01\00\00\00" rb"\00%s\08dylink.0"
CONTENTS = len(b"\0asm\1\0\0\0" b"\0\0\x08dylink.0")


def load(folder, module: str, section: str = "dylink.0") -> str:
    """The error of loading a module in the text format of scripts."""
    script = write(folder / "malformed.wast", f'(process (memory 16))\n(assert_unloadable {module} "?")\n')
    done = wasmproc("wast", script)
    assert done.status == 1 and f"malformed {section}: " in done.out, done.out + done.err
    return done.out.split(f"malformed {section}: ")[1].splitlines()[0]


@pytest.mark.parametrize(
    ("contents", "at"),
    [
        (rb"\01\01\80", 2),  # a number that its subsection cuts off
        (rb"\01\01\00", 3),  # a subsection that ends after the first of its numbers
        (rb"\01\04\00\00\00\00\01\04\00\00\00\00", 8),  # a second mem-info
        (rb"\01\04\00\20\00\00", 3),  # an alignment of 2^32 bytes
        (rb"\01\05\00\00\00\00\00", 6),  # a subsection that is longer than its contents
        (rb"\02\03\01\01\ff", 4),  # a name that is not UTF-8
    ],
)
def test_the_offset_is_in_the_module(contents, at, tmp_path):
    size = (len(contents) // 3 + 9).to_bytes(1, "little").hex()
    module = (HEADER % (b"\\" + size.encode()) + contents).decode()
    assert f", at byte {CONTENTS + at} of the module" in load(tmp_path, f'(module binary "{module}")')


@pytest.mark.parametrize(("section", "at"), [("(mem-info) (mem-info)", 8), ("(mem-info (memory 1 32))", 3)])
def test_the_offset_is_in_the_section_of_a_text(section, at, tmp_path):
    error = load(tmp_path, f"(module (@dylink.0 {section}))")
    assert f", at byte {at} of the section" in error and ":2:" not in error


def test_the_offset_in_an_older_section(tmp_path):
    section = rb"\00\0c\06dylink" rb"\00\00\00\00\80"
    module = (rb"\00asm\01\00\00\00" + section).decode()
    at = len(b"\0asm\1\0\0\0" b"\0\x0c\x06dylink") + 4
    assert f", at byte {at} of the module" in load(tmp_path, f'(module binary "{module}")', "dylink")
