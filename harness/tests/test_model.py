"""Outcomes, expectations applied to them, filters, suites."""

import hashlib
from pathlib import Path

import pytest

from wasmproc_conform import suites
from wasmproc_conform.adapters import ADAPTERS
from wasmproc_conform.expect import Expectation, apply_expectations, load_expectations, version_fits
from wasmproc_conform.model import PRECEDENCE, RED, Command, CommandResult, Ending, Outcome, Test, TestResult
from wasmproc_conform.suites import Filter, SuiteMissing, load_core, load_process, select

Test.__test__ = TestResult.__test__ = False


def make_test(name="a.wast", suite="core", commands=3):
    return Test(suite, name, Path(name), "chapter", tuple(Command(i + 1, "assert_return") for i in range(commands)))


def make_result(*outcomes, ending=None, selected=None):
    commands = [CommandResult(i + 1, "assert_return", outcome) for i, outcome in enumerate(outcomes)]
    return TestResult("e", make_test(), commands, ending, 0.0, selected=len(outcomes) if selected is None else selected)


def test_outcomes_are_a_closed_set():
    assert {str(outcome) for outcome in Outcome} == {
        "pass", "fail", "expected-fail", "unexpected-pass", "unsupported", "timeout", "crash", "error"
    }  # fmt: skip
    assert sorted(PRECEDENCE) == sorted(Outcome)
    assert RED == {"fail", "unexpected-pass", "timeout", "crash", "error"}


@pytest.mark.parametrize("first", list(Outcome))
@pytest.mark.parametrize("second", list(Outcome))
def test_the_worst_outcome_is_the_tests(first, second):
    worse = min(first, second, key=PRECEDENCE.index)
    assert make_result(first, second).outcome is worse
    assert make_result(first, ending=Ending(second, "")).outcome is worse
    assert make_result(first, second).red == (worse in RED)


def test_a_test_without_results_is_an_error():
    assert make_result().outcome is Outcome.ERROR


def test_counts():
    result = make_result(Outcome.PASS, Outcome.PASS, Outcome.FAIL, selected=5)
    assert result.counts == {Outcome.PASS: 2, Outcome.FAIL: 1}
    assert make_test().assertions == 3


# ---- Expectations ----------------------------------------------------------------------------------------------------


def expectation(outcome=Outcome.FAIL, lines=None):
    return Expectation("e", "core", "a.wast", outcome, "known", None, lines)


def test_an_expected_failure():
    result, entry = make_result(Outcome.PASS, Outcome.FAIL, Outcome.FAIL), expectation(lines=(2, 2))
    apply_expectations(result, [entry])
    assert [c.outcome for c in result.commands] == [Outcome.PASS, Outcome.EXPECTED_FAIL, Outcome.FAIL]
    assert result.commands[1].reason == "known"
    assert (entry.matched, entry.stale) == (1, False)
    assert result.outcome is Outcome.FAIL


def test_an_expectation_for_a_file_covers_all_of_it():
    result, entry = make_result(Outcome.FAIL, Outcome.PASS, Outcome.FAIL), expectation()
    apply_expectations(result, [entry])
    assert result.outcome is Outcome.EXPECTED_FAIL
    assert entry.matched == 2


def test_an_expectation_is_for_its_outcome_only():
    result, entry = make_result(Outcome.FAIL), expectation(Outcome.CRASH)
    apply_expectations(result, [entry])
    assert result.outcome is Outcome.FAIL
    assert entry.stale


@pytest.mark.parametrize(
    ("line", "lines", "expected"), [(2, (1, 3), True), (None, (1, 3), True), (9, (1, 3), False), (9, None, True)]
)
def test_expected_endings(line, lines, expected):
    result, entry = (
        make_result(Outcome.PASS, ending=Ending(Outcome.CRASH, "m", line=line)),
        expectation(Outcome.CRASH, lines),
    )
    apply_expectations(result, [entry])
    assert (result.ending.outcome is Outcome.EXPECTED_FAIL) == expected
    assert entry.stale != expected


