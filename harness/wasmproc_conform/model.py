"""The data of a run: outcomes, commands, verdicts on test files.

A *test* is one script (`.wast`). A *command* is one top-level form of it, and the unit that gets an outcome. An
*assertion* is a command whose kind begins with `assert_`.
"""

from __future__ import annotations

from collections import Counter
from enum import StrEnum
from pathlib import Path

import attrs


class Outcome(StrEnum):
    """The closed set of outcomes of a command or a test."""

    PASS = "pass"
    FAIL = "fail"
    EXPECTED_FAIL = "expected-fail"
    UNEXPECTED_PASS = "unexpected-pass"
    UNSUPPORTED = "unsupported"
    TIMEOUT = "timeout"
    CRASH = "crash"
    ERROR = "error"


#: Outcomes that make a run fail.
RED = frozenset({Outcome.FAIL, Outcome.UNEXPECTED_PASS, Outcome.TIMEOUT, Outcome.CRASH, Outcome.ERROR})

#: A test's outcome is the first of these that one of its commands, or its ending, has.
PRECEDENCE = (
    Outcome.CRASH,
    Outcome.TIMEOUT,
    Outcome.ERROR,
    Outcome.FAIL,
    Outcome.UNEXPECTED_PASS,
    Outcome.EXPECTED_FAIL,
    Outcome.UNSUPPORTED,
    Outcome.PASS,
)


#: Reasons of commands that an embedding of WebAssembly need not support: the text format, and the contents of custom
#: sections. They count as unsupported, but do not decide the outcome of a test that has other commands.
TEXT_FORMAT, CUSTOM_SECTIONS = "text format", "custom sections"
OPTIONAL = frozenset({TEXT_FORMAT, CUSTOM_SECTIONS})

#: The reason of an unsupported command whose engine gives none.
UNSPECIFIED = "unspecified"


def is_assertion(kind: str) -> bool:
    """Whether commands of a kind are assertions."""
    return kind.startswith("assert_")


@attrs.frozen
class Command:
    """A top-level form of a script: where it begins (counted from 1), and its kind as the script writes it."""

    line: int
    kind: str

    @property
    def asserts(self) -> bool:
        """Whether this is an assertion."""
        return is_assertion(self.kind)


@attrs.frozen
class Test:
    """A script of a suite. `name` is its path within the suite, with forward slashes."""

    suite: str
    name: str
    path: Path
    chapter: str
    commands: tuple[Command, ...]
    metadata: dict[str, str] = attrs.field(factory=dict)
    #: SHA-256 of the script, in hexadecimal.
    digest: str = ""

    @property
    def assertions(self) -> int:
        """The number of assertions among the commands."""
        return sum(command.asserts for command in self.commands)


@attrs.define
class CommandResult:
    """The result of one command. `reason` tells in a few words why it is unsupported, so that it can be counted."""

    line: int
    kind: str
    outcome: Outcome
    message: str = ""
    expected: str | None = None
    actual: str | None = None
    reason: str | None = None
    column: int | None = None
    #: The rules that fired while the command ran, by an engine with rule probes.
    rules: tuple[str, ...] = ()

    @property
    def asserts(self) -> bool:
        """Whether the command is an assertion."""
        return is_assertion(self.kind)


@attrs.define
class Ending:
    """Why an engine did not get through a script: crash, timeout, error, or unsupported as a whole.

    `line` is that of the command during which it ended, if known.
    """

    outcome: Outcome
    message: str
    reason: str | None = None
    line: int | None = None


@attrs.define
class Verdict:
    """An adapter's findings about one test: results in script order, and an ending if the engine did not finish.

    `output` is what the engine printed, and `by_hand` the command line that runs the script without the harness.
    """

    commands: list[CommandResult] = attrs.field(factory=list)
    ending: Ending | None = None
    output: str = ""
    by_hand: str = ""


@attrs.define
class TestResult:
    """A verdict with expectations applied, as reports show it."""

    engine: str
    test: Test
    commands: list[CommandResult]
    ending: Ending | None
    seconds: float
    output: str = ""
    by_hand: str = ""
    #: The number of commands to run: all of the script's, or those that a line filter chose.
    selected: int = 0
    #: The number of assertions among them.
    selected_assertions: int = 0

    @property
    def outcome(self) -> Outcome:
        """The first outcome of `PRECEDENCE` that occurs, commands unsupported for an `OPTIONAL` reason left out."""
        decisive = [c for c in self.commands if c.outcome is not Outcome.UNSUPPORTED or c.reason not in OPTIONAL]
        found = {command.outcome for command in decisive or self.commands}
        if self.ending:
            found.add(self.ending.outcome)
        return next((o for o in PRECEDENCE if o in found), Outcome.ERROR)

    @property
    def counts(self) -> Counter:
        """The number of commands by outcome."""
        return Counter(command.outcome for command in self.commands)

    @property
    def red(self) -> bool:
        """Whether this result makes the run fail."""
        return self.outcome in RED
