"""The command line: `wasmproc driver` (PROTOCOL.md, interface C)."""

import base64
import json
import os
import subprocess

import pytest
from cli_support import PROGRAM, TIMEOUT, binary, needs_program

from wasmproc_conform.driver_client import DriverClient, EngineError

pytestmark = needs_program

MODULE = """
(module
  (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
  (func (export "swap") (param f32 f64) (result f64 f32) (local.get 1) (local.get 0))
  (func (export "same") (param externref) (result externref) (local.get 0))
  (func $f (export "func") (result funcref) (ref.func $f))
  (func (export "null") (result funcref) (ref.null func))
  (func (export "trap") (unreachable))
  (func (export "wait") (loop (br 0)))
  (global (export "g") (mut i64) (i64.const -1))
  (func (export "set") (param i64) (global.set 0 (local.get 0)))
  (func (export "take") (param (ref func)))
  (memory (export "memory") 1))
"""

PROCESS = """
(module
  (import "process" "mmap" (func $mmap (param i32 i64) (result i32)))
  (import "env" "memory" (memory 1))
  (func (export "mmap") (param i32 i64) (result i32) (call $mmap (local.get 0) (local.get 1)))
  (func (export "load") (param i32) (result i32) (i32.load8_u (local.get 0))))
"""


def i32(value):
    return {"type": "i32", "value": str(value)}


@pytest.fixture
def engine():
    with DriverClient([PROGRAM, "driver"], timeout=TIMEOUT) as client:
        yield client


def kind_of(call, *arguments, **keys):
    """The kind and message of the error that answers a call."""
    with pytest.raises(EngineError) as caught:
        call(*arguments, **keys)
    return caught.value.kind, caught.value.message


def raw(*lines: bytes, end: bytes = b"\n") -> list[dict]:
    """The answers to malformed lines. The driver must end by itself with success."""
    done = subprocess.run([PROGRAM, "driver"], input=b"\n".join(lines) + end, capture_output=True, timeout=TIMEOUT)
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout == b"" or done.stdout.endswith(b"\n")
    return [json.loads(line) for line in done.stdout.splitlines()]


def protocol_error(answer: dict, number=None) -> bool:
    return answer["id"] == number and answer["error"]["kind"] == "protocol" and answer["error"]["message"] != ""


# Lines.


def test_nothing():
    assert raw(end=b"") == []


def test_last_line_without_end():
    assert raw(b'{"id":1,"cmd":"reset"}', end=b"") == [{"id": 1, "ok": True}]


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b" ",
        b"hello",
        b"{",
        b"[1",
        b'{"id":1,"cmd":"hello"',
        b'{"id":1,"cmd":"hello"} x',
        b'{"id":1,"cmd":"\xff"}',
        b'{"id":1,"cmd":"hel\0lo"}',
        b'{"id":1e999,"cmd":"hello"}',
        b'{"id":99999999999999999999,"cmd":"hello"}',
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'"' + b"x" * 5_000_000,
        bytes(range(11, 256)),
    ],
    ids=lambda line: repr(line[:20]),
)
def test_lines_that_are_not_json(line):
    first, second = raw(line, b'{"id":2,"cmd":"reset"}')
    assert protocol_error(first)
    assert first["error"]["message"].startswith("not JSON")
    assert second == {"id": 2, "ok": True}


@pytest.mark.parametrize("line", [b"null", b"true", b"7", b'"hello"', b"[]", b'[{"id":1,"cmd":"hello"}]'])
def test_lines_that_are_no_object(line):
    (answer,) = raw(line)
    assert protocol_error(answer)


def test_a_line_that_is_too_long():
    """A line may have 64 MiB. The lines after a longer one are read as usual."""
    first, second = raw(b" " * (1 << 26) + b"x", b'{"id":2,"cmd":"reset"}')
    assert protocol_error(first)
    assert first["error"]["message"] == "the line is too long"
    assert second == {"id": 2, "ok": True}


