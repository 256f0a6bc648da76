"""Counts the rules that fire while tests run.

A rule is *asserted* by a command that is an assertion and passes while the rule fires, and *touched* by any other
command in which it fires.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from enum import StrEnum

import attrs

from ..model import CommandResult, Outcome


class RuleState(StrEnum):
    """The strongest evidence of a rule in tests."""

    ASSERTED = "asserted"
    TOUCHED = "touched"
    #: Tests name the rule, but it did not fire.
    SILENT = "silent"
    WAIVED = "waived"
    UNTESTED = "untested"


@attrs.define
class Fired:
    """By rule, the number of commands that asserted it and the number that touched it."""

    asserted: Counter = attrs.field(factory=Counter)
    touched: Counter = attrs.field(factory=Counter)
    #: Some command was unsupported, for one because the host cannot provide an extent (rule process.extent.min).
    is_partial: bool = False

    def add(self, commands: Iterable[CommandResult]) -> None:
        """Count the results of a script."""
        for command in commands:
            self.is_partial |= command.outcome is Outcome.UNSUPPORTED
            asserted = command.asserts and command.outcome is Outcome.PASS
            (self.asserted if asserted else self.touched).update(set(command.rules))

    def __contains__(self, rule: str) -> bool:
        """Whether a rule fired at all."""
        return bool(self.asserted[rule] or self.touched[rule])
