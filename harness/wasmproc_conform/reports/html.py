"""The report as an HTML page: a single file that needs no network, and JavaScript only for filters.

This module makes the rows, cells and drill-downs of the template from the document. The page has details of tests that
did not pass, and counts of the others.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import groupby

import attrs
from jinja2 import Environment
from markupsafe import Markup, escape

from .. import pages
from ..model import RED, Outcome
from .document import NOTEWORTHY
from .rules import rule_state
from .source import tokens
from .summary import FAILED, RedThing, Tally, matrix, reason_of, red_things, tally, unsupported_reasons

#: Limits of the page's size if much fails. results.json has everything.
RED_LISTED = 100
RED_LINES = 24
LINES_LISTED = 100
TEXT_KEPT = 4000
OUTPUT_KEPT = 8000
REASONS_LISTED = 40

_SYMBOLS = {
    Outcome.PASS: "✓",
    Outcome.EXPECTED_FAIL: "≈",
    Outcome.UNSUPPORTED: "○",
}


@attrs.frozen
class Cell:
    """A result in the matrix of files: its outcome, its CSS class, a symbol and a short text."""

    outcome: str
    style: str
    symbol: str
    text: str


@attrs.frozen
class Finding:
    """The result of one command by one engine."""

    engine: str
    command: dict
    style: str
    rerun: str


@attrs.define
class Place:
    """A noteworthy line of a script: its source, its results, and the engines that pass it."""

    line: int
    kind: str
    source: list[Markup]
    anchor: str
    findings: list[Finding]
    passing: list[str]


@attrs.frozen
class Group:
    """Commands of a test that one engine does not support for one reason."""

    engine: str
    reason: str
    count: int
    lines: str
    message: str


@attrs.define
class Row:
    """A test: a row of the matrix of files, and its drill-down."""

    test: dict
    anchor: str
    cells: list[Cell | None]
    views: str
    digest: str
    places: list[Place]
    places_left_out: int
    groups: list[Group]
    #: Results that are noteworthy as a whole: not passed, or without reaching the script's end.
    engines: list[dict]


@attrs.define
class Chapter:
    """Tests of one chapter of one suite."""

    suite: str
    name: str
    rows: list[Row]
    totals: list[tuple[str, Tally]]

    @property
    def red(self) -> bool:
        """Whether a result in it is red."""
        return any(total.red for _, total in self.totals)


@attrs.define
class RedGroup:
    """The red lines of one engine's run of one test, and the message of the first."""

    name: str
    engine: str
    anchor: str
    message: str
    outcomes: Counter = attrs.field(factory=Counter)
    lines: list[tuple[int, str]] = attrs.field(factory=list)
    more: int = 0


def to_html(document: dict) -> str:
    """The document as a page."""
    engines = [e["name"] for e in document["engines"] if any(r["engine"] == e["name"] for r in document["results"])]
    red = list(_red_groups(red_things(document)))
    return (
        _environment()
        .get_template("report.html.j2")
        .render(
            doc=document,
            engines=engines,
            cells=matrix(document),
            red=red[:RED_LISTED],
            red_left_out=max(0, len(red) - RED_LISTED),
            red_total=sum(group.outcomes.total() for group in red),
            chapters=list(_chapters(document, engines)),
            reasons=unsupported_reasons(document),
            reasons_listed=REASONS_LISTED,
            rules=[(rule, rule_state(rule)) for rule in document["rules"]],
            probes=any(rule["asserted"] or rule["touched"] for rule in document["rules"]),
            tests={f"{test['suite']}/{test['name']}" for test in document["tests"]},
            outcome=Outcome,
        )
    )


def _environment() -> Environment:
    made = pages.environment()
    made.filters |= {
        "shorten": shorten,
        "style": style_of,
        "duration": duration,
        "test_anchor": lambda name: test_anchor(*name.split("/", 1)),
    }
    return made


