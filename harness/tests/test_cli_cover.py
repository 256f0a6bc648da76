"""The command line: `--cover`, coverage of WebAssembly code in the format of lcov. All counts were made by hand."""

import os
import resource
import shutil
import signal
import subprocess

import attrs
import pytest
from cli_support import TIMEOUT, needs_program, wasmproc, write

pytestmark = needs_program

MODULE = """\
(module $m
  (func $fac (export "fac") (param $n i32) (result i32)
    (if (result i32) (i32.eqz (local.get $n))
      (then (i32.const 1))
      (else
        (i32.mul
          (local.get $n)
          (call $fac (i32.sub (local.get $n) (i32.const 1)))))))
  (func (export "pick one") (param i32) (result i32)
    block
      block
        block
          local.get 0
          br_table 0 1 2
        end
        i32.const 10
        return
      end
      i32.const 20
      return
    end
    i32.const 30)
  (func $never (drop (i32.const 1)))
  (func (export "trap") (param i32)
    (br_if 0 (local.get 0))
    (unreachable)
    (nop))
  (func (export "null") (param externref)
    (block (result externref)
      (br_on_non_null 0 (local.get 0))
      (br_on_null 1 (ref.null extern))
      unreachable)
    drop)
  (func $loop (export "loop") (param i32)
    (loop $again
      (local.set 0 (i32.sub (local.get 0) (i32.const 1)))
      (br_if $again (local.get 0)))))
"""

SCRIPT = (
    MODULE
    + """\
(assert_return (invoke "fac" (i32.const 5)) (i32.const 120))
(assert_return (invoke "pick one" (i32.const 0)) (i32.const 10))
(assert_return (invoke "pick one" (i32.const 9)) (i32.const 30))
(assert_return (invoke "pick one" (i32.const -1)) (i32.const 30))
(invoke "trap" (i32.const 1))
(assert_trap (invoke "trap" (i32.const 0)) "unreachable")
(invoke "null" (ref.extern 1))
(invoke "null" (ref.null extern))
(invoke "null" (ref.null extern))
(invoke "loop" (i32.const 7))
"""
)

#: Expected counts by line.
LINES = {
    # fac 5 to fac 0.
    3: 6, 4: 1, 6: 5, 7: 5, 8: 5,
    # pick one: label 0 once, the default twice.
    10: 3, 11: 3, 12: 3, 13: 3, 14: 3, 16: 1, 17: 1, 19: 0, 20: 0, 22: 2,
    23: 0,
    # trap: leaves once, traps once.
    25: 2, 26: 1, 27: 0,
    # null: a reference once, null twice.
    29: 3, 30: 3, 31: 2, 32: 0, 33: 1,
    35: 1, 36: 7, 37: 7,
}  # fmt: skip

#: Expected counts of branch outcomes by line.
BRANCHES = {3: [[1, 5]], 14: [[1, 0, 2]], 25: [[1, 1]], 30: [[1, 2]], 31: [[2, 0]], 37: [[6, 1]]}

FUNCTIONS = {
    "fac": (2, 6), "pick\\20one": (9, 3), "never": (23, 0), "trap": (24, 2), "null": (28, 3), "loop": (34, 1)
}  # fmt: skip


@attrs.define
class Source:
    """One source of a tracefile: counts by line, branch outcomes by line, and functions with place and calls."""

    lines: dict[int, int] = attrs.field(factory=dict)
    branches: dict[int, list[list[int | None]]] = attrs.field(factory=dict)
    functions: dict[str, tuple[int, int]] = attrs.field(factory=dict)


def take_branch(source: Source, value: str) -> None:
    """Add a BRDA. Blocks and branches must be numbered from 0, in order."""
    line, block, branch, taken = value.split(",")
    blocks = source.branches.setdefault(int(line), [])
    assert int(block) in (len(blocks) - 1, len(blocks))
    if int(block) == len(blocks):
        blocks.append([])
    assert int(branch) == len(blocks[-1])
    blocks[-1].append(None if taken == "-" else int(taken))


