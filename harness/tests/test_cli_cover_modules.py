"""The command line: `--cover` of binary modules with names and lines, well formed or not."""

import pytest
from cli_support import needs_program, write
from test_cli_cover import END, Source, cover, line_table, section, set_address, sized

pytestmark = needs_program

#: (func $0) and (func (export "outer") (call 0)), before a section "name".
CALLER = (
    b"\0asm\x01\0\0\0\x01\x04\x01\x60\x00\x00\x03\x03\x02\x00\x00\x07\x09\x01\x05outer\x00\x01"
    b"\x0a\x09\x02\x02\x00\x0b\x04\x00\x10\x00\x0b"
)  # fmt: skip

GOOD_NAME = b"\x00\x05inner"


@pytest.mark.parametrize(
    ("names", "inner"),
    [
        (b"\x01\x08\x01" + GOOD_NAME, "inner"),
        (b"\x00\x03\x02mm\x01\x08\x01" + GOOD_NAME, "inner"),
        (b"\x01\x0b\x02" + GOOD_NAME + b"\x00\x01o", "inner"),  # two names for one function: the first counts
        (b"\x01\x0b\x02" + GOOD_NAME + b"\x09\x01o", "inner"),  # a name for no function
        (b"\x01\x0b\x02" + GOOD_NAME + b"\x01\x7fo", "inner"),  # a second name that is longer than the subsection
        (b"\x01\x09\x02" + GOOD_NAME + b"\x80", "inner"),  # an index that is cut short
        (b"\x01\x0d\x02" + GOOD_NAME + b"\xff\xff\xff\xff\xff", "inner"),  # an index that does not end
        (b"\x01\x7f\x01" + GOOD_NAME, "func[0]"),  # a subsection that is longer than the section
        (b"\x01", "func[0]"),  # without a size
        (b"\x01\x80", "func[0]"),
        (b"\x01\x01\x80", "func[0]"),  # a count that is cut short
        (b"\x01\x05\xff\xff\xff\xff\x1f", "func[0]"),  # a count of more than 32 bits
        (b"\x01\x01\x80\x01\x08\x01" + GOOD_NAME, "inner"),  # the same, before a good one
    ],
)
def test_malformed_names_are_no_error(tmp_path, names, inner):
    module = write(tmp_path / "m.wasm", CALLER + section(0, names, b"name"))
    (source,) = cover(tmp_path, "run", module, "--invoke", "outer").values()
    assert {name: calls for name, (_, calls) in source.functions.items()} == {inner: 1, "outer": 1}


def script_bytes(module: bytes) -> str:
    """Bytes as a string of the text format."""
    return '"' + "".join(f"\\{byte:02x}" for byte in module) + '"'


def with_libraries(folder, libraries: dict[str, bytes], processes: int = 1, program: str = "(module (@dylink.0 {}))"):
    """The coverage of a script in which the program of each of some processes needs these libraries."""
    text = "".join(f'(library "{uri}" (module binary {script_bytes(code)}))\n' for uri, code in libraries.items())
    names = {f"lib{i}": uri for i, uri in enumerate(libraries)}
    entries = " ".join(f'("{name}" "{uri}")' for name, uri in names.items())
    needed = "(needed " + " ".join(f'"{name}"' for name in names) + ")"
    for _ in range(processes):
        text += f"(process $p (memory 64) (dictionary {entries}))\n{program.format(needed)}\n(end $p)\n"
    return cover(folder, "wast", write(folder / "a.wast", text))


def library(name: bytes, ninstrs: int, more: bytes = b"") -> bytes:
    """A library with an exported function of some nops."""
    body = bytes([1, ninstrs + 2, 0]) + b"\x01" * ninstrs + b"\x0b"
    return (
        b"\0asm\x01\0\0\0" + section(0, b"\x01\x04\0\0\0\0", b"dylink.0")
        + section(1, b"\x01\x60\0\0") + section(3, b"\x01\0")
        + section(7, bytes([1, len(name)]) + name + b"\0\0") + section(10, body) + more
    )  # fmt: skip


def test_listings_of_libraries_of_one_name(tmp_path):
    libraries = {f"test:{folder}/lib": library(f"f{folder}".encode(), folder) for folder in (1, 2, 3)}
    found = with_libraries(tmp_path, libraries)
    path = str(tmp_path / "out.info.lib")
    listings = {name: source for name, source in found.items() if name.endswith(".wat")}
    assert list(listings) == [f"{path}.wat", f"{path}.2.wat", f"{path}.3.wat"]
    assert [list(source.functions) for source in listings.values()] == [["f1"], ["f2"], ["f3"]]
    assert [len(source.lines) for source in listings.values()] == [1, 2, 3]