@pytest.mark.parametrize("number", [0, -1, 1 << 60, "seven", None, [1], {"a": 2}, True])
def test_ids_come_back(number):
    assert raw(json.dumps({"id": number, "cmd": "reset"}).encode()) == [{"id": number, "ok": True}]


def test_no_id():
    assert raw(b'{"cmd":"reset"}') == [{"id": None, "ok": True}]


@pytest.mark.parametrize("cmd", ["", "Hello", "hello ", "hello\0", "unknown", "x" * 10_000, None, 7, ["hello"], {}])
def test_unknown_commands(cmd):
    (answer,) = raw(json.dumps({"id": 5, "cmd": cmd}).encode())
    assert protocol_error(answer, 5)
    assert len(answer["error"]["message"]) < 300


# Requests with keys that are missing or of the wrong type, each in the plain store or in a process.

_GOOD = {
    "module": {"text": "(module)", "name": "$m"},
    "define": {"text": "(module)", "name": "$m"},
    "instantiate": {"definition": "$d", "name": "$m"},
    "check": {"text": "(module)", "phase": "decode"},
    "register": {"as": "a", "name": "$m"},
    "invoke": {"module": "$m", "field": "f", "args": []},
    "get": {"module": "$m", "field": "g"},
    "process": {"name": "$p", "address": "i32", "pages": "64", "stack": "0", "limit": "8", "dictionary": []},
    "switch": {"name": "$p"},
    "end": {"name": "$p"},
    "peek": {"addr": "65536", "length": "1"},
    "poke": {"addr": "65536", "bytes": "AA=="},
    "mmap": {"hint": "0", "length": "1"},
    "munmap": {"addr": "65536", "length": "1"},
    "discard": {"addr": "65536", "length": "1"},
}

_OPTIONAL = {
    ("module", "name"), ("define", "name"), ("instantiate", "name"), ("instantiate", "definition"), ("register", "name"),
    ("invoke", "module"), ("invoke", "args"), ("get", "module"), ("process", "name"), ("process", "address"),
    ("process", "stack"), ("process", "limit"), ("process", "dictionary"), ("switch", "name"), ("end", "name"),
}

_WRONG = [7, -1, 1.5, True, {}, {"a": []}, "", "-1", "0x10", "1 ", "18446744073709551616", [0], [[]], [{}], [None], "\0"]


@pytest.mark.parametrize("inside", [False, True], ids=["plain", "process"])
@pytest.mark.parametrize("cmd", _GOOD)
def test_keys_of_the_wrong_type(cmd, inside):
    """No request is answered with a crash, and the driver still works after it."""
    lines = []
    if inside:
        lines.append({"id": 0, "cmd": "process", **_GOOD["process"]})
    for key in _GOOD[cmd]:
        for wrong in _WRONG:
            lines.append({"id": f"{key}={wrong!r}", "cmd": cmd, **_GOOD[cmd], key: wrong})
        lines.append({"id": f"no {key}", "cmd": cmd, **{k: v for k, v in _GOOD[cmd].items() if k != key}})
    lines.append({"id": "last", "cmd": "check", **_GOOD["check"]})
    answers = raw(*(json.dumps(line).encode() for line in lines))
    assert [answer["id"] for answer in answers] == [line["id"] for line in lines]
    assert answers[-1] == {"id": "last", "ok": True}
    for answer in answers:
        assert answer.get("ok") is True or answer["error"]["kind"] != "crash"
    for line, answer in zip(lines, answers):
        key = str(line["id"]).removeprefix("no ")
        if str(line["id"]).startswith("no ") and (cmd, key) not in _OPTIONAL:
            assert protocol_error(answer, line["id"])
        if str(line["id"]).endswith(("=7", "=1.5", "=True", "={}")):
            assert protocol_error(answer, line["id"])


@pytest.mark.parametrize("text", ["A", "AAAAA", "====", "AA=A", "AAA*", "AA==AA==", "AAAA=", " AAA", "é"])
def test_base64_that_is_none(text):
    process, answer = raw(
        json.dumps({"id": 1, "cmd": "process", "pages": "64"}).encode(),
        json.dumps({"id": 2, "cmd": "poke", "addr": "65536", "bytes": text}).encode(),
    )
    assert process["ok"] is True
    assert protocol_error(answer, 2)


