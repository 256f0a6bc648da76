"""The command line: help, versions, and usage errors (exit status 2)."""

import json
import re

import pytest
from cli_support import needs_program, tables, wasmproc

from wasmproc_conform.suites import ROOT

pytestmark = needs_program

COMMANDS = ["wast", "run", "validate", "parse", "print", "json-from-wast", "driver", "tables"]


def test_help_of_the_program():
    done = wasmproc("--help")
    assert (done.status, done.err) == (0, "")
    assert wasmproc("-h") == wasmproc("help") == done
    for command in COMMANDS:
        assert re.search(rf"^  {command} +\w", done.out, re.MULTILINE)
    assert max(map(len, done.out.splitlines())) <= 80


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_a_command(command):
    done = wasmproc(command, "--help")
    assert (done.status, done.err) == (0, "")
    assert done.out.startswith(f"usage: wasmproc {command}")
    assert wasmproc("help", command) == done
    assert max(map(len, done.out.splitlines())) <= 80


def test_chance(tmp_path):
    """A generated seed is printed, and differs each time."""
    source = tmp_path / "empty.wast"
    source.write_text("(process (memory 16))")
    said = [wasmproc("wast", "--aslr", source) for _ in range(2)]
    assert all(done.status == 0 and re.fullmatch(r"wasmproc: --aslr=\d+\n", done.err) for done in said)
    assert said[0].err != said[1].err
    assert wasmproc("wast", "--aslr=5", source).err == ""
    done = wasmproc("wast", "--aslr=x", source)
    assert done.status == 2
    assert done.err.startswith("wasmproc wast: --aslr takes a number, not 'x'\n")


@pytest.mark.parametrize("command", [None, *COMMANDS])
def test_version(command):
    done = wasmproc(*([command] if command else []), "--version")
    assert (done.status, done.err) == (0, "")
    assert re.fullmatch(r"wasmproc \d+\.\d+\.\d+\n", done.out)


def test_tables_has_another_name():
    assert wasmproc("dump-tables", "--json") == wasmproc("tables", "--json")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "wasmproc: a command is missing"),
        (["frobnicate"], "wasmproc: there is no command 'frobnicate'"),
        (["help", "frobnicate"], "wasmproc: there is no command 'frobnicate'"),
        (["--frobnicate"], "wasmproc: unknown option '--frobnicate'"),
        (["run"], "wasmproc run: a file is missing"),
        (["run", "--invoke", "f", "a.wat"], "wasmproc run: a file is missing: it stands before --invoke"),
        (["run", "a.wat", "-x"], "wasmproc run: unknown option '-x'"),
        (["run", "--dir", "", "a.wat"], "wasmproc run: --dir takes HOST or HOST::GUEST, not ''"),
        (["run", "--dir", "::/", "a.wat"], "wasmproc run: --dir takes HOST or HOST::GUEST, not '::/'"),
        (["run", "--dir", "/::", "a.wat"], "wasmproc run: --dir takes HOST or HOST::GUEST, not '/::'"),
        (["run", "--env", "NAME", "a.wat"], "wasmproc run: --env takes NAME=VALUE, not 'NAME'"),
        (["run", "--env", "=VALUE", "a.wat"], "wasmproc run: --env takes NAME=VALUE, not '=VALUE'"),
        (["run", "a.wat", "--invoke"], "wasmproc run: option '--invoke' needs an argument"),
        (["run", "a.wat", "--trace=1"], "wasmproc run: option '--trace=1' takes no argument"),
        (["run", "-x", "a.wat"], "wasmproc run: unknown option '-x'"),
        (["run", "a.wat", "--process", "many"], "wasmproc run: --process takes a number of pages, not 'many'"),
        (["run", "a.wat", "--process", "-1"], "wasmproc run: --process takes a number of pages, not '-1'"),
        (["run", "a.wat", "--stack", "1"], "wasmproc run: --stack needs --process"),
        (["run", "a.wat", "--pointer", "i64"], "wasmproc run: --pointer needs --process"),
        (["run", "a.wat", "--process", "64", "--pointer", "f32"], "wasmproc run: --pointer takes i32 or i64, not 'f32'"),
        (["run", "a.wat", "--fuel", "18446744073709551616"], "wasmproc run: --fuel takes a number"),
        (["run", "a.wat", "--fuel", "0x"], "wasmproc run: --fuel takes a number"),
        (["run", "a.wat", "--backend", "magic"], "wasmproc run: unknown back end 'magic'"),
        (["run", "a.wat", "--limit", "nesting"], "wasmproc run: --limit takes NAME=NUMBER"),
        (["run", "a.wat", "--limit", "nesting=x"], "wasmproc run: --limit takes NAME=NUMBER"),
        (["run", "a.wat", "--limit", "=4"], "wasmproc run: there is no limit ''"),
        (["run", "a.wat", "--limit", "nest=4"], "wasmproc run: there is no limit 'nest'"),
        (["run", "a.wat", "--limit", "nesting=99999999999999"], "wasmproc run: limit 'nesting' can't be 99999999999999"),
        (["validate"], "wasmproc validate: a file is missing"),
        (["validate", "--nothing", "a.wat"], "wasmproc validate: unknown option '--nothing'"),
        (["parse"], "wasmproc parse: a file is missing"),
        (["parse", "a.wat", "b.wat"], "wasmproc parse: one file is enough"),
        (["print"], "wasmproc print: a file is missing"),
        (["print", "a.wasm", "-o"], "wasmproc print: option '-o' needs an argument"),
        (["wast"], "wasmproc wast: a file is missing"),
        (["validate", "--limit", "nest=4", "a.wat"], "wasmproc validate: there is no limit 'nest'"),
        (["print", "--limit", "nest=4", "a.wat"], "wasmproc print: there is no limit 'nest'"),
        (["json-from-wast", "--limit", "nest=4"], "wasmproc json-from-wast: there is no limit 'nest'"),
        (["driver", "--fuel", "some"], "wasmproc driver: --fuel takes a number"),
        (["wast", "--limit", "nest=4", "a.wast"], "wasmproc wast: there is no limit 'nest'"),
        (["json-from-wast"], "wasmproc json-from-wast: a file is missing"),
        (["json-from-wast", "a.wast"], "wasmproc json-from-wast: -o is missing"),
        (["json-from-wast", "a.wast", "-o", "-"], "wasmproc json-from-wast: -o is missing"),
        (["json-from-wast", "a.wast", "b.wast"], "wasmproc json-from-wast: one file is enough"),
        (["driver", "a.wast"], "wasmproc driver: 'a.wast' is too many"),
        (["driver", "--json"], "wasmproc driver: unknown option '--json'"),
        (["tables", "all"], "wasmproc tables: 'all' is too many"),
    ],
)
def test_usage_errors(arguments, message):
    done = wasmproc(*arguments)
    assert (done.status, done.out) == (2, "")
    first, hint = done.err.splitlines()
    assert first.startswith(message)
    command = arguments[0] + " " if arguments and arguments[0] in COMMANDS else ""
    assert hint == f"Try 'wasmproc {command}--help'."


