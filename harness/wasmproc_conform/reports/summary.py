"""Numbers over results: what the matrix on a terminal and the one on the page show."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

import attrs

from ..model import PRECEDENCE, RED, UNSPECIFIED, Outcome

#: What a test's outcome means to those who compare engines.
FAILED = RED | {Outcome.EXPECTED_FAIL}


@attrs.define
class Tally:
    """Counts over some results of one engine."""

    files: int = 0
    #: Files in which every command passed.
    whole: int = 0
    #: Files by outcome.
    outcomes: Counter = attrs.field(factory=Counter)
    #: Assertions that should have run, and what came of those that did.
    selected: int = 0
    assertions: Counter = attrs.field(factory=Counter)
    #: What came of the other commands: modules, actions, registrations.
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
        """Assertions that failed, expected or not."""
        return sum(self.assertions[outcome] for outcome in FAILED)

    @property
    def unsupported(self) -> int:
        """Assertions that the engine does not support."""
        return self.assertions[Outcome.UNSUPPORTED]

    @property
    def not_run(self) -> int:
        """Assertions that the engine did not get to."""
        return max(0, self.selected - self.assertions.total())

    @property
    def others_failed(self) -> int:
        """Commands that are no assertions and failed unexpectedly."""
        return sum(self.others[outcome] for outcome in RED)

    @property
    def red(self) -> bool:
        """Whether something here makes the run fail."""
        return any(self.outcomes[outcome] for outcome in RED)

    @property
    def worst(self) -> Outcome:
        """The worst outcome of a file, or, if there is no file, pass."""
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
    """Something that makes the run fail: a command, or the way in which a script ended."""

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
    """Everything red, in the order of suites, tests and engines; of a test, its ending last."""
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
    """What happened to a command, in a line."""
    message = command.get("message", "")
    if message:
        return message
    if "expected" in command or "actual" in command:
        return f"expected {command.get('expected', '?')}, got {command.get('actual', '?')}"
    return command.get("reason", "")


def first_reason(result: dict, outcome: str) -> str:
    """Why the first of a result's commands that has `outcome` has it."""
    for item in (*result["commands"], *filter(None, [result["ending"]])):
        if item["outcome"] == outcome:
            return item.get("reason") or outcome
    return outcome


@attrs.define
class Reason:
    """A reason why commands are unsupported, and how many commands and files of one engine it concerns."""

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
