"""The command line: `wasmproc json-from-wast` (PROTOCOL.md, interface B)."""

import json
import os

import pytest
from cli_support import Done, needs_program, wasmproc, write

pytestmark = needs_program


@pytest.fixture
def convert(tmp_path):
    """A function that converts a script into tmp_path and returns its commands."""

    def run(script: str | bytes) -> list[dict]:
        source = write(tmp_path / "script.wast", script)
        assert wasmproc("json-from-wast", source, "-o", tmp_path / "out.json") == Done(0, "", "")
        converted = json.loads((tmp_path / "out.json").read_bytes())
        assert converted.keys() == {"source_filename", "commands"}
        assert converted["source_filename"] == str(source)
        return converted["commands"]

    return run


def test_empty(convert):
    assert convert("") == []
    assert convert(";; nothing\n") == []


def test_modules(convert, tmp_path):
    commands = convert(
        """(module $a (memory 1))
        (module definition $b)
        (module instance $c $b)
        (module instance)
        (module binary "\\00asm" "\\01\\00\\00\\00")
        (module quote "(memory 2)")
        (register "name" $a)
        (register "caf\\c3\\a9\\00")"""
    )
    assert commands == [
        {"type": "module", "line": 1, "name": "$a", "filename": "out.0.wasm", "module_type": "binary"},
        {"type": "module_definition", "line": 2, "name": "$b", "filename": "out.1.wasm", "module_type": "binary"},
        {"type": "module_instance", "line": 3, "name": "$c", "definition": "$b"},
        {"type": "module_instance", "line": 4},
        {"type": "module", "line": 5, "filename": "out.2.wasm", "module_type": "binary"},
        {"type": "module", "line": 6, "filename": "out.3.wasm", "module_type": "binary"},
        {"type": "register", "line": 7, "as": "name", "name": "$a"},
        {"type": "register", "line": 8, "as": "café\0"},
    ]
    header = b"\0asm\1\0\0\0"
    assert (tmp_path / "out.0.wasm").read_bytes() == header + b"\5\3\1\0\1"
    assert (tmp_path / "out.1.wasm").read_bytes() == (tmp_path / "out.2.wasm").read_bytes() == header
    assert (tmp_path / "out.3.wasm").read_bytes() == header + b"\5\3\1\0\2"
    assert len(list(tmp_path.glob("out.*"))) == 5


def test_actions(convert):
    module = '(module $m (global (export "g") i32 (i32.const 1)) (func (export "f") (param i32)))\n'
    commands = convert(module + '(invoke "f" (i32.const -1))\n(get $m "g")\n(invoke $m "f" (i32.const 1))')
    assert commands[1:] == [
        {
            "type": "action",
            "line": 2,
            "action": {"type": "invoke", "field": "f", "args": [{"type": "i32", "value": "4294967295"}]},
        },
        {"type": "action", "line": 3, "action": {"type": "get", "module": "$m", "field": "g"}},
        {
            "type": "action",
            "line": 4,
            "action": {"type": "invoke", "module": "$m", "field": "f", "args": [{"type": "i32", "value": "1"}]},
        },
    ]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("(i32.const 0x80000000)", {"type": "i32", "value": "2147483648"}),
        ("(i64.const -1)", {"type": "i64", "value": "18446744073709551615"}),
        ("(f32.const 1)", {"type": "f32", "value": str(0x3F800000)}),
        ("(f32.const nan:canonical)", {"type": "f32", "value": "nan:canonical"}),
        ("(f32.const -nan:0x200000)", {"type": "f32", "value": str(0xFFA00000)}),
        ("(f64.const -0)", {"type": "f64", "value": str(1 << 63)}),
        ("(f64.const nan:arithmetic)", {"type": "f64", "value": "nan:arithmetic"}),
        (
            "(v128.const i16x8 0 1 2 3 4 5 6 -1)",
            {"type": "v128", "lane_type": "i16", "value": ["0", "1", "2", "3", "4", "5", "6", "65535"]},
        ),
        ("(v128.const i64x2 -1 2)", {"type": "v128", "lane_type": "i64", "value": [str((1 << 64) - 1), "2"]}),
        (
            "(v128.const f32x4 0 nan:canonical 1 nan:arithmetic)",
            {"type": "v128", "lane_type": "f32", "value": ["0", "nan:canonical", str(0x3F800000), "nan:arithmetic"]},
        ),
        ("(ref.null)", {"type": "ref", "value": "null"}),
        ("(ref.null func)", {"type": "funcref", "value": "null"}),
        ("(ref.null extern)", {"type": "externref", "value": "null"}),
        ("(ref.null none)", {"type": "nullref", "value": "null"}),
        ("(ref.func)", {"type": "funcref"}),
        ("(ref.extern)", {"type": "externref"}),
        ("(ref.extern 7)", {"type": "externref", "value": "7"}),
        ("(ref.host 7)", {"type": "anyref", "value": "7"}),
        ("(ref.i31)", {"type": "i31ref"}),
        (
            "(either (i32.const 1) (i32.const 2))",
            {"type": "either", "values": [{"type": "i32", "value": "1"}, {"type": "i32", "value": "2"}]},
        ),
    ],
)
def test_expectations(text, value, convert):
    (command,) = convert(f'(assert_return (invoke "f") {text})')
    assert command == {
        "type": "assert_return",
        "line": 1,
        "action": {"type": "invoke", "field": "f", "args": []},
        "expected": [value],
    }


