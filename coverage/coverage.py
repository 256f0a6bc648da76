#!/usr/bin/env python3
"""Reports the coverage of the interpreter by its tests: lines and branches by folder, and a reason for each line not reached.

Reads a tracefile of lcov. A line that no test reaches must match an entry of the reasons file: a file, the text of the line, and the
reason. An entry that matches no such line is stale. Exit status: 0 if coverage is at least --least, every uncovered line has a reason
and no entry is stale; 1 otherwise; 2 for usage or an unreadable file.
"""

from __future__ import annotations

import argparse
import re
import sys
import tomllib
from collections import defaultdict
from fnmatch import fnmatchcase
from itertools import chain
from pathlib import Path


class Source:
    """The coverage of one source file: hits by line, and by branch."""

    def __init__(self) -> None:
        self.lines: dict[int, int] = defaultdict(int)
        self.branches: dict[tuple[int, str], int] = defaultdict(int)


def read_tracefile(path: Path, root: Path) -> dict[str, Source]:
    """The sources below root/interp in a tracefile, tests excluded, by their path from root."""
    found: dict[str, Source] = {}
    source = None
    for line in path.read_text("utf-8").splitlines():
        key, _, value = line.partition(":")
        if key == "SF":
            name = Path(value)
            source = None
            if name.is_relative_to(root / "interp") and not name.is_relative_to(root / "interp" / "tests"):
                source = found.setdefault(name.relative_to(root).as_posix(), Source())
        elif source is None:
            continue
        elif key == "DA":
            number, hits = value.split(",")[:2]
            source.lines[int(number)] += int(hits)
        elif key == "BRDA":
            number, block, branch, taken = value.split(",")
            source.branches[int(number), f"{block}.{branch}"] += 0 if taken == "-" else int(taken)
    return found


def percent(part: int, whole: int) -> str:
    """A share in percent, rounded down so that only a whole is 100."""
    return "    -" if whole == 0 else f"{int(1000 * part / whole) / 10:5.1f}"


def print_folders(sources: dict[str, Source]) -> float:
    """Prints the table; returns the share of lines covered of all folders, in percent."""
    folders: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for name, source in sources.items():
        for folder in (name.rpartition("/")[0], "all"):
            counts = folders[folder]
            counts[0] += sum(hits > 0 for hits in source.lines.values())
            counts[1] += len(source.lines)
            counts[2] += sum(hits > 0 for hits in source.branches.values())
            counts[3] += len(source.branches)
    print(f"{'folder':20} {'lines':>15} {'%':>6} {'branches':>15} {'%':>6}")
    for folder in sorted(folders, key=lambda name: (name == "all", name)):
        hit, lines, taken, branches = folders[folder]
        print(
            f"{folder:20} {f'{hit}/{lines}':>15} {percent(hit, lines):>6}"
            f" {f'{taken}/{branches}':>15} {percent(taken, branches):>6}"
        )
    hit, lines = folders["all"][:2] if sources else (0, 0)
    return 100 * hit / lines if lines else 0.0


def _alternatives(pattern: str) -> list[str]:
    """The alternatives of a regular expression, outside of parentheses."""
    depth, found = 0, [""]
    for token in re.findall(r"\\.|.", pattern):
        depth += {"(": 1, ")": -1}.get(token, 0)
        if token == "|" and depth == 0:
            found.append("")
        else:
            found[-1] += token
    return found


class Reasons:
    """The reasons file: why lines are not covered."""

    def __init__(self, path: Path):
        self.entries = tomllib.loads(path.read_text("utf-8")).get("uncovered", []) if path.is_file() else []
        for entry in self.entries:
            if set(entry) != {"file", "text", "reason"}:
                raise ValueError(f"{path}: an entry has the keys file, text and reason, not {', '.join(entry)}")
            entry["pattern"] = re.compile(entry["text"])
            entry["used"] = 0

    def find(self, name: str, text: str) -> str | None:
        """Why this line is not covered, or None."""
        for entry in self.entries:
            if any(fnmatchcase(name, f) for f in entry["file"].split("|")) and entry["pattern"].search(text):
                entry["used"] += 1
                return entry["reason"]
        return None

    def unmatched(self, root: Path) -> list[str]:
        """Files without a line that their entry's text matches, and alternatives of a text that match no line of its files."""
        sources = {path.relative_to(root).as_posix(): [*map(str.strip, path.read_text("utf-8").splitlines())]
                   for path in root.glob("interp/**/*.[ch]")}  # fmt: skip
        found = []
        for entry in self.entries:
            texts = {}
            for pattern in entry["file"].split("|"):
                texts[pattern] = [line for name, lines in sources.items() if fnmatchcase(name, pattern) for line in lines]
                if not any(map(entry["pattern"].search, texts[pattern])):
                    found.append(f"{pattern}: no line has {entry['text']}")
            for text in _alternatives(entry["text"]):
                if not any(map(re.compile(text).search, chain.from_iterable(texts.values()))):
                    found.append(f"{entry['file']}: no line has {text}")
        return found

    def stale(self) -> list[str]:
        """Entries that no line needed."""
        return [f"{entry['file']}: {entry['text']}" for entry in self.entries if not entry["used"]]


def print_uncovered(sources: dict[str, Source], reasons: Reasons, root: Path) -> int:
    """Prints every uncovered line with its reason; returns how many have none."""
    without = 0
    for name in sorted(sources):
        text = (root / name).read_text("utf-8").splitlines()
        for number in sorted(n for n, hits in sources[name].lines.items() if hits == 0):
            line = text[number - 1].strip() if number <= len(text) else ""
            reason = reasons.find(name, line)
            without += reason is None
            print(f"{name}:{number}: {line}\n    {reason or 'NO REASON GIVEN'}")
    return without


def main() -> int:
    parser = argparse.ArgumentParser(prog="coverage.py", description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("tracefile", type=Path, help="a tracefile of lcov")
    parser.add_argument("--root", type=Path, default=Path(__file__).resolve().parent.parent, help="the sources")
    parser.add_argument("--reasons", type=Path, default=Path(__file__).with_name("uncovered.toml"))
    parser.add_argument("--least", type=float, default=95.0, help="share of lines that must be covered, in percent (default 95)")
    options = parser.parse_args()
    try:
        sources = read_tracefile(options.tracefile, options.root.resolve())
        reasons = Reasons(options.reasons)
        print("Lines that no test reaches:\n")
        without = print_uncovered(sources, reasons, options.root)
        print()
        share = print_folders(sources)
    except (OSError, ValueError) as error:
        print(f"coverage.py: {error}", file=sys.stderr)
        return 2
    for stale in reasons.stale():
        print(f"stale: {stale}")
    print(f"\n{share:.2f} % of lines; {without} uncovered lines without a reason; {len(reasons.stale())} stale reasons")
    return 0 if share >= options.least and not without and not reasons.stale() else 1


if __name__ == "__main__":
    sys.exit(main())
