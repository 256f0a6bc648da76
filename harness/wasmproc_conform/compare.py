"""The changes between two results documents.

Interface: `compare_documents` finds them; `print_comparison` prints them as text or as JSON.

Commands are matched by engine, suite, test, line, kind and, if several of a kind begin in a line, their order. If a
test's script has changed, its lines cannot be matched, and the test is compared as a whole.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from enum import StrEnum

import attrs
from rich.console import Console

from .model import RED, Outcome
from .reports.summary import describe
from .terminal import print_line

#: The most changes of one kind that are printed as text.
LISTED = 40


class Change(StrEnum):
    """The kinds of change of a command or a test."""

    #: Red now, and was not before; or passed before, and does not now.
    REGRESSION = "regression"
    #: Passes now, and did not before.
    FIXED = "fixed"
    #: Another outcome, neither better nor worse.
    OTHER = "changed"
    NEW = "new"
    GONE = "gone"


_TITLES = {
    Change.REGRESSION: ("worse", "bold red"),
    Change.FIXED: ("fixed", "green"),
    Change.OTHER: ("changed otherwise", "yellow"),
    Change.NEW: ("new", ""),
    Change.GONE: ("gone", "yellow"),
}


@attrs.frozen
class Difference:
    """One change. `line` is None and `kind` empty if it is about a whole test."""

    change: Change
    engine: str
    suite: str
    test: str
    line: int | None
    kind: str
    before: str | None
    after: str | None
    message: str

    @property
    def place(self) -> str:
        """`suite/file:line`."""
        return f"{self.suite}/{self.test}" + (f":{self.line}" if self.line else "")


@attrs.define
class Comparison:
    """The changes. If one of the runs is partial, commands that are gone may not have been run."""

    differences: list[Difference]
    partial: bool
    notes: list[str]

    @property
    def regressions(self) -> list[Difference]:
        """The changes for the worse."""
        return [d for d in self.differences if d.change is Change.REGRESSION]

    def of(self, change: Change) -> list[Difference]:
        """The changes of one kind."""
        return [d for d in self.differences if d.change is change]


def compare_documents(before: dict, after: dict) -> Comparison:
    """The changes from one run to another."""
    differences: list[Difference] = []
    old, new = _by_key(before), _by_key(after)
    scripts = _digests(before), _digests(after)
    for key in sorted(old.keys() | new.keys()):
        if key not in new:
            differences.append(_whole(Change.GONE, key, old[key], None))
        elif key not in old:
            differences.append(_whole(Change.NEW, key, None, new[key]))
        else:
            one_script = scripts[0].get(key[1:]) == scripts[1].get(key[1:])
            differences += _compare_results(key, old[key], new[key], one_script)
    return Comparison(differences, before["partial"] or after["partial"], list(_notes(before, after)))


def _by_key(document: dict) -> dict[tuple[str, str, str], dict]:
    return {(r["engine"], r["suite"], r["test"]): r for r in document["results"]}


def _digests(document: dict) -> dict[tuple[str, str], str]:
    return {(test["suite"], test["name"]): test["digest"] for test in document["tests"]}


def _notes(before: dict, after: dict) -> Iterator[str]:
    """Other versions of engines and suites, which may explain changes."""
    for what, detail in (("engines", "version"), ("suites", "digest")):
        old = {item["name"]: item.get(detail) for item in before[what]}
        for item in after[what]:
            name, now = item["name"], item.get(detail)
            if name in old and old[name] != now:
                shown = [str(v)[:60] if v else "missing" for v in (old[name], now)]
                yield f"{what[:-1]} {name}: {detail} {shown[0]} before, {shown[1]} now"


def classify(before: str, after: str) -> Change | None:
    """The kind of a change of outcome, or None if the outcomes are equal."""
    if before == after:
        return None
    if after in RED and before not in RED or before == Outcome.PASS:
        return Change.REGRESSION
    return Change.FIXED if after == Outcome.PASS else Change.OTHER


def _whole(change: Change, key: tuple[str, str, str], before: dict | None, after: dict | None) -> Difference:
    ending = (after or {}).get("ending")
    return Difference(
        change,
        *key,
        None,
        "",
        before and before["outcome"],
        after and after["outcome"],
        ending["message"] if ending else "",
    )


def _compare_results(key: tuple[str, str, str], before: dict, after: dict, one_script: bool) -> Iterator[Difference]:
    found = list(_compare_commands(key, before, after)) if one_script else []
    yield from found
    # Changes of commands already explain a change of the test.
    change = classify(before["outcome"], after["outcome"])
    if change and not any(d.change is change for d in found):
        yield _whole(change, key, before, after)


def _compare_commands(key: tuple[str, str, str], before: dict, after: dict) -> Iterator[Difference]:
    old, new = _numbered(before), _numbered(after)
    for place in sorted(old.keys() | new.keys()):
        was, now = old.get(place), new.get(place)
        line, kind, _ = place
        if was and now:
            change = classify(was["outcome"], now["outcome"])
            if change:
                yield Difference(change, *key, line, kind, was["outcome"], now["outcome"], describe(now))
        elif now and now["outcome"] in RED and not before["ending"]:
            yield Difference(Change.NEW, *key, line, kind, None, now["outcome"], describe(now))


def _numbered(result: dict) -> dict[tuple[int, str, int], dict]:
    seen: Counter = Counter()
    found = {}
    for command in result["commands"]:
        place = (command["line"], command["kind"])
        found[(*place, seen[place])] = command
        seen[place] += 1
    return found


def print_comparison(console: Console, comparison: Comparison, as_json: bool) -> None:
    """Print a comparison."""
    if as_json:
        print(json.dumps(to_json(comparison), indent=1))
        return
    for note in comparison.notes:
        print_line(console, note)
    if comparison.partial:
        print_line(console, ("one of the runs is partial: commands that are gone may not have been run", "yellow"))
    for change, (title, style) in _TITLES.items():
        found = comparison.of(change)
        if found:
            print_line(console, (f"{title}: {len(found)}", style))
        for difference in found[:LISTED]:
            _print_difference(console, difference)
        if len(found) > LISTED:
            print_line(console, f"  and {len(found) - LISTED} more (--json lists them)")
    if not comparison.differences:
        print_line(console, "nothing has changed")


def _print_difference(console: Console, difference: Difference) -> None:
    what = " -> ".join(outcome for outcome in (difference.before, difference.after) if outcome)
    message = (difference.message.splitlines() or [""])[0]
    print_line(
        console,
        f"  {difference.place} {difference.kind}".rstrip(),
        (f" {difference.engine}", "bold"),
        f" {what}" + (f": {message}" if message and difference.after else ""),
    )


def to_json(comparison: Comparison) -> dict:
    """A comparison as plain data."""
    return {
        "partial": comparison.partial,
        "notes": comparison.notes,
        "counts": {str(change): len(comparison.of(change)) for change in Change},
        "differences": [attrs.asdict(d) | {"change": str(d.change)} for d in comparison.differences],
    }
