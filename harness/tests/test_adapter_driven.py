"""Driven engines: how the harness treats a converted script and an engine's answers, both of which are fake here."""

import json
import shlex
import sys
from pathlib import Path

import attrs
import pytest

from wasmproc_conform import model
from wasmproc_conform.adapters.base import Context, EngineMissing
from wasmproc_conform.adapters.driven import DrivenAdapter
from wasmproc_conform.model import Command, Outcome
from wasmproc_conform.process import Interrupted, ProcessTable

import wasm_bytes as w

DRIVER = Path(__file__).with_name("obedient_driver.py")

PASS, FAIL, UNSUPPORTED, ERROR, CRASH, TIMEOUT = (
    Outcome.PASS, Outcome.FAIL, Outcome.UNSUPPORTED, Outcome.ERROR, Outcome.CRASH, Outcome.TIMEOUT,
)  # fmt: skip

#: Stands for `wasmproc json-from-wast SCRIPT -o OUT`, and copies the files prepared beside the script. Its tables have no
#: instructions.
CONVERTER = """\
#!{python}
import pathlib, shutil, sys
if sys.argv[1] == "tables":
    print('{{"instructions": []}}')
    sys.exit()
command, script, _, out = sys.argv[1:]
ready = pathlib.Path(script + ".d")
if not ready.is_dir():
    sys.exit("script.wast:1:2: error: unexpected token")
for file in ready.iterdir():
    shutil.copy(file, pathlib.Path(out).parent / (pathlib.Path(out).name if file.name == "script.json" else file.name))
"""


@attrs.define
class Bench:
    """Runs commands through a driven adapter."""

    folder: Path
    hello: dict = attrs.field(factory=dict)
    attributes: dict = attrs.field(factory=dict)
    timeout: float = 20.0
    table: ProcessTable = attrs.field(factory=ProcessTable)
    driver: list[str] = attrs.field(factory=lambda: [sys.executable, str(DRIVER)])
    modules: int = 0

    def adapter(self):
        converter = self.folder / "converter"
        converter.write_text(CONVERTER.format(python=sys.executable), "utf-8")
        converter.chmod(0o755)
        argv = [*self.driver, json.dumps(self.hello)]

        class Fake(DrivenAdapter):
            name = title = how_to_get = "fake"

            def driver_argv(self):
                return argv

        for name, value in self.attributes.items():
            setattr(Fake, name, value)
        scratch = self.folder / "scratch"
        scratch.mkdir(exist_ok=True)
        return Fake(Context(self.table, self.timeout, scratch, {"wasmproc": converter}))

    def module(self, told="", data=None, text=None, **keys):
        """The keys of a command with a module that tells the engine what to do."""
        ready = self.folder / "script.wast.d"
        ready.mkdir(exist_ok=True)
        suffix = "wasm" if text is None else "wat"
        name = f"script.{self.modules}.{suffix}"
        self.modules += 1
        if text is None:
            (ready / name).write_bytes((w.module() if data is None else data) + w.custom("told", told.encode()))
        else:
            (ready / name).write_text(text, "utf-8")
        return {"filename": name, "module_type": "binary" if text is None else "text", **keys}

    def run(self, *commands):
        """The verdict on a script. Commands get the lines 10, 20 …"""
        ready = self.folder / "script.wast.d"
        ready.mkdir(exist_ok=True)
        numbered = [{"line": 10 * i, **command} for i, command in enumerate(commands, 1)]
        text = json.dumps({"source_filename": "script.wast", "commands": numbered})
        (ready / "script.json").write_text(text, "utf-8")
        found = tuple(Command(c["line"], c["type"].replace("_", " ") if c["type"].startswith("module") else c["type"])
                      for c in numbered)  # fmt: skip
        test = model.Test("core", "script.wast", self.folder / "script.wast", "chapter", found)
        adapter = self.adapter()
        adapter.find()
        return adapter.run(test)

    def outcomes(self, *commands):
        verdict = self.run(*commands)
        assert verdict.ending is None, verdict
        return [command.outcome for command in verdict.commands]


