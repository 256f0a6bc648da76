"""The command line: `wasmproc run`, functions and processes; test_cli_wasi.py is about programs."""

import os
import re
import signal
import subprocess

import pytest
from cli_support import PROGRAM, TIMEOUT, Done, binary, needs_program, wait_until_interruptible, wasmproc, write

pytestmark = needs_program

MODULE = """
(module
  (func (export "i32") (param i32) (result i32) (local.get 0))
  (func (export "i64") (param i64) (result i64) (local.get 0))
  (func (export "f32") (param f32) (result f32) (local.get 0))
  (func (export "f64") (param f64) (result f64) (local.get 0))
  (func (export "externref") (param externref) (result externref) (local.get 0))
  (func (export "funcref") (result funcref) (ref.func $f))
  (func $f (export "swap") (param i32 f64) (result f64 i32) (local.get 1) (local.get 0))
  (func (export "nothing"))
  (func (export "trap")
    (unreachable))
  (func (export "spin") (loop (br 0)))
  (func $deep (export "deep") (call $deep))
  (memory (export "memory") 1)
)
"""

PROCESS = """
(module
  (import "process" "mmap" (func $mmap (param i32 i64) (result i32)))
  (import "env" "memory" (memory 1))
  (import "env" "__stack_pointer" (global $sp (mut i32)))
  (func (export "mmap") (param i32 i64) (result i32) (call $mmap (local.get 0) (local.get 1)))
  (func (export "size") (result i32) (memory.size))
  (func (export "sp") (result i32) (global.get $sp))
  (func (export "touch") (param i32) (result i32) (i32.load (local.get 0))))
"""


@pytest.fixture
def module(tmp_path):
    return write(tmp_path / "module.wat", MODULE)


@pytest.fixture
def process(tmp_path):
    return write(tmp_path / "process.wat", PROCESS)


# Arguments and results, by the text format's rules for numbers (chapter "Text Format", "Values").


@pytest.mark.parametrize(
    ("type_", "argument", "result"),
    [
        ("i32", "0", "0"),
        ("i32", "-1", "-1"),
        ("i32", "+7", "7"),
        ("i32", "4294967295", "-1"),
        ("i32", "-2147483648", "-2147483648"),
        ("i32", "0x7fff_ffff", "2147483647"),
        ("i32", "-0x80000000", "-2147483648"),
        ("i64", "-1", "-1"),
        ("i64", "18446744073709551615", "-1"),
        ("i64", "0x8000000000000000", "-9223372036854775808"),
        ("i64", "9223372036854775807", "9223372036854775807"),
        ("f32", "inf", "inf"),
        ("f32", "-inf", "-inf"),
        ("f32", "nan", "nan"),
        ("f32", "-nan:0x200001", "-nan:0x200001"),
        ("f64", "-nan:0x8000000000000", "-nan"),
        ("f64", "nan:0x1", "nan:0x1"),
        ("externref", "ref.null", "ref.null"),
    ],
)
def test_values(type_, argument, result, module):
    assert wasmproc("run", module, "--invoke", type_, argument) == Done(0, result + "\n", "")


@pytest.mark.parametrize(
    ("type_", "argument", "value"),
    [("f32", "1.5", 1.5), ("f32", "-0x1p-149", -(2.0**-149)), ("f64", "0.1", 0.1), ("f64", "1e308", 1e308), ("f64", "-7", -7.0)],
)
def test_floats(type_, argument, value, module):
    """The printed result denotes exactly the same number, in decimal or hexadecimal, and is a valid argument."""
    done = wasmproc("run", module, "--invoke", type_, argument)
    text = done.out.strip()
    assert done.status == 0
    assert (float.fromhex(text) if "0x" in text else float(text)) == value
    assert wasmproc("run", module, "--invoke", type_, text) == done


def test_negative_zero(module):
    assert wasmproc("run", module, "--invoke", "f64", "-0").out.startswith("-0")


def test_several_results(module, tmp_path):
    done = wasmproc("run", module, "--invoke", "swap", "-3", "inf")
    assert done == Done(0, "inf\n-3\n", "")
    assert wasmproc("run", write(tmp_path / "m.wasm", binary(MODULE, tmp_path)), "--invoke", "swap", "-3", "inf") == done


def test_no_results(module):
    assert wasmproc("run", module, "--invoke", "nothing") == Done(0, "", "")


