"""The rules of the process model in a run: the tests that name each, and the commands in which it fired.

`closure/fired.py` defines "asserted" and "touched". `known` is false if a test names a rule that no engine of the run
knows. A rule that no script can show has a waiver, which names the file that shows it instead.
"""

from __future__ import annotations

from collections import defaultdict

from ..closure.fired import Fired, RuleState
from ..closure.metadata import named_rules
from ..closure.waivers import read_waivers
from ..runner import Run


def rule_entries(run: Run) -> list[dict]:
    """Every rule that an engine knows, fires or a test names, with the tests that name it and how often it fired."""
    known = _known(run)
    tests = _naming_tests(run)
    fired = _fired(run)
    waivers = _waivers(run)
    unknown = {*tests, *(rule for found in fired.values() for rule in (*found.asserted, *found.touched))} - known.keys()
    return [
        {
            "id": rule,
            "chapter": known.get(rule, {}).get("chapter", ""),
            "text": known.get(rule, {}).get("text", ""),
            "known": rule in known,
            "tests": sorted(tests.get(rule, ())),
            "asserted": {engine: found.asserted[rule] for engine, found in fired.items() if found.asserted[rule]},
            "touched": {engine: found.touched[rule] for engine, found in fired.items() if found.touched[rule]},
        }
        | ({"waiver": waivers[rule]} if rule in waivers else {})
        for rule in [*known, *sorted(unknown)]
    ]


def _known(run: Run) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for entry in run.engines:
        if entry.missing or not entry.adapter.info:
            continue
        for rule in entry.adapter.info.rules:
            entry = {key: str(rule.get(key, "")) for key in ("chapter", "text")}
            found.setdefault(str(rule["id"]), entry)
    return found


def _waivers(run: Run) -> dict[str, str]:
    """The reasons why rules have no test, from `waivers.toml` beside the process suite."""
    suite = run.suites.get("process")
    try:
        waivers = read_waivers(suite.path.parent / "waivers.toml") if suite else []
    except (OSError, ValueError):
        # The closure check reports errors in the file.
        return {}
    return {waiver.rule: f"{waiver.reason}; shown by {waiver.shown_by}" for waiver in waivers}


def _naming_tests(run: Run) -> dict[str, set[str]]:
    naming: dict[str, set[str]] = defaultdict(set)
    for suite in run.suites.values():
        for test in suite.tests:
            for rule in named_rules(test.metadata):
                naming[rule].add(f"{suite.name}/{test.name}")
    return naming


def _fired(run: Run) -> dict[str, Fired]:
    """The rules that fired, by engine."""
    fired: dict[str, Fired] = {entry.name: Fired() for entry in run.engines}
    for result in run.results:
        fired[result.engine].add(result.commands)
    return fired


def rule_state(rule: dict) -> RuleState:
    """The state of an entry of the document."""
    if rule["asserted"]:
        return RuleState.ASSERTED
    if rule["touched"]:
        return RuleState.TOUCHED
    if rule["tests"]:
        return RuleState.SILENT
    return RuleState.WAIVED if "waiver" in rule else RuleState.UNTESTED