# Commands, one by one.


def test_hello(engine):
    hello = engine.hello()
    assert hello["name"] == "wasmproc"
    assert hello["process"] is True
    assert hello["profiles"] == ["strict"]
    assert {"text", "custom", "mvp", "tail_call"} <= set(hello["features"])


def test_module_in_both_forms(engine, tmp_path):
    engine.module(text=MODULE)
    assert engine.invoke("add", [i32(2), i32(3)]) == [i32(5)]
    engine.module(data=binary(MODULE, tmp_path), name="$m")
    assert engine.invoke("add", [i32(0), i32(0xFFFFFFFF)], module="$m") == [i32(0xFFFFFFFF)]


def test_values(engine):
    engine.module(text=MODULE)
    floats = [{"type": "f32", "value": str(0x7FA00000)}, {"type": "f64", "value": str(1 << 63)}]
    assert engine.invoke("swap", floats) == floats[::-1]
    for value in ["null", "0", "18446744073709551615"]:
        assert engine.invoke("same", [{"type": "externref", "value": value}]) == [{"type": "externref", "value": value}]
    assert engine.invoke("func") == [{"type": "funcref", "value": "func"}]
    assert engine.invoke("null") == [{"type": "funcref", "value": "null"}]
    assert engine.get("g") == {"type": "i64", "value": "18446744073709551615"}
    assert engine.invoke("set", [{"type": "i64", "value": "7"}]) == []
    assert engine.get("g") == {"type": "i64", "value": "7"}


@pytest.mark.parametrize(
    ("field", "arguments"),
    [
        ("add", []),
        ("add", [i32(1)]),
        ("add", [i32(1), i32(2), i32(3)]),
        ("add", [i32(1), i32(1 << 32)]),
        ("add", [i32(1), i32(-1)]),
        ("add", [i32(1), i32("")]),
        ("add", [i32(1), {"type": "i32"}]),
        ("add", [i32(1), {"type": "i32", "value": 7}]),
        ("add", [i32(1), {"type": "i64", "value": "1"}]),
        ("add", [i32(1), {"type": "u8", "value": "1"}]),
        ("add", [i32(1), {"value": "1"}]),
        ("add", [i32(1), None]),
        ("add", [i32(1), "1"]),
        ("add", [i32(1), {"type": "funcref", "value": "null"}]),
        ("swap", [{"type": "f32", "value": "nan:canonical"}, {"type": "f64", "value": "0"}]),
        ("same", [{"type": "externref"}]),
        ("same", [{"type": "externref", "value": "func"}]),
        ("same", [{"type": "funcref", "value": "1"}]),
        ("take", [{"type": "funcref", "value": "null"}]),
        ("take", [{"type": "externref", "value": "1"}]),
        ("add", [i32(1), {"type": "v128", "lane_type": "i32", "value": ["1"]}]),
        ("add", [i32(1), {"type": "v128", "lane_type": "i32", "value": ["1", "2", "3", "4"]}]),
        ("add", [i32(1), {"type": "v128", "value": []}]),
        ("memory", []),
        ("g", []),
        ("nothing", []),
    ],
)
def test_actions_that_are_wrong(field, arguments, engine):
    engine.module(text=MODULE)
    assert kind_of(engine.invoke, field, arguments)[0] in ("protocol", "unsupported")
    assert engine.invoke("add", [i32(2), i32(3)]) == [i32(5)]


