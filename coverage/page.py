#!/usr/bin/env python3
"""Makes one page of the coverage by tests: lines and branches of the interpreter by folder, rules of the process model, and the
operands that the suites give each instruction.

Reads a tracefile of lcov (--tracefile), and runs the suites with an interpreter that counts rules and operands (--wasmproc).
The page uses neither network nor JavaScript; it links to the pages of genhtml (--lines), if they exist.
Exit status: 0 when the page was written, 1 when a suite failed, 2 for usage or an unreadable file.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "harness")]

import attrs  # noqa: E402
from coverage import Reasons, Source, read_tracefile  # noqa: E402
from wasmproc_conform.pages import environment  # noqa: E402
from wasmproc_conform.suites import LOADERS, Suite, SuiteMissing  # noqa: E402
from wasmproc_conform.traceability import Traceability  # noqa: E402
from wasmproc_conform.traceability.page import entries  # noqa: E402

#: Value types by the letters of signatures, in the order in which the page has them.
TYPES = {"i": "i32", "I": "i64", "f": "f32", "F": "f64", "a": "address", "v": "v128"}


@attrs.define
class Share:
    """The share that was reached."""

    name: str
    hit: int = 0
    of: int = 0
    branches_hit: int = 0
    branches: int = 0

    def add(self, source: Source) -> None:
        """Adds a source file."""
        self.hit += sum(hits > 0 for hits in source.lines.values())
        self.of += len(source.lines)
        self.branches_hit += sum(hits > 0 for hits in source.branches.values())
        self.branches += len(source.branches)


def percent(part: int, whole: int) -> str:
    """A share in percent, rounded down so that only a whole is 100."""
    return "–" if whole == 0 else f"{int(1000 * part / whole) / 10:.1f} %"


def shares(sources: dict[str, Source]) -> tuple[list[Share], Share]:
    """The shares of each folder, and of all."""
    folders: dict[str, Share] = {}
    total = Share("all of it")
    for name, source in sorted(sources.items()):
        folder = name.rpartition("/")[0]
        folders.setdefault(folder, Share(folder)).add(source)
        total.add(source)
    return list(folders.values()), total


@attrs.frozen
class Uncovered:
    """Lines of one file that no test reaches, for one reason."""

    file: str
    lines: list[int]
    reason: str


def uncovered(sources: dict[str, Source], reasons: Reasons, root: Path) -> list[Uncovered]:
    """All lines that no test reaches."""
    found: dict[tuple[str, str], list[int]] = {}
    for name in sorted(sources):
        text = (root / name).read_text("utf-8").splitlines()
        for number in sorted(n for n, hits in sources[name].lines.items() if hits == 0):
            reason = reasons.find(name, text[number - 1].strip() if number <= len(text) else "") or ""
            found.setdefault((name, reason), []).append(number)
    return [Uncovered(name, lines, reason) for (name, reason), lines in found.items()]


@attrs.frozen
class OperandRow:
    """An operand of an instruction: its counts by class."""

    mnemonic: str
    which: str
    count: int
    classes: list[int]


@attrs.frozen
class TypeTable:
    """All operands of one type."""

    title: str
    classes: list[str]
    rows: list[OperandRow]

    @property
    def met(self) -> int:
        return sum(count > 0 for row in self.rows for count in row.classes)

    @property
    def of(self) -> int:
        return len(self.rows) * len(self.classes)


def type_tables(counts: dict) -> list[TypeTable]:
    """The output of `wasmproc wast --operands`, as a table for each type. Unsupported instructions are left out."""
    tables = []
    for letter, title in TYPES.items():
        classes = [entry["name"] for entry in counts["classes"] if entry["type"] == letter]
        rows = []
        for row in counts["instructions"]:
            letters = row["signature"].partition(":")[0].replace("*", "")
            for number, found in enumerate(row["operands"]):
                if row["supported"] and letters[number] == letter:
                    which = f"operand {number + 1} of {len(letters)}" if len(letters) > 1 else ""
                    rows.append(OperandRow(row["mnemonic"], which, row["count"], found))
        if rows:
            tables.append(TypeTable(title, classes, rows))
    return tables


def find_suites() -> list[Suite]:
    """The suites that are present."""
    found = []
    for name, load in LOADERS.items():
        try:
            found.append(load(None))
        except SuiteMissing as missing:
            print(f"page.py: {name}: {missing}; it is left out", file=sys.stderr)
    return found


def count_operands(wasmproc: str, suites: list[Suite]) -> tuple[dict, bool]:
    """The operands that the suites give instructions, and whether all suites passed."""
    files = [str(suite.path / f"{test.name}") for suite in suites for test in suite.tests]
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "operands.json"
        done = subprocess.run([wasmproc, "wast", "--operands", str(target), *files], capture_output=True, text=True)
        if not target.is_file():
            raise ValueError(f"{wasmproc}: {done.stderr.strip() or done.returncode}")
        return json.loads(target.read_text("utf-8")), done.returncode == 0


def short(number: int) -> str:
    """A count in at most five characters."""
    for unit in ("", "k", "M", "G", "T"):
        if number < 1000:
            return f"{number}{unit}"
        number //= 1000
    return f"{number}P"


def render(sources: dict[str, Source], root: Path, lines: str, traceability: Traceability, counts: dict, suites: list[Suite]) -> str:
    """The page."""
    folders, total = shares(sources)
    rules = entries(traceability)
    instructions = [row for row in counts["instructions"] if row["supported"]]
    env = environment()
    return env.from_string((HERE / "page.html.j2").read_text("utf-8")).render(
        folders=folders,
        total=total,
        lines=lines,
        uncovered=uncovered(sources, Reasons(HERE / "uncovered.toml"), root),
        rules=rules,
        problems=traceability.problems,
        instructions=instructions,
        unsupported=len(counts["instructions"]) - len(instructions),
        tables=type_tables(counts),
        suites=suites,
        share=percent,
        short=short,
    )


def main() -> int:
    parser = argparse.ArgumentParser(prog="page.py", description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--tracefile", type=Path, required=True, help="a tracefile of lcov")
    parser.add_argument("--wasmproc", required=True, help="an interpreter that counts rules and operands: wasmproc-check")
    parser.add_argument("--lines", type=Path, help="the first page of genhtml")
    parser.add_argument("--root", type=Path, default=HERE.parent, help="the sources")
    parser.add_argument("-o", "--output", type=Path, required=True, help="the page")
    options = parser.parse_args()
    try:
        sources = read_tracefile(options.tracefile, options.root.resolve())
        if not sources:
            raise ValueError(f"{options.tracefile} names no source below {options.root / 'interp'}")
        suites = find_suites()
        counts, passed = count_operands(options.wasmproc, suites)
        traceability = Traceability(options.wasmproc, options.root)
        traceability.check()
        lines = ""
        if options.lines and options.lines.is_file():
            lines = Path(os.path.relpath(options.lines, options.output.parent)).as_posix()
        options.output.write_text(render(sources, options.root, lines, traceability, counts, suites), "utf-8")
    except (OSError, ValueError, RuntimeError) as error:
        print(f"page.py: {error}", file=sys.stderr)
        return 2
    print(f"{options.output}")
    return 0 if passed and not traceability.problems else 1


if __name__ == "__main__":
    sys.exit(main())
