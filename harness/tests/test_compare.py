"""`wasmproc-conform compare` and `list`."""

import copy
import json

import pytest
from conftest import PASSING

from wasmproc_conform.compare import Change, classify, compare_documents, to_json
from wasmproc_conform.model import RED, Outcome
from wasmproc_conform.reports import dump


def find(document, engine, test):
    return next(r for r in document["results"] if (r["engine"], r["test"]) == (engine, test))


def changes(before, after):
    comparison = compare_documents(before, after)
    return [(d.change, d.engine, d.place, d.kind, d.before, d.after) for d in comparison.differences]


@pytest.mark.parametrize("before", list(Outcome))
@pytest.mark.parametrize("after", list(Outcome))
def test_classify(before, after):
    change = classify(before, after)
    if before is after:
        assert change is None
    elif after is Outcome.PASS:
        assert change is Change.FIXED
    elif before is Outcome.PASS or (after in RED and before not in RED):
        assert change is Change.REGRESSION
    else:
        assert change is Change.OTHER


def test_nothing_has_changed(document):
    assert changes(document, copy.deepcopy(document)) == []


def test_regressions_and_fixes_are_found_by_command(document):
    after = copy.deepcopy(document)
    good, bad = find(after, "good", "chapter/mixed.wast"), find(after, "bad", "chapter/mixed.wast")
    good["outcome"] = good["commands"][1]["outcome"] = "fail"
    bad["outcome"], bad["commands"][2]["outcome"] = "unsupported", "pass"
    place = "process/chapter/mixed.wast"
    assert changes(document, after) == [
        (Change.FIXED, "bad", f"{place}:5", "assert_return", "fail", "pass"),
        (Change.OTHER, "bad", place, "", "fail", "unsupported"),
        (Change.REGRESSION, "good", f"{place}:4", "assert_return", "pass", "fail"),
    ]
    assert compare_documents(document, after).regressions


def test_passed_and_is_unsupported_now_is_worse(document):
    after = copy.deepcopy(document)
    result = find(after, "good", "chapter/passing.wast")
    result["outcome"] = result["commands"][0]["outcome"] = "unsupported"
    assert [c[0] for c in changes(document, after)] == [Change.REGRESSION]


def test_endings_count(document):
    after = copy.deepcopy(document)
    result = find(after, "good", "other/crash.wast")
    result |= {
        "outcome": "crash",
        "commands": [],
        "ending": {"outcome": "crash", "message": "m", "reason": None, "line": 1},
    }
    assert changes(document, after) == [
        (Change.REGRESSION, "good", "process/other/crash.wast", "", "pass", "crash"),
    ]


def test_new_and_gone(document):
    after = copy.deepcopy(document)
    after["results"].remove(find(after, "bad", "other/crash.wast"))
    gone = (Change.GONE, "bad", "process/other/crash.wast", "", "crash", None)
    assert changes(document, after) == [gone]
    assert changes(after, document) == [(Change.NEW, "bad", "process/other/crash.wast", "", None, "crash")]
    assert not compare_documents(after, document).regressions


def test_commands_of_one_line_and_kind_are_told_apart_by_order(document):
    before = copy.deepcopy(document)
    result = find(before, "good", "chapter/passing.wast")
    result["commands"] = [{"line": 2, "kind": "invoke", "outcome": "pass"}] * 2
    after = copy.deepcopy(before)
    find(after, "good", "chapter/passing.wast")["commands"][1] = {"line": 2, "kind": "invoke", "outcome": "fail"}
    assert [c[0] for c in changes(before, after)] == [Change.REGRESSION]


def test_another_script_is_compared_as_a_whole(document):
    after = copy.deepcopy(document)
    next(t for t in after["tests"] if t["name"] == "chapter/mixed.wast")["digest"] = "another"
    bad = find(after, "bad", "chapter/mixed.wast")
    bad["commands"] = [{"line": 1, "kind": "module", "outcome": "pass"}]
    bad["outcome"] = "pass"
    assert changes(document, after) == [
        (Change.FIXED, "bad", "process/chapter/mixed.wast", "", "fail", "pass"),
    ]


def test_versions_are_noted(document):
    after = copy.deepcopy(document)
    after["engines"][0]["version"] = "2"
    after["suites"][0]["digest"] = "another"
    assert compare_documents(document, after).notes[0] == "engine good: version unknown before, 2 now"
    assert compare_documents(document, after).notes[1].startswith("suite process: digest")


