"""`wasmproc-conform list`: the known engines, suites and tests.

Interface: `survey` collects them as plain data; `print_listing` prints these as text or as JSON.
"""

from __future__ import annotations

import json

from rich.console import Console

from .reports.document import engine_entry, suite_entries
from .runner import Run
from .suites import select
from .terminal import print_line, print_table


def survey(run: Run) -> dict:
    """The engines and suites of a prepared run, and the tests that its filters choose."""
    tests = [test for suite in run.suites.values() for test in suite.tests]
    return {
        "engines": [engine_entry(entry) for entry in run.engines],
        "suites": suite_entries(run),
        "tests": [
            {
                "suite": test.suite,
                "name": test.name,
                "chapter": test.chapter,
                "commands": len(test.commands),
                "assertions": test.assertions,
                "metadata": dict(test.metadata),
            }
            for test, _ in select(tests, run.options.filters)
        ],
        "problems": run.problems,
    }


def print_listing(console: Console, listing: dict, as_json: bool, tests: bool) -> None:
    """Print a survey; as text, its tests only if `tests`."""
    if as_json:
        print(json.dumps(listing, indent=1))
        return
    _print_engines(console, listing["engines"])
    console.print()
    _print_suites(console, listing["suites"])
    if tests:
        console.print()
        rows = [(t["suite"], t["name"], t["chapter"], t["commands"], t["assertions"]) for t in listing["tests"]]
        print_table(console, ("suite", "test", "chapter", "commands#", "assertions#"), rows)
    console.print()
    print_line(console, f"{len(listing['tests'])} tests, {sum(t['assertions'] for t in listing['tests'])} assertions")
    for problem in listing["problems"]:
        print_line(console, ("problem: ", "bold red"), problem)


def _print_engines(console: Console, engines: list[dict]) -> None:
    for engine in engines:
        print_line(console, (engine["name"], "bold"), f" {engine['title']}, {_LEVELS.get(engine['level'], '')}")
        if not engine["found"]:
            print_line(console, ("  missing", "yellow"), f": {engine['missing']}")
            print_line(console, f"  to get it: {engine['how_to_get']}")
            continue
        print_line(console, f"  version {engine['version']}, {engine['path']}")
        print_line(console, f"  process model: {'yes' if engine['processes'] else 'no'}")
        if engine["features"]:
            print_line(console, f"  features: {' '.join(engine['features'])}")
        if engine["missing_features"]:
            print_line(console, f"  not supported: {' '.join(engine['missing_features'])}")


_LEVELS = {"script": "runs scripts itself", "driven": "driven command by command"}


def _print_suites(console: Console, suites: list[dict]) -> None:
    for suite in suites:
        if not suite["found"]:
            print_line(console, (suite["name"], "bold"), (" missing", "yellow"), f": {suite['missing']}")
            print_line(console, f"  to get it: {suite['hint']}")
            continue
        version = f", version {suite['version']}" if suite["version"] else ""
        counts = f"{suite['files']} files, {suite['commands']} commands, {suite['assertions']} assertions"
        print_line(console, (suite["name"], "bold"), f" {counts}{version}, {suite['path']}")
        for warning in suite["warnings"]:
            print_line(console, (f"  warning: {warning}", "yellow"))
