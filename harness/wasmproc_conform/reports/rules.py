"""What a run says about the rules of the process model.

A rule is *asserted* when it fired in the course of an assertion that passed, *touched* when it fired otherwise. Tests
name the rules that they are about in their metadata. `known` is false of a rule that a test names and no engine of
the run knows. A rule that no script can show has a waiver, which says what shows it instead.
"""

from __future__ import annotations

from collections import Counter, defaultdict

from ..closure import read_waivers
from ..model import Outcome
from ..runner import Run

#: What stands for rules in the metadata of tests that are not about the process model.
CORE = "core"


def named_rules(metadata: dict[str, str]) -> list[str]:
    """The rules of the process model that a test's metadata names."""
    return [rule for rule in metadata.get("rules", "").replace(",", " ").split() if rule != CORE]


def rule_entries(run: Run) -> list[dict]:
    """Every rule that an engine knows, fires or a test names, with the tests that name it and how often it fired."""
    known = _known(run)
    tests = _naming_tests(run)
    asserted, touched = _fired(run)
    waivers = _waivers(run)
    others = sorted({*tests, *asserted, *touched} - known.keys())
    return [
        {
            "id": rule,
            "chapter": known.get(rule, {}).get("chapter", ""),
            "text": known.get(rule, {}).get("text", ""),
            "known": rule in known,
            "tests": sorted(tests.get(rule, ())),
            "asserted": dict(asserted[rule]),
            "touched": dict(touched[rule]),
        }
        | ({"waiver": waivers[rule]} if rule in waivers else {})
        for rule in [*known, *others]
    ]


def _known(run: Run) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for entry in run.engines:
        if entry.missing or not entry.adapter.info:
            continue
        for rule in entry.adapter.info.rules:
            chapter = str(rule.get("chapter", rule.get("section", "")))
            found.setdefault(str(rule["id"]), {"chapter": chapter, "text": str(rule.get("text", ""))})
    return found


def _waivers(run: Run) -> dict[str, str]:
    """Why rules have no test, from `waivers.toml` beside the process suite."""
    suite = run.suites.get("process")
    try:
        waivers = read_waivers(suite.path.parent / "waivers.toml") if suite else []
    except (OSError, ValueError):
        # That the file is sound is for the check of rules, code and tests to say.
        return {}
    return {waiver.rule: f"{waiver.reason}; shown by {waiver.shown_by}" for waiver in waivers}


def _naming_tests(run: Run) -> dict[str, set[str]]:
    naming: dict[str, set[str]] = defaultdict(set)
    for suite in run.suites.values():
        for test in suite.tests:
            for rule in named_rules(test.metadata):
                naming[rule].add(f"{suite.name}/{test.name}")
    return naming


def _fired(run: Run) -> tuple[dict[str, Counter], dict[str, Counter]]:
    """How many commands of each engine asserted a rule, and how many merely touched it."""
    asserted: dict[str, Counter] = defaultdict(Counter)
    touched: dict[str, Counter] = defaultdict(Counter)
    for result in run.results:
        for command in result.commands:
            proves = command.kind.startswith("assert_") and command.outcome is Outcome.PASS
            for rule in set(command.rules):
                (asserted if proves else touched)[rule][result.engine] += 1
    return asserted, touched


def rule_state(rule: dict) -> str:
    """`asserted`, `touched`, `silent` (tests name it, it did not fire), `waived` or `untested`."""
    if rule["asserted"]:
        return "asserted"
    if rule["touched"]:
        return "touched"
    if rule["tests"]:
        return "silent"
    return "waived" if "waiver" in rule else "untested"
