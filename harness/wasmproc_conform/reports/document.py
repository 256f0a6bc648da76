"""The results document: all data of a run as plain data, from which alone reports are made.

Interface:

- `build` makes the document of a run;
- `dump` and `load` write and read it; `load` accepts only documents that every report can be made from.

`SHAPE` is the document's shape; README.md explains it. The version changes if a reader of the old shape would misread
the new one; keys may be added without a new version.
"""

from __future__ import annotations

import json
import platform
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .. import __version__
from ..model import RED, CommandResult, Outcome, Test, TestResult
from ..process import processors
from ..runner import EngineEntry, Run
from .rules import rule_entries
from .source import excerpts

SCHEMA = "wasmproc-conform/results"
VERSION = 1

#: Outcomes of commands that are kept with their source and the command that runs them again.
NOTEWORTHY = RED | {Outcome.EXPECTED_FAIL}

#: Makes the command that runs a test again, given an engine, a suite, the test's name and, for one command, its line.
Rerun = Callable[[str, str, str, int | None], str]


class BadResults(Exception):
    """Not a results document, or one of an unknown version."""


def build(run: Run, argv: list[str], rerun: Rerun) -> dict:
    """The document of a run, which `argv` started."""
    tests = {(r.test.suite, r.test.name): r.test for r in run.results}
    results = [_result(result, rerun) for result in run.results]
    return {
        "schema": SCHEMA,
        "version": VERSION,
        "generator": {"name": "wasmproc-conform", "version": __version__},
        "started": run.started.isoformat(timespec="seconds"),
        "seconds": round(run.seconds, 3),
        "partial": run.partial,
        "planned": run.planned,
        "red": run.red,
        "command": argv,
        "host": host(),
        "options": _options(run),
        "problems": list(run.problems),
        "engines": [engine_entry(entry) for entry in run.engines],
        "suites": suite_entries(run),
        "expectations": [_expectation(entry) for entry in run.expectations],
        "rules": rule_entries(run),
        "tests": [_test(test, run.results) for _, test in sorted(tests.items())],
        "results": results,
    }


def host() -> dict:
    """A description of the host."""
    return {
        "system": platform.system(),
        "release": platform.release(),
        "machine": platform.machine(),
        "cpu": _cpu_name(),
        "processors": processors(),
        "python": platform.python_version(),
    }


