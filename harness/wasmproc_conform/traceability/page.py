"""The page of the traceability check: every rule with its text, citations, tests, and the commands in which it fired.

The page is a single file and needs neither network nor JavaScript.
"""

from __future__ import annotations

import attrs
from markupsafe import Markup

from .. import pages
from ..adapters.wasmproc import BACKENDS
from . import text
from .check import Traceability
from .fired import RuleState
from .places import c_name


@attrs.frozen
class Entry:
    """A rule as the page shows it."""

    id: str
    #: The title of the specification's chapter that states the rule; empty if none does.
    chapter: str
    text: Markup | None
    #: Where it is stated, "file:line", or empty.
    stated: str
    code: list[str]
    tests: list[str]
    #: By back end: the number of commands that asserted it, and the number that touched it.
    fired: dict[str, tuple[int, int]]
    waiver: str

    @property
    def state(self) -> RuleState:
        """Asserted means: on every back end."""
        if all(asserted for asserted, _ in self.fired.values()):
            return RuleState.ASSERTED
        if self.waiver:
            return RuleState.WAIVED
        return RuleState.TOUCHED if any(map(any, self.fired.values())) else RuleState.SILENT

    @property
    def asserted(self) -> int:
        """The number of commands that asserted the rule, on all back ends together."""
        return sum(asserted for asserted, _ in self.fired.values())

    @property
    def touched(self) -> int:
        """The number of commands that touched the rule, on all back ends together."""
        return sum(touched for _, touched in self.fired.values())


def entries(traceability: Traceability) -> list[Entry]:
    """The rules of a finished check."""
    return [_entry(traceability, rule) for rule in traceability.rules]


def _entry(traceability: Traceability, rule: str) -> Entry:
    stated = traceability.places.spec.get(rule, [])
    waiver = traceability.waivers.get(rule)
    return Entry(
        rule,
        stated[0].chapter if stated else "",
        text.to_html(stated[0].text) if stated else None,
        stated[0].place if stated else "",
        traceability.places.code.get(c_name(rule), []),
        sorted(traceability.named.get(rule, ())),
        {backend: traceability.total(rule, backend) for backend in BACKENDS},
        f"{waiver.reason}; {waiver.shown_by} shows it" if waiver else "",
    )


def to_html(traceability: Traceability) -> str:
    """The page of a finished check."""
    rules = entries(traceability)
    chapters: dict[str, list[Entry]] = {}
    for rule in rules:
        chapters.setdefault(rule.chapter or "Not stated", []).append(rule)
    return pages.environment().get_template("traceability.html.j2").render(
        chapters=chapters,
        entries=rules,
        problems=traceability.problems,
        scripts=len(traceability.fired[BACKENDS[0]]),
        has_spec=traceability.places.has_spec,
    )