def test_failures_have_kinds(engine):
    assert kind_of(engine.module, data=b"\0asm") == ("malformed", "unexpected end")
    assert kind_of(engine.module, text="(module")[0] == "malformed"
    kind, message = kind_of(engine.module, text="(module (func i32.add))")
    assert kind == "invalid"
    assert message.startswith("type mismatch")
    kind, message = kind_of(engine.module, text='(module (import "a" "b" (func)))')
    assert kind == "unlinkable"
    assert message.startswith("unknown import")
    kind, message = kind_of(engine.module, text="(module (func $f unreachable) (start $f))")
    assert (kind, message) == ("trap", "unreachable")
    kind, message = kind_of(engine.module, text="(module (type (struct)))")
    assert kind == "unsupported"
    assert not message.startswith("unsupported")
    engine.module(text=MODULE)
    assert kind_of(engine.invoke, "trap") == ("trap", "unreachable")


def test_fuel():
    with DriverClient([PROGRAM, "driver", "--fuel", "1000"], timeout=TIMEOUT) as engine:
        engine.module(text=MODULE)
        for _ in range(2):
            assert kind_of(engine.invoke, "wait") == ("exhaustion", "fuel exhausted")
            assert engine.invoke("add", [i32(2), i32(3)]) == [i32(5)]


def test_definitions(engine):
    assert kind_of(engine.instantiate)[0] == "protocol"
    engine.define(text='(module (global (export "g") (mut i32) (i32.const 3)))', name="$d")
    engine.define(text='(module (global (export "g") (mut i32) (i32.const 4)))')
    engine.instantiate(definition="$d", name="$a")
    engine.instantiate(name="$b")
    assert engine.get("g", module="$a") == i32(3)
    assert engine.get("g", module="$b") == engine.get("g") == i32(4)
    assert kind_of(engine.instantiate, definition="$none") == ("protocol", "no definition $none")


def test_check(engine):
    invalid = "(module (func i32.add))"
    engine.check("decode", text=invalid)
    assert kind_of(engine.check, "validate", text=invalid)[0] == "invalid"
    imports = '(module (import "a" "b" (func)))'
    engine.check("validate", text=imports)
    assert kind_of(engine.check, "instantiate", text=imports)[0] == "unlinkable"
    engine.check("instantiate", text=MODULE)
    assert kind_of(engine.invoke, "func")[0] == "protocol"  # it was not kept
    assert kind_of(engine.check, "run", text=MODULE)[0] == "protocol"
    assert kind_of(engine.check, "decode")[0] == "protocol"


def test_register(engine):
    assert kind_of(engine.register, "m")[0] == "protocol"
    engine.module(text=MODULE, name="$m")
    engine.register("m")
    engine.module(text='(module (import "m" "add" (func (param i32 i32) (result i32))) (export "f" (func 0)))')
    assert engine.invoke("f", [i32(2), i32(2)]) == [i32(4)]
    engine.register("n", name="$m")
    assert kind_of(engine.register, "n", name="$none") == ("protocol", "no instance $none")


def test_names_with_any_character(engine):
    engine.module(text='(module (func (export "caf\\u{e9} \\00 \\"") (result i32) (i32.const 9)))')
    assert engine.invoke('café \0 "') == [i32(9)]
    kind, message = kind_of(engine.module, text=f'(module (import "{"é" * 300}" "" (func)))')
    assert kind == "unlinkable"
    assert message.startswith("unknown import")


def test_reset(engine):
    engine.module(text=MODULE, name="$m")
    engine.define(text=MODULE, name="$d")
    engine.register("m")
    engine.process(pages=64, name="$p")
    engine.reset()
    assert kind_of(engine.mmap, 0, 1)[0] == "protocol"
    assert kind_of(engine.switch, "$p")[0] == "protocol"
    assert kind_of(engine.invoke, "func", module="$m")[0] == "protocol"
    assert kind_of(engine.instantiate, definition="$d")[0] == "protocol"
    assert kind_of(engine.module, text='(module (import "m" "func" (func (result funcref))))')[0] == "unlinkable"


# Processes.


