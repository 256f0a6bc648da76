"""The adapter for wabt: parsing its tools' output, and runs with fake tools."""

import json
import sys
from pathlib import Path

import attrs
import pytest

from wasmproc_conform import model
from wasmproc_conform.adapters.base import Context, EngineMissing
from wasmproc_conform.adapters.wabt import Wabt
from wasmproc_conform.model import Command, Outcome
from wasmproc_conform.process import ProcessTable

PASS, FAIL, UNSUPPORTED = Outcome.PASS, Outcome.FAIL, Outcome.UNSUPPORTED

#: Stands for wast2json and for spectest-interp: prints prepared output and ends with a prepared status.
TOOL = """\
#!{python}
import json, os, pathlib, shutil, signal, sys, time
here = pathlib.Path(__file__).parent
tool = pathlib.Path(__file__).name
if "--version" in sys.argv:
    print("1.0.32")
    sys.exit(0)
(here / (tool + ".argv")).write_text(json.dumps(sys.argv[1:]))
told = json.loads((here / (tool + ".told")).read_text())
if tool == "wast2json" and "script" in told:
    pathlib.Path(sys.argv[-1]).write_text(told["script"])
script = pathlib.Path(sys.argv[-1])
if tool == "spectest-interp" and "crash_line" in told:
    lines = [command["line"] for command in json.loads(script.read_text())["commands"]]
    if told["crash_line"] in lines:
        print("interp.cc:1101: Assertion failed.", file=sys.stderr, flush=True)
        os.kill(os.getpid(), signal.SIGABRT)
sys.stdout.write(told.get("out", "").replace("DIR", str(script.parent)))
sys.stderr.write(told.get("err", "").replace("DIR", str(script.parent)))
sys.stdout.flush(), sys.stderr.flush()
if told.get("hang"):
    time.sleep(600)
if told.get("abort"):
    os.kill(os.getpid(), signal.SIGABRT)
sys.exit(told.get("status", 0))
"""


@attrs.define
class Tools:
    """A folder with fake tools, and the adapter that finds them."""

    folder: Path
    kinds: list[str] = attrs.field(factory=lambda: ["module", "assert_return", "assert_trap", "invoke"])
    timeout: float = 20.0

    def __attrs_post_init__(self):
        for name in ("wast2json", "spectest-interp"):
            (self.folder / name).write_text(TOOL.format(python=sys.executable), "utf-8")
            (self.folder / name).chmod(0o755)
        self.convert()
        self.interpret(out="4/4 tests passed.\n")

    def _tell(self, tool, told):
        (self.folder / f"{tool}.told").write_text(json.dumps(told), "utf-8")

    def convert(self, **told):
        """Prepare wast2json, which by default writes a script of `kinds` on the lines 10, 20 …"""
        commands = [{"type": "action" if kind == "invoke" else kind, "line": 10 * i}
                    for i, kind in enumerate(self.kinds, 1)]  # fmt: skip
        self._tell("wast2json", {"script": json.dumps({"commands": commands}), **told})

    def interpret(self, **told):
        self._tell("spectest-interp", told)

    def adapter(self, *arguments):
        scratch = self.folder / "scratch"
        scratch.mkdir(exist_ok=True)
        return Wabt(
            Context(ProcessTable(), self.timeout, scratch, {"wabt": self.folder}, {"wabt": list(arguments)})
        )

    def run(self, *arguments):
        adapter = self.adapter(*arguments)
        adapter.find()
        commands = tuple(Command(10 * i, kind) for i, kind in enumerate(self.kinds, 1))
        return adapter.run(model.Test("core", "x.wast", self.folder / "x.wast", "chapter", commands))

    def argv(self, tool):
        return json.loads((self.folder / f"{tool}.argv").read_text())


@pytest.fixture
def tools(tmp_path):
    return Tools(tmp_path)


def outcomes(verdict):
    return [command.outcome for command in verdict.commands]


# ---- Finding the tools -----------------------------------------------------------------------------------------------


def test_it_finds_both_tools_and_the_version(tools):
    info = tools.adapter().find()
    assert (info.path, info.version, info.processes) == (str(tools.folder / "spectest-interp"), "1.0.32", False)


def test_the_interpreter_is_missing(tools):
    (tools.folder / "spectest-interp").unlink()
    with pytest.raises(EngineMissing, match="is not a program"):
        tools.adapter().find()


def test_the_converter_is_missing(tools, monkeypatch):
    (tools.folder / "wast2json").unlink()
    monkeypatch.setenv("PATH", str(tools.folder / "nothing"))
    with pytest.raises(EngineMissing, match="no wast2json on PATH"):
        tools.adapter().find()


def test_nothing_is_on_the_path(tools, monkeypatch):
    adapter = tools.adapter()
    adapter.context.paths.clear()
    monkeypatch.setenv("PATH", str(tools.folder / "nothing"))
    with pytest.raises(EngineMissing, match="no spectest-interp on PATH"):
        adapter.find()


def test_a_tool_that_cannot_tell_its_version_is_missing(tools):
    (tools.folder / "spectest-interp").write_text("#!/bin/sh\necho broken >&2\nexit 1\n", "utf-8")
    with pytest.raises(EngineMissing, match="--version: exit status 1 broken"):
        tools.adapter().find()


# ---- The output of spectest-interp ---------------------------------------------------------------------------------


def test_everything_passes(tools):
    tools.interpret(out="DIR/x.wast:30: assert_trap passed: undefined table index\n4/4 tests passed.\n")
    verdict = tools.run()
    assert verdict.ending is None
    assert outcomes(verdict) == [PASS] * 4
    assert [c.kind for c in verdict.commands] == tools.kinds
    assert "wast2json" in verdict.by_hand
    assert "spectest-interp" in verdict.by_hand
    assert str(tools.folder / "scratch") not in verdict.by_hand