@pytest.fixture
def bench(tmp_path):
    return Bench(tmp_path)


def i32(bits):
    return {"type": "i32", "value": str(bits)}


def invoke(field, *args, module=None):
    action = {"type": "invoke", "field": field, "args": list(args)}
    return {"action": action if module is None else action | {"module": module}}


def returns(field, expected, *args, module=None):
    return {"type": "assert_return", "expected": expected, **invoke(field, *args, module=module)}


def memory64():
    return w.module(w.memories([4, 1]))


# ---- Finding the engine ----------------------------------------------------------------------------------------------


def test_an_engine_says_what_it_is(bench):
    bench.hello = {"features": ["simd"], "missing_features": ["gc"], "process": True}
    info = bench.adapter().find()
    assert (info.version, info.features, info.missing_features, info.processes) == (
        "7.5 (fake)", ["simd"], ["gc"], True,
    )  # fmt: skip


@pytest.mark.parametrize("driver", [
    ["/nonexistent/engine"], [sys.executable, "-c", "print('hello')"], [sys.executable, "-c", "raise SystemExit(3)"],
])  # fmt: skip
def test_an_engine_that_is_none_is_missing(bench, driver):
    bench.driver = driver
    with pytest.raises(EngineMissing, match="does not speak the driver protocol"):
        bench.adapter().find()


def test_without_the_converter_the_engine_is_missing(bench):
    adapter = bench.adapter()
    adapter.context.paths["wasmproc"] = bench.folder / "nothing"
    with pytest.raises(EngineMissing, match="converted by wasmproc, which is missing"):
        adapter.find()


# ---- Assertions on results -------------------------------------------------------------------------------------------


def test_results_are_judged_by_the_harness(bench):
    verdict = bench.run(
        {"type": "module", **bench.module()},
        returns("return", [i32(1)], i32(1)),
        returns("return", [i32(2)], i32(1)),
        returns("return", [], i32(1)),
        returns("trap: unreachable", [i32(1)]),
        {"type": "action", **invoke("return")},
        {"type": "action", **invoke("trap: unreachable")},
    )
    assert [c.outcome for c in verdict.commands] == [PASS, PASS, FAIL, FAIL, FAIL, PASS, FAIL]
    assert [c.line for c in verdict.commands] == [10, 20, 30, 40, 50, 60, 70]
    mismatch = verdict.commands[2]
    assert (mismatch.expected, mismatch.actual) == ("(i32.const 2)", "(i32.const 1)")
    assert verdict.commands[4].message == "expected success, got trap: unreachable"
    assert "json-from-wast" in verdict.by_hand
    assert shlex.quote(sys.executable) in verdict.by_hand


def test_a_wrong_vector_is_shown_in_the_lanes_of_the_script(bench):
    got = {"type": "v128", "lane_type": "i32", "value": ["1", "0", "2", "0"]}
    want = {"type": "v128", "lane_type": "i64", "value": ["1", "3"]}
    verdict = bench.run({"type": "module", **bench.module()}, returns("return", [want], got))
    assert verdict.commands[1].actual == "(v128.const i64x2 1 2)"
    either = {"type": "either", "values": [want, want]}
    verdict = bench.run({"type": "module", **bench.module()}, returns("return", [either], got))
    assert verdict.commands[1].actual == "(v128.const i64x2 1 2)"