def test_stale_expectations_mark_what_passed():
    result, entry = make_result(Outcome.PASS, Outcome.PASS, Outcome.UNSUPPORTED), expectation(lines=(2, 3))
    apply_expectations(result, [entry])
    assert [c.outcome for c in result.commands] == [Outcome.PASS, Outcome.UNEXPECTED_PASS, Outcome.UNSUPPORTED]
    assert entry.stale
    assert "known" in result.commands[1].message
    whole = make_result(Outcome.PASS, Outcome.PASS)
    apply_expectations(whole, [expectation()])
    assert [c.outcome for c in whole.commands] == [Outcome.UNEXPECTED_PASS, Outcome.PASS]


def test_expectations_are_described_and_loaded(tmp_path):
    assert expectation().describe() == "e: core/a.wast fail"
    assert expectation(lines=(2, 2)).describe() == "e: core/a.wast:2 fail"
    assert expectation(lines=(2, 3)).describe() == "e: core/a.wast:2-3 fail"
    assert load_expectations("e", tmp_path) == []
    (tmp_path / "e.toml").write_text(
        '[[expect]]\nsuite = "core"\nfile = "a.wast"\nlines = 7\noutcome = "timeout"\nreason = "slow"\nlink = "l"\n'
    )
    (entry,) = load_expectations("e", tmp_path)
    assert (entry.lines, entry.outcome, entry.reason, entry.link) == ((7, 7), Outcome.TIMEOUT, "slow", "l")
    assert entry.covers(7)
    assert not entry.covers(8)


@pytest.mark.parametrize(
    ("conditions", "version", "fits"),
    [
        ("", "", True), ("", "wabt 1.0.32", True), (">=20", "20.20.2 (V8 11.3)", True), (">=20, <23", "22.1", True),
        (">=20, <23", "23.0.0", False), (">=20, <23", "19", False), ("<=1.0.32", "wabt 1.0.32", True),
        ("<=1.0.32", "1.0.42", False), ("<=1.0", "1.0.32", True), ("==1.0", "1.0.32", True), ("==1.0.0", "1.0", True),
        ("!=2", "2.1", False), (">1.0", "1.0.1", False), (">1.0", "1.1", True),
        ("<10", "9.9", True), (">=1", "unknown", False),
    ],
)  # fmt: skip
def test_versions(conditions, version, fits):
    assert version_fits(conditions, version) == fits


def test_expectations_for_other_versions_are_left_out(tmp_path):
    entry = '[[expect]]\nsuite = "core"\nfile = "a.wast"\noutcome = "fail"\nreason = "r"\nversions = "<2"\n'
    (tmp_path / "e.toml").write_text(entry)
    assert len(load_expectations("e", tmp_path, "1.9")) == 1
    assert load_expectations("e", tmp_path, "2.0") == []


def test_the_expectations_of_this_repository_can_be_loaded():
    for path in (suites.HARNESS / "expect").glob("*.toml"):
        for entry in load_expectations(path.stem, path.parent):
            assert entry.suite in suites.LOADERS, entry.describe()
            assert entry.engine in ADAPTERS, entry.describe()


# ---- Filters ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "pattern", "line"),
    [("i32", "i32", None), ("i32.wast:12", "i32.wast", 12), ("a:b", "a:b", None), (":3", "", 3), ("a:", "a:", None)],
)
def test_filters_are_parsed(text, pattern, line):
    assert Filter.parse(text) == Filter(pattern, line)


@pytest.mark.parametrize(
    ("pattern", "accepted"),
    [
        ("mmap/hint", True), ("mmap/hint.wast", True), ("process/mmap/hint", True), ("mmap/*", True), ("*hint*", True),
        ("hint", False), ("core/mmap/hint", False), ("MMAP/hint", False), ("mmap/hin?", True), ("", False),
    ],
)  # fmt: skip
def test_filters_accept(pattern, accepted):
    assert Filter(pattern).accepts(make_test("mmap/hint.wast", "process")) == accepted