def test_complaints_are_failures_of_the_commands_on_their_lines(tools):
    tools.interpret(status=1, out=(
        "DIR/x.wast:20: mismatch in result 0 of assert_return: expected f32:666.599976, got f32:666.000000\n"
        "DIR/x.wast:30: assert_trap passed: integer overflow\n"
        'DIR/x.wast:40: unknown invoke ".f"\n'
        "DIR/x.wast:40: result length mismatch in assert_return: expected 1, got 0\n"
        "2/4 tests passed.\n"
    ))  # fmt: skip
    verdict = tools.run()
    assert outcomes(verdict) == [PASS, FAIL, PASS, FAIL]
    assert (verdict.commands[1].expected, verdict.commands[1].actual) == ("f32:666.599976", "f32:666.000000")
    assert verdict.commands[3].message.startswith('unknown invoke ".f"; result length mismatch')
    assert str(tools.folder) not in verdict.output + verdict.commands[1].message


def test_why_a_module_was_rejected_is_added(tools):
    tools.interpret(
        status=1,
        out='DIR/x.wast:10: error reading module: "DIR/script.0.wasm"\n3/4 tests passed.\n',
        err="DIR/script.0.wasm:000001b: error: initializer expression can only reference an imported global\n"
            "DIR/script.0.wasm:000001b: error: OnGlobalGetExpr callback failed\n",
    )  # fmt: skip
    verdict = tools.run()
    assert outcomes(verdict) == [FAIL, PASS, PASS, PASS]
    assert verdict.commands[0].message == (
        'error reading module: "script.0.wasm": initializer expression can only reference an imported global'
    )


def test_a_rejection_that_a_script_expects_is_no_complaint(tools):
    tools.interpret(out=(
        "DIR/x.wast:20: assert_invalid passed:\n"
        "  DIR/script.1.wasm:000000c: error: memory variable out of range: 0 (max 0)\n"
        "4/4 tests passed.\n"
    ))  # fmt: skip
    assert outcomes(tools.run()) == [PASS] * 4


def test_more_failures_than_complaints_are_an_error(tools):
    tools.interpret(status=1, out="DIR/x.wast:20: something is wrong\n1/4 tests passed.\n")
    verdict = tools.run()
    assert verdict.ending.outcome is Outcome.ERROR
    assert "3 commands failed, its complaints name 1" in verdict.ending.message


def test_no_summary_is_an_error(tools):
    tools.interpret(status=1, out="usage: spectest-interp [options] filename\n")
    verdict = tools.run()
    assert verdict.ending.outcome is Outcome.ERROR
    assert "no summary" in verdict.ending.message


def test_fewer_commands_than_the_script_has_are_an_error(tools):
    commands = [{"type": "module", "line": 10}]
    tools.convert(script=json.dumps({"commands": commands}))
    verdict = tools.run()
    assert verdict.ending.outcome is Outcome.ERROR
    assert "1 of 4 commands" in verdict.ending.message


def test_arguments_reach_both_tools(tools):
    tools.run("--disable-simd")
    for tool in ("wast2json", "spectest-interp"):
        assert tools.argv(tool)[:2] == ["--enable-all", "--disable-simd"]


# ---- Scripts that do not get through ---------------------------------------------------------------------------------


def test_a_script_that_wabt_cannot_parse_is_unsupported(tools):
    tools.convert(status=1, err=f"{tools.folder}/x.wast:7:10: error: unexpected token struct, expected func.\n ^^^\n")
    verdict = tools.run()
    assert outcomes(verdict) == [UNSUPPORTED] * 4
    assert {c.reason for c in verdict.commands} == {"wast2json cannot read it"}
    assert verdict.commands[0].message == "line 7: unexpected token struct, expected func."
    assert verdict.ending is None


def test_a_script_that_crashes_the_converter_is_unsupported(tools):
    tools.convert(abort=True, err="wast2json: Assertion failed.\n")
    verdict = tools.run()
    assert outcomes(verdict) == [UNSUPPORTED] * 4
    assert {c.reason for c in verdict.commands} == {"wast2json crashes"}
    assert "Assertion failed" in verdict.output


def test_a_converter_that_does_not_end_is_unsupported(tools):
    tools.convert(hang=True)
    tools.timeout = 1.5
    assert {c.reason for c in tools.run().commands} == {"wast2json does not end"}


@pytest.mark.parametrize("script", ["", "{", "{}", "[]"])
def test_a_converter_that_writes_no_script_is_an_error(tools, script):
    tools.convert(script=script)
    verdict = tools.run()
    assert verdict.ending.outcome is Outcome.ERROR
    assert "no usable JSON" in verdict.ending.message


@pytest.mark.parametrize("line, before", [(10, 0), (20, 1), (30, 2), (40, 3)])
def test_what_went_before_a_crash_is_found_out(tools, line, before):
    tools.interpret(crash_line=line, out="DIR/x.wast:10: something is wrong\n0/1 tests passed.\n")
    verdict = tools.run()
    assert verdict.ending.outcome is Outcome.CRASH
    assert (verdict.ending.line, "SIGABRT" in verdict.ending.message) == (line, True)
    assert "Assertion failed" in verdict.ending.message
    assert outcomes(verdict) == [FAIL, PASS, PASS][:before]


def test_an_interpreter_that_does_not_end_times_out(tools):
    tools.interpret(hang=True)
    tools.timeout = 1.5
    verdict = tools.run()
    assert (verdict.ending.outcome, verdict.commands) == (Outcome.TIMEOUT, [])
