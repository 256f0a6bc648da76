"""`wasmproc-conform run`: outcomes, exit statuses, errors."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from conftest import HARNESS, PASSING

from wasmproc_conform.reports import load


def results(world):
    """The results of the last run, by engine and test."""
    document = load(world.out / "results.json")
    return document, {(r["engine"], r["test"]): r for r in document["results"]}


def outcomes(result):
    return [command["outcome"] for command in result["commands"]]


def test_all_passes(world):
    world.script("a/passing.wast", PASSING)
    run = world.run()
    assert run.exit_code == 0, run.output
    assert "AS EXPECTED" in run.output
    document, found = results(world)
    assert found["good", "a/passing.wast"]["outcome"] == "pass"
    assert found["good", "a/passing.wast"]["assertions"] == {"pass": 2}
    assert document["partial"] is False
    assert document["red"] is False
    assert document["problems"] == []


def test_failures_make_the_run_red_and_say_where(mixed):
    run = mixed.run(engines=("good", "bad"))
    assert run.exit_code == 1
    assert "process/chapter/mixed.wast:5 fail assert_return bad" in run.output
    assert "--engine bad" in run.output
    assert "chapter/mixed.wast:5" in run.output
    _, found = results(mixed)
    assert found["good", "chapter/mixed.wast"]["outcome"] == "pass"
    bad = found["bad", "chapter/mixed.wast"]
    assert bad["outcome"] == "fail"
    assert outcomes(bad) == ["pass", "pass", "fail", "unsupported", "pass"]
    assert bad["commands"][2]["expected"] == "(i32.const 1)"
    assert bad["commands"][2]["actual"] == "(i32.const 2)"
    assert bad["commands"][2]["rerun"].endswith("process/chapter/mixed.wast:5")
    assert bad["commands"][3]["reason"] == "simd"
    assert found["bad", "chapter/passing.wast"]["outcome"] == "pass"


def test_the_rerun_command_runs_just_that_one(mixed):
    mixed.run(engines=("bad",))
    _, found = results(mixed)
    rerun = found["bad", "chapter/mixed.wast"]["commands"][2]["rerun"]
    words = __import__("shlex").split(rerun)
    again = mixed.cli(*words[words.index("run") :], "--json", str(mixed.folder / "again.json"))
    assert again.exit_code == 1
    document = load(mixed.folder / "again.json")
    assert [(r["test"], outcomes(r)) for r in document["results"]] == [("chapter/mixed.wast", ["fail"])]
    assert document["results"][0]["selected_assertions"] == 1


def test_by_hand_command_starts_the_engine(mixed):
    mixed.run(engines=("bad",))
    _, found = results(mixed)
    by_hand = found["bad", "chapter/mixed.wast"]["by_hand"]
    done = subprocess.run(by_hand, shell=True, capture_output=True, text=True, timeout=30)
    assert done.returncode == 1
    assert '"outcome": "fail"' in done.stdout


@pytest.mark.parametrize(
    ("told", "outcome", "message"),
    [
        ("crash", "crash", "SIGABRT"),
        ("hang", "timeout", "no end within"),
        ("garbage", "error", "is not an event"),
        ("short", "error", "reported 1 of 2 commands"),
        ("parse", "fail", "cannot be parsed"),
    ],
)
def test_endings(world, told, outcome, message):
    world.script("one.wast", f'(module)\n(assert_return (invoke "f"))  ;; good: {told}\n')
    world.script("two.wast", PASSING)
    run = world.run("--timeout", "1")
    assert run.exit_code == 1
    _, found = results(world)
    assert found["good", "one.wast"]["outcome"] == outcome
    assert found["good", "one.wast"]["ending"]["outcome"] == outcome
    assert message in found["good", "one.wast"]["ending"]["message"]
    assert found["good", "two.wast"]["outcome"] == "pass"


def test_a_crash_names_its_line_and_what_was_not_run(world):
    world.script("one.wast", '(module)\n(assert_return (invoke "f"))  ;; good: crash\n(assert_return (invoke "g"))\n')
    world.run()
    _, found = results(world)
    result = found["good", "one.wast"]
    assert result["ending"]["line"] == 2
    assert "about to crash" in result["output"] + result["ending"]["message"]
    assert (len(result["commands"]), result["selected"]) == (1, 3)


def test_unsupported_is_no_failure_and_is_counted_by_reason(world):
    world.script("one.wast", '(module)\n(assert_return (invoke "f"))  ;; good: unsupported struct.new\n')
    run = world.run()
    assert run.exit_code == 0
    assert "unsupported by good (1 commands)" in run.output
    assert "1  struct.new (1 file)" in run.output


def test_expected_failures(mixed):
    mixed.expectations(
        "bad",
        '[[expect]]\nsuite = "process"\nfile = "chapter/mixed.wast"\nlines = 5\noutcome = "fail"\nreason = "known"\n'
        'link = "https://example.org/1"\n',
    )
    run = mixed.run(engines=("bad",))
    assert run.exit_code == 0, run.output
    document, found = results(mixed)
    assert outcomes(found["bad", "chapter/mixed.wast"])[2] == "expected-fail"
    assert document["expectations"][0]["matched"] == 1


def test_stale_expectations_are_red(mixed):
    mixed.expectations(
        "good",
        '[[expect]]\nsuite = "process"\nfile = "chapter/mixed.wast"\nlines = [4, 5]\noutcome = "fail"\n'
        'reason = "known"\n',
    )
    run = mixed.run()
    assert run.exit_code == 1
    assert "stale expectation: good: process/chapter/mixed.wast:4-5 fail (known)" in run.output
    _, found = results(mixed)
    assert outcomes(found["good", "chapter/mixed.wast"]) == [
        "pass",
        "unexpected-pass",
        "unexpected-pass",
        "pass",
        "pass",
    ]


def test_expectations_for_files_that_are_not_there_are_red(world):
    world.script("one.wast", PASSING)
    world.expectations(
        "good", '[[expect]]\nsuite = "process"\nfile = "gone.wast"\noutcome = "fail"\nreason = "known"\n'
    )
    run = world.run()
    assert run.exit_code == 1
    assert "stale expectation: good: process/gone.wast fail" in run.output


def test_expectations_outside_a_line_filter_are_not_stale(mixed):
    mixed.expectations(
        "bad", '[[expect]]\nsuite = "process"\nfile = "chapter/mixed.wast"\noutcome = "fail"\nreason = "known"\n'
    )
    assert mixed.run("chapter/mixed.wast:4", engines=("bad",)).exit_code == 0


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[[expect", "bad.toml"),
        ("expect = 3", "must be a list of tables"),
        ("expect = [3]", "must be a list of tables"),
        ('[[expect]]\nsuite=3\nfile="a"\noutcome="fail"\nreason="r"\n', "suite must be a string"),
        ('[[expect]]\nsuite="process"\nfile="a"\noutcome=["fail"]\nreason="r"\n', "outcome must be a string"),
        ('[[expect]]\nsuite="process"\nfile="a"\noutcome="fail"\nreason="r"\nlines=true\n', "lines must be"),
        ('[[expect]]\nsuite="process"\nfile="a"\noutcome="fail"\nreason="r"\nversions="20"\n', "versions must be"),
        ('[[expect]]\nsuite = "process"\n', "entry 1: no file, outcome, reason"),
        ('[[expect]]\nsuite="process"\nfile="a"\noutcome="pass"\nreason="r"\n', "'pass' cannot be expected"),
        ('[[expect]]\nsuite="process"\nfile="a"\noutcome="fail"\nreason=" "\n', "the reason is empty"),
        ('[[expect]]\nsuite="process"\nfile="a"\noutcome="fail"\nreason="r"\nlines=[2, 1]\n', "lines must be"),
        ('[[expect]]\nsuite="process"\nfile="a"\noutcome="fail"\nreason="r"\nnote="n"\n', "unknown note"),
    ],
)
def test_bad_expectations_are_usage_errors(mixed, text, message):
    mixed.expectations("bad", text)
    run = mixed.run(engines=("bad",))
    assert run.exit_code == 2
    assert message in run.output


def test_filters(mixed):
    for choice, chosen in (
        ("chapter/passing", ["chapter/passing.wast"]),
        ("*/mixed.wast", ["chapter/mixed.wast"]),
        ("process/chapter/*", ["chapter/mixed.wast", "chapter/passing.wast"]),
    ):
        assert mixed.run(choice).exit_code == 0
        document, _ = results(mixed)
        assert [r["test"] for r in document["results"]] == chosen
    mixed.run("chapter/mixed.wast:4", "chapter/mixed.wast:5")
    _, found = results(mixed)
    assert [c["line"] for c in found["good", "chapter/mixed.wast"]["commands"]] == [4, 5]


@pytest.mark.parametrize(
    ("choice", "message"),
    [
        ("nothing*", "no test matches nothing*"),
        ("chapter/mixed.wast:1", "no command begins in process/chapter/mixed.wast:1"),
    ],
)
def test_filters_that_choose_nothing_are_red(mixed, choice, message):
    run = mixed.run("chapter/passing", choice)
    assert run.exit_code == 1
    assert message in run.output


def test_zero_tests_are_a_failure(world):
    run = world.run()
    assert run.exit_code == 1
    assert "has no tests" in run.output
    assert "no test was chosen" in run.output


def test_a_script_without_commands_is_a_failure(world):
    world.script("empty.wast", ";; nothing\n")
    run = world.run()
    assert run.exit_code == 1
    assert "process/empty.wast has no commands" in run.output


def test_an_unreadable_file_is_a_problem(world):
    world.script("one.wast", PASSING)
    (world.suite / "two.wast").symlink_to(world.folder / "nowhere")
    run = world.run()
    assert run.exit_code == 1
    assert "cannot read" in run.output
    assert "two.wast" in run.output
    assert results(world)[1]["good", "one.wast"]["outcome"] == "pass"


def test_a_missing_engine_is_shown_and_red_if_named(world):
    world.script("one.wast", PASSING)
    described = ["--script-engine", "gone=/nowhere/engine"]
    run = world.run(*described, "--engine", "gone")
    assert run.exit_code == 1
    assert "engine gone is missing: /nowhere/engine is not a program" in run.output
    document, _ = results(world)
    assert [(e["name"], e["found"]) for e in document["engines"]] == [("good", True), ("gone", False)]


def test_a_missing_engine_that_nobody_named_is_shown_and_not_red(world, monkeypatch):
    world.script("one.wast", PASSING)
    monkeypatch.setattr("wasmproc_conform.cli.DEFAULT_ENGINES", ("wasmproc",))
    monkeypatch.setenv("WASMPROC", "/nowhere/wasmproc")
    arguments = [word for word in world.arguments() if word not in ("--engine", "good")]
    run = world.cli("run", *arguments)
    assert run.exit_code == 0, run.output
    assert "engine missing" in run.output
    assert "./bootstrap" in run.output


def test_what_a_driven_engine_needs_is_named_as_missing(world, monkeypatch):
    monkeypatch.setenv("WASMPROC", "/nowhere/wasmproc")
    run = world.cli("list", "--driver", f"mine={sys.executable} -V", "--engine", "mine")
    assert "converted by wasmproc, which is missing: /nowhere/wasmproc is not a program" in run.output
    assert "to get it: build it with ./bootstrap" in run.output


def test_an_adapter_that_cannot_find_is_a_missing_engine(mixed):
    path = mixed.folder / "mine.py"
    path.write_text(ADAPTER.replace("self.info = EngineInfo", "self.nothing()"))
    run = mixed.run("--adapter", str(path), "--engine", "mine")
    assert run.exit_code == 1
    assert "engine mine is missing: its adapter failed: AttributeError" in run.output


def test_no_engine_at_all_is_red(world, monkeypatch):
    world.script("one.wast", PASSING)
    monkeypatch.setattr("wasmproc_conform.cli.DEFAULT_ENGINES", ("wasmproc",))
    monkeypatch.setenv("WASMPROC", "/nowhere/wasmproc")
    run = world.cli("run", "--suite", "process", "--process-suite", str(world.suite))
    assert run.exit_code == 1
    assert "no engine was found" in run.output


def test_a_missing_suite_is_shown_with_a_hint(world):
    missing = ["--testsuite", str(world.folder / "nowhere")]
    run = world.cli("run", *world.engine("good"), "--suite", "core", *missing)
    assert run.exit_code == 1
    assert "the official core suite is not at" in run.output
    assert "--fetch-testsuite" in run.output


def test_a_missing_suite_that_nobody_named_is_not_red(world):
    world.script("one.wast", PASSING)
    arguments = [word for word in world.arguments() if word not in ("--suite", "process")]
    run = world.cli("run", *arguments, "--testsuite", str(world.folder / "nowhere"))
    assert run.exit_code == 0, run.output
    assert "suite missing" in run.output
    assert "clone https://github.com/WebAssembly/testsuite" in run.output


def test_fewer_tests_than_the_manifest_says_are_red(world):
    (world.folder / "core").mkdir()
    (world.folder / "core" / "one.wast").write_text(PASSING)
    run = world.cli("run", *world.engine("good"), "--suite", "core", "--testsuite", str(world.folder / "core"))
    assert run.exit_code == 1
    assert "the core suite has 1 files, its manifest says" in run.output
    assert "is not the checkout that the manifest describes" in run.output


ADAPTER = """
import shutil, sys
from wasmproc_conform.adapters import Adapter, EngineInfo
from wasmproc_conform.model import CommandResult, Outcome, Verdict

