"""The metadata of tests: the `;;; key: value` lines at the start of a script (testsuite/FORMAT.md, "Metadata")."""

from __future__ import annotations

import re
from collections import Counter
from itertools import takewhile

import attrs

from ..scan import scan_metadata

#: The keys in their order; those with True are required.
KEYS = {"rules": True, "profile": False, "features": False, "pair": False, "description": True}

PROFILES = frozenset({"strict"})

#: The value of `pair`, see testsuite/pairs.py.
_PAIR = re.compile(r"(none|by hand), since .+")

#: The value of `rules` in tests of core WebAssembly.
CORE = "core"

_LINE = re.compile(r"^;;; ([a-z]+): .*\S\s*$")


@attrs.define
class Metadata:
    """A test's metadata by key; `problems` are sentences without the file's name."""

    values: dict[str, str] = attrs.field(factory=dict)
    problems: list[str] = attrs.field(factory=list)

    def words(self, key: str) -> list[str]:
        """The value of a key that is a list."""
        return [word.strip() for word in self.values.get(key, "").split(",")] if key in self.values else []


def read_metadata(text: str) -> Metadata:
    """The metadata of a script, held to the form that testsuite/FORMAT.md demands."""
    head = list(takewhile(lambda line: line.startswith(";;;"), text.splitlines()))
    found = Metadata(scan_metadata("\n".join(head)))
    keys = []
    for line in head:
        match = _LINE.match(line)
        if match:
            keys.append(match[1])
        else:
            found.problems.append(f"not `;;; key: value`: {line}")
    found.problems += [f"unknown key: {key}" for key in keys if key not in KEYS]
    found.problems += [f"given twice: {key}" for key, count in Counter(keys).items() if count > 1 and key in KEYS]
    found.problems += [f"no {key}" for key, required in KEYS.items() if required and key not in keys]
    order = list(dict.fromkeys(key for key in keys if key in KEYS))
    if order != [key for key in KEYS if key in order]:
        found.problems.append(f"the keys are not in order: {', '.join(order)}")
    return found


def check_metadata(metadata: Metadata, rules: set[str], features: set[str], core: bool) -> list[str]:
    """The problems of a test's metadata, given all rules and features. `core` is set for tests of core WebAssembly."""
    problems = list(metadata.problems)
    named = metadata.words("rules")
    if core and named != [CORE]:
        problems.append(f"rules of a test in core/ must be `{CORE}`")
    elif not core:
        problems += [f"unknown rule: {name or '(nothing)'}" for name in named if name not in rules]
    problems += [f"named twice: {name}" for name, count in Counter(named).items() if count > 1]
    unknown = [name for name in metadata.words("features") if name not in features]
    problems += [f"unknown feature: {name or '(nothing)'}" for name in unknown]
    if metadata.values.get("profile", "strict") not in PROFILES:
        problems.append(f"unknown profile: {metadata.values['profile']}")
    if "pair" in metadata.values and not _PAIR.fullmatch(metadata.values["pair"]):
        problems.append(f"pair without kind and reason: {metadata.values['pair']}")
    return problems


def named_rules(metadata: dict[str, str]) -> list[str]:
    """The rules of the process model that a test's metadata names, also where it is not in the required form."""
    return [rule for rule in metadata.get("rules", "").replace(",", " ").split() if rule != CORE]