def test_select():
    tests = [make_test("a.wast"), make_test("b.wast")]
    assert select(tests, []) == [(tests[0], frozenset()), (tests[1], frozenset())]
    assert select(tests, [Filter("a", 1), Filter("a", 3)]) == [(tests[0], frozenset({1, 3}))]
    assert select(tests, [Filter("a", 1), Filter("a")]) == [(tests[0], frozenset())]
    assert select(tests, [Filter("c")]) == []


# ---- Suites ----------------------------------------------------------------------------------------------------------


def write(folder, **texts):
    for name, text in texts.items():
        path = folder / name.replace("__", "/").replace("_wast", ".wast")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def test_process_suite(tmp_path):
    write(
        tmp_path,
        mmap__zero_wast=";;; rules: mmap.zero\n(module)\n",
        top_wast="(module)\n(module)\n",
        mmap__notes="no test",
    )
    suite = load_process(tmp_path)
    assert [(t.name, t.chapter, len(t.commands)) for t in suite.tests] == [
        ("mmap/zero.wast", "mmap", 1),
        ("top.wast", "general", 2),
    ]
    assert suite.tests[0].metadata == {"rules": "mmap.zero"}
    assert suite.problems == []
    assert suite.tests[1].digest == hashlib.sha256(b"(module)\n(module)\n").hexdigest()


def test_core_suite_is_flat_with_custom(tmp_path, monkeypatch):
    monkeypatch.setattr(suites, "HARNESS", tmp_path)
    write(
        tmp_path,
        i32_wast="(module)",
        custom__custom_wast="(module)",
        proposals__x_wast="(module)",
        simd_lane_wast="(module)",
    )
    suite = load_core(tmp_path)
    assert [(t.name, t.chapter) for t in suite.tests] == [
        ("i32.wast", "numbers"),
        ("simd_lane.wast", "vectors"),
        ("custom/custom.wast", "custom sections"),
    ]
    assert suite.version == ""
    assert suite.warnings == []


def test_manifests_hold_suites_to_their_size(tmp_path, monkeypatch):
    monkeypatch.setattr(suites, "HARNESS", tmp_path)
    (tmp_path / "manifest").mkdir()
    write(tmp_path, core__a_wast='(module)\n(assert_return (invoke "f"))')
    manifest = tmp_path / "manifest" / "core.toml"
    digest = load_core(tmp_path / "core").digest
    manifest.write_text(f'commit = "abc"\ndigest = "{digest}"\nfiles = 1\ncommands = 2\nassertions = 1\n')
    suite = load_core(tmp_path / "core")
    assert (suite.version, suite.problems, suite.warnings) == ("abc", [], [])
    manifest.write_text('commit = "abc"\ndigest = "other"\nfiles = 2\ncommands = 3\nassertions = 2\n')
    suite = load_core(tmp_path / "core")
    assert suite.version.startswith("unknown (")
    assert len(suite.warnings) == 1
    assert suite.problems == [
        f"the core suite has {found} {what}, its manifest says {said}"
        for what, found, said in (("files", 1, 2), ("commands", 2, 3), ("assertions", 1, 2))
    ]


def test_missing_suites_say_how_to_get_them(tmp_path, monkeypatch):
    with pytest.raises(SuiteMissing) as missing:
        load_process(tmp_path / "nowhere")
    assert "--process-suite" in missing.value.hint
    monkeypatch.setenv("WASM_TESTSUITE", str(tmp_path / "nowhere"))
    with pytest.raises(SuiteMissing) as missing:
        load_core(None)
    assert "nowhere" in str(missing.value)
    assert "--fetch-testsuite" in missing.value.hint


def test_the_environment_names_the_core_suite(tmp_path, monkeypatch):
    write(tmp_path, only_wast="(module)")
    monkeypatch.setenv("WASM_TESTSUITE", str(tmp_path))
    assert [test.name for test in load_core(None).tests] == ["only.wast"]


def test_the_corpus_of_this_repository_is_as_large_as_its_manifest_says():
    suite = load_process(None)
    assert suite.problems == []
    assert len(suite.tests) > 100
    assert all(test.metadata.get("rules") and test.metadata.get("description") for test in suite.tests)