class Mine(Adapter):
    name = "mine"
    title = "An engine of mine"
    how_to_get = "write it"

    def find(self):
        self.info = EngineInfo(sys.executable, "7", processes=True)
        return self.info

    def run(self, test):
        return Verdict([CommandResult(c.line, c.kind, Outcome.PASS) for c in test.commands], by_hand="mine")
"""


def test_an_adapter_of_ones_own_is_one_file(mixed):
    path = mixed.folder / "mine.py"
    path.write_text(ADAPTER)
    arguments = [*mixed.arguments(), "--adapter", str(path), "--engine", "mine", "--out", str(mixed.out)]
    run = mixed.cli("run", *arguments)
    assert run.exit_code == 0
    assert "engine mine: An engine of mine 7" in run.output
    result = results(mixed)[1]["mine", "chapter/mixed.wast"]
    assert result["outcome"] == "pass"
    assert f"--adapter {path}" in result["rerun"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x = (", "SyntaxError"),
        ("import nothing_of_that_name", "ModuleNotFoundError"),
        ("", "defines no adapter"),
        ("from wasmproc_conform.adapters import Adapter\nclass A(Adapter):\n  name = 'a'\n", "defines no adapter"),
        (ADAPTER.replace('"mine"', '"wabt"', 1), "the name 'wabt' is taken by another engine"),
    ],
)
def test_adapters_that_cannot_be_used(mixed, text, message):
    (mixed.folder / "mine.py").write_text(text)
    run = mixed.cli("run", *mixed.arguments(), "--adapter", str(mixed.folder / "mine.py"))
    assert run.exit_code == 2
    assert message in run.output


def test_a_driven_engine_of_ones_own_is_asked_what_it_is(mixed):
    driver = HARNESS / "tests" / "fake_driver.py"
    options = ["--driver", f"mine={sys.executable} {driver}", "--engine-path", f"wasmproc={sys.executable}"]
    listing = mixed.cli("list", *options, "--suite", "process", "--process-suite", str(mixed.suite), "--json")
    mine = next(e for e in json.loads(listing.output)["engines"] if e["name"] == "mine")
    assert (mine["found"], mine["version"], mine["features"], mine["processes"]) == (True, "1", ["simd"], True)


@pytest.mark.parametrize(
    "options",
    [
        ["--engine", "unknown"],
        ["--suite", "nothing"],
        ["--engine-path", "wabt"],
        ["--engine-path", "unknown=/x"],
        ["--script-engine", "wabt=x"],
        ["--driver", "mine="],
        ["--driver", "mine='"],
        ["--jobs", "0"],
        ["--timeout", "0"],
        ["--memory-limit", "much"],
        ["--what"],
    ],
)
def test_usage(world, options):
    assert world.cli("run", *options).exit_code == 2


def test_unwritable_reports_are_found_before_the_run(world):
    world.script("one.wast", PASSING)
    (world.folder / "file").write_text("")
    for options, message in (
        (["--json", str(world.folder / "file" / "x.json")], "cannot write"),
        (["--html", "/dev/null"], "not a regular file"),
        (["--json", str(world.folder / "x"), "--tap", str(world.folder / "x")], "two reports"),
    ):
        begin = time.monotonic()
        run = world.cli("run", *world.arguments(), *options)
        assert run.exit_code == 2, run.output
        assert message in run.output, run.output
        assert "done" not in run.output
        assert time.monotonic() - begin < 5
    assert not list(world.folder.glob(".*"))


def test_a_report_that_cannot_be_made_does_not_keep_the_others(world, monkeypatch):
    world.script("one.wast", PASSING)

    def broken(document):
        raise RuntimeError("a template is broken")

    monkeypatch.setitem(sys.modules["wasmproc_conform.cli"].FORMATS, "html", ("report.html", broken))
    run = world.run()
    assert run.exit_code == 1
    assert "a template is broken" in run.output
    assert (world.out / "results.json").is_file()
    assert not (world.out / "report.html").exists()


def test_quiet_says_nothing_when_all_is_well(world):
    world.script("one.wast", PASSING)
    assert world.run("--quiet").output == ""


def test_quiet_still_says_what_is_red(mixed):
    run = mixed.run("--quiet", engines=("bad",))
    assert "chapter/mixed.wast:5" in run.output
    assert "RED" in run.output
    assert "files whole" not in run.output


def test_an_adapter_that_fails_is_an_error_of_one_test(mixed, monkeypatch):
    from wasmproc_conform.adapters.wasmproc import ScriptAdapter

    def broken(self, test):
        raise ZeroDivisionError("adapter bug")

    monkeypatch.setattr(ScriptAdapter, "run", broken)
    assert mixed.run().exit_code == 1
    _, found = results(mixed)
    result = found["good", "chapter/mixed.wast"]
    assert result["outcome"] == "error"
    assert "adapter bug" in result["ending"]["message"]
    assert "Traceback" in result["output"]


def test_much_output_is_cut(world):
    world.script("one.wast", '(module)  ;; good: loud\n(assert_return (invoke "f"))  ;; good: fail\n')
    world.run()
    document, _ = results(world)
    assert len(json.dumps(document)) < 100_000


def command_lines() -> dict[int, str]:
    """The command lines of all processes, by process id."""
    lines = {}
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            lines[int(path.parent.name)] = path.read_text("utf-8", "replace")
        except OSError:
            continue  # it has just ended
    return lines


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_runs_leave_valid_partial_reports(world, number):
    for i in range(4):
        world.script(f"a{i}.wast", PASSING)
    # The longest script runs first; the interrupt comes before the shorter ones.
    world.script("b.wast", PASSING + '(module)\n(assert_return (invoke "h"))\n')
    world.script("c.wast", '(module)\n(assert_return (invoke "f"))  ;; good: hang\n')
    arguments = [*world.arguments(), "--out", str(world.out), "--jobs", "1"]
    process = subprocess.Popen(
        [sys.executable, "-m", "wasmproc_conform", "run", *arguments],
        env=os.environ | {"PYTHONPATH": str(HARNESS)},
        stdout=subprocess.PIPE,
        text=True,
    )
    for line in process.stdout:
        if "5 of 6 done" in line:
            break
    time.sleep(0.3)
    process.send_signal(number)
    output = process.stdout.read()
    assert process.wait(20) == 130, output
    assert "PARTIAL" in output
    document = load(world.out / "results.json")
    assert document["partial"] is True
    assert (len(document["results"]), document["planned"]) == (5, 6)
    assert "Bail out!" in (world.out / "results.tap").read_text()
    assert "Partial" in (world.out / "report.html").read_text()
    assert "partial" in (world.out / "junit.xml").read_text()
    time.sleep(0.2)
    alive = command_lines()
    assert os.getpid() in alive or not Path("/proc/self").exists()
    assert not any(str(world.suite) in line for line in alive.values())


def test_a_partial_run_does_not_cost_the_last_good_results(mixed):
    mixed.run()
    good = (mixed.out / "results.json").read_text()
    from wasmproc_conform.reports import publish

    publish({mixed.out / "results.json": json.dumps({"partial": True})}, mixed.out / "results.json")
    assert (mixed.out / "previous.json").read_text() == good
    publish({mixed.out / "results.json": json.dumps({"partial": True})}, mixed.out / "results.json")
    assert (mixed.out / "previous.json").read_text() == good


def test_jobs_run_side_by_side(world):
    for i in range(4):
        world.script(f"{i}.wast", '(module)\n(assert_return (invoke "f"))  ;; good: hang\n')
    begin = time.monotonic()
    world.run("--jobs", "4", "--timeout", "1")
    # In sequence they would take four seconds.
    assert time.monotonic() - begin < 3.5