@pytest.mark.parametrize("kind, field, outcome", [
    ("assert_trap", "trap: unreachable", PASS),
    ("assert_trap", "exhaustion: call stack exhausted", FAIL),
    ("assert_trap", "return", FAIL),
    ("assert_exhaustion", "exhaustion: call stack exhausted", PASS),
    ("assert_exhaustion", "trap: call stack exhausted", FAIL),
    ("assert_exception", "exception: a tag", PASS),
    ("assert_exception", "trap: unreachable", FAIL),
    ("assert_trap", "unsupported: simd", UNSUPPORTED),
    ("assert_trap", "protocol: no such field", ERROR),
    ("assert_return", "protocol: no such field", ERROR),
    ("assert_return", "crash: cannot happen", CRASH),
])  # fmt: skip
def test_failures_are_judged_by_their_kind(bench, kind, field, outcome):
    command = {"type": kind, "text": "unreachable", **invoke(field)}
    if kind == "assert_return":
        command["expected"] = []
    assert bench.outcomes({"type": "module", **bench.module()}, command) == [PASS, outcome]


def test_texts_are_compared_where_the_engine_uses_the_specifications(bench):
    commands = (
        {"type": "module", **bench.module()},
        {"type": "assert_trap", "text": "unreachable", **invoke("trap: unreachable executed")},
        {"type": "assert_trap", "text": "integer overflow", **invoke("trap: unreachable")},
    )
    assert bench.outcomes(*commands) == [PASS, PASS, PASS]
    bench.attributes = {"compares_texts": True}
    assert bench.outcomes(*commands) == [PASS, PASS, FAIL]


def test_a_global_is_read(bench):
    command = {"type": "assert_return", "action": {"type": "get", "field": "count"}, "expected": [i32(1)]}
    assert bench.outcomes({"type": "module", **bench.module()}, command) == [PASS, PASS]


# ---- Assertions on modules -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind, told, outcome, strict", [
    ("assert_malformed", "@malformed: bad magic@", PASS, PASS),
    ("assert_malformed", "@invalid: type mismatch@", PASS, FAIL),
    ("assert_malformed", "", FAIL, FAIL),
    ("assert_invalid", "@invalid: type mismatch@", PASS, PASS),
    ("assert_invalid", "@malformed: bad magic@", PASS, FAIL),
    ("assert_invalid", "@unsupported: simd@", UNSUPPORTED, UNSUPPORTED),
    ("assert_invalid", "", FAIL, FAIL),
    ("assert_unlinkable", "@unlinkable: unknown import@", PASS, PASS),
    ("assert_unlinkable", "@trap: unreachable@", FAIL, FAIL),
    ("assert_unlinkable", "@invalid: type mismatch@", FAIL, FAIL),
    ("assert_trap", "@trap: unreachable@", PASS, PASS),
    ("assert_trap", "", FAIL, FAIL),
    ("assert_malformed_custom", "@malformed: length out of bounds@", UNSUPPORTED, UNSUPPORTED),
    ("assert_invalid_custom", "@invalid: index out of range@", UNSUPPORTED, UNSUPPORTED),
    ("assert_unloadable", "@unloadable: module defines a memory@", PASS, PASS),
    ("assert_unloadable", "@unloadable: another cause@", FAIL, FAIL),
])  # fmt: skip
def test_modules_that_must_be_refused(bench, kind, told, outcome, strict):
    bench.attributes = {"compares_texts": True}
    command = {"type": kind, "text": "module defines a memory" if kind == "assert_unloadable" else "",
               **bench.module(told)}  # fmt: skip
    assert bench.outcomes(command) == [outcome]
    bench.attributes["tells_malformed"] = True
    assert bench.outcomes(command) == [strict]


def test_custom_sections_are_judged_by_engines_that_do(bench):
    bench.hello = {"features": ["custom"]}
    assert bench.outcomes(
        {"type": "assert_malformed_custom", "text": "", **bench.module("@malformed: length out of bounds@")},
        {"type": "assert_invalid_custom", "text": "", **bench.module("@invalid: index out of range@")},
        {"type": "assert_invalid_custom", "text": "", **bench.module()},
    ) == [PASS, PASS, FAIL]