def test_a_library_of_several_processes_has_one_listing(tmp_path):
    found = with_libraries(
        tmp_path, {"test:lib": library(b"f", 1)}, processes=3,
        program='(module (@dylink.0 {}) (import "env" "f" (func $f)) (func (export "g") call $f)) (invoke "g")',
    )  # fmt: skip
    assert [source.functions["f"][1] for name, source in found.items() if name.endswith(".wat")] == [3]


def with_lines(table: bytes, **sections: bytes) -> bytes:
    """Custom sections of line numbers."""
    more = (section(0, data, f".{name}".encode()) for name, data in sections.items())
    return section(0, table, b".debug_line") + b"".join(more)


#: A program of line numbers for library(…, 2): line 10 of file 1 from its first instruction on.
LINE_10 = set_address(3) + b"\x05\x09\x03\x09\x01" + b"\x02\x02" + END
LENGTHS = bytes([0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1])


def test_functions_of_one_place_and_name(tmp_path):
    # The same static function of a header, say, in three libraries that were compiled from other files.
    table = with_lines(line_table(5, False, str(tmp_path).encode(), LINE_10, LENGTHS))
    found = with_libraries(tmp_path, {f"test:{i}": library(b"f" if i < 3 else b"g", 2, table) for i in range(4)})
    assert found[str(tmp_path / "sub" / "b.c")].functions == {
        "f@10:9": (10, 0), "f@10:9:2.0": (10, 0), "f@10:9:3.0": (10, 0), "g": (10, 0),
    }  # fmt: skip


def test_a_library_with_lines_in_several_processes(tmp_path):
    table = with_lines(line_table(5, False, str(tmp_path).encode(), LINE_10, LENGTHS))
    found = with_libraries(tmp_path, {"test:lib": library(b"f", 2, table)}, processes=2)
    assert found[str(tmp_path / "sub" / "b.c")] == Source({10: 0}, {}, {"f": (10, 0)})


def sources_of(folder, table: bytes, **sections: bytes) -> list[str]:
    """The sources that the tracefile of a module with these DWARF sections names, listings excluded."""
    module = write(folder / "m.wasm", library(b"f", 2, with_lines(table, **sections)))
    return [name for name in cover(folder, "run", module, "--invoke", "f") if not name.endswith(".wat")]


