"""Output on a terminal and elsewhere."""

import os
import re
import subprocess
import sys

import pytest
from cli_support import open_terminal
from conftest import HARNESS

from wasmproc_conform.model import Outcome
from wasmproc_conform.terminal import LISTED, make_console, make_progress, print_matrix, print_summary, style_of


def shown(document, **options):
    console = make_console()
    with console.capture() as capture:
        print_summary(console, document, **options)
    return capture.get()


def test_every_outcome_has_a_style():
    assert all(style_of(outcome) for outcome in Outcome)


def test_the_matrix_has_a_row_for_each_engine_and_suite(document):
    document["suites"].append({"name": "core", "found": False, "missing": "it is absent", "hint": "clone it"})
    document["engines"].append(
        {
            "name": "gone",
            "title": "Gone",
            "level": "driven",
            "found": False,
            "how_to_get": "get it",
            "missing": "no gone",
        }
    )
    text = shown(document)
    rows = [line.split() for line in text.splitlines()]
    assert ["good", "process", "5", "of", "5", "7", "of", "7", "0", "0", "0", "0", "0"] in rows
    assert ["bad", "process", "1", "of", "5", "3", "of", "7", "1", "1", "1", "1", "1"] in rows
    assert ["core", "suite", "missing"] in rows
    assert ["gone", "process", "engine", "missing"] in rows
    assert "gone is missing: no gone" in text
    assert "to get it: clone it" in text


def test_commands_that_are_no_assertions_are_counted_apart(document):
    bad = next(r for r in document["results"] if r["engine"] == "bad" and r["test"] == "chapter/mixed.wast")
    bad["commands"][0]["outcome"] = "fail"
    bad["counts"] = {"pass": 1, "fail": 2, "unsupported": 1}
    console = make_console()
    with console.capture() as capture:
        print_matrix(console, document)
    assert "1 +1 other" in capture.get()


def test_what_engines_print_is_no_markup(document):
    bad = next(r for r in document["results"] if r["engine"] == "bad" and r["test"] == "chapter/mixed.wast")
    bad["commands"][2]["message"] = "[bold]x[/bold] [/nothing] :smile: \x1b[31mred"
    text = shown(document)
    assert "[bold]x[/bold] [/nothing] :smile:" in text
    assert "\x1b[31m" not in text


def test_long_lists_are_cut(document):
    bad = next(r for r in document["results"] if r["engine"] == "bad" and r["test"] == "chapter/mixed.wast")
    bad["commands"] = [{"line": i, "kind": "invoke", "outcome": "fail", "message": f"m{i}"} for i in range(1, 100)]
    bad["commands"] += [
        {"line": 100, "kind": "invoke", "outcome": "unsupported", "reason": f"reason {i}"} for i in range(20)
    ]
    text = shown(document)
    assert f"and {100 - LISTED} more" in text
    assert "for 13 more reasons" in text


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        ({"red": False}, "AS EXPECTED: 10 scripts in"),
        ({"red": True}, "RED: 2 of 10 scripts, 0 problems"),
        ({"red": True, "problems": ["p"]}, "RED: 2 of 10 scripts, 1 problems"),
        ({"partial": True, "planned": 20}, "PARTIAL: the run was interrupted, 10 of 20 scripts were run"),
    ],
)
def test_verdicts(document, changes, verdict):
    assert verdict in shown(document | changes)


def test_quiet_shows_only_what_is_red(document):
    text = shown(document, quiet=True)
    assert "files whole" not in text
    assert "chapter/mixed.wast:5" in text
    document |= {"red": False, "results": []}
    assert shown(document, quiet=True) == ""


def test_progress_fits_where_it_is_shown():
    kinds = [type(make_progress(make_console(), quiet)).__name__ for quiet in (True, False)]
    assert kinds == ["Quiet", "PlainProgress"]


def on_a_terminal(*arguments, **environment):
    """The command line's output on a pseudo-terminal."""
    leader, follower = open_terminal()
    process = subprocess.Popen(
        [sys.executable, "-m", "wasmproc_conform", *arguments],
        env=os.environ | {"PYTHONPATH": str(HARNESS), "TERM": "xterm-256color", "COLUMNS": "100"} | environment,
        stdin=follower,
        stdout=follower,
        stderr=follower,
    )
    os.close(follower)
    said = b""
    while True:
        try:
            chunk = os.read(leader, 65536)
        except OSError:
            break
        if not chunk:
            break
        said += chunk
    os.close(leader)
    return process.wait(30), said.decode()


def test_a_terminal_gets_a_live_bar_and_colours(mixed):
    status, said = on_a_terminal("run", *mixed.arguments("good", "bad"))
    assert status == 1
    assert "\x1b[" in said
    assert "━" in said
    assert "4/4" in said
    plain = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", said)
    assert "fail bad process/chapter/mixed.wast: 1 fail" in plain
    assert "files whole" in plain
    assert re.search(r"\x1b\[[0-9;]*31m", said)


def test_colours_can_be_turned_off(mixed):
    for options, environment in ((["--no-color"], {}), ([], {"NO_COLOR": "1"})):
        _, said = on_a_terminal("run", *mixed.arguments("bad"), *options, **environment)
        assert not re.search(r"\x1b\[[0-9;]*3[0-9]m", said)


def test_elsewhere_there_are_plain_lines(mixed):
    output = mixed.run(engines=("good", "bad")).output
    assert "\x1b" not in output
    assert "4 of 4 done, 1 red" in output
    assert "engine good: good unknown" in output
    assert "suite process: 2 files, 5 assertions" in output