def test_text_is_for_engines_that_read_it(bench):
    commands = (
        {"type": "assert_malformed", "text": "", **bench.module(text="(modul @malformed: unexpected token@)")},
        {"type": "module", **bench.module(text="(module)")},
        returns("count", [i32(1)]),
    )
    verdict = bench.run(*commands)
    assert [c.outcome for c in verdict.commands] == [UNSUPPORTED] * 3
    assert {c.reason for c in verdict.commands} == {"text format"}
    bench.hello = {"features": ["text"]}
    assert bench.outcomes(*commands) == [PASS, PASS, PASS]


# ---- Modules that could not be made ----------------------------------------------------------------------------------


def test_a_refusal_for_a_feature_that_the_engine_lacks_is_unsupported(bench):
    bench.hello = {"missing_features": ["memory64"]}
    verdict = bench.run(
        {"type": "module", "name": "$M", **bench.module("@invalid: no@", memory64())},
        returns("return", [], module="$M"),
        {"type": "register", "name": "$M", "as": "m"},
        {"type": "assert_invalid", "text": "", **bench.module("@invalid: no@", memory64())},
        {"type": "assert_unlinkable", "text": "", **bench.module("@unlinkable: no@", memory64())},
    )
    assert [c.outcome for c in verdict.commands] == [UNSUPPORTED] * 4 + [PASS]
    assert {c.reason for c in verdict.commands[:4]} == {"feature: memory64"}


def test_a_refusal_without_that_is_a_failure(bench):
    bench.hello = {"missing_features": ["simd"]}
    verdict = bench.run(
        {"type": "module", "name": "$M", **bench.module("@invalid: no@", memory64())},
        returns("return", [], module="$M"),
        returns("return", []),
        {"type": "assert_invalid", "text": "", **bench.module("@invalid: no@", memory64())},
    )
    assert [c.outcome for c in verdict.commands] == [FAIL, FAIL, FAIL, PASS]
    assert verdict.commands[1].message == "it needs the module of line 10, which failed"


def test_a_lacking_feature_excuses_nothing_that_is_accepted(bench):
    bench.hello = {"missing_features": ["memory64"]}
    assert bench.outcomes(
        {"type": "module", **bench.module("", memory64())},
        returns("return", [i32(1)], i32(2)),
        {"type": "assert_invalid", "text": "", **bench.module("", memory64())},
    ) == [PASS, FAIL, FAIL]


def test_whoever_imports_from_a_module_that_is_not_there_is_unsupported_too(bench):
    bench.hello = {"missing_features": ["memory64"]}
    importer = w.module(w.types(w.function([], [])), w.imports(("m", "f", 0, b"\0")))
    stranger = w.module(w.types(w.function([], [])), w.imports(("other", "f", 0, b"\0")))
    assert bench.outcomes(
        {"type": "module", "name": "$M", **bench.module("@invalid: no@", memory64())},
        {"type": "register", "name": "$M", "as": "m"},
        {"type": "module", **bench.module("@unlinkable: unknown import@", importer)},
        {"type": "assert_unlinkable", "text": "", **bench.module("@unlinkable: unknown import@", importer)},
        {"type": "module", **bench.module("@unlinkable: unknown import@", stranger)},
        {"type": "assert_unlinkable", "text": "", **bench.module("@unlinkable: unknown import@", stranger)},
    ) == [UNSUPPORTED, UNSUPPORTED, UNSUPPORTED, UNSUPPORTED, FAIL, PASS]