def read(path) -> dict[str, Source]:
    """Parse a tracefile. Its totals must be right, and each source must occur once."""
    found, source, calls, totals = {}, None, {}, {}
    for line in path.read_text().splitlines():
        key, _, value = line.partition(":")
        if key == "SF":
            assert value not in found
            source, calls, totals = found.setdefault(value, Source()), {}, {}
        elif key == "FN":
            number, name = value.split(",")
            assert name not in source.functions
            source.functions[name] = (int(number), 0)
        elif key == "FNDA":
            count, name = value.split(",")
            source.functions[name] = (source.functions[name][0], int(count))
        elif key == "BRDA":
            take_branch(source, value)
        elif key == "DA":
            number, count = map(int, value.split(","))
            assert number not in source.lines
            assert number > max(source.lines, default=0)
            source.lines[number] = count
        elif key == "end_of_record":
            ways = [way for blocks in source.branches.values() for block in blocks for way in block]
            calls = [count for _, count in source.functions.values()]
            assert totals == {
                "FNF": len(calls), "FNH": sum(map(bool, calls)), "BRF": len(ways), "BRH": sum(map(bool, ways)),
                "LF": len(source.lines), "LH": sum(map(bool, source.lines.values())),
            }  # fmt: skip
        elif key in ("FNF", "FNH", "BRF", "BRH", "LF", "LH"):
            totals[key] = int(value)
        else:
            assert line == "TN:"
    return found


def cover(folder, *arguments) -> dict[str, Source]:
    """The coverage of a run, which must pass."""
    target = folder / "out.info"
    done = wasmproc(arguments[0], "--cover", target, *arguments[1:])
    assert done.status == 0, done
    return read(target)


def test_a_script(tmp_path):
    script = write(tmp_path / "a.wast", SCRIPT)
    assert cover(tmp_path, "wast", script) == {str(script): Source(LINES, BRANCHES, FUNCTIONS)}


@pytest.mark.parametrize("options", [["--trace"], ["--fuel", "1000"], ["--json"]])
def test_other_options_change_no_count(tmp_path, options):
    script = write(tmp_path / "a.wast", SCRIPT)
    assert cover(tmp_path, "wast", *options, script) == {str(script): Source(LINES, BRANCHES, FUNCTIONS)}


def test_several_files_and_the_same_again(tmp_path):
    first, second = write(tmp_path / "a.wast", SCRIPT), write(tmp_path / "b.wast", SCRIPT)
    (tmp_path / "link.wast").symlink_to(first)
    found = cover(tmp_path, "wast", first, second, first, tmp_path / "link.wast")
    assert list(found) == [str(first), str(second)]
    assert found[str(second)].lines == LINES
    assert found[str(first)].lines == {line: 3 * count for line, count in LINES.items()}
    assert found[str(first)].branches[14] == [[3, 0, 6]]
    assert found[str(first)].functions["fac"] == (2, 18)


def test_several_modules_and_instances(tmp_path):
    script = write(
        tmp_path / "a.wast",
        """(module definition $d (func $f (export "f") nop))
        (module instance $i $d) (module instance $j $d)
        (invoke $i "f") (invoke $j "f") (invoke $j "f")
        (module (func $f (export "f") nop nop) (func $g (export "g") (call $f)) (start $f))
        (invoke "g")
        (module definition (func nop))
        (assert_invalid (module (func i32.add)) "type mismatch")
        (assert_unlinkable (module (import "no" "no" (func)) (func nop)) "unknown import")
        (assert_trap (module (func $s unreachable) (start $s)) "unreachable")""",
    )
    # Modules that are never instantiated have no lines; the names that two functions share get their places.
    assert cover(tmp_path, "wast", script) == {
        str(script): Source(
            {1: 3, 4: 2, 9: 1}, {}, {"f@1:23": (1, 3), "f@4:17": (4, 2), "g": (4, 1), "s": (9, 1)}
        )
    }


