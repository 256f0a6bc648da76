"""The rules of the process model in a run: the tests that name each, and the commands in which it fired.

`traceability/fired.py` defines "asserted" and "touched". `known` is false if a test names a rule that no engine of the run
knows. A rule that no script can show has a waiver, which names the file that shows it instead.
"""

from __future__ import annotations

from collections import defaultdict

from ..runner import Run
from ..suites import ROOT
from ..traceability.fired import Fired, RuleState
from ..traceability.metadata import named_rules
from ..traceability.places import read_statements, summary
from ..traceability.waivers import read_waivers


def rule_entries(run: Run) -> list[dict]:
    """Every rule that an engine knows, fires or a test names, with the tests that name it and how often it fired."""
    known = _known(run)
    stated = read_statements(ROOT)
    tests = _naming_tests(run)
    fired = _fired(run)
    waivers = _waivers(run)
    others = {*tests, *(rule for found in fired.values() for rule in (*found.asserted, *found.touched))} - {*known}
    return [
        {
            "id": rule,
            "chapter": stated[rule][0].chapter if rule in stated else "",
            "text": summary(stated[rule][0].text) if rule in stated else "",
            "known": rule in known,
            "tests": sorted(tests.get(rule, ())),
            "asserted": {engine: found.asserted[rule] for engine, found in fired.items() if found.asserted[rule]},
            "touched": {engine: found.touched[rule] for engine, found in fired.items() if found.touched[rule]},
        }
        | ({"waiver": waivers[rule]} if rule in waivers else {})
        for rule in [*known, *sorted(others)]
    ]


def _known(run: Run) -> list[str]:
    """The rules that engines of the run know, in the order of their tables."""
    engines = [entry.adapter.info for entry in run.engines if not entry.missing and entry.adapter.info]
    return list(dict.fromkeys(str(rule["id"]) for info in engines for rule in info.rules))


def _waivers(run: Run) -> dict[str, str]:
    """The reasons why rules have no test, from `waivers.toml` beside the process suite."""
    suite = run.suites.get("process")
    try:
        waivers = read_waivers(suite.path.parent / "waivers.toml") if suite else []
    except (OSError, ValueError):
        # The traceability check reports errors in the file.
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
