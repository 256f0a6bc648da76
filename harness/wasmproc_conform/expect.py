"""Expected failures: known failures of an engine, with reasons.

`harness/expect/ENGINE.toml` holds entries:

    [[expect]]
    suite = "core"            # required
    file = "imports.wast"     # required: the test's name
    lines = [288, 289]        # optional: [first, last]; without it, the whole file
    outcome = "fail"          # required: fail, crash, timeout or error
    reason = "…"              # required
    versions = ">=20, <23"    # optional: the engine's versions that fail; without it, all of them
    link = "https://…"        # optional: the upstream issue

An entry holds while a command in its place has its outcome. Without such a command the entry is stale and the run
fails: either the engine was fixed, and the entry must go, or the entry never described a failure.
"""

from __future__ import annotations

import re
import tomllib
from operator import eq, ge, gt, le, lt, ne
from pathlib import Path

import attrs

from .model import Outcome, TestResult

_EXPECTABLE = frozenset({Outcome.FAIL, Outcome.CRASH, Outcome.TIMEOUT, Outcome.ERROR})
_REQUIRED = {"suite", "file", "outcome", "reason"}
_ALLOWED = _REQUIRED | {"lines", "link", "versions"}

_CONDITION = re.compile(r"\s*(<=|>=|==|!=|<|>)\s*([0-9]+(?:\.[0-9]+)*)\s*")
_HOLDS = {"<": lt, "<=": le, "==": eq, "!=": ne, ">=": ge, ">": gt}


class BadExpectations(Exception):
    """An unusable file of expectations. The message names the file and the entry."""


@attrs.define
class Expectation:
    """One entry. `matched` counts the results that it explains in this run."""

    engine: str
    suite: str
    file: str
    outcome: Outcome
    reason: str
    link: str | None = None
    lines: tuple[int, int] | None = None
    matched: int = 0
    stale: bool = False

    def covers(self, line: int) -> bool:
        """Whether the entry's place includes a command that begins in `line`."""
        return self.lines is None or self.lines[0] <= line <= self.lines[1]

    def describe(self) -> str:
        """The entry's place, for messages."""
        where = ""
        if self.lines:
            first, last = self.lines
            where = f":{first}" if first == last else f":{first}-{last}"
        return f"{self.engine}: {self.suite}/{self.file}{where} {self.outcome}"


def load_expectations(engine: str, folder: Path, version: str = "") -> list[Expectation]:
    """The entries for an engine of a version; none if it has no file. Raises BadExpectations."""
    path = folder / f"{engine}.toml"
    if not path.is_file():
        return []
    try:
        entries = tomllib.loads(path.read_text("utf-8")).get("expect", [])
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadExpectations(f"{path}: {error}") from None
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise BadExpectations(f"{path}: expect must be a list of tables, [[expect]]")
    found = [(_entry(engine, path, number, entry), entry) for number, entry in enumerate(entries, 1)]
    return [expectation for expectation, entry in found if version_fits(entry.get("versions", ""), version)]


def version_fits(conditions: str, version: str) -> bool:
    """Whether a version meets all `conditions`, such as ">=20, <23". Raises ValueError.

    The version is the first number with dots in the engine's own description: 1.0.32 in "wabt 1.0.32 (git)". A
    description without a number meets no condition. A bound covers all versions that begin with it: "<=1.0" and "==1.0"
    hold for 1.0.32.
    """
    parsed = [_CONDITION.fullmatch(part) for part in conditions.split(",")] if conditions.strip() else []
    if not all(parsed):
        raise ValueError(f"{conditions!r} is not a list of comparisons such as >=20, <23")
    found = re.search(r"[0-9]+(?:\.[0-9]+)*", version)
    numbers = [int(part) for part in found.group().split(".")] if found else None
    return all(numbers is not None and _compare(numbers, *match.groups()) for match in parsed)


def _compare(numbers: list[int], operator: str, bound: str) -> bool:
    wanted = [int(part) for part in bound.split(".")]
    given = numbers[: len(wanted)] + [0] * (len(wanted) - len(numbers))
    return _HOLDS[operator](given, wanted)


def _entry(engine: str, path: Path, number: int, entry: dict) -> Expectation:
    where = f"{path}, entry {number}"
    if missing := _REQUIRED - entry.keys():
        raise BadExpectations(f"{where}: no {', '.join(sorted(missing))}")
    if unknown := entry.keys() - _ALLOWED:
        raise BadExpectations(f"{where}: unknown {', '.join(sorted(unknown))}")
    for key in entry.keys() - {"lines"}:
        if not isinstance(entry[key], str):
            raise BadExpectations(f"{where}: {key} must be a string")
    if entry["outcome"] not in _EXPECTABLE:
        raise BadExpectations(f"{where}: outcome {entry['outcome']!r} cannot be expected")
    if not entry["reason"].strip():
        raise BadExpectations(f"{where}: the reason is empty")
    try:
        version_fits(entry.get("versions", ""), "")
    except ValueError:
        raise BadExpectations(f'{where}: versions must be comparisons such as ">=20, <23"') from None
    return Expectation(
        engine,
        entry["suite"],
        entry["file"],
        Outcome(entry["outcome"]),
        entry["reason"],
        entry.get("link"),
        _lines(where, entry.get("lines")),
    )


def _lines(where: str, lines) -> tuple[int, int] | None:
    if lines is None:
        return None
    if type(lines) is int:
        return lines, lines
    if not (
        isinstance(lines, list) and len(lines) == 2 and all(type(n) is int for n in lines) and lines[0] <= lines[1]
    ):
        raise BadExpectations(f"{where}: lines must be a number, or [first, last]")
    return lines[0], lines[1]


def apply_expectations(result: TestResult, entries: list[Expectation]) -> None:
    """Turn the failures that entries explain into expected ones, and mark the other entries as stale.

    `entries` are those for the result's engine, suite and file, without those that a line filter excludes. The passed
    commands of a stale entry become unexpected passes, so that the test is red too.
    """
    for entry in entries:
        before = entry.matched
        for command in result.commands:
            if command.outcome is entry.outcome and entry.covers(command.line):
                command.outcome = Outcome.EXPECTED_FAIL
                command.reason = entry.reason
                entry.matched += 1
        ending = result.ending
        if ending and ending.outcome is entry.outcome and (ending.line is None or entry.covers(ending.line)):
            ending.outcome = Outcome.EXPECTED_FAIL
            ending.reason = entry.reason
            entry.matched += 1
        if entry.matched == before:
            entry.stale = True
            _mark_unexpected(result, entry)


def _mark_unexpected(result: TestResult, entry: Expectation) -> None:
    """Mark every passed command in the entry's lines, or the first passed command if the entry is for a file."""
    passed = [c for c in result.commands if c.outcome is Outcome.PASS and entry.covers(c.line)]
    for command in passed if entry.lines else passed[:1]:
        command.outcome = Outcome.UNEXPECTED_PASS
        command.message = f"expected {entry.outcome}: {entry.reason}"
