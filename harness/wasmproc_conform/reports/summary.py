"""Counts over results, for the matrix on the terminal and on the page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

import attrs

from ..model import PRECEDENCE, RED, UNSPECIFIED, Outcome

#: Outcomes that count as failures when engines are compared.
FAILED = RED | {Outcome.EXPECTED_FAIL}


@attrs.define
class Tally:
    """Counts over some results of one engine."""

    files: int = 0
    #: Files in which every command passed.
    whole: int = 0
    #: Files by outcome.
    outcomes: Counter = attrs.field(factory=Counter)
    #: The number of assertions to run, and those that ran by outcome.
    selected: int = 0
    assertions: Counter = attrs.field(factory=Counter)
    #: The other commands (modules, actions, registrations) by outcome.
    others: Counter = attrs.field(factory=Counter)
    seconds: float = 0.0

    def add(self, result: dict) -> None:
        """Count one result of the document."""
        self.files += 1
        self.whole += result["outcome"] == Outcome.PASS
        self.outcomes[result["outcome"]] += 1
        self.selected += result["selected_assertions"]
        self.assertions.update(result["assertions"])
        self.others.update(Counter(result["counts"]) - Counter(result["assertions"]))
        self.seconds += result["seconds"]

    @property
    def passed(self) -> int:
        """Assertions that passed."""
        return self.assertions[Outcome.PASS]

    @property
    def failed(self) -> int:
        """Assertions that failed, expectedly or not."""
        return sum(self.assertions[outcome] for outcome in FAILED)

    @property
    def unsupported(self) -> int:
        """Assertions that the engine does not support."""
        return self.assertions[Outcome.UNSUPPORTED]

    @property
    def not_run(self) -> int:
        """Assertions that the engine did not reach."""
        return max(0, self.selected - self.assertions.total())

    @property
    def others_failed(self) -> int:
        """Commands other than assertions that failed unexpectedly."""
        return sum(self.others[outcome] for outcome in RED)

    @property
    def red(self) -> bool:
        """Whether any file here makes the run fail."""
        return any(self.outcomes[outcome] for outcome in RED)

    @property
    def worst(self) -> Outcome:
        """The worst outcome of a file; pass without files."""
        return next((outcome for outcome in PRECEDENCE if self.outcomes[outcome]), Outcome.PASS)


def tally(results: Iterable[dict]) -> Tally:
    """The counts over `results`."""
    counts = Tally()
    for result in results:
        counts.add(result)
    return counts


def matrix(document: dict) -> dict[tuple[str, str], Tally]:
    """The tally of every pair of engine and suite that has results."""
    cells: dict[tuple[str, str], Tally] = {}
    for result in document["results"]:
        cells.setdefault((result["engine"], result["suite"]), Tally()).add(result)
    return cells


@attrs.frozen
class RedThing:
    """A command, or an ending of a script, that makes the run fail."""

    engine: str
    suite: str
    test: str
    line: int | None
    what: str
    outcome: str
    message: str
    rerun: str

    @property
    def place(self) -> str:
        """`suite/file:line`."""
        return f"{self.suite}/{self.test}" + (f":{self.line}" if self.line else "")


def red_things(document: dict) -> Iterator[RedThing]:
    """Everything red in the order of results; the ending of a test comes last."""
    for result in document["results"]:
        where = (result["engine"], result["suite"], result["test"])
        for command in result["commands"]:
            if command["outcome"] in RED:
                yield RedThing(
                    *where, command["line"], command["kind"], command["outcome"], describe(command),
                    command.get("rerun", result["rerun"]),
                )  # fmt: skip
        ending = result["ending"]
        if ending and ending["outcome"] in RED:
            yield RedThing(*where, ending["line"], "script", ending["outcome"], ending["message"], result["rerun"])
        elif not ending and result["outcome"] == Outcome.ERROR and not result["commands"]:
            yield RedThing(*where, None, "script", result["outcome"], "no command was run", result["rerun"])


def describe(command: dict) -> str:
    """A command's message, or one made from its other keys."""
    message = command.get("message", "")
    if message:
        return message
    if "expected" in command or "actual" in command:
        return f"expected {command.get('expected', '?')}, got {command.get('actual', '?')}"
    return command.get("reason", "")


def first_reason(result: dict, outcome: str) -> str:
    """The reason of the first command of a result with an outcome, else of its ending."""
    for item in (*result["commands"], *filter(None, [result["ending"]])):
        if item["outcome"] == outcome:
            return item.get("reason") or outcome
    return outcome


@attrs.define
class Reason:
    """The commands and files of one engine that are unsupported for one reason."""

    commands: int = 0
    files: set[str] = attrs.field(factory=set)


def unsupported_reasons(document: dict) -> dict[str, dict[str, Reason]]:
    """By engine, then by reason, most frequent first."""
    found: dict[str, dict[str, Reason]] = {}
    for result in document["results"]:
        reasons = found.setdefault(result["engine"], {})
        for reason in _reasons(result):
            entry = reasons.setdefault(reason, Reason())
            entry.commands += 1
            entry.files.add(f"{result['suite']}/{result['test']}")
    return {
        engine: dict(sorted(reasons.items(), key=lambda item: (-item[1].commands, item[0])))
        for engine, reasons in found.items()
        if reasons
    }


def reason_of(item: dict) -> str:
    """The reason of an unsupported command or ending."""
    return item.get("reason") or UNSPECIFIED


def _reasons(result: dict) -> Iterator[str]:
    for command in result["commands"]:
        if command["outcome"] == Outcome.UNSUPPORTED:
            yield reason_of(command)
    ending = result["ending"]
    if ending and ending["outcome"] == Outcome.UNSUPPORTED:
        yield reason_of(ending)