def test_process(engine):
    engine.process(pages=64, name="$p")
    engine.module(text=PROCESS, name="$m")
    address = int(engine.invoke("mmap", [i32(0), {"type": "i64", "value": "65536"}])[0]["value"])
    assert address % 65536 == 0
    assert address > 0
    engine.poke(address + 65535, b"\x2a")
    assert engine.invoke("load", [i32(address + 65535)]) == [i32(42)]
    assert engine.peek(address, 65536) == bytes(65535) + b"\x2a"
    assert kind_of(engine.poke, address + 65535, b"xy")[0] == "trap"
    assert engine.peek(address + 65535, 1) == b"\x2a"
    assert engine.peek(address, 0) == b""
    assert engine.discard(address, 65537) is False
    assert engine.discard(address, 65536) is True
    assert engine.peek(address, 65536) == bytes(65536)
    assert engine.munmap(address, 65536) is True
    assert kind_of(engine.peek, address, 1)[0] == "trap"
    assert engine.munmap(address + 1, 65536) is False
    assert engine.mmap(0, 0) == 0
    assert engine.mmap(address, 1) == address
    assert kind_of(engine.peek, address, 65537)[0] == "protocol"


def test_poke_of_more_than_a_page(engine):
    engine.process(pages=64)
    address = engine.mmap(0, 3 * 65536)
    data = os.urandom(2 * 65536 + 5)
    engine.poke(address + 1, data)
    assert engine.peek(address + 1, 65536) == data[:65536]
    assert engine.peek(address + 1 + 65536, 65536) == data[65536:131072]


def test_two_processes(engine):
    engine.module(text=MODULE, name="$m")
    engine.process(pages=64, name="$p")
    engine.mmap(65536, 1)
    engine.poke(65536, b"p")
    engine.process(pages=1 << 48, address="i64", stack=4, name="$q")
    assert engine.mmap(1 << 63, 1 << 62) == 1 << 63
    assert kind_of(engine.peek, 65536, 1)[0] == "trap"
    assert kind_of(engine.invoke, "func", module="$m")[0] == "protocol"  # a name of the plain store
    engine.switch("$p")
    assert engine.peek(65536, 1) == b"p"
    engine.switch()
    assert engine.invoke("null", module="$m") == [{"type": "funcref", "value": "null"}]
    assert kind_of(engine.peek, 65536, 1)[0] == "protocol"


def test_processes_that_are_refused(engine):
    engine.process(pages=64)
    engine.mmap(65536, 1)
    kind, message = kind_of(engine.process, pages=1)
    assert kind == "refused"
    assert message.startswith("extent")
    kind, message = kind_of(engine.process, pages=4, stack=4)
    assert kind == "refused"
    assert message.startswith("reservation failed")
    assert kind_of(engine.request, "process", pages="64", address="i16")[0] == "protocol"
    assert engine.peek(65536, 1) == b"\0"  # the first one is still current


def test_end(engine):
    assert kind_of(engine.end)[0] == "protocol"
    engine.process(pages=64, name="$p")
    engine.module(text=PROCESS, name="$m")
    engine.end()
    ended = ("refused", "process has ended")
    assert kind_of(engine.end) == kind_of(engine.end, "$p") == kind_of(engine.switch, "$p") == ended
    assert kind_of(engine.mmap, 0, 1) == kind_of(engine.munmap, 65536, 1) == kind_of(engine.peek, 65536, 1) == ended
    assert kind_of(engine.discard, 65536, 1) == ended
    assert kind_of(engine.poke, 65536, b"x") == kind_of(engine.invoke, "load", [i32(65536)]) == ended
    assert kind_of(engine.module, text=PROCESS) == ended
    engine.switch()
    engine.process(pages=64, name="$p")
    assert engine.mmap(0, 1) > 0