def test_lines_of_a_line_with_several_branches(tmp_path):
    script = write(
        tmp_path / "a.wast",
        """(module (func (export "f") (param i32) (if (local.get 0) (then (br_if 0 (local.get 0)) (br_if 0 (local.get 0)))))
        (func (export "g") (if (i32.const 0) (then))))
        (invoke "f" (i32.const 0))""",
    )
    assert cover(tmp_path, "wast", script)[str(script)].branches == {
        1: [[0, 1], [None, None], [None, None]],
        2: [[None, None]],
    }


def test_references_that_are_null_or_not(tmp_path):
    script = write(
        tmp_path / "a.wast",
        """(module (func (export "f") (param externref)
          (block
            (br_on_null 0 (local.get 0))
            drop)))
        (invoke "f" (ref.extern 1)) (invoke "f" (ref.null extern)) (invoke "f" (ref.null extern))""",
    )
    found = cover(tmp_path, "wast", script)[str(script)]
    assert (found.branches, found.lines[4]) == ({3: [[2, 1]]}, 1)


def test_modules_without_lines_in_a_script(tmp_path):
    script = write(
        tmp_path / "a.wast",
        r"""(module quote "(func (export \"f\")" "nop nop" "(drop (i32.const 1)))"
          "(func (export \"g\"))")
        (invoke "f") (invoke "f")
        (module binary "\00asm" "\01\00\00\00" "\01\04\01\60\00\00" "\03\02\01\00"
          "\07\05\01\01\68\00\00" "\0a\05\01\03\00\01\0b")
        (invoke "h")""",
    )
    assert cover(tmp_path, "wast", script) == {
        str(script): Source({1: 2, 4: 1}, {}, {"f": (1, 2), "g": (1, 0), "h": (4, 1)})
    }


def test_processes_and_libraries(tmp_path):
    script = write(
        tmp_path / "a.wast",
        """(library "test:lib" (module (@dylink.0)
          (func $one (export "one") (result i32)
            i32.const 1)
          (func (export "none"))))
        (process $p (memory 64) (dictionary ("lib" "test:lib")))
        (module (@dylink.0 (needed "lib"))
          (import "env" "one" (func $one (result i32)))
          (import "env" "memory" (memory 1))
          (func (export "two") (result i32)
            (i32.add (call $one) (call $one)))
          (func (export "hole")
            (drop (i32.load (i32.const 0)))
            nop))
        (assert_return (invoke "two") (i32.const 2))
        (assert_trap (invoke "hole") "out of bounds memory access")
        (end $p)""",
    )
    expected = Source(
        {3: 2, 10: 1, 12: 1, 13: 0}, {}, {"one": (2, 2), "none": (4, 0), "two": (9, 1), "hole": (11, 1)}
    )
    for backend in ("sparse", "native"):
        assert cover(tmp_path, "wast", "--backend", backend, script) == {str(script): expected}


def test_run_of_a_text_module(tmp_path):
    module = write(tmp_path / "m.wat", MODULE)
    found = cover(tmp_path, "run", module, "--invoke", "fac", "3")[str(module)]
    assert {line: count for line, count in found.lines.items() if count} == {3: 4, 4: 1, 6: 3, 7: 3, 8: 3}
    assert found.branches[3] == [[1, 3]]
    assert found.branches[14] == [[None, None, None]]


@pytest.mark.parametrize("process", [[], ["--process", "64"], ["--process", "64", "--os-process"]])
def test_counts_survive_a_trap(tmp_path, process):
    module, target = write(tmp_path / "m.wat", MODULE), tmp_path / "out.info"
    module.write_text(MODULE.replace("(module $m", "(module $m (@dylink.0)"))
    done = wasmproc("run", *process, "--cover", target, module, "--invoke", "trap", "0")
    assert done.status == 134
    assert "unreachable" in done.err
    found = read(target)[str(module)]
    assert {line: count for line, count in found.lines.items() if count} == {25: 1, 26: 1}
    assert found.functions["trap"] == (24, 1)


def test_counts_survive_the_end_of_a_program(tmp_path):
    module = write(
        tmp_path / "m.wat",
        """(module (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
        (memory (export "memory") 1)
        (func (export "_start")
          (call $exit (i32.const 7))
          unreachable))""",
    )
    done = wasmproc("run", "--cover", tmp_path / "out.info", module)
    assert (done.status, done.err) == (7, "")
    assert read(tmp_path / "out.info")[str(module)].lines == {4: 1, 5: 0}


