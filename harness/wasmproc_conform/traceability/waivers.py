"""`testsuite/waivers.toml`: rules that no script can show, and rules that do not fire in a test that names them."""

from __future__ import annotations

import tomllib
from pathlib import Path

import attrs


@attrs.frozen
class Waiver:
    """A rule that no script can show: the reason, and the file that shows it instead, relative to the repository."""

    rule: str
    reason: str
    shown_by: str


@attrs.frozen
class Silent:
    """A rule that a test names but that does not fire in it, in this interpreter: the reason."""

    test: str
    rule: str
    reason: str


def read_waivers(path: Path) -> list[Waiver]:
    """The waivers of a file; none if it is absent. Raises ValueError."""
    return [Waiver(*entry) for entry in _entries(path, "waiver", ("rule", "reason", "shown-by"))]


def read_silent(path: Path) -> list[Silent]:
    """The silent rules of a file; none if it is absent. Raises ValueError."""
    return [Silent(*entry) for entry in _entries(path, "silent", ("test", "rule", "reason"))]


def _entries(path: Path, table: str, keys: tuple[str, ...]) -> list[tuple[str, ...]]:
    """The entries of a table, their values in the order of `keys`. Each entry has all keys, none of them blank."""
    entries = tomllib.loads(path.read_text("utf-8")).get(table, []) if path.is_file() else []
    for entry in entries:
        if entry.keys() != set(keys) or not all(str(value).strip() for value in entry.values()):
            raise ValueError(f"{path}: an entry of [[{table}]] has {', '.join(keys)}: {entry}")
    return [tuple(entry[key] for key in keys) for entry in entries]


def check_waivers(waivers: list[Waiver], rules: set[str], named: set[str], root: Path) -> list[str]:
    """The problems of waivers, given all rules and those that tests name."""
    problems = []
    for waiver in waivers:
        shown_by = root / waiver.shown_by
        if waiver.rule not in rules:
            problems.append(f"waiver of an unknown rule: {waiver.rule}")
        elif waiver.rule in named:
            problems.append(f"waiver of a rule that a test names: {waiver.rule}")
        elif not shown_by.is_file() or waiver.rule not in shown_by.read_text("utf-8"):
            problems.append(f"waiver of {waiver.rule}: {waiver.shown_by} does not name it")
    return problems
