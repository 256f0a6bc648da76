"""The command line: `wasmproc wast` (PROTOCOL.md, interface A)."""

import json
import signal
import subprocess

import pytest
from cli_support import PROGRAM, TIMEOUT, needs_program, wait_until_interruptible, wasmproc, write

pytestmark = needs_program

GOOD = """(module (func (export "f") (result i32) (i32.const 3)))
(assert_return (invoke "f") (i32.const 3))
(module (import "spectest" "print_i32" (func $p (param i32))) (func (export "p") (call $p (i32.const 7))))
(invoke "p")
"""

BAD = """(module (func (export "f") (result i32) (i32.const 3)))
  (assert_return (invoke "f") (i32.const 4))
(assert_trap (invoke "f") "unreachable")
(module (type (struct)))
(invoke "f")
"""


def events(done) -> list[dict]:
    return [json.loads(line) for line in done.out.splitlines()]


def test_what_passes(tmp_path):
    done = wasmproc("wast", write(tmp_path / "good.wast", GOOD))
    assert (done.status, done.err) == (0, "")
    assert done.out == "(i32.const 7)\n1 file, 4 commands: 4 passed, 0 failed, 0 unsupported\n"


def test_what_fails(tmp_path):
    source = write(tmp_path / "bad.wast", BAD)
    done = wasmproc("wast", source)
    assert (done.status, done.err) == (1, "")
    assert f"{source}:2:3: fail: assert_return" in done.out
    assert f"{source}:3:1: fail: assert_trap" in done.out
    assert "(i32.const 4)" in done.out
    assert "(i32.const 3)" in done.out
    assert f"{source}:4:1" not in done.out
    assert f"{source}:4:1: unsupported: module" in wasmproc("wast", "--verbose", source).out


def test_what_is_unsupported(tmp_path):
    """Each feature once, the most frequent first, those of equal frequency by name."""
    source = write(tmp_path / "unsupported.wast", "(module (tag)) (module (type (struct))) (module (tag)) (module (type (array i32)))")
    lines = wasmproc("wast", source).out.splitlines()[1:]
    counts = [int(line.split()[0]) for line in lines]
    names = [line.partition(" unsupported: ")[2] for line in lines]
    assert sum(counts) == 4
    assert counts == sorted(counts, reverse=True)
    assert counts[0] == 2
    assert all(names)
    assert names[1:] == sorted(names[1:])


def test_json(tmp_path):
    good, bad = write(tmp_path / "good.wast", GOOD), write(tmp_path / "bad.wast", BAD)
    done = wasmproc("wast", "--json", good, bad)
    assert (done.status, done.err) == (1, "")
    found = events(done)
    assert [e["event"] for e in found] == ["start", *["command"] * 4, "end", "start", *["command"] * 5, "end"]
    assert {e["file"] for e in found[:6]} == {str(good)}
    assert {e["file"] for e in found[6:]} == {str(bad)}
    assert found[5] == {"event": "end", "file": str(good), "commands": 4, "pass": 4, "fail": 0, "unsupported": 0}
    assert found[-1] == {"event": "end", "file": str(bad), "commands": 5, "pass": 1, "fail": 2, "unsupported": 2}
    assert [e["outcome"] for e in found[7:-1]] == ["pass", "fail", "fail", "unsupported", "unsupported"]
    failed = found[8]
    assert (failed["line"], failed["column"], failed["kind"]) == (2, 3, "assert_return")
    assert (failed["expected"], failed["actual"]) == ("(i32.const 4)", "(i32.const 3)")


def test_a_syntax_error_ends_a_script(tmp_path):
    source = write(tmp_path / "bad.wast", "(module)\n(nonsense)\n(module)")
    done = wasmproc("wast", "--json", source)
    assert done.status == 1
    kinds = [(e.get("kind"), e.get("outcome"), e.get("line")) for e in events(done) if e["event"] == "command"]
    assert kinds == [("module", "pass", 1), ("script", "fail", 2)]


@pytest.mark.parametrize("reverse", [False, True])
def test_the_worst_file_decides(tmp_path, reverse):
    files = [write(tmp_path / "good.wast", GOOD), tmp_path / "missing.wast"]
    done = wasmproc("wast", *(files[::-1] if reverse else files))
    assert done.status == 1
    assert done.err == f"{tmp_path}/missing.wast: error: No such file or directory\n"
    assert "4 passed" in done.out


def test_files_do_not_see_each_other(tmp_path):
    first = write(tmp_path / "first.wast", '(module $m (func (export "f"))) (register "m")')
    second = write(tmp_path / "second.wast", '(assert_unlinkable (module (import "m" "f" (func))) "unknown import")')
    assert wasmproc("wast", first, second).status == 0


def test_limits_and_fuel(tmp_path):
    source = write(
        tmp_path / "deep.wast",
        '(module (func $f (export "f") (param i32) (if (local.get 0) (then (call $f (i32.sub (local.get 0) (i32.const 1)))))))\n'
        '(assert_return (invoke "f" (i32.const 50)))\n(assert_return (invoke "f" (i32.const 50)))',
    )
    assert wasmproc("wast", source).status == 0
    assert wasmproc("wast", "--limit", "call_depth=40", source).status == 1
    assert wasmproc("wast", "--limit", "locals=9", "--limit", "call_depth=4", "--limit", "call_depth=99", source).status == 0
    assert wasmproc("wast", "--fuel", "60", source).status == 0  # each command has its own
    assert wasmproc("wast", "--fuel", "40", source).status == 1
    assert wasmproc("wast", "--backend", "sparse", source).status == 0


def test_trace(tmp_path):
    source = write(tmp_path / "trace.wast", '(module (func (export "f") nop))\n(invoke "f")')
    done = wasmproc("wast", "--trace", "--json", source)
    assert done.status == 0
    assert len(events(done)) == 4
    assert [line.split()[1] for line in done.err.splitlines()] == ["nop", "end"]


def test_interrupt(tmp_path):
    source = write(tmp_path / "spin.wast", '(module (func (export "f") (loop (br 0))))\n(invoke "f")\n(module)')
    running = subprocess.Popen([PROGRAM, "wast", "--json", source], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    wait_until_interruptible(running)
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=TIMEOUT)
    assert running.returncode == 130
    lines = [json.loads(line) for line in out.decode().splitlines()]
    # The last command did not run, wherever the signal arrived.
    assert [e.get("line") for e in lines if e["event"] == "command"] in ([], [1], [1, 2])
    assert b"interrupted" in err


def test_output_that_can_not_be_written(tmp_path):
    source = write(tmp_path / "good.wast", GOOD)
    with open("/dev/full", "w") as full:
        done = subprocess.run([PROGRAM, "wast", source], stdout=full, stderr=subprocess.PIPE, timeout=TIMEOUT)
    assert done.returncode == 1
    assert done.stderr != b""