def _cpu_name() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text("utf-8", "replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or "unknown"


def _options(run: Run) -> dict:
    options = run.options
    return {
        "jobs": options.jobs,
        "timeout": options.timeout,
        "memory_limit": options.memory_limit,
        "filters": [f.pattern if f.line is None else f"{f.pattern}:{f.line}" for f in options.filters],
    }


def engine_entry(entry: EngineEntry) -> dict:
    """An engine's entry in the document."""
    adapter, info = entry.adapter, entry.adapter.info
    found = entry.missing is None
    data = {
        "name": adapter.name,
        "title": adapter.title,
        "level": adapter.level,
        "found": found,
        "how_to_get": entry.how_to_get,
    }
    if not found or info is None:
        return data | {"missing": entry.missing or "unknown"}
    return data | {
        "path": info.path,
        "version": info.version,
        "features": list(info.features),
        "missing_features": list(info.missing_features),
        "processes": info.processes,
    }


def suite_entries(run: Run) -> list[dict]:
    """The entries of a run's suites, found or missing."""
    found = {
        name: {
            "name": name,
            "found": True,
            "path": str(suite.path),
            "version": suite.version,
            "digest": suite.digest,
            "files": len(suite.tests),
            "commands": suite.commands,
            "assertions": suite.assertions,
            "warnings": list(suite.warnings),
        }
        for name, suite in run.suites.items()
    }
    missing = {
        name: {"name": name, "found": False, "missing": str(error), "hint": error.hint}
        for name, error in run.missing_suites.items()
    }
    return [(found | missing)[name] for name in run.options.suites]


def _expectation(entry) -> dict:
    data = {"engine": entry.engine, "suite": entry.suite, "file": entry.file, "outcome": str(entry.outcome)}
    data |= {"lines": list(entry.lines)} if entry.lines else {}
    data |= {"link": entry.link} if entry.link else {}
    return data | {"reason": entry.reason, "matched": entry.matched, "stale": entry.stale}


def _test(test: Test, results: list[TestResult]) -> dict:
    lines = {place for result in results if result.test is test for place in _noteworthy_lines(result)}
    return {
        "suite": test.suite,
        "name": test.name,
        "chapter": test.chapter,
        "digest": test.digest,
        "commands": len(test.commands),
        "assertions": test.assertions,
        "metadata": dict(test.metadata),
        "sources": {str(line): text for line, text in excerpts(test, lines).items()},
    }


def _noteworthy_lines(result: TestResult) -> set[int]:
    lines = {command.line for command in result.commands if command.outcome in NOTEWORTHY}
    if result.ending and result.ending.line:
        lines.add(result.ending.line)
    return lines


def _result(result: TestResult, rerun: Rerun) -> dict:
    where = (result.engine, result.test.suite, result.test.name)
    ending = result.ending
    asserted = Counter(c.outcome for c in result.commands if c.asserts)
    return {
        "engine": result.engine,
        "suite": result.test.suite,
        "test": result.test.name,
        "outcome": str(result.outcome),
        "seconds": round(result.seconds, 3),
        "selected": result.selected,
        "selected_assertions": result.selected_assertions,
        "counts": _counts(result.counts),
        "assertions": _counts(asserted),
        "ending": None
        if ending is None
        else {"outcome": str(ending.outcome), "message": ending.message, "reason": ending.reason, "line": ending.line},
        "output": result.output,
        "by_hand": result.by_hand,
        "rerun": rerun(*where, None),
        "commands": [_command(command, where, rerun) for command in result.commands],
    }


def _counts(counter: Counter) -> dict[str, int]:
    return {str(outcome): counter[outcome] for outcome in Outcome if counter[outcome]}


def _command(command: CommandResult, where: tuple[str, str, str], rerun: Rerun) -> dict:
    """A command's entry. Keys without a value are left out, which are most keys of passed commands."""
    data: dict[str, Any] = {"line": command.line, "kind": command.kind, "outcome": str(command.outcome)}
    optional = {
        "column": command.column,
        "message": command.message,
        "expected": command.expected,
        "actual": command.actual,
        "reason": command.reason,
        "rules": list(command.rules),
    }
    data |= {key: value for key, value in optional.items() if value not in (None, "", [])}
    if command.outcome in NOTEWORTHY:
        data["rerun"] = rerun(*where, command.line)
    return data


#: Lists that are written with one element per line, so that documents can be compared as text.
_BY_LINE = {"engines", "suites", "expectations", "rules", "tests", "results"}


def dump(document: dict) -> str:
    """The document as JSON text."""
    return "{\n" + ",\n".join(f"{_json(key)}: {_value(key, value)}" for key, value in document.items()) + "\n}\n"


def _value(key: str, value: Any) -> str:
    if key in _BY_LINE and value:
        return "[\n" + ",\n".join(map(_json, value)) + "\n]"
    return _json(value)


def _json(value: Any) -> str:
    # Engines may print lone surrogates, which UTF-8 cannot represent; escapes can.
    return json.dumps(value, ensure_ascii=True, separators=(",", ":"))


def load(path: Path) -> dict:
    """Read a document. Raises BadResults."""
    try:
        document = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise BadResults(f"cannot read {path}: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise BadResults(f"{path} is not JSON: {error}") from None
    if not isinstance(document, dict) or document.get("schema") != SCHEMA:
        raise BadResults(f'{path} is not a results file: its "schema" is not "{SCHEMA}"')
    if document.get("version") != VERSION:
        raise BadResults(f"{path} has version {document.get('version')!r} of the schema; this program reads {VERSION}")
    try:
        _check(document, SHAPE, "")
        _check_found(document)
        _check_references(document)
    except _Mismatch as error:
        raise BadResults(f"{path}: {error}") from None
    return document


class _Mismatch(Exception):
    pass


class _Either(tuple):
    """Any of several shapes of plain values."""


class _Optional:
    """A key that may be absent."""

    def __init__(self, shape: Any):
        self.shape = shape


class _Map:
    """An object with any keys, whose values have one shape."""

    def __init__(self, shape: Any):
        self.shape = shape


_NUMBER = _Either((int, float))
_OUTCOME = Outcome
_NOTE = _Optional(str)

_COMMAND = {
    "line": int, "kind": str, "outcome": _OUTCOME, "column": _Optional(int), "message": _NOTE, "expected": _NOTE,
    "actual": _NOTE, "reason": _NOTE, "rules": _Optional([str]), "rerun": _NOTE,
}  # fmt: skip

_ENDING = {
    "outcome": _OUTCOME,
    "message": str,
    "reason": _Either((str, type(None))),
    "line": _Either((int, type(None))),
}

SHAPE = {
    "generator": {"name": str, "version": str},
    "started": str, "seconds": _NUMBER, "partial": bool, "planned": int, "red": bool, "command": [str],
    "host": {"system": str, "release": str, "machine": str, "cpu": str, "processors": int, "python": str},
    "options": {"jobs": int, "timeout": _NUMBER, "memory_limit": int, "filters": [str]},
    "problems": [str],
    "engines": [{
        "name": str, "title": str, "level": str, "found": bool, "how_to_get": str,
    }],
    "suites": [{"name": str, "found": bool}],
    "expectations": [{
        "engine": str, "suite": str, "file": str, "outcome": _OUTCOME, "lines": _Optional([int]), "link": _NOTE,
        "reason": str, "matched": int, "stale": bool,
    }],
    "rules": [{
        "id": str, "chapter": str, "text": str, "known": bool, "tests": [str], "asserted": _Map(int),
        "touched": _Map(int), "waiver": _NOTE,
    }],
    "tests": [{
        "suite": str, "name": str, "chapter": str, "digest": str, "commands": int, "assertions": int,
        "metadata": _Map(str), "sources": _Map(str),
    }],
    "results": [{
        "engine": str, "suite": str, "test": str, "outcome": _OUTCOME, "seconds": _NUMBER, "selected": int,
        "selected_assertions": int, "counts": _Map(int), "assertions": _Map(int), "ending": (_ENDING, type(None)),
        "output": str, "by_hand": str, "rerun": str, "commands": [_COMMAND],
    }],
}  # fmt: skip


def _check(value: Any, shape: Any, place: str) -> None:
    """Raise _Mismatch unless `value` has `shape`: a type, an object of shapes, or a list of one shape."""
    if isinstance(shape, dict):
        _check_object(value, shape, place)
    elif isinstance(shape, list):
        _require(isinstance(value, list), value, "a list", place)
        for number, item in enumerate(value):
            _check(item, shape[0], f"{place}[{number}]")
    elif isinstance(shape, _Map):
        _require(isinstance(value, dict), value, "an object", place)
        for key, item in value.items():
            _check(item, shape.shape, f"{place}.{key}")
    elif shape is Outcome:
        _require(value in Outcome.__members__.values(), value, "an outcome", place)
    elif isinstance(shape, _Either):
        _require(isinstance(value, shape) and not isinstance(value, bool), value, "of another type", place)
    elif isinstance(shape, tuple):
        if value is not None:
            _check(value, shape[0], place)
    else:
        right = isinstance(value, shape) and (shape is bool or not isinstance(value, bool))
        _require(right, value, {str: "a string", int: "an integer", bool: "true or false"}[shape], place)


def _check_object(value: Any, shape: dict, place: str) -> None:
    _require(isinstance(value, dict), value, "an object", place)
    for key, inner in shape.items():
        where = f"{place}.{key}".lstrip(".")
        optional = isinstance(inner, _Optional)
        if key in value:
            _check(value[key], inner.shape if optional else inner, where)
        elif not optional:
            raise _Mismatch(f"{where} is missing")


def _require(holds: bool, value: Any, wanted: str, place: str) -> None:
    if not holds:
        raise _Mismatch(f"{place} should be {wanted}, not {json.dumps(value)[:60]}")


_FOUND_ENGINE = {"path": str, "version": str, "features": [str], "missing_features": [str], "processes": bool}
_FOUND_SUITE = {
    "path": str, "version": str, "digest": str, "files": int, "commands": int, "assertions": int, "warnings": [str],
}  # fmt: skip


def _check_found(document: dict) -> None:
    """Check the keys of engines and suites that depend on whether they were found."""
    for what, found, missing in (
        ("engines", _FOUND_ENGINE, {"missing": str}),
        ("suites", _FOUND_SUITE, {"missing": str, "hint": str}),
    ):
        for number, item in enumerate(document[what]):
            _check(item, found if item["found"] else missing, f"{what}[{number}]")


def _check_references(document: dict) -> None:
    """Check that every result names an engine and a test of the document."""
    engines = {engine["name"] for engine in document["engines"]}
    tests = {(test["suite"], test["name"]) for test in document["tests"]}
    for number, result in enumerate(document["results"]):
        if result["engine"] not in engines:
            raise _Mismatch(f"results[{number}] names an unknown engine, {result['engine']!r}")
        if (result["suite"], result["test"]) not in tests:
            raise _Mismatch(f"results[{number}] names an unknown test, {result['suite']}/{result['test']}")