def shorten(text: str, limit: int = TEXT_KEPT) -> str:
    """Text cut at `limit` characters, with a note if it was cut."""
    if len(text) <= limit:
        return text
    return f"{text[:limit]}… ({len(text) - limit:,} more characters in results.json)"


def style_of(outcome: str) -> str:
    """The CSS class of an outcome: pass, fail, expected or unsupported."""
    if outcome in RED:
        return "fail"
    return {Outcome.PASS: "pass", Outcome.EXPECTED_FAIL: "expected"}.get(Outcome(outcome), "unsupported")


def duration(seconds: float) -> str:
    """Seconds, or minutes and seconds."""
    return f"{seconds:.1f} s" if seconds < 60 else f"{int(seconds) // 60} min {int(seconds) % 60} s"


def test_anchor(suite: str, test: str) -> str:
    """The anchor of a test's drill-down."""
    return f"{suite}/{test}"


def anchor(thing: RedThing) -> str:
    """The anchor of a red thing."""
    name = test_anchor(thing.suite, thing.test)
    return f"{name}:{thing.line}" if thing.line and thing.what != "script" else name


def highlight(text: str) -> list[Markup]:
    """The lines of script text, with a CSS class for each token. A token of several lines has a part in each."""
    lines = [Markup()]
    for kind, token in tokens(text):
        for number, part in enumerate(token.split("\n")):
            if number:
                lines.append(Markup())
            if part:
                lines[-1] += Markup('<span class="t-{}">{}</span>').format(kind, part) if kind else escape(part)
    return lines if text else []


def _red_groups(things: Iterable[RedThing]) -> Iterator[RedGroup]:
    for (suite, test, engine), group in groupby(things, key=lambda thing: (thing.suite, thing.test, thing.engine)):
        found = list(group)
        lines = {thing.line: anchor(thing) for thing in found if thing.line}
        yield RedGroup(
            f"{suite}/{test}",
            engine,
            test_anchor(suite, test),
            found[0].message,
            Counter(thing.outcome for thing in found),
            list(lines.items())[:RED_LINES],
            max(0, len(lines) - RED_LINES),
        )


def _chapters(document: dict, engines: list[str]) -> Iterator[Chapter]:
    by_test: dict[tuple[str, str], dict[str, dict]] = {}
    for result in document["results"]:
        by_test.setdefault((result["suite"], result["test"]), {})[result["engine"]] = result
    order = {suite["name"]: number for number, suite in enumerate(document["suites"])}

    def place(test: dict) -> tuple:
        return order.get(test["suite"], len(order)), test["suite"], test["chapter"]

    for (_, suite, name), group in groupby(sorted(document["tests"], key=place), key=place):
        tests = list(group)
        results = [by_test.get((test["suite"], test["name"]), {}) for test in tests]
        totals = [(engine, tally(r[engine] for r in results if engine in r)) for engine in engines]
        rows = [_row(test, found, engines) for test, found in zip(tests, results)]
        yield Chapter(suite, name, rows, totals)


def _row(test: dict, results: dict[str, dict], engines: list[str]) -> Row:
    places = list(_places(test, results))
    return Row(
        test,
        test_anchor(test["suite"], test["name"]),
        [_cell(results[engine]) if engine in results else None for engine in engines],
        " ".join(views({engine: result["outcome"] for engine, result in results.items()})),
        "; ".join(
            f"{engine}: {text}" for engine in engines if engine in results and (text := _digest(results[engine]))
        ),
        places[:LINES_LISTED],
        max(0, len(places) - LINES_LISTED),
        [group for engine in engines if engine in results for group in _groups(results[engine])],
        [results[e] for e in engines if e in results and _is_noteworthy(results[e])],
    )


def _is_noteworthy(result: dict) -> bool:
    """Whether a result needs more than its groups: a script that is unsupported as a whole has a reason only."""
    return result["outcome"] in NOTEWORTHY or bool(result["ending"])


