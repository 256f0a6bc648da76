"""The page of the closure check: every rule with its text, where the code has it, its tests, and how often it fired.

It is one file that needs nothing else, neither network nor JavaScript.
"""

from __future__ import annotations

from itertools import groupby

import attrs
from markupsafe import Markup

from . import rule_text
from .closure import BACKENDS
from .places import c_name
from .reports.html import environment

#: What the sections of the process model are called, by their numbers in the table.
SECTIONS = {"2": "The process", "3": "The platform API", "4": "Access", "5": "The loader", "6": "The dictionary"}

@attrs.frozen
class Entry:
    """A rule as the page shows it. The state is asserted (on every back end), touched, waived or silent."""

    id: str
    sentence: str
    text: Markup | None
    stated: str
    table: str
    code: list[str]
    tests: list[str]
    #: By back end: how many commands asserted it, and how many touched it.
    fired: dict[str, tuple[int, int]]
    state: str
    waiver: str

    @property
    def asserted(self) -> int:
        """On all back ends together."""
        return sum(asserted for asserted, _ in self.fired.values())

    @property
    def touched(self) -> int:
        return sum(touched for _, touched in self.fired.values())


def entries(closure) -> list[Entry]:
    """A closure check that has been done, rule by rule."""
    found = []
    for rule in closure.rules:
        name = rule["id"]
        fired = {backend: closure.total(name, backend) for backend in BACKENDS}
        stated = closure.places.spec.get(name, [])
        waiver = closure.waivers.get(name)
        everywhere = all(asserted for asserted, _ in fired.values())
        somewhere = any(map(any, fired.values()))
        state = "asserted" if everywhere else "waived" if waiver else "touched" if somewhere else "silent"
        found.append(
            Entry(
                name,
                rule["text"],
                rule_text.to_html(stated[0].text) if stated else None,
                stated[0].place if stated else "",
                ", ".join(closure.places.table.get(name, ())),
                closure.places.code.get(c_name(name), []),
                sorted(closure.named.get(name, ())),
                fired,
                state,
                f"{waiver.reason}; {waiver.shown_by} shows it" if waiver else "",
            )
        )
    return found


def to_html(closure) -> str:
    """The page of a check that has been done."""
    all_entries = entries(closure)
    order = {rule["id"]: rule["chapter"] for rule in closure.rules}
    sections = [
        (chapter, SECTIONS.get(chapter, f"Section {chapter}"), list(group))
        for chapter, group in groupby(all_entries, key=lambda entry: order[entry.id])
    ]
    return environment().get_template("closure.html.j2").render(
        sections=sections,
        entries=all_entries,
        problems=closure.problems,
        scripts=len(closure.fired[BACKENDS[0]]),
        has_spec=closure.places.has_spec,
    )