def test_function_reference(module):
    assert wasmproc("run", module, "--invoke", "funcref") == Done(0, "ref.func\n", "")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["i32"], "'i32' takes 1 arguments, not 0"),
        (["i32", "1", "2"], "'i32' takes 1 arguments, not 2"),
        (["i32", "4294967296"], "argument 1 of 'i32' is of type i32, which '4294967296' is not"),
        (["i32", "-2147483649"], "argument 1 of 'i32' is of type i32, which '-2147483649' is not"),
        (["i32", "1.5"], "argument 1 of 'i32' is of type i32, which '1.5' is not"),
        (["i32", ""], "argument 1 of 'i32' is of type i32, which '' is not"),
        (["i32", "1 2"], "argument 1 of 'i32' is of type i32, which '1 2' is not"),
        (["i32", "--"], "argument 1 of 'i32' is of type i32, which '--' is not"),
        (["i32", os.fsdecode(b"\xff")], "argument 1 of 'i32' is of type i32, which '\ufffd' is not"),
        (["f32", "nan:0x0"], "argument 1 of 'f32' is of type f32, which 'nan:0x0' is not"),
        (["f64", "one"], "argument 1 of 'f64' is of type f64, which 'one' is not"),
        (["externref", "7"], "argument 1 of 'externref' is of type externref, which '7' is not"),
    ],
)
def test_arguments_that_do_not_fit(arguments, message, module):
    hint = "Try 'wasmproc run --help'.\n"
    assert wasmproc("run", module, "--invoke", *arguments) == Done(2, "", f"wasmproc run: {message}\n{hint}")


def test_exports_that_are_not_there(module):
    assert wasmproc("run", module, "--invoke", "none") == Done(126, "", f"{module}: error: there is no export 'none'\n")
    done = wasmproc("run", module, "--invoke", "memory")
    assert done == Done(126, "", f"{module}: error: no function: export 'memory'\n")


# Without --invoke.


def test_start(tmp_path):
    source = write(tmp_path / "start.wat", '(module (func (export "_start") unreachable))')
    done = wasmproc("run", source)
    assert done == Done(134, "", f"{source}:1:33: error: trap: unreachable\n")
    assert wasmproc("run", write(tmp_path / "none.wat", "(module (func unreachable))")) == Done(0, "", "")
    takes = write(tmp_path / "takes.wat", '(module (func (export "_start") (param i32) unreachable))')
    assert wasmproc("run", takes) == Done(0, "", "")


# Errors of the run.


def test_trap_has_a_place(module, tmp_path):
    assert wasmproc("run", module, "--invoke", "trap") == Done(134, "", f"{module}:12:6: error: trap: unreachable\n")
    whole = write(tmp_path / "module.wasm", binary(MODULE, tmp_path))
    done = wasmproc("run", whole, "--invoke", "trap")
    found = re.fullmatch(rf"{whole}:0x([0-9a-f]+): error: trap: unreachable\n", done.err)
    assert done.status == 134  # the opcode of unreachable
    assert whole.read_bytes()[int(found[1], 16)] == 0x00


def test_missing_import(tmp_path):
    source = write(tmp_path / "import.wat", '(module (import "spectest" "print" (func)))')
    done = wasmproc("run", source)
    assert (done.status, done.out) == (126, "")
    assert re.fullmatch(rf"{source}:1:\d+: error: unlinkable: unknown import: spectest\.print\n", done.err)


def test_invalid(tmp_path):
    source = write(tmp_path / "invalid.wat", '(module (func (export "_start") (result i32)))')
    done = wasmproc("run", source)
    assert done.status == 126
    assert ": error: invalid: type mismatch" in done.err


def test_budgets(module):
    done = wasmproc("run", "--fuel", "1000", module, "--invoke", "spin")
    assert done.status == 134
    assert done.err.endswith(": error: exhaustion: fuel exhausted\n")
    assert wasmproc("run", "--fuel", "1000", module, "--invoke", "i32", "1") == Done(0, "1\n", "")
    done = wasmproc("run", module, "--invoke", "deep")
    assert done.status == 134
    assert done.err.endswith(": error: exhaustion: call stack exhausted\n")
    done = wasmproc("run", "--limit", "memory_pages=0", module)
    assert done.status == 134
    assert ": error: " in done.err


def test_interrupt(module):
    """Ctrl-C ends the call, which the exit status reports."""
    running = subprocess.Popen([PROGRAM, "run", module, "--invoke", "spin"], stderr=subprocess.PIPE)
    wait_until_interruptible(running)
    running.send_signal(signal.SIGINT)
    _, err = running.communicate(timeout=TIMEOUT)
    assert running.returncode == 130
    assert err.decode() == f"{module}: error: exhaustion: interrupted\n"