def test_no_expectations(convert):
    (command,) = convert('(assert_return (invoke "f"))')
    assert command["expected"] == []


def test_assertions_on_actions(convert):
    action = {"type": "invoke", "field": "f", "args": []}
    assert convert(
        """(assert_trap (invoke "f") "unreachable")
        (assert_exhaustion (invoke "f") "call stack exhausted")
        (assert_exception (invoke "f"))"""
    ) == [
        {"type": "assert_trap", "line": 1, "action": action, "text": "unreachable"},
        {"type": "assert_exhaustion", "line": 2, "action": action, "text": "call stack exhausted"},
        {"type": "assert_exception", "line": 3, "action": action},
    ]


def test_assertions_on_modules(convert, tmp_path):
    commands = convert(
        """(assert_trap (module (func $f unreachable) (start $f)) "unreachable")
        (assert_invalid (module (func i32.add)) "type mismatch")
        (assert_malformed (module quote "(func" " i32.nonsense)") "unknown operator")
        (assert_malformed (module binary "\\00asm") "unexpected end")
        (assert_unlinkable (module (import "a" "b" (func))) "unknown import")
        (assert_malformed_custom (module quote "(@custom)") "@custom annotation: missing section name")
        (assert_invalid_custom (module (func (@metadata.code.branch_hint "\\00") nop)) "invalid target")
        (assert_unloadable (module (memory 1)) "module defines a memory")"""
    )
    assert [(c["type"], c["line"], c["filename"], c["module_type"], c["text"]) for c in commands] == [
        ("assert_trap", 1, "out.0.wasm", "binary", "unreachable"),
        ("assert_invalid", 2, "out.1.wasm", "binary", "type mismatch"),
        ("assert_malformed", 3, "out.2.wat", "text", "unknown operator"),
        ("assert_malformed", 4, "out.3.wasm", "binary", "unexpected end"),
        ("assert_unlinkable", 5, "out.4.wasm", "binary", "unknown import"),
        ("assert_malformed_custom", 6, "out.5.wat", "text", "@custom annotation: missing section name"),
        ("assert_invalid_custom", 7, "out.6.wat", "text", "invalid target"),
        ("assert_unloadable", 8, "out.7.wasm", "binary", "module defines a memory"),
    ]
    assert all(command.keys() == {"type", "line", "filename", "module_type", "text"} for command in commands)
    assert (tmp_path / "out.2.wat").read_text() == "(func i32.nonsense)"
    assert (tmp_path / "out.3.wasm").read_bytes() == b"\0asm"


def test_text_that_does_not_parse(convert, tmp_path):
    """It stays text: the engine reports the error."""
    (command,) = convert("(module $m (func i32.nonsense))")
    assert command == {"type": "module", "line": 1, "name": "$m", "filename": "out.0.wat", "module_type": "text"}
    assert wasmproc("validate", tmp_path / "out.0.wat").status == 1


