"""The report in the Test Anything Protocol, version 14: a point per engine and script."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from ..model import RED, Outcome
from .summary import describe, first_reason

#: The most red commands that the diagnostics of a point list.
LISTED = 20


def to_tap(document: dict) -> str:
    """The document as TAP."""
    points = [_point(result) for result in document["results"]]
    points += [(False, f"problem: {problem}", "", []) for problem in document["problems"]]
    planned = document["planned"] + len(document["problems"])
    lines = ["TAP version 14", f"1..{planned}" if planned else "1..0 # SKIP nothing was run"]
    for number, (good, description, directive, diagnostics) in enumerate(points, 1):
        lines.append(f"{'ok' if good else 'not ok'} {number} - {_escape(description)}{directive}")
        lines += diagnostics
    if document["partial"]:
        lines.append(f"Bail out! interrupted after {len(document['results'])} of {document['planned']} scripts")
    return "\n".join(lines) + "\n"


def _point(result: dict) -> tuple[bool, str, str, list[str]]:
    description = f"{result['engine']} {result['suite']}/{result['test']}"
    outcome = result["outcome"]
    if outcome in RED:
        return False, description, "", _diagnostics(result)
    if outcome == Outcome.EXPECTED_FAIL:
        return False, description, f" # TODO {_escape(first_reason(result, outcome))}", []
    if outcome == Outcome.UNSUPPORTED:
        return True, description, f" # SKIP {_escape(first_reason(result, outcome))}", []
    return True, description, "", []


def _diagnostics(result: dict) -> list[str]:
    """A YAML block. Strings are JSON strings, which are YAML strings for any content."""
    lines = ["  ---", f"  outcome: {result['outcome']}", f"  rerun: {_quote(result['rerun'])}"]
    if result["ending"]:
        lines.append(f"  ending: {_quote(result['ending']['message'])}")
    red = [command for command in result["commands"] if command["outcome"] in RED]
    if red:
        lines.append("  commands:")
    for command in red[:LISTED]:
        lines += _command(command)
    if len(red) > LISTED:
        lines.append(f"  more: {len(red) - LISTED}")
    return [*lines, "  ..."]


def _command(command: dict) -> Iterator[str]:
    yield f"    - line: {command['line']}"
    yield f"      kind: {command['kind']}"
    yield f"      outcome: {command['outcome']}"
    yield f"      message: {_quote(describe(command))}"
    for key in ("expected", "actual"):
        if key in command:
            yield f"      {key}: {_quote(command[key])}"


def _quote(text: str) -> str:
    return json.dumps(text)


def _escape(text: str) -> str:
    """Text as a description: a single line, with `#` escaped, which would begin a directive."""
    return re.sub(r"([\\#])", r"\\\1", " ".join(text.split()))
