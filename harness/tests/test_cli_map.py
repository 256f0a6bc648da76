"""The command line: `wasmproc run --map`, the address space of a process as text and as a picture."""

import re
import xml.etree.ElementTree as ElementTree

import attrs
import pytest
from cli_support import binary, needs_program, wasmproc, write

pytestmark = needs_program

PAGE = 65536

MODULE = """
(module $program (@dylink.0 (mem-info (memory 200000 4)))
  (import "process" "mmap" (func $mmap (param i32 i64) (result i32)))
  (import "process" "exit" (func $exit (param i32)))
  (import "env" "memory" (memory 1))
  (func $map (export "map")
    (drop (call $mmap (i32.const 0x1000000) (i64.const 0x30000)))
    (drop (call $mmap (i32.const 0x1050000) (i64.const 0x10000))))
  (func (export "many") (param i32) (local i32)
    (loop
      (drop (call $mmap (i32.add (i32.const 0x1000000) (i32.mul (local.get 1) (i32.const 0x20000))) (i64.const 1)))
      (local.set 1 (i32.add (local.get 1) (i32.const 1)))
      (br_if 0 (i32.lt_u (local.get 1) (local.get 0)))))
  (func (export "trap") (call $map) (unreachable))
  (func (export "exit") (call $map) (call $exit (i32.const 9))))
"""


@attrs.frozen
class Range:
    """A line of a map."""

    first: int
    end: int
    size: str
    state: str
    owner: str

    @property
    def pages(self) -> int:
        return (self.end - self.first) // PAGE


def ranges(text: str, pages: int) -> list[Range]:
    """The ranges of a map, which must cover the address space in order and without gaps."""
    found = []
    for line in text.splitlines():
        match = re.fullmatch(r"([0-9a-f]+)-([0-9a-f]+) +([0-9.]+ [KMGTPE]iB) ([a-z]+)(?: +(\S.*))?", line)
        assert match, line
        first, end, size, state, owner = match.groups()
        assert len(first) == len(end) == len(f"{pages * PAGE:x}")
        found.append(Range(int(first, 16), int(end, 16), size, state, owner or ""))
    assert found[0].first == 0
    assert found[-1].end == pages * PAGE
    assert all(before.end == after.first for before, after in zip(found, found[1:]))
    assert all(r.first < r.end and r.first % PAGE == 0 for r in found)
    assert (found[0].state, found[0].pages) == ("protected", 1)
    return found


@pytest.fixture
def module(tmp_path):
    return write(tmp_path / "program.wat", MODULE)


def run_map(module, *arguments: str, pages: int = 1024, status: int = 0) -> list[Range]:
    done = wasmproc("run", "--process", str(pages), "--map", *arguments)
    assert done.status == status
    assert done.out == ""
    return ranges(done.err, pages)


def test_ranges(module):
    found = run_map(module, "--stack", "3", module, "--invoke", "map")
    by = {(r.state, r.owner): r for r in found}
    stack, guard = by["reserved", "stack"], by["guard", "stack"]
    assert (stack.pages, guard.pages, guard.end) == (3, 1, stack.first)
    assert (stack.size, guard.size) == ("192 KiB", "64 KiB")
    assert by["reserved", "program"].pages == 4
    assert by["reserved", "program"].size == "256 KiB"
    mapped = [(r.first, r.pages) for r in found if r.state == "mapped"]
    assert mapped == [(0x1000000, 3), (0x1050000, 1)]
    assert Range(0x1030000, 0x1050000, "128 KiB", "free", "") in found


def test_a_process_without_anything(module):
    module.write_text("(module)")
    done = wasmproc("run", "--process", "2", "--stack", "0", "--map", module)
    assert done.err == "00000-10000     64 KiB protected\n10000-20000     64 KiB free\n"


@pytest.mark.parametrize("backend", ["sparse", "native"])
@pytest.mark.parametrize("options", [[], ["--os-process"]])
def test_however_it_ends(module, backend, options):
    """After a trap, and after process.exit, which ends the process: the state that the program left."""
    wanted = run_map(module, module, "--invoke", "map")
    for name, status in (("trap", 134), ("exit", 9)):
        done = wasmproc("run", "--process", "1024", "--map", "--backend", backend, *options, module, "--invoke", name)
        lines = [line for line in done.err.splitlines(True) if "error" not in line]
        assert done.status == status
        assert len(lines) >= len(done.err.splitlines()) - 1
        assert ranges("".join(lines), 1024) == wanted


def test_chance(module):
    """The map is complete for every random placement."""
    places = set()
    for seed in range(10):
        found = run_map(module, f"--aslr={seed}", module, "--invoke", "map")
        places.add(next(r.first for r in found if r.owner == "program"))
        assert sum(r.pages for r in found if r.owner == "stack") == 17
    assert len(places) > 1