def entry_table(formats: bytes, entry: bytes, folder_form: bytes = b"\x08") -> bytes:
    """A table of version 5: the folders /base and /base/sub, and one file in two entries, as formats describe them."""
    head = bytes([1, 1, 1, 0xFB, 14, 13]) + LENGTHS + bytes([1, 1]) + folder_form + b"\x02/base\0sub\0"
    head += bytes([len(formats) // 2]) + formats + b"\x02" + 2 * entry
    table = b"\x05\0\x04\0" + len(head).to_bytes(4, "little") + head + LINE_10
    return sized(table, False) + table


PATH, FOLDER, OTHER = b"\x01", b"\x02", b"\x04"


@pytest.mark.parametrize(
    ("formats", "entry"),
    [
        (PATH + b"\x08" + FOLDER + b"\x0f", b"x.c\0\x01"),
        (PATH + b"\x08" + FOLDER + b"\x05", b"x.c\0\x01\0"),
        (PATH + b"\x08" + FOLDER + b"\x06", b"x.c\0\x01\0\0\0"),
        (PATH + b"\x08" + FOLDER + b"\x07", b"x.c\0\x01" + bytes(7)),
        (PATH + b"\x0e" + FOLDER + b"\x0b", b"\x02\0\0\0\x01"),  # of .debug_str
        (PATH + b"\x1f" + FOLDER + b"\x0b", b"\x01\0\0\0\x01"),  # of .debug_line_str
        # Attributes that readers skip, in each form: block, sdata, flag, implicit flag, offset, address, 16 bytes.
        (OTHER + b"\x09" + PATH + b"\x08" + FOLDER + b"\x0b", b"\x03\x08\x08\x08x.c\0\x01"),
        (OTHER + b"\x0d" + PATH + b"\x08" + FOLDER + b"\x0b", b"\xff\x7ex.c\0\x01"),
        (OTHER + b"\x0c" + PATH + b"\x08" + FOLDER + b"\x0b", b"\x01x.c\0\x01"),
        (OTHER + b"\x19" + PATH + b"\x08" + FOLDER + b"\x0b", b"x.c\0\x01"),
        (OTHER + b"\x17" + PATH + b"\x08" + FOLDER + b"\x0b", b"\x08\x08\x08\x08x.c\0\x01"),
        (OTHER + b"\x1e" + PATH + b"\x08" + FOLDER + b"\x0b", bytes(16) + b"x.c\0\x01"),
    ],
)
def test_forms_of_entries(tmp_path, formats, entry):
    strings = {"debug_str": b"..x.c\0", "debug_line_str": b".x.c\0"}
    assert sources_of(tmp_path, entry_table(formats, entry), **strings) == ["/base/sub/x.c"]


@pytest.mark.parametrize(
    ("formats", "entry", "strings"),
    [
        (PATH + b"\x0e", b"\x06\0\0\0", {"debug_str": b"..x.c\0"}),  # beyond the strings
        (PATH + b"\x0e", b"\x02\0\0\0", {"debug_str": b"..x.c"}),  # a string that does not end
        (PATH + b"\x0e", b"\x02\0\0\0", {}),  # no strings
        (PATH + b"\x7f", b"x.c\0", {}),  # a form of unknown size
        (b"\x01\x08" * 17, b"x.c\0" * 17, {}),  # an entry longer than its table
        (b"", b"", {}),  # entries of nothing
    ],
)
def test_entries_that_say_nothing(tmp_path, formats, entry, strings):
    assert sources_of(tmp_path, entry_table(formats, entry), **strings) == []


#: An entry of .debug_info: abbreviation 2, folder /base, table 0. Its abbreviations, the end of which is apart.
ENTRY = b"\x02/base\0\0\0\0\0"
ABBREVIATIONS = b"\x01\x11\0\x03\x08\0\0" + b"\x02\x11\0\x1b\x08\x10\x17\0\0"


def unit_of(version: int, entry: bytes, abbreviations: int = 0) -> bytes:
    body = version.to_bytes(2, "little") + abbreviations.to_bytes(4, "little") + b"\x04" + entry
    return sized(body, False) + body


@pytest.mark.parametrize(
    ("info", "abbreviations", "folder"),
    [
        (unit_of(4, ENTRY), ABBREVIATIONS + b"\0", "/base/"),
        (unit_of(4, ENTRY), ABBREVIATIONS, "/base/"),  # the end of abbreviations is not needed
        (unit_of(5, ENTRY) + unit_of(1, ENTRY), ABBREVIATIONS + b"\0", ""),  # versions without this attribute
        (unit_of(5, ENTRY) + unit_of(4, ENTRY), ABBREVIATIONS + b"\0", "/base/"),
        (unit_of(4, ENTRY, 100), ABBREVIATIONS + b"\0", ""),  # abbreviations beyond their section
        (unit_of(4, b"\x03" + ENTRY[1:]), ABBREVIATIONS + b"\0", ""),  # none of that number
        (unit_of(4, b"\x03" + ENTRY[1:]), ABBREVIATIONS, ""),
        (unit_of(4, b"\x03" + ENTRY[1:]), ABBREVIATIONS[:10], ""),
        (unit_of(4, b"\x02/base\0\x01\0\0\0"), ABBREVIATIONS + b"\0", ""),  # of another table
        (unit_of(4, ENTRY[:-1]), ABBREVIATIONS + b"\0", ""),  # an entry that is cut short
        (unit_of(4, ENTRY), b"\x02\x11\0\x1b\x08\x10\x7f\0\0", ""),  # a form of unknown size
        (unit_of(4, b"\x02\0\0\0\0/base\0"), b"\x02\x11\0\x03\x01\x1b\x08\0\0", ""),  # an address, and no table
        (b"\xff\0\0", ABBREVIATIONS + b"\0", ""),
        (b"", ABBREVIATIONS + b"\0", ""),
    ],
)
def test_the_folder_of_a_compilation(tmp_path, info, abbreviations, folder):
    table = line_table(4, False, b"", LINE_10, LENGTHS)
    assert sources_of(tmp_path, table, debug_info=info, debug_abbrev=abbreviations) == [f"{folder}sub/b.c"]


@pytest.mark.parametrize("sections", [{}, {"debug_info": unit_of(4, ENTRY)}, {"debug_abbrev": ABBREVIATIONS}])
def test_no_folder_of_a_compilation(tmp_path, sections):
    assert sources_of(tmp_path, line_table(4, False, b"", LINE_10, LENGTHS), **sections) == ["sub/b.c"]