def test_processes(convert):
    commands = convert(
        """(process $p (memory 64))
        (process (memory i64 0x1_0000_0000_0000) (stack 4) (dictionary ("libc v34" "test:libc") ("m" "test:m" "sha256-x")))
        (switch $p) (switch)
        (dictionary ("libm" "test:libm"))
        (library "test:libc" (module))
        (unload $m)
        (end $p)
        (assert_refused (process (memory 1)) "extent")
        (assert_refused (end $p) "process has ended")
        (assert_refused (invoke $m "f" (i64.const 3)) "process has ended")"""
    )
    entries = [["libc v34", "test:libc"], ["m", "test:m", "sha256-x"]]
    assert commands == [
        {"type": "process", "line": 1, "name": "$p", "address": "i32", "pages": "64", "stack": "0", "dictionary": []},
        {"type": "process", "line": 2, "address": "i64", "pages": "281474976710656", "stack": "4", "dictionary": entries},
        {"type": "switch", "line": 3, "name": "$p"},
        {"type": "switch", "line": 3},
        {"type": "dictionary", "line": 4, "entries": [["libm", "test:libm"]]},
        {"type": "library", "line": 5, "uri": "test:libc", "filename": "out.0.wasm", "module_type": "binary"},
        {"type": "unload", "line": 6, "name": "$m"},
        {"type": "end", "line": 7, "name": "$p"},
        {
            "type": "assert_refused",
            "line": 8,
            "text": "extent",
            "command": {"type": "process", "line": 8, "address": "i32", "pages": "1", "stack": "0", "dictionary": []},
        },
        {
            "type": "assert_refused",
            "line": 9,
            "text": "process has ended",
            "command": {"type": "end", "line": 9, "name": "$p"},
        },
        {
            "type": "assert_refused",
            "line": 10,
            "text": "process has ended",
            "command": {
                "type": "action",
                "line": 10,
                "action": {
                    "type": "invoke",
                    "module": "$m",
                    "field": "f",
                    "args": [{"type": "i64", "value": "3"}],
                },
            },
        },
    ]


# Names of files.


def test_output_without_suffix(tmp_path):
    source = write(tmp_path / "script.wast", "(module)")
    assert wasmproc("json-from-wast", source, "-o", tmp_path / "plain").status == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["plain", "plain.0.wasm", "script.wast"]


def test_standard_input(tmp_path):
    done = wasmproc("json-from-wast", "-", "-o", "in.json", data=b"(module)", cwd=tmp_path)
    assert done == Done(0, "", "")
    assert json.loads((tmp_path / "in.json").read_text())["commands"][0]["filename"] == "in.0.wasm"


# Errors.


@pytest.mark.parametrize("script", ["(module", "(nonsense)", "(module)\n(assert_return)", "(module) )", '(invoke "\\ff")'])
def test_scripts_that_are_wrong(script, tmp_path):
    source = write(tmp_path / "script.wast", script)
    done = wasmproc("json-from-wast", source, "-o", tmp_path / "out.json")
    assert (done.status, done.out) == (1, "")
    assert done.err.startswith(f"{source}:")
    assert ": error: " in done.err
    assert not (tmp_path / "out.json").exists()


def test_output_that_can_not_be_written(tmp_path):
    source = write(tmp_path / "script.wast", "(module)")
    target = tmp_path / "missing" / "out.json"
    done = wasmproc("json-from-wast", source, "-o", target)
    assert done == Done(1, "", f"wasmproc: {target}: No such file or directory\n")
    (tmp_path / "out.0.wasm").mkdir()
    done = wasmproc("json-from-wast", source, "-o", tmp_path / "out.json")
    assert done == Done(1, "", f"wasmproc: {tmp_path}/out.0.wasm: Is a directory\n")
    assert not (tmp_path / "out.json").exists()


def test_a_module_that_can_not_be_written(tmp_path):
    source = write(tmp_path / "script.wast", "(module)")
    (tmp_path / "out.0.wasm").symlink_to("/dev/full")
    done = wasmproc("json-from-wast", source, "-o", tmp_path / "out.json")
    assert done == Done(1, "", f"wasmproc: {tmp_path}/out.0.wasm: No space left on device\n")
    assert not (tmp_path / "out.json").exists()


def test_names_that_are_not_utf8(tmp_path):
    """The script may have such a name; the output may not, since the JSON names the modules."""
    source = write(tmp_path / os.fsdecode(b"\xff.wast"), "(module)")
    assert wasmproc("json-from-wast", source, "-o", tmp_path / "out.json") == Done(0, "", "")
    assert json.loads((tmp_path / "out.json").read_text())["source_filename"].endswith("/\ufffd.wast")
    done = wasmproc("json-from-wast", source, "-o", tmp_path / os.fsdecode(b"\xff.json"))
    assert done.status == 1
    assert "the name is not UTF-8" in done.err


def test_a_device_is_not_removed(tmp_path):
    source = write(tmp_path / "script.wast", "(register")
    assert wasmproc("json-from-wast", source, "-o", "/dev/null").status == 1
    assert os.path.exists("/dev/null")
    done = wasmproc("json-from-wast", write(source, "(switch)"), "-o", "/dev/full")
    assert done == Done(1, "", "wasmproc: /dev/full: No space left on device\n")
    done = wasmproc("json-from-wast", write(source, "(switch)\n" * 10_000), "-o", "/dev/full")
    assert done == Done(1, "", "wasmproc: /dev/full: No space left on device\n")
