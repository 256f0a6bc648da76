#!/usr/bin/env python3
"""Puts the coverage of one runtime by several suites side by side: a table, and a page.

    report.py core=core.info ours=ours.info --sources DIR -o page.html

reads tracefiles as lcov, `llvm-cov export --format=lcov` and others write them. A line is counted if any tracefile knows it. The page
uses neither network nor JavaScript.
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent.parent / "harness")]

import attrs  # noqa: E402


@attrs.define
class Covered:
    """The coverage of one file: for each line and branch, the suites that reach it."""

    lines: dict[int, set[str]] = attrs.field(factory=lambda: defaultdict(set))
    branches: dict[tuple, set[str]] = attrs.field(factory=lambda: defaultdict(set))


@attrs.frozen
class Cell:
    """A suite, or all of them (no name), on some files."""

    hit: int
    lines: int
    taken: int
    branches: int
    #: Lines that no other suite reaches.
    alone: int


@attrs.frozen
class Row:
    """Files of one folder, one file, or all."""

    name: str
    cells: dict[str, Cell]
    files: list[Row] = attrs.field(factory=list)


def read_tracefile(path: Path, suite: str, sources: Path, into: dict[str, Covered]) -> None:
    """Adds a tracefile. Raises ValueError if it is malformed."""
    file = None
    for number, line in enumerate(path.read_text("utf-8", "replace").splitlines(), 1):
        key, _, value = line.partition(":")
        try:
            if key == "SF":
                name = Path(value)
                file = into.setdefault(name.relative_to(sources).as_posix(), Covered()) if name.is_relative_to(sources) else None
            elif file is None:
                continue
            elif key == "DA":
                where, hits = value.split(",")[:2]
                file.lines[int(where)] |= {suite} if int(hits) > 0 else set()
            elif key == "BRDA":
                where, block, branch, taken = value.split(",")
                file.branches[int(where), block, branch] |= {suite} if taken != "-" and int(taken) > 0 else set()
        except ValueError as error:
            raise ValueError(f"{path}:{number}: {error}") from error


def make_row(name: str, files: list[Covered], suites: list[str], below: list[Row]) -> Row:
    """The cells of some files together."""
    lines = [reached for file in files for reached in file.lines.values()]
    branches = [taken for file in files for taken in file.branches.values()]
    cells = {
        suite: Cell(
            sum(suite in reached for reached in lines), len(lines), sum(suite in taken for taken in branches), len(branches),
            sum(reached == {suite} for reached in lines),
        )
        for suite in suites
    }  # fmt: skip
    cells[""] = Cell(sum(map(bool, lines)), len(lines), sum(map(bool, branches)), len(branches), 0)
    return Row(name, cells, below)


def make_rows(covered: dict[str, Covered], suites: list[str]) -> tuple[list[Row], Row]:
    """By folder, each with its files, and all."""
    folders: dict[str, list[str]] = defaultdict(list)
    for name in sorted(covered):
        folders[name.rpartition("/")[0] or "."].append(name)
    rows = []
    for folder, names in sorted(folders.items()):
        below = [make_row(name, [covered[name]], suites, []) for name in names]
        rows.append(make_row(folder, [covered[name] for name in names], suites, below))
    return rows, make_row("all", list(covered.values()), suites, [])


def percent(part: int, whole: int) -> str:
    """A share, rounded down so that only a whole is 100."""
    return "–" if whole == 0 else f"{int(1000 * part / whole) / 10:.1f} %"


def as_text(rows: list[Row], total: Row, suites: list[str]) -> str:
    """The table, in Markdown."""
    heads = ["", *(f"{suite}: {what}" for suite in suites for what in ("lines", "branches", "alone")), "all: lines", "all: branches"]
    out = ["| " + " | ".join(heads) + " |", "|" + " --- |" * len(heads)]
    for row in [*rows, total]:
        words = [row.name]
        for suite in [*suites, ""]:
            cell = row.cells[suite]
            words += [percent(cell.hit, cell.lines), percent(cell.taken, cell.branches)] + ([str(cell.alone)] if suite else [])
        out.append("| " + " | ".join(words) + " |")
    return "\n".join(out) + "\n"


def as_html(rows: list[Row], total: Row, suites: list[str], title: str, facts: str) -> str:
    """The page."""
    from wasmproc_conform.pages import environment

    template = environment().from_string((HERE / "report.html.j2").read_text("utf-8"))
    return template.render(rows=rows, total=total, suites=suites, title=title, facts=facts, share=percent)


def main() -> int:
    parser = argparse.ArgumentParser(prog="report.py", description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("tracefiles", nargs="+", metavar="NAME=FILE", help="a suite's tracefile")
    parser.add_argument("--sources", type=Path, default=Path("/"), help="count sources below this folder alone")
    parser.add_argument("--title", default="Coverage of a runtime", help="of the page")
    parser.add_argument("--facts", default="", help="a sentence below the title: versions, command, date")
    parser.add_argument("-o", "--output", type=Path, help="write a page")
    options = parser.parse_args()
    covered: dict[str, Covered] = {}
    suites = []
    try:
        for word in options.tracefiles:
            name, _, path = word.partition("=")
            if not name or not path or name in suites:
                raise ValueError(f"a tracefile is given as NAME=FILE, each name once, not as '{word}'")
            suites.append(name)
            read_tracefile(Path(path), name, options.sources.resolve(), covered)
        if not covered:
            raise ValueError(f"no source below {options.sources} is in these tracefiles")
        rows, total = make_rows(covered, suites)
        if options.output:
            options.output.write_text(as_html(rows, total, suites, options.title, options.facts), "utf-8")
    except (OSError, ValueError) as error:
        print(f"report.py: {error}", file=sys.stderr)
        return 2
    print(as_text(rows, total, suites), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