def test_a_compiled_module_has_a_listing(tmp_path):
    source, module = write(tmp_path / "m.wat", MODULE), tmp_path / "m.wasm"
    assert wasmproc("parse", source, "-o", module).status == 0
    found = cover(tmp_path, "run", module, "--invoke", "fac", "3")
    listing = tmp_path / "out.info.m.wasm.wat"
    assert list(found) == [str(listing)]
    assert listing.read_text() == wasmproc("print", module).out
    text = listing.read_text().splitlines()
    counts = {text[line - 1].strip(): count for line, count in found[str(listing)].lines.items() if count}
    assert counts["call 0"] == 3
    assert counts["i32.eqz"] == 4
    assert counts["i32.mul"] == 3
    assert found[str(listing)].functions["fac"][1] == 4


def test_a_compiled_module_has_the_names_of_its_name_section(tmp_path):
    # (func $inner), (func (export "outer")), and a section "name" that calls function 0 "an inner one".
    body = b"\x0a\x09\x02\x02\x00\x0b\x04\x00\x10\x00\x0b"
    names = b"\x04name\x01\x0f\x01\x00\x0can inner one"
    module = write(
        tmp_path / "m.wasm",
        b"\0asm\x01\0\0\0\x01\x04\x01\x60\x00\x00\x03\x03\x02\x00\x00\x07\x09\x01\x05outer\x00\x01"
        + body + b"\x00" + bytes([len(names)]) + names,
    )  # fmt: skip
    (source,) = cover(tmp_path, "run", module, "--invoke", "outer").values()
    assert {name: calls for name, (_, calls) in source.functions.items()} == {"an\\20inner\\20one": 1, "outer": 1}


def test_libraries_of_a_dictionary(tmp_path):
    library = write(
        tmp_path / "lib.wat", '(module (@dylink.0) (func $seven (export "seven") (result i32)\n i32.const 7))'
    )
    assert wasmproc("parse", library, "-o", tmp_path / "lib.wasm").status == 0
    dictionary = write(tmp_path / "dict.json", '{"imports": {"lib": "./lib.wasm"}}')
    module = write(
        tmp_path / "m.wat",
        """(module (@dylink.0 (needed "lib")) (import "env" "seven" (func $seven (result i32)))
        (func (export "f") (result i32)
          call $seven))""",
    )
    found = cover(tmp_path, "run", "--process", "64", "--dict", dictionary, module, "--invoke", "f")
    assert list(found) == [str(tmp_path / "out.info.lib.wasm.wat"), str(module)]
    assert found[str(module)].lines == {3: 1}
    assert list(found[str(tmp_path / "out.info.lib.wasm.wat")].lines.values()) == [1]


C = """\
static int fac(int n) {
    if (n == 0)
        return 1;
    return n *
           fac(n - 1);
}
int go(int n) {
    int sum = 0;
    for (int i = 0; i < n; i++)
        sum += fac(i);
    return sum;
}
int never(void) {
    return 3;
}
"""


@pytest.mark.parametrize("version", [4, 5])
def test_a_compiled_module_has_the_lines_of_its_source(tmp_path, version):
    if shutil.which("clang-19") is None or shutil.which("wasm-ld-19") is None:
        pytest.skip("no clang-19, or no wasm-ld-19")
    source, module = write(tmp_path / "c.c", C), tmp_path / "c.wasm"
    options = ["--target=wasm32", "-O0", f"-gdwarf-{version}", "-nostdlib", "-Wl,--no-entry", "-Wl,--export-all"]
    subprocess.run(["clang-19", *options, "c.c", "-o", module], check=True, cwd=tmp_path, timeout=TIMEOUT)
    found = cover(tmp_path, "run", module, "--invoke", "go", "4")
    # fac 0 to fac 3: 1 + 2 + 3 + 4 calls. Lines of parentheses have counts as the compiler assigns them.
    counts = {line: found[str(source)].lines[line] for line in (2, 3, 4, 5, 8, 10, 11, 14)}
    assert counts == {2: 10, 3: 4, 4: 6, 5: 6, 8: 1, 10: 4, 11: 1, 14: 0}
    calls = {name: calls for name, (_, calls) in found[str(source)].functions.items()}
    assert calls == {"fac": 10, "go": 1, "never": 0} | {name: 0 for name in calls if name.startswith("__")}
    assert found[str(source)].branches[2] in ([[4, 6]], [[6, 4]])