def test_compare_command(reported, document, tmp_path):
    old, new = reported.out / "results.json", tmp_path / "new.json"
    assert reported.cli("compare", str(old), str(old)).output == "nothing has changed\n"
    result = find(document, "good", "chapter/passing.wast")
    result["outcome"] = result["commands"][2]["outcome"] = "fail"
    result["commands"][2]["message"] = "it went wrong\nbadly"
    document["partial"] = True
    new.write_text(dump(document))
    run = reported.cli("compare", str(old), str(new))
    assert run.exit_code == 1
    assert "worse: 1" in run.output
    assert "partial" in run.output
    assert "process/chapter/passing.wast:3 assert_return good pass -> fail: it went wrong" in run.output
    back = reported.cli("compare", str(new), str(old))
    assert back.exit_code == 0
    assert "fixed: 1" in back.output
    as_json = json.loads(reported.cli("compare", str(old), str(new), "--json").output)
    assert as_json["counts"]["regression"] == 1
    assert as_json["differences"][0]["line"] == 3
    assert as_json == to_json(compare_documents(json.loads(old.read_text()), document))


def test_long_comparisons_are_cut(reported, document, tmp_path):
    result = find(document, "good", "chapter/passing.wast")
    result["commands"] = [{"line": i, "kind": "invoke", "outcome": "pass"} for i in range(1, 100)]
    old, new = tmp_path / "old.json", tmp_path / "new.json"
    old.write_text(dump(document))
    for command in result["commands"]:
        command["outcome"] = "fail"
    result["outcome"] = "fail"
    new.write_text(dump(document))
    run = reported.cli("compare", str(old), str(new))
    assert "worse: 99" in run.output
    assert "and 59 more" in run.output


@pytest.mark.parametrize("position", [0, 1])
def test_compare_with_a_broken_file(reported, tmp_path, position):
    (tmp_path / "x.json").write_text("nonsense")
    files = [str(reported.out / "results.json")] * 2
    files[position] = str(tmp_path / "x.json")
    run = reported.cli("compare", *files)
    assert run.exit_code == 2
    assert "x.json is not JSON" in run.output


# ---- `list` ----------------------------------------------------------------------------------------------------------


def test_list(mixed):
    arguments = [*mixed.arguments("good"), "--engine", "gone", "--script-engine", "gone=/nowhere/x"]
    run = mixed.cli("list", *arguments)
    assert run.exit_code == 0
    assert "good good, runs scripts itself" in run.output
    assert "missing: /nowhere/x is not a program" in run.output
    assert "process 2 files, 8 commands, 5 assertions" in run.output
    assert "mixed.wast" not in run.output
    assert "2 tests, 5 assertions" in run.output


def test_list_of_tests(mixed):
    assert "chapter/mixed.wast" in mixed.cli("list", *mixed.arguments(), "--tests").output
    chosen = mixed.cli("list", *mixed.arguments(), "*/passing").output
    assert "chapter/passing.wast" in chosen
    assert "mixed" not in chosen
    assert "1 tests, 2 assertions" in chosen


def test_list_as_json(mixed):
    data = json.loads(mixed.cli("list", *mixed.arguments(), "--json").output)
    assert [engine["name"] for engine in data["engines"]] == ["good"]
    assert data["suites"][0]["assertions"] == 5
    assert data["problems"] == []
    assert [(test["name"], test["assertions"]) for test in data["tests"]] == [
        ("chapter/mixed.wast", 3),
        ("chapter/passing.wast", 2),
    ]
    assert data["tests"][0]["metadata"]["description"] == "Every outcome, once."


def test_list_shows_missing_suites_and_problems(world):
    run = world.cli("list", *world.engine("good"), "--testsuite", "/nowhere", "--process-suite", str(world.suite))
    assert run.exit_code == 0
    assert "core missing: the official core suite is not at /nowhere" in run.output
    assert "problem: " in run.output
    assert "has no tests" in run.output


def test_list_reports_engines_that_speak_features(world, monkeypatch):
    from wasmproc_conform.adapters import EngineInfo
    from wasmproc_conform.adapters.wasmproc import Wasmproc

    world.script("one.wast", PASSING)

    def find_it(self):
        self.info = EngineInfo("/opt/x", "1.2", ["simd"], ["gc"], True)
        return self.info

    monkeypatch.setattr(Wasmproc, "find", find_it)
    run = world.cli("list", "--engine", "wasmproc", "--suite", "process", "--process-suite", str(world.suite))
    for text in ("version 1.2, /opt/x", "features: simd", "not supported: gc", "process model: yes"):
        assert text in run.output


def test_help_and_version(world):
    for command in ("run", "list", "report", "compare"):
        assert world.cli(command, "--help").exit_code == 0
    assert "wasmproc-conform" in world.cli("--version").output
    assert world.cli().exit_code == 2