def test_state_that_an_unsupported_module_was_to_change_excuses_failures_alone(bench):
    bench.hello = {"missing_features": ["memory64"]}
    writer = w.module(w.types(w.function([], [])), w.imports(("m", "f", 0, b"\0")), w.memories([4, 1]))
    commands = [
        {"type": "module", "name": "$M", **bench.module()},
        {"type": "register", "name": "$M", "as": "m"},
        {"type": "module", "name": "$W", **bench.module("@invalid: no@", writer)},
        returns("return", [i32(1)], i32(2), module="$M"),
        returns("return", [i32(1)], i32(1), module="$M"),
    ]
    verdict = bench.run(*commands)
    assert [c.outcome for c in verdict.commands] == [PASS, PASS, UNSUPPORTED, UNSUPPORTED, PASS]
    assert verdict.commands[3].reason == "feature: memory64"
    commands[2] = {"type": "assert_trap", "text": "", **bench.module("@invalid: no@", writer)}
    assert bench.outcomes(*commands) == [PASS, PASS, UNSUPPORTED, UNSUPPORTED, PASS]
    commands[1] = {"type": "register", "name": "$M", "as": "another"}
    assert bench.outcomes(*commands) == [PASS, PASS, UNSUPPORTED, FAIL, PASS]


def test_what_the_converter_cannot_write_is_unsupported(bench):
    verdict = bench.run(
        {"type": "module", "unsupported": "struct.new"}, returns("return", []),
        {"type": "assert_invalid", "text": "", "unsupported": "struct.new"},
    )  # fmt: skip
    assert [c.outcome for c in verdict.commands] == [UNSUPPORTED] * 3
    assert {c.reason for c in verdict.commands} == {"converter: struct.new"}


def test_definitions_and_instances(bench):
    assert bench.outcomes(
        {"type": "module_definition", "name": "$D", **bench.module()},
        {"type": "module_instance", "name": "$I", "definition": "$D"},
        returns("return", [], module="$I"),
        {"type": "module_definition", "name": "$E", **bench.module("@invalid: no@")},
        {"type": "module_instance", "name": "$J", "definition": "$E"},
        returns("return", [], module="$J"),
        returns("return", [], module="$I"),
    ) == [PASS, PASS, PASS, FAIL, FAIL, FAIL, PASS]


# ---- Processes -------------------------------------------------------------------------------------------------------


def test_commands_about_processes(bench):
    bench.hello = {"process": True}
    refused = {"type": "unload", "name": "$refuse"}
    assert bench.outcomes(
        {"type": "process", "name": "$p", "address": "i32", "pages": "64", "stack": "0", "dictionary": []},
        {"type": "dictionary", "entries": [["libc", "test:libc"]]},
        {"type": "library", "uri": "test:libc", **bench.module()},
        {"type": "module", **bench.module()},
        {"type": "assert_refused", "command": refused, "text": "process has ended"},
        {"type": "assert_refused", "command": {"type": "unload", "name": "$M"}, "text": "process has ended"},
        {"type": "assert_refused", "command": invoke("refused: process has ended")["action"], "text": ""},
        {"type": "switch"},
        {"type": "end", "name": "$p"},
    ) == [PASS, PASS, PASS, PASS, PASS, FAIL, PASS, PASS, PASS]


def process(pages, address="i32"):
    return {"type": "process", "address": address, "pages": str(pages), "stack": "0", "dictionary": []}


def test_a_large_extent_that_an_engine_lacks_is_no_failure(bench):
    bench.hello = {"process": True}
    refused = {"type": "assert_refused", "command": process(1 << 49, "i64"), "text": "extent"}
    assert bench.outcomes(
        process(8192),
        {"type": "module", **bench.module()},
        {"type": "module_definition", **bench.module()},
        returns("count", [i32(0)]),
        {"type": "dictionary", "entries": []},
        {"type": "library", "uri": "test:libc", **bench.module()},
        {"type": "assert_refused", "command": {"type": "unload", "name": "$refuse"}, "text": ""},
        refused,
        {"type": "switch"},
        {"type": "module", **bench.module()},
        process(1 << 48, "i64"),
        process((1 << 48) + 1, "i64"),
        process(65537),
        process(1024),
        returns("count", [i32(1)]),
    ) == [
        UNSUPPORTED, UNSUPPORTED, PASS, UNSUPPORTED, UNSUPPORTED, PASS, UNSUPPORTED, PASS, PASS, PASS,
        UNSUPPORTED, FAIL, FAIL, PASS, PASS,
    ]  # fmt: skip