def test_libraries(tmp_path, module):
    write(tmp_path / "lib.wasm", binary('(module (@dylink.0 (mem-info (memory 70000 0))))', tmp_path))
    write(tmp_path / "dict.json", '{"imports": {"lib": "lib.wasm"}}')
    write(module, '(module (@dylink.0 (mem-info (memory 1 0)) (needed "lib")) (func (export "f")))')
    found = run_map(module, "--dict", tmp_path / "dict.json", module, "--invoke", "f")
    assert [(r.owner, r.pages) for r in found if r.state == "reserved" and r.owner != "stack"] in (
        [(str(module), 1), (f"file://{tmp_path.resolve()}/lib.wasm", 2)],
        [(f"file://{tmp_path.resolve()}/lib.wasm", 2), (str(module), 1)],
    )


def test_names_that_are_no_line(module):
    """A module's name may have any characters."""
    write(module, MODULE.replace("$program", '$"a\\u{a}b\\u{1b}<&>é"'))
    found = run_map(module, module, "--invoke", "map")
    assert [r.owner for r in found if r.pages == 4] == ["a?b?<&>é"]


def test_sizes(tmp_path):
    wide = write(
        tmp_path / "wide.wat",
        """(module (import "process" "mmap" (func $mmap (param i64 i64) (result i64)))
             (func (export "f")
               (drop (call $mmap (i64.const 0x100000000) (i64.const 0x40000000)))
               (drop (call $mmap (i64.const 0x8000000000000000) (i64.const 0x10000000000000)))))""",
    )
    found = run_map(wide, "--pointer", "i64", "--stack", "0", wide, "--invoke", "f", pages=1 << 48)
    assert [(r.first, r.size, r.state) for r in found] == [
        (0, "64 KiB", "protected"),
        (PAGE, "4.0 GiB", "free"),
        (1 << 32, "1 GiB", "mapped"),
        (0x140000000, "8.0 EiB", "free"),
        (1 << 63, "4 PiB", "mapped"),
        ((1 << 63) + (1 << 52), "8.0 EiB", "free"),
    ]


# The picture.

SVG = "{http://www.w3.org/2000/svg}"


@attrs.frozen
class Bar:
    """A range of the picture."""

    style: str
    top: float
    height: float
    hint: str


@attrs.frozen
class Picture:
    root: ElementTree.Element
    bars: list[Bar]
    #: The rows of text, from the top: place and content.
    rows: list[tuple[float, str]]

    @property
    def breaks(self) -> int:
        return sum(path.get("class") == "gap" for path in self.root.iter(f"{SVG}path"))


def draw(module, *arguments: str, status: int = 0) -> Picture:
    """The picture, which must be well-formed, with everything inside its frame and nothing overlapping."""
    target = module.parent / "map.svg"
    done = wasmproc("run", f"--map={target}", *arguments)
    assert done.status == status
    assert done.out == ""
    root = ElementTree.parse(target).getroot()
    bars = [
        Bar(rect.get("class"), float(rect.get("y")), float(rect.get("height")), rect.findtext(f"{SVG}title"))
        for rect in root.iter(f"{SVG}rect")
        if rect.get("class") != "edge"
    ]
    lines: dict[float, list[str]] = {}
    for text in root.iter(f"{SVG}text"):
        lines.setdefault(float(text.get("y")), []).append("".join(text.itertext()))
    rows = sorted((y, " ".join(filter(None, words))) for y, words in lines.items())
    check(root, bars, rows)
    return Picture(root, bars, rows)


def check(root, bars, rows) -> None:
    width, height = (float(root.get(key)) for key in ("width", "height"))
    assert root.get("viewBox") == f"0 0 {width:g} {height:g}"
    assert 0 < bars[0].top
    assert bars[-1].top + bars[-1].height < height
    assert rows[-1][0] < height
    for before, after in zip(bars, bars[1:]):
        assert abs(before.top + before.height - after.top) < 0.2
    for (y, _), (z, _) in zip(rows, rows[1:]):
        assert z - y >= 19.9
    for text in root.iter(f"{SVG}text"):
        assert float(text.get("x")) < width
    assert "prefers-color-scheme:dark" in root.findtext(f"{SVG}style")
    # Every style in use is defined, in both schemes.
    for style in {bar.style for bar in bars}:
        assert root.findtext(f"{SVG}style").count(f".{style}{{fill:") == 2


def test_picture(module):
    picture = draw(module, "--process", "1024", module, "--invoke", "map")
    found = run_map(module, module, "--invoke", "map")
    assert [bar.hint.split(", ")[0] for bar in picture.bars] == [
        f"{r.first:07x}-{r.end:07x}" for r in found
    ]
    texts = [text for _, text in picture.rows]
    assert texts[0] == "Address space of program.wat"
    assert texts[1].startswith("wasm32: 64 MiB, of which mapped: 256 KiB, reserved: 1.3 MiB, free: ")
    assert texts[2:-1] == [" ".join(filter(None, (f"{r.first:07x}", r.size, r.state, r.owner))) for r in found]
    assert texts[-1] == "4000000 end"
    assert picture.root.findtext(f"{SVG}title") == "Address space of " + str(module)
    assert [bar.style for bar in picture.bars] == [
        "stack" if r.owner == "stack" and r.state == "reserved" else r.state for r in found
    ]