def leb128(number: int) -> bytes:
    """A number, in two's complement if negative."""
    out = b""
    while not -64 <= number < 64:
        out += bytes([number & 0x7F | 0x80])
        number >>= 7
    return out + bytes([number & 0x7F])


def section(number: int, contents: bytes, name: bytes | None = None) -> bytes:
    """A section of a binary module; a custom one has a name."""
    contents = contents if name is None else bytes([len(name)]) + name + contents
    size, rest = b"", len(contents)
    while rest > 0x7F:
        size, rest = size + bytes([rest & 0x7F | 0x80]), rest >> 7
    return bytes([number]) + size + bytes([rest]) + contents


def sized(contents: bytes, wide: bool) -> bytes:
    """Contents after their size, in the 32-bit or the 64-bit format of DWARF."""
    return b"\xff" * 4 + len(contents).to_bytes(8, "little") if wide else len(contents).to_bytes(4, "little")


def line_table(version: int, wide: bool, folder: bytes, program: bytes, lengths: bytes) -> bytes:
    """A table of line numbers: file 1 is b.c in the folder `sub`, file 2 is a.c beside it."""
    offset = 8 if wide else 4
    head = bytes([1]) + (b"\x01" if version >= 4 else b"") + bytes([1, 0xFB, 14, len(lengths) + 1]) + lengths
    if version >= 5:
        # Entries with a path alone, then with a path, a folder, and sixteen bytes that readers ignore.
        head += bytes([1, 1, 0x08, 2]) + folder + b"\0" + b"sub\0"
        head += bytes([3, 1, 0x08, 2, 0x0B, 5, 0x1E, 3])
        for name, place in ((b"a.c", 0), (b"b.c", 1), (b"a.c", 0)):
            head += name + b"\0" + bytes([place]) + bytes(16)
    else:
        head += b"sub\0\0" + b"b.c\0\x01\0\0" + b"a.c\0\0\0\0" + b"\0"
    table = version.to_bytes(2, "little") + (b"\x04\0" if version >= 5 else b"")
    table += len(head).to_bytes(offset, "little") + head + program
    return sized(table, wide) + table


def unit(version: int, wide: bool, folder: bytes, table: int) -> bytes:
    """A unit of .debug_info that names the folder of a table's relative paths."""
    offset = 8 if wide else 4
    # Its abbreviation is number 2: name, language, folder, table, whether it is a prototype.
    entry = b"\x02" + b"a.c\0" + b"\x0c\0" + folder + b"\0" + table.to_bytes(4 if version < 4 else offset, "little") + b"\x01"
    body = version.to_bytes(2, "little") + bytes(offset) + b"\x04" + entry
    return sized(body, wide) + body


def set_address(address: int) -> bytes:
    return b"\0\x05\x02" + address.to_bytes(4, "little")


END = b"\0\x01\x01"