def test_a_program_ends_with_a_code(bench):
    def exits(told, code):
        return {"type": "assert_exit", "action": invoke(told)["action"], "code": code}

    assert bench.outcomes(
        exits("exit: exit with code 3", "3"),
        exits("exit: exit with code 30", "3"),
        exits("trap: unreachable", "3"),
        exits("count", "0"),
        {"type": "action", **invoke("exit: exit with code 0")},
    ) == [PASS, FAIL, FAIL, FAIL, FAIL]


# ---- Endings ---------------------------------------------------------------------------------------------------------


def test_a_crash_ends_the_script_where_it_happens(bench):
    verdict = bench.run({"type": "module", **bench.module()}, returns("crash", []), returns("return", []))
    assert [c.outcome for c in verdict.commands] == [PASS]
    assert (verdict.ending.outcome, verdict.ending.line) == (CRASH, 20)
    assert "SIGABRT" in verdict.ending.message
    assert "last words" in verdict.ending.message


def test_a_module_may_crash_the_engine_too(bench):
    verdict = bench.run({"type": "module", **bench.module("@crash@")})
    assert (verdict.ending.outcome, verdict.ending.line, verdict.commands) == (CRASH, 10, [])


def test_an_engine_that_does_not_answer_times_out(bench):
    bench.timeout = 1.5
    verdict = bench.run({"type": "module", **bench.module()}, returns("hang", []), returns("return", []))
    assert (verdict.ending.outcome, verdict.ending.line, len(verdict.commands)) == (TIMEOUT, 20, 1)


def test_an_engine_that_breaks_the_protocol_has_crashed(bench):
    verdict = bench.run({"type": "module", **bench.module()}, returns("garbage", []))
    assert verdict.ending.outcome is CRASH
    assert "not JSON" in verdict.ending.message


def test_a_script_that_cannot_be_converted_is_unsupported(bench):
    test = model.Test("core", "other.wast", bench.folder / "other.wast", "chapter", (Command(3, "module"),))
    adapter = bench.adapter()
    adapter.find()
    verdict = adapter.run(test)
    assert [c.outcome for c in verdict.commands] == [UNSUPPORTED]
    assert verdict.commands[0].reason == "json-from-wast cannot read it"
    assert "unexpected token" in verdict.commands[0].message


@pytest.mark.parametrize("content", [
    "", "{", "{}", '{"commands": 5}', '{"commands": [{"line": 1}]}',
    '{"commands": [{"type": "module", "line": 1, "filename": "nothing.wasm"}]}',
])  # fmt: skip
def test_data_that_is_no_script_is_an_error(bench, content):
    bench.module()
    (bench.folder / "script.wast.d" / "script.json").write_text(content, "utf-8")
    test = model.Test("core", "script.wast", bench.folder / "script.wast", "chapter", (Command(3, "module"),))
    adapter = bench.adapter()
    adapter.find()
    verdict = adapter.run(test)
    assert verdict.ending.outcome is ERROR, verdict


def test_an_expectation_that_is_no_value_is_an_error(bench):
    verdict = bench.run({"type": "module", **bench.module()}, returns("return", [{"type": "i32"}], i32(1)))
    assert verdict.ending.outcome is ERROR
    assert verdict.ending.line == 20


def test_unknown_commands_are_unsupported(bench):
    assert bench.outcomes({"type": "thread"}) == [UNSUPPORTED]


def test_an_interrupted_run_ends_at_once(bench):
    adapter = bench.adapter()
    adapter.find()
    bench.table.kill_all()
    test = model.Test("core", "script.wast", bench.folder / "script.wast", "chapter", (Command(3, "module"),))
    with pytest.raises(Interrupted):
        adapter.run(test)