def test_libraries(engine):
    lib = """(module (@dylink.0) (func (export "f") (result i32) (i32.const 42)))"""
    user = """(module (@dylink.0 (needed "lib"))
      (import "env" "f" (func $f (result i32))) (func (export "run") (result i32) (call $f)))"""
    assert kind_of(engine.request, "dictionary", entries=[["lib", "test:lib"]]) == ("protocol", "no current process")
    engine.request("library", uri="test:lib", text=lib)
    engine.request("library", uri="test:bytes", bytes=base64.b64encode(b"no module").decode())
    engine.process(pages=64, dictionary=[["bytes", "test:bytes"]])
    assert kind_of(engine.module, text=user)[0] == "unloadable"
    engine.request("dictionary", entries=[["lib", "test:lib"]])
    refused = kind_of(engine.request, "dictionary", entries=[["new", "test:new"], ["lib", "test:other"]])
    assert refused[0] == "refused"
    assert refused[1].startswith("already bound")
    assert kind_of(engine.request, "dictionary", entries=[["x", "test:x", "md5-"]])[1].startswith("malformed digest")
    engine.module(text=user, name="$m")
    assert engine.invoke("run") == [i32(42)]
    bad = """(module (@dylink.0 (needed "bytes")))"""
    kind, message = kind_of(engine.check, "instantiate", text=bad)
    assert kind == "unloadable"
    assert message.startswith("malformed library")
    engine.request("unload", name="$m")
    assert kind_of(engine.invoke, "run") == ("protocol", "no instance")
    assert kind_of(engine.request, "unload", name="$m") == ("protocol", "no instance $m")
    assert kind_of(engine.request, "library", uri="test:x", text="(module (func $f (foo)))")[0] == "malformed"


@pytest.mark.parametrize("entries", [None, "x", [["a"]], [["a", 1]], ["ab"], [["a", "b", "c", "d"]]])
def test_entries_that_are_none(engine, entries):
    engine.process(pages=64)
    assert kind_of(engine.request, "dictionary", entries=entries)[0] == "protocol"


def test_a_program_ends_itself(engine):
    engine.process(pages=64)
    engine.module(text="""(module (import "process" "exit" (func $f (param i32))) (export "exit" (func $f)))""")
    assert kind_of(engine.invoke, "exit", [i32(3)]) == ("exit", "exit with code 3")
    assert kind_of(engine.invoke, "exit", [i32(3)]) == ("refused", "process has ended")



def test_rules(engine):
    try:
        engine.rules()
    except EngineError as error:
        assert error.kind == "unsupported"
        pytest.skip("this build does not count rules")
    assert engine.rules() == {}
    engine.process(pages=64)
    engine.mmap(0, 1)
    fired = engine.rules()
    assert fired["mmap.length.round"] == 1
    assert fired["mmap.hint.none"] == 1
    assert fired["process.create"] == 1
    assert "mmap.hint.free" not in fired
    assert engine.rules() == {}


# The stream.


def test_answers_come_at_once(engine):
    """The client waits for each answer, so this ends only if answers are flushed."""
    for _ in range(50):
        engine.reset()


def test_closed_output():
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [PROGRAM, "driver"], input=b'{"id":1,"cmd":"hello"}\n' * 3, stdout=writing, stderr=subprocess.PIPE, timeout=TIMEOUT
    )
    os.close(writing)
    assert done.returncode == 1
    assert done.stderr.startswith(b"wasmproc: driver: Broken pipe\n")


def test_input_that_can_not_be_read(tmp_path):
    folder = os.open(tmp_path, os.O_RDONLY)
    done = subprocess.run([PROGRAM, "driver"], stdin=folder, capture_output=True, timeout=TIMEOUT)
    os.close(folder)
    assert (done.returncode, done.stderr) == (1, b"wasmproc: driver: Is a directory\n")


def test_trace_goes_to_standard_error():
    request = {"id": 1, "cmd": "module", "text": "(module (func $f) (start $f))"}
    done = subprocess.run(
        [PROGRAM, "driver", "--trace"], input=json.dumps(request).encode(), capture_output=True, timeout=TIMEOUT
    )
    assert json.loads(done.stdout) == {"id": 1, "ok": True}
    assert done.stderr.decode().split()[1:2] == ["end"]


def test_large_module(engine):
    """A line of some megabytes."""
    data = "x" * 3_000_000
    source = f'(module (memory (export "m") 64) (data (i32.const 0) "{data}"))'
    engine.module(text=source)
    assert len(base64.b64encode(source.encode())) > 4_000_000