def test_picture_is_to_scale(module):
    """All on one scale, except the two long free ranges, which are broken."""
    picture = draw(module, "--process", "1024", module, "--invoke", "map")
    found = run_map(module, module, "--invoke", "map")
    broken = [r for r in found if r.state == "free" and r.pages > 100]
    assert len(broken) == picture.breaks == 2
    scales = [bar.height / r.pages for bar, r in zip(picture.bars, found) if r not in broken]
    assert max(scales) - min(scales) < 0.1
    assert scales[0] > 10


def test_picture_of_little_in_much(tmp_path):
    wide = write(
        tmp_path / "wide.wat",
        """(module (import "process" "mmap" (func $mmap (param i64 i64) (result i64)))
             (func (export "f")
               (drop (call $mmap (i64.const 0x8000000000000000) (i64.const 0x10000)))
               (drop (call $mmap (i64.const 0xffffffffffff0000) (i64.const 0x10000)))))""",
    )
    picture = draw(wide, "--process", str(1 << 48), "--pointer", "i64", wide, "--invoke", "f")
    assert picture.breaks == 2
    assert len(picture.bars) == 7
    assert min(bar.height for bar in picture.bars) >= 2
    assert float(picture.root.get("height")) < 1200


@pytest.mark.parametrize("count", [30, 100, 147])
def test_picture_of_many(module, count):
    """Rows stay near their ranges: the bar grows with them."""
    picture = draw(module, "--process", "65536", module, "--invoke", "many", str(count))
    assert sum(bar.style == "mapped" for bar in picture.bars) == count
    for bar, (y, _) in zip(picture.bars, picture.rows[2:]):
        assert abs(bar.top + bar.height / 2 - y) < 300


def test_picture_of_very_many(module):
    """Ranges too small to draw are drawn as one."""
    picture = draw(module, "--process", "65536", module, "--invoke", "many", "20000")
    (mixed,) = [text for _, text in picture.rows if " mixed " in text]
    assert mixed.endswith("mixed 40000 ranges, 1.2 GiB mapped")
    assert len(picture.bars) < 10
    assert (module.parent / "map.svg").stat().st_size < 20_000


def test_picture_of_names(module):
    """Names are text, not markup; long ones are cut."""
    odd = module.parent / ("<b>&\"' " + "x" * 100 + ".wat")
    write(odd, MODULE.replace("$program", '$"<script>&\\u{0}é"'))
    picture = draw(odd, "--process", "1024", odd, "--invoke", "map")
    texts = [text for _, text in picture.rows]
    assert texts[0] == "Address space of <b>&\"' " + "x" * 45 + "…"
    assert any(text.endswith("reserved <script>&") or "<script>&" in text for text in texts)


def test_picture_of_a_name_in_letters_of_several_bytes(module):
    """A name is cut between letters, not within one."""
    write(module, MODULE.replace("$program", '$"' + "é" * 60 + '"'))
    picture = draw(module, "--process", "1024", module, "--invoke", "map")
    assert any(re.search("(^|[^é])é+…$", text) for _, text in picture.rows), picture.rows


def test_both(module):
    target = module.parent / "map.svg"
    done = wasmproc("run", "--process", "1024", "--map", f"--map={target}", module, "--invoke", "map")
    assert len(ranges(done.err, 1024)) == 9
    assert target.is_file()


def test_a_picture_after_a_trap(module):
    assert draw(module, "--process", "1024", module, "--invoke", "trap", status=134).bars


def test_mistakes(module, tmp_path):
    done = wasmproc("run", "--map", module, "--invoke", "map")
    assert done.status == 2
    assert done.err.startswith("wasmproc run: --map needs --process\n")
    for name in ("map.png", ".svg", ""):
        done = wasmproc("run", "--process", "64", f"--map={name}", module)
        assert done.status == 2
        assert done.err.startswith(f"wasmproc run: --map draws to a file whose name ends in .svg, not to '{name}'\n")
    done = wasmproc("run", "--process", "1024", f"--map={tmp_path}/nowhere/map.svg", module, "--invoke", "map")
    assert done.status == 1
    assert "No such file or directory" in done.err
    done = wasmproc("run", "--process", "1024", f"--map={tmp_path}/nowhere/map.svg", module, "--invoke", "trap")
    assert done.status == 134
    assert "No such file or directory" in done.err
    done = wasmproc("run", "--process", "1024", "--map=/dev/full/map.svg", module, "--invoke", "map")
    assert done.status == 1


def test_no_map_of_what_was_not_created(module):
    done = wasmproc("run", "--process", "1", "--map", module)
    assert done.status == 126
    assert done.err.count("\n") == 1