# Processes.


def test_process(process):
    run = ["run", process, "--process", "64"]
    assert wasmproc(*run, "--invoke", "size") == Done(0, "64\n", "")
    # The stack has 16 pages by default, above its guard page and page 0; its top is aligned.
    top = int(wasmproc(*run, "--invoke", "sp").out)
    assert 18 * 65536 <= top <= 64 * 65536
    assert top % 16 == 0
    assert wasmproc(*run, "--stack", "0", "--invoke", "sp") == Done(0, "0\n", "")
    assert wasmproc(*run, "--invoke", "mmap", "0x10000", "65536").status == 0
    done = wasmproc(*run, "--invoke", "touch", "0")
    assert done.status == 134
    assert ": error: trap: out of bounds memory access" in done.err


def test_process_limit(process):
    """The limit is of accessible pages, on each backing; that of the engine is an upper bound."""
    for backend in ("sparse", "native"):
        run = ["run", process, "--process", "64", "--stack", "2", "--backend", backend, "--invoke", "mmap", "0x80000"]
        for limit in (["--process-limit", "4"], ["--limit", "process_pages=4"],
                      ["--process-limit", "9", "--limit", "process_pages=4"],
                      ["--process-limit", "4", "--limit", "process_pages=9"]):
            assert wasmproc(*run[:-3], *limit, *run[-3:], "0x20000") == Done(0, "524288\n", "")
            assert wasmproc(*run[:-3], *limit, *run[-3:], "0x20001") == Done(0, "0\n", "")
    done = wasmproc("run", process, "--process", "64", "--process-limit", "15")
    assert done.status == 126
    assert done.err.startswith("wasmproc: the process can't be created: limit")
    done = wasmproc("run", process, "--process-limit", "15")
    assert done.status == 2


def test_process_refused(process):
    done = wasmproc("run", process, "--process", "1")
    assert done.status == 126
    assert done.err.startswith("wasmproc: the process can't be created: extent")
    done = wasmproc("run", process, "--process", "4", "--stack", "4")
    assert done.status == 126
    assert done.err.startswith("wasmproc: the process can't be created: reservation failed")


def test_process_that_can_not_hold_the_module(module, process):
    done = wasmproc("run", "--process", "64", module)
    assert done.status == 126
    assert "error: unloadable: module defines a memory" in done.err
    done = wasmproc("run", "--process", "64", "--pointer", "i64", process)
    assert done.status == 126
    assert "error: unloadable: incompatible import type" in done.err


def test_wide_process(tmp_path):
    source = write(tmp_path / "wide.wat", '(module (import "env" "memory" (memory i64 1)) (func (export "size") (result i64) memory.size))')
    done = wasmproc("run", source, "--process", "0x1000000000000", "--pointer", "i64", "--invoke", "size")
    assert done == Done(0, "281474976710656\n", "")


# Traces.


def test_trace(module):
    done = wasmproc("run", "--trace", module, "--invoke", "i32", "5")
    assert (done.status, done.out) == (0, "5\n")
    places_and_names = [line.split()[:2] for line in done.err.splitlines()]
    assert places_and_names == [["@3:50", "local.get"], ["@3:62", "end"]]


def test_trace_of_a_binary_module(tmp_path):
    whole = write(tmp_path / "module.wasm", binary(MODULE, tmp_path))
    done = wasmproc("run", "--trace", whole, "--invoke", "i32", "5")
    place, name = done.err.splitlines()[0].split()[:2]
    assert name == "local.get"
    assert whole.read_bytes()[int(place.removeprefix("@"), 16)] == 0x20


def test_trace_names_the_rules(process):
    """The rules of mmap are printed between its call and the next instruction."""
    done = wasmproc("run", "--trace", process, "--process", "64", "--stack", "0", "--invoke", "mmap", "0x20000", "1")
    assert (done.status, done.out) == (0, "131072\n")
    lines = done.err.splitlines()
    if not any(line.startswith("  rule ") for line in lines):
        pytest.skip("this build does not count rules")
    call = next(i for i, line in enumerate(lines) if line.split()[1:2] == ["call"])
    behind = next(i for i in range(call + 1, len(lines)) if not lines[i].startswith("  rule "))
    rules = {line.removeprefix("  rule ") for line in lines[call + 1 : behind]}
    assert {"mmap.length.round", "mmap.hint.free", "mmap.result"} <= rules
    assert "mmap.hint.none" not in rules