def test_tables_as_json():
    done = wasmproc("tables", "--json")
    assert (done.status, done.err) == (0, "")
    data = json.loads(done.out)
    add = next(i for i in data["instructions"] if i["mnemonic"] == "i32.add")
    assert add == {
        "prefix": 0, "code": 0x6A, "mnemonic": "i32.add", "immediate": "NONE", "signature": "ii:i", "feature": "mvp",
        "supported": True,
    }
    features = {feature["id"] for feature in data["features"]}
    assert {"mvp", "memory64", "simd", "gc", "exceptions"} <= features
    assert {i["feature"] for i in data["instructions"]} <= features
    assert {"unreachable", "integer divide by zero", "out of bounds memory access"} <= set(data["traps"])
    assert {"id": "process.page-zero", "chapter": "structure"} in data["rules"]
    assert any(limit["name"] == "call_depth" and limit["value"] > 0 for limit in data["limits"])
    assert [e["status"] for e in data["exit_statuses"]] == [0, 1, 2, 126, 130, 134]


def test_tables_as_text():
    """The text has everything that the JSON has, and the help has the same exit statuses."""
    text, help_text = wasmproc("tables").out, wasmproc("--help").out
    data = tables()
    words = [i["mnemonic"] for i in data["instructions"]] + [f["id"] for f in data["features"]] + data["traps"]
    words += [r["id"] for r in data["rules"]] + [limit["name"] for limit in data["limits"]]
    for word in words:
        assert re.search(rf"(?<!\S){re.escape(word)}(?!\S)", text), word
    for ending in data["exit_statuses"]:
        line = rf"^  {ending['status']} +{re.escape(ending['text'])}$"
        assert re.search(line, text, re.MULTILINE)
        assert re.search(line, help_text, re.MULTILINE)


@pytest.mark.parametrize("command", COMMANDS)
def test_the_manual_has_every_option(command):
    """The options of the help are in the command's section, or among the common options that the section refers to."""
    manual = (ROOT / "doc" / "wasmproc.1").read_text()
    section = re.search(rf"^\.Ss wasmproc {command}\n(.*?)^\.S[hs] ", manual, re.DOTALL | re.MULTILINE)[1]
    common = re.search(r"^\.Sh COMMON OPTIONS\n(.*?)^\.Sh ", manual, re.DOTALL | re.MULTILINE)[1]
    options = re.findall(r"^  (?:-(\w), |    )--([a-z-]+)", wasmproc(command, "--help").out, re.MULTILINE)
    assert len(options) >= 2
    for letter, name in options:
        if name in ("help", "version"):
            continue
        if command == "print":  # "Takes the options of parse."
            assert "Takes the options of\n.Cm parse ." in section
        elif f"Fl -{name}" not in section:
            assert "Takes the common options" in section.replace("\n", " ")
            assert f"Fl -{name}" in common
        assert not letter or f"Fl {letter}" in manual


def test_the_manual_has_the_exit_statuses():
    manual = " ".join((ROOT / "doc" / "wasmproc.1").read_text().split()).lower()
    for ending in tables()["exit_statuses"]:
        assert f".it {ending['status']} {ending['text']}." in manual