@pytest.mark.parametrize("wide", [False, True], ids=["dwarf32", "dwarf64"])
@pytest.mark.parametrize("version", [2, 3, 4, 5])
def test_line_numbers_by_hand(tmp_path, version, wide):
    # Two functions. In the section, after the count and the size and the empty locals of function 0: three nops at
    # addresses 3, 4, 5, and the end. Function 1: `if` and its contents from address 9 on.
    body = b"\x02" + b"\x05\x00\x01\x01\x01\x0b" + b"\x09\x00\x41\x00\x04\x40\x01\x01\x0b\x0b"
    base = len(bytes.fromhex("02 05 00"))
    assert body[base:].startswith(b"\x01\x01\x01\x0b")
    lengths = bytes([0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1, 2])  # two additional opcodes, with 1 and 2 operands
    # Line 1 - 5 .. + 8 in special opcodes; opcode_base is 14, line_base -5, line_range 14.
    program = (
        b"\x0d\x81\x00\x05"  # an opcode from the future, with two operands
        b"\0\x02\x80\x00"  # and an extended one
        + set_address(base)
        + b"\x05\x09\x03\x09\x01"  # column 9, line 1 + 9: a row for address 3 in file 1
        + bytes([14 + 14 * 1 + 5 + 2])  # address + 1, line + 2: 12
        + b"\x03\x7e\x09\x01\x00\x01"  # line - 2, address + 1: 10 again
        + b"\x02\x01" + END  # its end has no line
        + set_address(base + 6)
        + b"\x04\x02\x13"  # file 2, line 1 + 0
        + b"\x02\x02\x03\x04\x01"  # address + 2, line 5: `if`
        + b"\x02\x02\x03\x79\x01"  # line -2: no line
        + b"\x02\x08" + END
        + set_address(0) + b"\x03\x63\x01\x02\x20" + END  # code that the linker left out
    )  # fmt: skip
    folder = str(tmp_path).encode()
    sections = section(1, b"\x01\x60\0\0") + section(3, b"\x02\0\0") + section(7, b"\x02\x01f\0\0\x01g\0\x01") + section(10, body)
    table = line_table(version, wide, folder, program, lengths)
    sections += section(0, table + line_table(version, wide, folder, b"", lengths), b".debug_line")
    if version < 5:
        form = b"\x06" if version < 4 else b"\x17"
        abbreviations = b"\x01\x11\0\x03\x08\0\0" + b"\x02\x11\0\x03\x08\x13\x05\x1b\x08\x10" + form + b"\x27\x0c\0\0\0"
        other = unit(version, wide, b"/elsewhere", len(table))
        sections += section(0, other + unit(version, wide, folder, 0), b".debug_info")
        sections += section(0, abbreviations, b".debug_abbrev")
    module = write(tmp_path / "m.wasm", b"\0asm\x01\0\0\0" + sections)
    (tmp_path / "sub").mkdir()
    first, second = write(tmp_path / "sub" / "b.c", ""), write(tmp_path / "a.c", "")
    found = cover(tmp_path, "run", module, "--invoke", "f")
    assert found == {
        str(first): Source({10: 1, 12: 1}, {}, {"f": (10, 1)}),
        str(second): Source({1: 0, 5: 0}, {5: [[None, None]]}, {"g": (1, 0)}),
    }


def line_numbers(module: bytes) -> range:
    """The offset of the contents of the section ".debug_line" in a binary module."""
    at, name = 8, b"\x0b.debug_line"
    while at < len(module):
        section, size, shift = module[at], 0, 0
        while True:
            at += 1
            size |= (module[at] & 0x7F) << shift
            shift += 7
            if module[at] < 0x80:
                break
        at += 1
        if section == 0 and module[at : at + len(name)] == name:
            return range(at + len(name), at + size)
        at += size
    raise AssertionError("there is no such section")


def test_malformed_line_numbers_are_no_error(tmp_path):
    if shutil.which("clang-19") is None or shutil.which("wasm-ld-19") is None:
        pytest.skip("no clang-19, or no wasm-ld-19")
    write(tmp_path / "c.c", C)
    module = tmp_path / "c.wasm"
    options = ["--target=wasm32", "-O0", "-gdwarf-5", "-nostdlib", "-Wl,--no-entry", "-Wl,--export=go"]
    subprocess.run(["clang-19", *options, "c.c", "-o", module], check=True, cwd=tmp_path, timeout=TIMEOUT)
    good = module.read_bytes()
    places = line_numbers(good)
    assert len(places) > 50
    for number, place in enumerate(places):
        module.write_bytes(good[:place] + bytes([(0, 0x7F, 0xFF, good[place] ^ 1)[number % 4]]) + good[place + 1 :])
        target = tmp_path / "out.info"
        done = wasmproc("run", "--cover", target, module, "--invoke", "go", "4")
        assert (done.status, done.out) == (0, "10\n"), done
        assert target.read_bytes().endswith(b"end_of_record\n")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["wast", "--cover", "-", "a.wast"], "--cover takes the name of a file, not '-'"),
        (["run", "--cover", "", "a.wat"], "--cover takes the name of a file, not ''"),
        (["wast", "--cover", "o.info", "-"], "--cover needs scripts that are files, not standard input"),
        (["run", "--cover", "o.info", "-"], "--cover needs a module that is a file, not standard input"),
        (
            ["wast", "--os-process", "--cover", "o.info", "a.wast"],
            "--cover can't count in processes that are OS processes: leave --os-process out",
        ),
    ],
)
def test_what_does_not_go_together(arguments, message):
    done = wasmproc(*arguments)
    assert (done.status, done.out) == (2, "")
    assert done.err == f"wasmproc {arguments[0]}: {message}\nTry 'wasmproc {arguments[0]} --help'.\n"


