"""Reads the verdicts of an engine that runs scripts itself (PROTOCOL.md, interface A): a JSON object a line."""

from __future__ import annotations

import json

import attrs

from .model import UNSPECIFIED, CommandResult, Outcome

#: Outcomes that an engine may report. The others are the harness's to give.
_REPORTABLE = frozenset({Outcome.PASS, Outcome.FAIL, Outcome.UNSUPPORTED})


@attrs.define
class Events:
    """The results that an engine reported of one script, in order.

    `complete` tells whether its `end` event was seen. `error` describes the first line that is not an event, if any;
    nothing after that line is read.
    """

    commands: list[CommandResult] = attrs.field(factory=list)
    complete: bool = False
    error: str = ""


def read_events(text: str) -> Events:
    """The events of one script. Never raises."""
    events = Events()
    # Lines end in line feeds alone: names in a script may hold other separators.
    for number, line in enumerate(text.removesuffix("\n").split("\n"), 1):
        try:
            event = json.loads(line)
            if event["event"] == "end":
                events.complete = True
                break
            if event["event"] == "command":
                events.commands.append(_command(event))
        except (ValueError, KeyError, TypeError):
            events.error = f"line {number} of the engine's output is not an event: {line[:200]}"
            break
    return events


def _command(event: dict) -> CommandResult:
    outcome = Outcome(event["outcome"])
    if outcome not in _REPORTABLE:
        raise ValueError(outcome)
    return CommandResult(
        line=int(event["line"]),
        column=int(event["column"]) if "column" in event else None,
        kind=str(event["kind"]),
        outcome=outcome,
        message=str(event.get("message", "")),
        expected=_optional_text(event.get("expected")),
        actual=_optional_text(event.get("actual")),
        reason=_optional_text(event.get("reason")) or (UNSPECIFIED if outcome is Outcome.UNSUPPORTED else None),
        rules=tuple(map(str, event.get("rules", ()))),
    )


def _optional_text(value: object) -> str | None:
    return None if value is None else str(value)
