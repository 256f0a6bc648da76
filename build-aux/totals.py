#!/usr/bin/env python3
"""Adds up what a check has run: `totals.py PART...`, each a file of TAP or a build folder in which `make check` ran.

Every test of `make check` left NAME.log, in TAP, and NAME.trs with its verdict. A test counts for as many points as it
printed. A test that failed without a failing point, printed no point, was skipped or never ran counts as one failure;
so does a missing part.

Prints a line per part, then every failure, and last `N passed, N failed`. Exits with 1 if anything failed or nothing
passed.
"""

import re
import sys
from pathlib import Path

_POINT = re.compile(r"^(not )?ok\b")
_DIRECTIVE = re.compile(r"(?<!\\)# (SKIP|TODO)\b", re.IGNORECASE)
_RESULT = re.compile(r"^:test-result: (\S+)", re.MULTILINE)


def points(text: str) -> tuple[int, list[str]]:
    """How many points passed, and the lines of those that failed. One skipped, or expected to fail, is neither."""
    passed, failed = 0, []
    for line in text.splitlines():
        match = _POINT.match(line)
        if not match or _DIRECTIVE.search(line):
            continue
        if match[1]:
            failed.append(line)
        else:
            passed += 1
    return passed, failed


def of_test(verdict: Path) -> tuple[int, list[str]]:
    """The points of one test of `make check`."""
    result = _RESULT.search(verdict.read_text("utf-8"))
    outcome = result[1] if result else "no result"
    passed, failed = points(verdict.with_suffix(".log").read_text("utf-8", "replace"))
    if outcome != "PASS" and not failed:
        failed.append(outcome)
    elif not passed and not failed:
        failed.append("printed no TAP point")
    return passed, failed


def of_part(part: Path) -> tuple[int, list[str]]:
    """The points of one part of the check."""
    if part.is_file():
        return points(part.read_text("utf-8"))
    passed, failed = 0, []
    for verdict in sorted(part.rglob("*.trs")):
        more, complaints = of_test(verdict)
        passed += more
        name = verdict.relative_to(part).with_suffix("").as_posix()
        failed += [f"{name}: {complaint}" for complaint in complaints]
    if not passed and not failed:
        failed.append("nothing ran")
    return passed, failed


def main(argv: list[str]) -> int:
    total, failures = 0, []
    for part in map(Path, argv):
        passed, failed = of_part(part)
        name = part.relative_to(part.parents[1]) if part.is_file() else part.name
        print(f"{name}: {passed} passed, {len(failed)} failed")
        total += passed
        failures += [f"{name}: {complaint}" for complaint in failed]
    for line in failures:
        print(f"failed: {line}")
    print(f"{total} passed, {len(failures)} failed")
    return 1 if failures or not total else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
