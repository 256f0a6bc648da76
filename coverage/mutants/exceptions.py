"""exceptions.toml: mutants that no test notices, each examined, and the reason.

    [equivalent]
    "How much room is kept in advance." = [
      "take_bytes: …size : sink->capacity * [2 => 3];",
    ]

The entries are labels of mutants, as `mutation.py` prints them; `…` stands for any text. The tables are the verdicts. Entries name no
file and no line: they stay while a function has the statement.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import attrs

#: No test could tell. One could, and none is worth its while: those count as survivors of the score. Unit tests tell, and no script
#: can: those need not be noticed as breakages of a rule.
EQUIVALENT, ACCEPTED, UNITS = "equivalent", "accepted", "units"


class BadEntry(Exception):
    """exceptions.toml is not as it should be."""


@attrs.define
class Entry:
    """Mutants that need not be noticed."""

    label: str
    verdict: str
    reason: str
    matched: bool = False  #: by a mutant of the sources
    needed: bool = False  #: by one that no test noticed
    judged: bool = False  #: all that it matches


class Exceptions:
    """The entries, and which of them mutants needed."""

    def __init__(self, path: Path):
        self.entries: list[Entry] = []
        for verdict, reasons in tomllib.loads(path.read_text("utf-8")).items():
            if verdict not in (EQUIVALENT, ACCEPTED, UNITS) or not isinstance(reasons, dict):
                raise BadEntry(f"{path.name}: no such verdict: {verdict}")
            for reason, labels in reasons.items():
                if not reason.strip() or not isinstance(labels, list) or not all(isinstance(label, str) for label in labels):
                    raise BadEntry(f"{path.name}: not a reason with a list of labels: {reason}")
                self.entries += [Entry(label, verdict, reason) for label in labels]
        self._exact: dict[str, Entry] = {entry.label: entry for entry in self.entries}
        self._patterns = [(_pattern(entry.label), entry) for entry in self.entries if "…" in entry.label]

    def find(self, label: str, verdicts: Iterable[str] = (EQUIVALENT, ACCEPTED, UNITS)) -> Entry | None:
        """The entry for a label, with one of some verdicts."""
        found = [self._exact[label]] if label in self._exact else []
        found += [entry for pattern, entry in self._patterns if pattern.fullmatch(label)]
        return next((entry for entry in found if entry.verdict in verdicts), None)

    def problems(self, labels: Iterable[str]) -> list[str]:
        """Entries that match no mutant of the sources, each with a mutant that is like it, and duplicates."""
        labels = sorted(set(labels))
        for label in labels:
            if label in self._exact:
                self._exact[label].matched = True
            for pattern, entry in self._patterns:
                entry.matched = entry.matched or pattern.fullmatch(label) is not None
        twice = Counter(entry.label for entry in self.entries)
        problems = [f"no such mutant: {entry.label}{_nearest(entry.label, labels)}" for entry in self.entries if not entry.matched]
        return problems + [f"twice: {label}" for label, count in twice.items() if count > 1]


def _nearest(label: str, labels: list[str]) -> str:
    found = difflib.get_close_matches(label, labels, 1)
    return f"; like {found[0]}" if found else ""


def _pattern(label: str) -> re.Pattern[str]:
    return re.compile(".*".join(map(re.escape, label.split("…"))))