def test_what_can_not_be_written(tmp_path):
    script = write(tmp_path / "a.wast", SCRIPT)
    target = tmp_path / "none" / "out.info"
    done = wasmproc("wast", "--cover", target, script)
    assert (done.status, done.err) == (1, f"wasmproc: {target}: No such file or directory\n")


def test_it_is_written_whole_or_not_at_all(tmp_path):
    script, target = write(tmp_path / "a.wast", SCRIPT), write(tmp_path / "out.info", "before")
    target.chmod(0o444)
    (tmp_path / "link.info").symlink_to("out.info")
    assert wasmproc("wast", "--cover", tmp_path / "link.info", script).status == 0
    # The link still leads to the file; the permissions are those of a new file, and no other file remains.
    assert (tmp_path / "link.info").is_symlink()
    assert read(target)[str(script)].lines == LINES
    assert sorted(os.listdir(tmp_path)) == ["a.wast", "link.info", "out.info"]
    mask = os.umask(0o022)
    os.umask(mask)
    assert target.stat().st_mode & 0o777 == 0o666 & ~mask
    assert wasmproc("wast", "--cover", "/dev/null", script).status == 0


def no_room_for_files():
    """Limit the files of this process to 100 bytes."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))


def test_what_can_not_be_written_whole_leaves_what_was_there(tmp_path):
    script, target = write(tmp_path / "a.wast", SCRIPT), write(tmp_path / "out.info", "before")
    done = wasmproc("wast", "--cover", target, script, preexec_fn=no_room_for_files)
    assert done.status == 1
    assert f"wasmproc: {target}: File too large" in done.err.splitlines()
    assert target.read_text() == "before"
    assert sorted(os.listdir(tmp_path)) == ["a.wast", "out.info"]


def test_a_failure_is_still_a_failure(tmp_path):
    script = write(tmp_path / "a.wast", SCRIPT + '(assert_return (invoke "fac" (i32.const 0)) (i32.const 0))\n')
    done = wasmproc("wast", "--cover", tmp_path / "out.info", script)
    assert done.status == 1
    assert read(tmp_path / "out.info")[str(script)].functions["fac"] == (2, 7)


def test_genhtml_takes_it_as_it_is(tmp_path):
    if shutil.which("genhtml") is None:
        pytest.skip("no genhtml: it is in the package lcov")
    script = write(tmp_path / "a.wast", SCRIPT)
    cover(tmp_path, "wast", script)
    options = ["--quiet", "--branch-coverage", "--rc", "lcov_branch_coverage=1", "-o", "html", "out.info"]
    done = subprocess.run(["genhtml", *options], cwd=tmp_path, capture_output=True, text=True, timeout=TIMEOUT)
    assert (done.returncode, done.stderr) == (0, "")
    page = next((tmp_path / "html").rglob("a.wast.gcov.html")).read_text()
    # Lines with their counts, as the page has them.
    for line, count in {3: 6, 19: 0, 37: 7}.items():
        text = SCRIPT.splitlines()[line - 1].strip()[:12]
        (row,) = (row for row in page.splitlines() if f'"{line}">' in row or f'name="{line}"' in row)
        assert text.split()[0].strip("()") in row, row
        assert f" {count} " in row.replace(":", " : "), row
