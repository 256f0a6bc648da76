"""The report as JUnit XML for continuous integration: a suite per engine and suite, a case per script.

JUnit has neither "expected failure" nor "unsupported": both are skipped cases, told apart by type and message.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO

from junitparser import Error, Failure, JUnitXml, Property, Skipped, TestCase, TestSuite

from ..model import RED, Outcome
from .summary import describe, first_reason

#: The most red commands that the text of a failure lists.
LISTED = 50

#: Characters that XML 1.0 cannot represent.
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def to_junit(document: dict) -> str:
    """The document as JUnit XML."""
    report = JUnitXml("wasmproc-conform")
    for suite in _suites(document):
        report.add_testsuite(suite)
    report.update_statistics()
    stream = BytesIO()
    report.write(stream, pretty=True)
    return stream.getvalue().decode("utf-8")


def _suites(document: dict) -> Iterator[TestSuite]:
    chapters = {(test["suite"], test["name"]): test["chapter"] for test in document["tests"]}
    groups: dict[tuple[str, str], list[dict]] = {}
    for result in document["results"]:
        groups.setdefault((result["engine"], result["suite"]), []).append(result)
    engines = {engine["name"]: engine for engine in document["engines"]}
    for (engine, suite_name), results in groups.items():
        suite = TestSuite(_clean(f"{engine}.{suite_name}"))
        suite.timestamp = document["started"]
        suite.hostname = _clean(document["host"]["cpu"])
        suite.append(Property("engine", _clean(f"{engines[engine]['title']} {engines[engine].get('version', '')}")))
        suite.append(Property("partial", str(document["partial"]).lower()))
        for result in results:
            suite.add_testcase(_case(result, chapters[result["suite"], result["test"]]))
        yield suite
    if document["problems"] or document["partial"]:
        yield _problems(document)


def _problems(document: dict) -> TestSuite:
    suite = TestSuite("wasmproc-conform.run")
    problems = list(document["problems"])
    if document["partial"]:
        ran = len(document["results"])
        problems.append(f"partial: the run was interrupted after {ran} of {document['planned']} scripts")
    for number, problem in enumerate(problems, 1):
        case = TestCase(f"problem {number}", "wasmproc-conform.run")
        case.result = [Error(_clean(problem), "problem")]
        suite.add_testcase(case)
    return suite


def _case(result: dict, chapter: str) -> TestCase:
    case = TestCase(
        _clean(result["test"]), _clean(f"{result['engine']}.{result['suite']}.{chapter}"), result["seconds"]
    )
    outcome = result["outcome"]
    if outcome in RED:
        entry = (Failure if outcome in (Outcome.FAIL, Outcome.UNEXPECTED_PASS) else Error)(_headline(result), outcome)
        entry.text = _clean("\n".join(_details(result)))
        case.result = [entry]
        if result["output"]:
            case.system_out = _clean(result["output"])
    elif outcome != Outcome.PASS:
        case.result = [Skipped(_clean(first_reason(result, outcome)), outcome)]
    return case


def _headline(result: dict) -> str:
    if result["ending"] and result["ending"]["outcome"] in RED:
        return _clean(result["ending"]["message"])
    red = sum(command["outcome"] in RED for command in result["commands"])
    return f"{red} of {result['selected']} commands"


def _details(result: dict) -> Iterator[str]:
    red = [command for command in result["commands"] if command["outcome"] in RED]
    for command in red[:LISTED]:
        yield f"{result['test']}:{command['line']}: {command['kind']}: {command['outcome']}: {describe(command)}"
        if "expected" in command or "actual" in command:
            yield f"  expected {command.get('expected', '?')}, got {command.get('actual', '?')}"
        yield f"  {command.get('rerun', result['rerun'])}"
    if len(red) > LISTED:
        yield f"and {len(red) - LISTED} more"
    yield f"the whole script: {result['rerun']}"
    yield f"without the harness: {result['by_hand']}"


def _clean(text: str) -> str:
    return _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text)
