#!/usr/bin/env python3
"""Adds up what a check has run: `totals.py STEPS BUILD-FOLDER...`.

STEPS is a file of TAP lines, one per step. Every test of `make check` left in its build folder NAME.log, in TAP, and
NAME.trs with its verdict. A test counts for as many points as it printed. One that failed without a point that failed,
or printed no point at all, was skipped or never ran, counts as a failure: a check that did not happen is no success.

Prints a line per step and build folder, and last `N passed, N failed`. Exits with 1 if anything failed or nothing passed.
"""

import re
import sys
from pathlib import Path

_POINT = re.compile(r"^(not )?ok\b(.*)$")
_RESULT = re.compile(r"^:test-result: (\S+)", re.MULTILINE)


def points(text: str) -> tuple[int, list[str]]:
    """How many points passed, and the lines of those that failed. A skipped point is neither."""
    passed, failed = 0, []
    for line in text.splitlines():
        match = _POINT.match(line)
        if match and match[1]:
            failed.append(line)
        elif match and not match[1] and "# SKIP" not in match[2].upper():
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


def main(argv: list[str]) -> int:
    steps, *folders = map(Path, argv)
    total, failures = points(steps.read_text("utf-8")) if steps.is_file() else (0, ["no step was taken"])
    print(f"steps: {total} passed, {len(failures)} failed")
    for folder in folders:
        passed, failed = 0, []
        for verdict in sorted(folder.rglob("*.trs")):
            more, complaints = of_test(verdict)
            passed += more
            name = verdict.relative_to(folder).with_suffix("").as_posix()
            failed += [f"{folder.name}/{name}: {complaint}" for complaint in complaints]
        print(f"{folder.name}: {passed} passed, {len(failed)} failed")
        total += passed
        failures += failed
    for line in failures:
        print(f"failed: {line}")
    print(f"{total} passed, {len(failures)} failed")
    return 1 if failures or not total else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
