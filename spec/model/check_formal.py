#!/usr/bin/env python3
"""Checks the formal model of a process, and that the interpreter's tests use the same model; prints TAP.

- process.pml satisfies every invariant, in every reachable state at the size that README.md states, and all of its code
  is reached, except for two places that an invariant excludes.
- For each invariant, the verifier finds the violation in the model with the corresponding bug.
- Invariants name existing rules, and the specification's appendix (formal.rst) names the same ones.
- relation.pml allows exactly the steps that the model in space_formal.h allows.

Needs Spin and a C compiler. Environment: SPIN, CC. Runs in a build folder in which the unit tests are built.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
APPENDIX = HERE.parent / "formal.rst"

#: The exit status that automake counts as skipped.
SKIPPED = 77

#: Pages of the address space for the invariants, for each bug, and for the relation.
PAGES, BUG_PAGES, RELATION_PAGES = 7, 4, 5

#: Unreached places of the correct model: its end, and the success of an illegal release.
UNREACHED = 2

UNIT_TEST = Path("interp/tests/test_space_exhaustive")

_INVARIANT = re.compile(r"/\*((?:(?!\*/).)*)\*/\s*INVARIANT\((\d+), (\w+),", re.DOTALL)
_RULES = re.compile(r"\(((?:[a-z-]+\.[a-z.-]+[,\s*]*)+)\)\s*$")
_ENTRY = re.compile(r"^``(\w+)``\n((?:   .*\n|\n)+)", re.MULTILINE)
_COUNT = re.compile(r"^\s*(\d+) (states, stored|transitions)", re.MULTILINE)


class Verifier:
    """The verifier that Spin generates from a model."""

    def __init__(self, folder: Path, model: str, optimise: str = "-O2", **macros: int):
        self.folder = folder / "-".join([model, *(f"{name}{value}" for name, value in macros.items())])
        self.folder.mkdir()
        defines = [f"-D{name}={value}" for name, value in macros.items()]
        for source in HERE.glob("*.pml"):
            shutil.copy(source, self.folder)
        self._run([os.environ.get("SPIN", "spin"), *defines, "-a", f"{model}.pml"])
        compiler = os.environ.get("CC", "cc").split()
        self._run([*compiler, optimise, "-w", "-DSAFETY", "-DNOREDUCE", "-o", "pan", "pan.c"])

    def _run(self, argv: list[str]) -> str:
        done = subprocess.run(argv, cwd=self.folder, stdin=subprocess.DEVNULL, capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(f"{' '.join(argv)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
        return done.stdout

    def search(self) -> str:
        """Searches all states and returns the verifier's output."""
        return self._run(["./pan", "-m1000000", "-w22"])


class Report:
    """Prints TAP points and counts them."""

    def __init__(self) -> None:
        self.count = self.failed = 0

    def point(self, passed: bool, what: str, *notes: str) -> None:
        self.count += 1
        self.failed += not passed
        print(f"{'ok' if passed else 'not ok'} {self.count} - {what}")
        for note in notes if not passed else ():
            for line in note.splitlines():
                print(f"# {line}")
        sys.stdout.flush()


def is_complete(found: str) -> bool:
    """Whether a search was complete and found no violation."""
    return "errors: 0" in found and not re.search("max search depth too small|not completed|out of memory", found)


def read_invariants() -> list[tuple[int, str, list[str]]]:
    """The number, name and rules of each invariant."""
    invariants = []
    for comment, number, name in _INVARIANT.findall((HERE / "process.pml").read_text("utf-8")):
        match = _RULES.search(re.sub(r"\s*\n\s*\* ?", " ", comment).strip())
        invariants.append((int(number), name, re.findall(r"[a-z.-]+", match[1]) if match else []))
    return invariants


def check_invariants(report: Report, folder: Path) -> None:
    """The correct model."""
    found = Verifier(folder, "process", PAGES=PAGES).search()
    counts = {what.split(",")[0]: int(count) for count, what in _COUNT.findall(found)}
    states, transitions = counts.get("states", 0), counts.get("transitions", 0)
    report.point(is_complete(found), f"{PAGES} pages: every invariant holds in {states:,} states", found)
    stated = f"{PAGES} pages: {states:,} states, {transitions:,} transitions"
    report.point(stated in (HERE / "README.md").read_text("utf-8"), f"README.md states it: {stated}")
    unreached = re.findall(r"^\s.*state \d+, .*$", found.partition("unreached in")[2], re.MULTILINE)
    report.point(len(unreached) == UNREACHED, "all code of the model is reached", *unreached)


def check_bugs(report: Report, folder: Path, invariants: list[tuple[int, str, list[str]]]) -> None:
    """The models with bugs."""
    for number, name, _ in invariants:
        # Compilation dominates the time.
        found = Verifier(folder, "process", "-O0", PAGES=BUG_PAGES, BUG=number, CHECK=number).search()
        report.point(f"assertion violated {name} " in found, f"bug {number} is found: it breaks {name}", found)


def check_rules(report: Report, invariants: list[tuple[int, str, list[str]]]) -> None:
    """Checks that invariants are numbered, and name rules of the table as the appendix does."""
    table = (ROOT / "interp/core/rule.def").read_text("utf-8")
    rules = set(re.findall(r'^RULE_ROW\(\w+, "([^"]+)"', table, re.MULTILINE))
    numbers = [number for number, _, _ in invariants]
    asserted = (HERE / "process.pml").read_text("utf-8").count("        INVARIANT(")
    report.point(numbers == list(range(1, asserted + 1)), f"{asserted} invariants have numbers and comments")
    told = {name: re.findall(r":rule:`([^`]+)`", text) for name, text in _ENTRY.findall(APPENDIX.read_text("utf-8"))}
    for _, name, named in invariants:
        report.point(bool(named) and set(named) <= rules, f"{name} names rules: {', '.join(named)}")
        report.point(told.get(name) == named, f"{APPENDIX.name} names the same", f"it names {told.get(name)}")
    report.point(list(told) == [name for _, name, _ in invariants], f"{APPENDIX.name} has all of them in order")


def check_relation(report: Report, folder: Path) -> None:
    """The steps that the two models allow."""
    found = Verifier(folder, "relation", PAGES=RELATION_PAGES).search()
    formal = {line for line in found.splitlines() if line[:1].isdigit()}
    if not UNIT_TEST.is_file():
        report.point(False, f"{UNIT_TEST} is built")
        return
    done = subprocess.run([UNIT_TEST, "--relation", str(RELATION_PAGES)], capture_output=True, text=True, check=True)
    tested = set(done.stdout.splitlines())
    examples = [f"only one allows {line}" for line in sorted(formal ^ tested)[:10]]
    same = is_complete(found) and formal == tested
    report.point(same, f"{RELATION_PAGES} pages: the tests' model allows the same {len(formal):,} steps", *examples)


def main() -> int:
    if shutil.which(os.environ.get("SPIN", "spin")) is None:
        print("1..0 # SKIP Spin is missing (Debian package spin; ./bootstrap installs it)")
        return SKIPPED
    report, invariants = Report(), read_invariants()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        check_rules(report, invariants)
        check_invariants(report, folder)
        check_bugs(report, folder, invariants)
        check_relation(report, folder)
    print(f"1..{report.count}")
    return int(report.failed != 0)


if __name__ == "__main__":
    sys.exit(main())