def _digest(result: dict) -> str:
    """A result that did not pass, in a few words."""
    outcome, ending = result["outcome"], result["ending"]
    if outcome == Outcome.PASS:
        return ""
    if ending and ending["outcome"] == outcome:
        text = (ending["reason"] or ending["message"]).split("\n")[0]
        return text if len(text) <= 90 else text[:90] + "…"
    commands = [command for command in result["commands"] if command["outcome"] == outcome]
    if outcome == Outcome.UNSUPPORTED:
        reasons = list(dict.fromkeys(reason_of(command) for command in commands))
        return ", ".join(reasons[:3]) + (f" and {len(reasons) - 3} more" if len(reasons) > 3 else "")
    return f"{outcome}, {line_ranges((command['line'] for command in commands), 6)}" if commands else str(outcome)


def views(outcomes: dict[str, str]) -> list[str]:
    """The filters that show a test: `pass` (by all), `fail:E`, `alone:E` (E fails and no other), `unsupported:E`."""
    found = []
    failing = [engine for engine, outcome in outcomes.items() if outcome in FAILED]
    passing = [engine for engine, outcome in outcomes.items() if outcome == Outcome.PASS]
    if outcomes and len(passing) == len(outcomes):
        found.append("pass")
    found += [f"fail:{engine}" for engine in failing]
    if len(failing) == 1 and passing:
        found.append(f"alone:{failing[0]}")
    found += [f"unsupported:{engine}" for engine, outcome in outcomes.items() if outcome == Outcome.UNSUPPORTED]
    return found


def _cell(result: dict) -> Cell:
    outcome, selected = Outcome(result["outcome"]), result["selected"]
    count = result["counts"].get(outcome, 0)
    if outcome is Outcome.PASS:
        text = f"{selected:,}"
    elif outcome in (Outcome.CRASH, Outcome.TIMEOUT, Outcome.ERROR) or not count:
        text = {Outcome.EXPECTED_FAIL: "expected"}.get(outcome, str(outcome))
    else:
        text = f"{count:,}/{selected:,}"
    return Cell(outcome, style_of(outcome), _SYMBOLS.get(outcome, "✗"), text)


def _places(test: dict, results: dict[str, dict]) -> Iterator[Place]:
    """The lines of a test in which some command is noteworthy."""
    by_line: dict[int, list[Finding]] = {}
    passed: dict[int, set[str]] = {}
    for engine, result in results.items():
        for command in result["commands"]:
            if command["outcome"] in NOTEWORTHY:
                finding = Finding(engine, command, style_of(command["outcome"]), result["rerun"])
                by_line.setdefault(command["line"], []).append(finding)
            elif command["outcome"] == Outcome.PASS:
                passed.setdefault(command["line"], set()).add(engine)
    for line, findings in sorted(by_line.items()):
        failing = {finding.engine for finding in findings}
        yield Place(
            line,
            findings[0].command["kind"],
            highlight(test["sources"].get(str(line), "")),
            f"{test_anchor(test['suite'], test['name'])}:{line}",
            findings,
            [engine for engine in results if engine in passed.get(line, ()) and engine not in failing],
        )


def _groups(result: dict) -> Iterator[Group]:
    """The commands of a test that an engine does not support, by reason."""
    by_reason: dict[str, list[dict]] = {}
    for command in result["commands"]:
        if command["outcome"] == Outcome.UNSUPPORTED:
            by_reason.setdefault(reason_of(command), []).append(command)
    for reason, commands in by_reason.items():
        whole = len(commands) == result["selected"]
        lines = "the whole script" if whole else line_ranges(command["line"] for command in commands)
        yield Group(result["engine"], reason, len(commands), lines, commands[0].get("message", ""))


def line_ranges(lines: Iterable[int], limit: int = 12) -> str:
    """The first `limit` of some line numbers, as text."""
    distinct = sorted(set(lines))
    shown = ", ".join(map(str, distinct[:limit]))
    return ("line " if len(distinct) == 1 else "lines ") + shown + (", …" if len(distinct) > limit else "")
