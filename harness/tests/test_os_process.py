"""OS processes: `--os-process` of `wasmproc driver`, `wast` and `run`."""

import fcntl
import json
import os
import re
import signal
import subprocess
import termios
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from cli_support import (
    PROGRAM,
    TIMEOUT,
    needs_program,
    open_terminal,
    wait_until_interruptible,
    wasmproc,
    write,
)

from wasmproc_conform.driver_client import DriverClient, EngineError

pytestmark = [
    needs_program,
    pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="there is no /proc to see OS processes in"),
]

BACKENDS = pytest.mark.parametrize("backend", ["sparse", "native"])

MODULE = """
(module
  (import "process" "mmap" (func $mmap (param i32 i64) (result i32)))
  (import "env" "memory" (memory 1))
  (global $count (mut i32) (i32.const 0))
  (func (export "count") (result i32)
    (global.set $count (i32.add (global.get $count) (i32.const 1)))
    (global.get $count))
  (func (export "mmap") (param i32 i64) (result i32) (call $mmap (local.get 0) (local.get 1)))
  (func (export "fill") (param i32 i32) (memory.fill (local.get 0) (i32.const 1) (local.get 1)))
  (func (export "trap") (unreachable))
  (func (export "spin") (loop (br 0))))
"""

I32 = {"address": "i32", "pages": "64"}


def stat(pid: int) -> list[str] | None:
    """The fields of /proc/PID/stat from the state on; None if the process does not exist."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None


def children(pid: int) -> list[int]:
    """The running children of a process."""
    pids = [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]
    return [child for child in pids if (fields := stat(child)) and fields[1] == str(pid) and fields[0] != "Z"]


def wait_for(condition, what: str):
    """Wait for a condition and return its first true value."""
    for _ in range(TIMEOUT * 50):
        if value := condition():
            return value
        time.sleep(0.02)
    raise AssertionError(f"never: {what}")


def is_gone(pid: int) -> bool:
    fields = stat(pid)
    return fields is None or fields[0] in "ZX"


def is_busy(pid: int):
    """Whether a process computes: its time grows."""
    fields = stat(pid)
    assert fields, "the process is gone"
    return int(fields[11]) > 2


@contextmanager
def driver(*options: str):
    """A driver whose processes are OS processes. It must end successfully, without messages, and leave no process."""
    with DriverClient([PROGRAM, "driver", "--os-process", *options], timeout=TIMEOUT) as client:
        client.hello()  # Descriptors that it opens only during startup are closed by now.
        yield client
        left = children(client._process.pid)
        assert client.close() == 0
    for pid in left:
        assert is_gone(pid)


def start(client: DriverClient, name: str, **keys) -> int:
    """Create a process with the module in it, and return the id of its OS process."""
    pid = int(client.request("process", name=name, stack="0", dictionary=[], **{**I32, **keys})["pid"])
    client.request("module", text=MODULE)
    return pid


def count(client: DriverClient, name: str) -> int:
    client.request("switch", name=name)
    return call(client, "count")


def call(client: DriverClient, field: str, *args: tuple[str, int]) -> int | None:
    values = client.request("invoke", field=field, args=[{"type": t, "value": str(v)} for t, v in args])["values"]
    return int(values[0]["value"]) if values else None


def error_of(act, *arguments, **keys) -> tuple[str, str]:
    with pytest.raises(EngineError) as caught:
        act(*arguments, **keys)
    return caught.value.kind, caught.value.message


def descriptors(pid: int) -> list[str]:
    return sorted(os.listdir(f"/proc/{pid}/fd"), key=int)


def has_sanitizers() -> bool:
    return b"__asan_init" in Path(PROGRAM).read_bytes()


def need_signal(number: int) -> None:
    """Sanitizers handle some signals themselves."""
    if number in (signal.SIGSEGV, signal.SIGBUS) and has_sanitizers():
        pytest.skip("the sanitizers answer this signal")


# The end of a process affects no other.


@BACKENDS
def test_one_of_three_is_killed(backend):
    with driver("--backend", backend) as client:
        pids = {name: start(client, name) for name in ("$a", "$b", "$c")}
        assert len(set(pids.values())) == 3
        assert set(pids.values()) == set(children(client._process.pid))
        assert [count(client, name) for name in pids] == [1, 1, 1]
        os.kill(pids["$b"], signal.SIGKILL)
        wait_for(lambda: is_gone(pids["$b"]), "the end of the one that was killed")
        kind, message = error_of(client.request, "switch", name="$b")
        assert kind == "refused"
        assert message == f"process has ended: OS process {pids['$b']}: SIGKILL"
        assert error_of(client.request, "end", name="$b")[0] == "refused"
        assert [count(client, name) for name in ("$a", "$c", "$a")] == [2, 2, 3]
        # Its name can be used again.
        start(client, "$b")
        assert count(client, "$b") == 1


def test_the_current_one_is_killed():
    with driver() as client:
        pid = start(client, "$a")
        os.kill(pid, signal.SIGKILL)
        wait_for(lambda: is_gone(pid), "its end")
        for act in (
            lambda: call(client, "count"),
            lambda: client.request("module", text=MODULE),
            lambda: client.request("mmap", hint="0", length="1"),
            lambda: client.request("peek", addr="0", length="1"),
            lambda: client.request("register", **{"as": "m"}),
            lambda: client.request("dictionary", entries=[]),
            lambda: client.request("end"),
        ):
            assert error_of(act) == ("refused", f"process has ended: OS process {pid}: SIGKILL")
        client.request("switch")
        client.request("module", text='(module (func (export "f") (result i32) (i32.const 3)))')
        assert call(client, "f") == 3


def spin_until(client: DriverClient, pid: int, act) -> tuple[str, str]:
    """The error of a call that never returns, after an action on its OS process."""
    with ThreadPoolExecutor(1) as pool:
        spinning = pool.submit(error_of, call, client, "spin")
        wait_for(lambda: is_busy(pid), "that the call runs")
        act()
        return spinning.result(TIMEOUT)


@pytest.mark.parametrize(
    "number, kind",
    [
        (signal.SIGSEGV, "crash"),
        (signal.SIGBUS, "crash"),
        (signal.SIGILL, "crash"),
        (signal.SIGABRT, "crash"),
        (signal.SIGKILL, "refused"),
        (signal.SIGTERM, "refused"),
        (signal.SIGXCPU, "exhaustion"),
    ],
)
@BACKENDS
def test_a_signal_in_a_call(number, kind, backend):
    need_signal(number)
    with driver("--backend", backend) as client:
        start(client, "$other")
        pid = start(client, "$a")
        assert count(client, "$a") == 1
        got, message = spin_until(client, pid, lambda: os.kill(pid, number))
        said = f"OS process {pid}: {number.name}"
        assert (got, message) == (kind, said if kind != "refused" else f"process has ended: {said}")
        assert error_of(call, client, "count") == ("refused", f"process has ended: {said}")
        assert count(client, "$other") == 1


def test_a_signal_without_a_name():
    """Signals of the host without names."""
    with driver() as client:
        pid = start(client, "$a")
        assert count(client, "$a") == 1
        got, message = spin_until(client, pid, lambda: os.kill(pid, signal.SIGRTMIN + 6))
        assert (got, message) == ("refused", f"process has ended: OS process {pid}: signal {signal.SIGRTMIN + 6}")


def test_references_to_functions(tmp_path):
    """Each reference from an OS process denotes some function, for any number of references."""
    script = tmp_path / "references.wast"
    script.write_text(
        """(process (memory 16))
           (module (func $f) (elem declare func $f) (func (export "get") (result funcref) (ref.func $f)))
           (assert_return (invoke "get") (ref.func))
           (assert_return (invoke "get") (ref.func))"""
    )
    done = subprocess.run([PROGRAM, "wast", "--os-process", str(script)], capture_output=True, text=True, timeout=TIMEOUT)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout


def test_a_trap_ends_no_process():
    with driver() as client:
        pid = start(client, "$a")
        assert error_of(call, client, "trap") == ("trap", "unreachable")
        assert call(client, "count") == 1
        assert not is_gone(pid)


def test_end_ends_the_os_process():
    with driver() as client:
        pid = start(client, "$a")
        client.request("end")
        assert is_gone(pid)
        assert children(client._process.pid) == []
        assert error_of(call, client, "count") == ("refused", "process has ended")


def test_exit_ends_the_os_process():
    with driver() as client:
        start(client, "$a")
        pid = start(client, "$b")
        text = '(module (import "process" "exit" (func $e (param i32))) (func (export "f") (call $e (i32.const 5))))'
        client.request("module", text=text)
        assert error_of(call, client, "f") == ("exit", "exit with code 5")
        assert is_gone(pid)
        assert error_of(call, client, "f")[0] == "refused"
        assert count(client, "$a") == 1


def test_reset_ends_all():
    with driver() as client:
        pids = [start(client, f"$p{i}") for i in range(5)]
        client.request("reset")
        assert all(map(is_gone, pids))
        assert children(client._process.pid) == []


# No trace remains.


@pytest.mark.parametrize("spinning", [False, True])
@BACKENDS
def test_no_orphans_of_a_driver_that_is_killed(spinning, backend):
    running = subprocess.Popen(
        [PROGRAM, "driver", "--os-process", "--backend", backend], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        pids = []
        for request in (
            {"cmd": "process", "name": "$a", "pages": "64"},
            {"cmd": "process", "name": "$b", "pages": "64"},
            {"cmd": "module", "text": MODULE},
        ):
            running.stdin.write(json.dumps(request).encode() + b"\n")
            running.stdin.flush()
            answer = json.loads(running.stdout.readline())
            pids += [int(answer["pid"])] if "pid" in answer else []
        assert sorted(pids) == sorted(children(running.pid))
        if spinning:
            running.stdin.write(b'{"cmd":"invoke","field":"spin"}\n')
            running.stdin.flush()
            wait_for(lambda: is_busy(pids[1]), "that the call runs")
    finally:
        running.kill()
        running.communicate()
    for pid in pids:
        wait_for(lambda: is_gone(pid), f"the end of {pid}")


def test_no_orphans_at_the_end_of_the_input():
    with driver() as client:
        pids = [start(client, f"$p{i}") for i in range(3)]
        client._process.stdin.close()
        assert client._process.wait(TIMEOUT) == 0
        assert all(map(is_gone, pids))
        client._process = subprocess.Popen([PROGRAM, "driver"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)


def test_descriptors():
    """Each live process costs the driver one descriptor, and an ended one none. A process has four."""
    with driver() as client:
        before = descriptors(client._process.pid)
        pids = [start(client, f"$p{i}") for i in range(8)]
        assert len(descriptors(client._process.pid)) == len(before) + 8
        assert [len(descriptors(pid)) for pid in pids] == [len(descriptors(pids[0]))] * 8
        # The driver in the child reads and writes through two copies of the socket.
        assert len(descriptors(pids[0])) == 5
        assert {os.readlink(f"/proc/{pids[0]}/fd/{i}") for i in "01"} == {"/dev/null"}
        for i, pid in enumerate(pids):
            client.request("switch", name=f"$p{i}")
            if i % 2:
                os.kill(pid, signal.SIGKILL)
                wait_for(lambda: is_gone(pid), "its end")
                assert error_of(call, client, "count")[0] == "refused"
            else:
                client.request("end")
        assert descriptors(client._process.pid) == before
        for _ in range(20):
            assert error_of(start, client, "$q", pages="70000")[0] == "refused"
        assert descriptors(client._process.pid) == before


def test_no_descriptors_are_inherited(tmp_path):
    """Descriptors that the driver inherits are not passed on."""
    read, write_end = os.pipe()
    os.set_inheritable(write_end, True)
    running = subprocess.Popen(
        [PROGRAM, "driver", "--os-process"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, pass_fds=[write_end]
    )
    os.close(write_end)
    os.close(read)
    running.stdin.write(b'{"cmd":"process","pages":"64"}\n')
    running.stdin.flush()
    pid = int(json.loads(running.stdout.readline())["pid"])
    pipes = [os.readlink(f"/proc/{pid}/fd/{i}") for i in descriptors(pid)]
    mine = os.readlink(f"/proc/{running.pid}/fd/{write_end}")
    assert mine.startswith("pipe:")
    assert mine not in pipes
    running.communicate(timeout=TIMEOUT)
    assert running.returncode == 0


def test_fifty_at_once():
    """Created, used and ended, three times over."""
    with driver("--backend", "native") as client:
        start(client, "$first")
        for _ in range(3):
            before = len(descriptors(client._process.pid))
            pids = [start(client, f"$p{i}", pages="1024") for i in range(50)]
            assert len(set(pids)) == 50
            for i in range(50):
                assert count(client, f"$p{i}") == 1
                address = call(client, "mmap", ("i32", 0), ("i64", 65536))
                client.request("poke", addr=str(address), bytes="AQID")
            for i in range(50):
                client.request("end", name=f"$p{i}")
            assert all(map(is_gone, pids))
            assert len(descriptors(client._process.pid)) == before


def test_large_extents():
    """The host's address space does not fit several processes of 2^46 bytes, so they become OS processes automatically."""
    wide = {"address": "i64", "pages": str(1 << 30)}
    with DriverClient([PROGRAM, "driver", "--backend", "native"], timeout=TIMEOUT) as client:
        assert "pid" not in client.request("process", name="$small", pages=str(1 << 24), address="i64")
        try:
            answers = [client.request("process", name=f"$p{i}", **wide) for i in range(4)]
        except EngineError as error:
            assert "extent" in error.message
            pytest.skip("the host can't reserve 2^46 addresses")
        assert len({answer["pid"] for answer in answers}) == 4
        for i in range(4):
            client.request("switch", name=f"$p{i}")
            top = (1 << 46) - 65536
            assert client.request("mmap", hint=str(top), length="65536")["value"] == str(top)
            client.request("poke", addr=str(top + 65535), bytes="AQ==")
        client.request("switch", name="$small")
    with DriverClient([PROGRAM, "driver", "--backend", "native", "--os-process=never"], timeout=TIMEOUT) as client:
        answer = client.request("process", name="$p", **wide)
        assert "pid" not in answer


# Limits.


def limits(pid: int) -> dict[str, list[str]]:
    lines = Path(f"/proc/{pid}/limits").read_text().splitlines()[1:]
    return {line[:25].strip(): line[25:].split() for line in lines}


def test_limits_are_set():
    with driver() as client:
        assert limits(start(client, "$a"))["Max core file size"][:2] == ["0", "0"]
    with driver("--os-cpu", "7") as client:
        pid = start(client, "$a")
        assert limits(pid)["Max cpu time"][:2] == ["7", "8"]
        assert limits(client._process.pid)["Max cpu time"][0] != "7"


def test_cpu_time():
    with driver("--os-cpu", "1") as client:
        start(client, "$other")
        start(client, "$a")
        kind, message = error_of(call, client, "spin")
        assert kind == "exhaustion"
        assert message.endswith(": SIGXCPU")
        assert count(client, "$other") == 1


@BACKENDS
def test_memory(backend):
    """On the native back end mmap fails; on the sparse one, running out of memory ends the process (rule mmap.lazy)."""
    if has_sanitizers():
        pytest.skip("sanitizers need more memory than any such limit")
    with driver("--backend", backend, "--os-memory", str(64 << 20)) as client:
        pid = start(client, "$a", pages="65536")
        assert limits(pid)["Max data size"][:2] == [str(64 << 20)] * 2
        address = call(client, "mmap", ("i32", 0x100000), ("i64", 32 << 20))
        assert address == 0x100000
        call(client, "fill", ("i32", address), ("i32", 32 << 20))
        if backend == "native":
            assert call(client, "mmap", ("i32", 0), ("i64", 1 << 30)) == 0
            assert call(client, "mmap", ("i32", 0), ("i64", 65536)) != 0
        else:
            address = call(client, "mmap", ("i32", 0), ("i64", 1 << 30))
            assert address != 0
            assert error_of(call, client, "fill", ("i32", address), ("i32", 1 << 30))[0] != "crash"
            assert error_of(call, client, "count") == ("refused", "process has ended")


def test_no_answer_in_time():
    with driver("--os-timeout", "1") as client:
        start(client, "$other")
        pid = start(client, "$a")
        kind, message = error_of(call, client, "spin")
        assert (kind, message) == ("exhaustion", f"OS process {pid}: no answer in time")
        assert is_gone(pid)
        assert error_of(call, client, "count") == ("refused", f"process has ended: OS process {pid}: no answer in time")
        assert count(client, "$other") == 1


def test_no_answer_of_one_that_is_stopped():
    """Also if it does not read: the request is longer than the system's buffer."""
    with driver("--os-timeout", "1") as client:
        pid = start(client, "$a")
        os.kill(pid, signal.SIGSTOP)
        text = "(module (; " + "x" * 2_000_000 + ' ;) (@custom "c" "' + "y" * 2_000_000 + '"))'
        assert error_of(client.request, "module", text=text)[0] == "exhaustion"
        assert is_gone(pid)


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["--os-process=sometimes"], "--os-process takes always, large or never, not 'sometimes'"),
        (["--os-memory", "0"], "--os-memory takes a number over 0, not '0'"),
        (["--os-cpu", "x"], "--os-cpu takes a number over 0, not 'x'"),
        (["--os-timeout", "-1"], "--os-timeout takes a number over 0, not '-1'"),
        (["--fds", "3"], "--fds takes two numbers, IN,OUT, not '3'"),
        (["--fds", "a,b"], "--fds takes two numbers, IN,OUT, not 'a,b'"),
        (["--fds", ","], "--fds takes two numbers, IN,OUT, not ','"),
    ],
)
def test_options_that_are_wrong(arguments, message):
    done = wasmproc("driver", *arguments)
    assert done.status == 2
    assert done.err.startswith(f"wasmproc driver: {message}\n")


# The driver on other descriptors.


def test_descriptors_of_the_driver():
    (requests, give), (take, answers) = os.pipe(), os.pipe()
    running = subprocess.Popen(
        [PROGRAM, "driver", "--fds", f"{requests},{answers}"],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, pass_fds=[requests, answers],
    )
    os.close(requests)
    os.close(answers)
    text = '(module (import "spectest" "print_i32" (func $p (param i32))) (func (export "f") (call $p (i32.const 7))))'
    with open(give, "w") as out, open(take) as got:
        for request in ({"cmd": "module", "text": text}, {"cmd": "invoke", "field": "f", "args": []}):
            print(json.dumps(request), file=out, flush=True)
            assert json.loads(got.readline())["ok"]
    assert running.communicate(timeout=TIMEOUT)[0] == b"(i32.const 7)\n"
    assert running.returncode == 0


@pytest.mark.parametrize("ends", ["77,1", "0,77", "99999999999,1"])
def test_descriptors_that_are_not_there(ends):
    done = wasmproc("driver", "--fds", ends)
    assert done.status == 1
    assert "Bad file descriptor" in done.err


# Scripts.

SCRIPT = """(process $p (memory 64))
(module $m
  (import "spectest" "print_i32" (func $print (param i32)))
  (import "process" "mmap" (func $mmap (param i32 i64) (result i32)))
  (func $f (export "print") (param i32) (call $print (local.get 0)))
  (func (export "func") (result funcref) (ref.func $f))
  (func (export "null") (result funcref) (ref.null func))
  (func (export "same") (param externref) (result externref) (local.get 0))
  (func (export "many") (result f32 f64 i64)
    (f32.const nan:0x200001) (f64.const -0) (i64.const -1))
  (func (export "mmap") (param i32 i64) (result i32) (call $mmap (local.get 0) (local.get 1)))
  (global (export "g") f64 (f64.const 0x1p-1074)))
(module $spectest (func (export "f") (result i32) (i32.const 5)))
(register "five" $spectest)
(module (import "five" "f" (func (result i32))))
(invoke $m "print" (i32.const 1))
(assert_return (invoke $m "func") (ref.func))
(assert_return (invoke $m "null") (ref.null func))
(assert_return (invoke $m "same" (ref.extern 3)) (ref.extern 3))
(assert_return (invoke $m "same" (ref.null extern)) (ref.null extern))
(assert_return (invoke $m "many") (f32.const nan:0x200001) (f64.const -0) (i64.const -1))
(assert_return (get $m "g") (f64.const 0x1p-1074))
(assert_return (invoke $m "mmap" (i32.const 0x20000) (i64.const 1)) (i32.const 0x20000))
(assert_unloadable (module (memory 1)) "module defines a memory")
(assert_refused (dictionary ("a" "test:a" "sha256-")) "malformed digest")
(switch)
(module (func (export "f") (result i32) (i32.const 2)))
(assert_return (invoke "f") (i32.const 2))
(switch $p)
(end $p)
(assert_refused (invoke $m "null") "process has ended")
(assert_refused (get $m "g") "process has ended")
(assert_refused (switch $p) "process has ended")
"""


@BACKENDS
def test_a_script_gives_the_same(tmp_path, backend):
    """The output is the same, rules included, though another OS process does all work of the process."""
    source = write(tmp_path / "script.wast", SCRIPT)
    here = wasmproc("wast", "--json", "--backend", backend, source)
    there = wasmproc("wast", "--json", "--backend", backend, "--os-process", source)
    assert here == there
    assert here.status == 0
    text = wasmproc("wast", "--backend", backend, "--os-process", source)
    assert text.out == "(i32.const 1)\n1 file, 23 commands: 23 passed, 0 failed, 0 unsupported\n"


MISTAKES = """(process $p (memory 64))
(module (func (export "f") (param i32) (result i32) (local.get 0)) (global (export "g") i32 (i32.const 3)))
(assert_return (invoke "f" (i32.const 1)) (i32.const 2))
(invoke "f")
(invoke "f" (i64.const 1))
(invoke "nothing")
(get "nothing")
(invoke $nothing "f" (i32.const 1))
(register "x" $nothing)
(unload $nothing)
(assert_trap (invoke "f" (i32.const 1)) "unreachable")
(module (import "absent" "f" (func)))
(process (memory 1))
(end $p)
"""


def test_mistakes_are_the_same(tmp_path):
    source = write(tmp_path / "mistakes.wast", MISTAKES)
    here, there = wasmproc("wast", "--json", source), wasmproc("wast", "--json", "--os-process", source)
    # The OS process receives modules in binary form, without places in the script.
    assert re.sub(r" \(at \d+:\d+\)", "", here.out) == there.out
    assert (here.err, here.status) == (there.err, 1)
    events = [json.loads(line) for line in here.out.splitlines()]
    assert [event["outcome"] for event in events[1:-1]] == ["pass", "pass", *["fail"] * 11, "pass"]


def test_modules_have_their_names(tmp_path):
    """Modules in binary form have no places, but messages have them as usual."""
    text = "(process (memory 64))\n(module $named (@dylink.0) (func (export \"_initialize\") unreachable))\n"
    for options in ((), ("--os-process",)):
        done = wasmproc("wast", *options, write(tmp_path / "named.wast", text))
        assert "unloadable: unreachable (in _initialize of named)" in done.out, done


def test_settings_reach_the_process(tmp_path):
    source = write(
        tmp_path / "settings.wast",
        f"(process (memory 64)) {MODULE} (assert_exhaustion (invoke \"spin\") \"fuel exhausted\") (invoke \"count\")",
    )
    done = wasmproc("wast", "--os-process", "--fuel", "1000", "--trace", source)
    assert done.status == 0
    assert "loop" in done.err
    assert "global.set" in done.err
    deep = write(
        tmp_path / "deep.wast",
        '(process (memory 64)) (module (func $f (export "f") (param i32) (result i32)'
        " (if (result i32) (local.get 0) (then (call $f (i32.sub (local.get 0) (i32.const 1)))) (else (i32.const 0)))))"
        ' (assert_return (invoke "f" (i32.const 50)) (i32.const 0))',
    )
    assert wasmproc("wast", "--os-process", deep).status == 0
    done = wasmproc("wast", "--os-process", "--limit", "call_depth=10", deep)
    assert done.status == 1
    assert "call stack exhausted" in done.out


def test_interrupt(tmp_path):
    """Ctrl-C ends the script and the OS process that runs a call."""
    source = write(tmp_path / "spin.wast", f'(process (memory 64)) {MODULE} (invoke "spin") (module)')
    running = subprocess.Popen(
        [PROGRAM, "wast", "--json", "--os-process", source], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    wait_until_interruptible(running)
    (pid,) = wait_for(lambda: children(running.pid), "an OS process")
    wait_for(lambda: is_busy(pid), "that the call runs")
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=TIMEOUT)
    assert running.returncode == 130
    assert b"interrupted" in err
    assert is_gone(pid)
    events = [json.loads(line) for line in out.decode().splitlines()]
    assert [event["kind"] for event in events[1:]] == ["process", "module"]


def test_killed_in_a_script(tmp_path):
    source = write(tmp_path / "spin.wast", f'(process (memory 64)) {MODULE} (invoke "spin") (switch) (module)')
    running = subprocess.Popen([PROGRAM, "wast", "--os-process", source], stdout=subprocess.PIPE)
    (pid,) = wait_for(lambda: children(running.pid), "an OS process")
    wait_for(lambda: is_busy(pid), "that the call runs")
    os.kill(pid, signal.SIGKILL)
    out = running.communicate(timeout=TIMEOUT)[0].decode()
    assert running.returncode == 1
    assert f"fail: invoke: refused: process has ended: OS process {pid}: SIGKILL" in out
    assert "5 commands: 4 passed, 1 failed" in out


# Programs.

PROGRAM_TEXT = """
(module
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (import "env" "memory" (memory 1))
  (import "env" "__stack_pointer" (global $sp (mut i32)))
  (func (export "_start") (local $p i32)
    (local.set $p (i32.sub (global.get $sp) (i32.const 4096)))
    (i32.store (local.get $p) (i32.add (local.get $p) (i32.const 16)))
    (i32.store offset=4 (local.get $p) (i32.const 100))
    (drop (call $read (i32.const 0) (local.get $p) (i32.const 1) (i32.add (local.get $p) (i32.const 8))))
    (i32.store offset=4 (local.get $p) (i32.load offset=8 (local.get $p)))
    (drop (call $write (i32.const 1) (local.get $p) (i32.const 1) (i32.add (local.get $p) (i32.const 8))))
    (call $exit (i32.const 42)))
  (func (export "spin") (loop (br 0)))
  (func (export "trap") (unreachable)))
"""


@pytest.fixture
def program(tmp_path):
    return write(tmp_path / "program.wat", PROGRAM_TEXT)


def test_run_has_the_streams_of_its_parent(program):
    done = wasmproc("run", "--process", "64", "--os-process", program, data=b"hello\n")
    assert (done.status, done.out, done.err) == (42, "hello\n", "")


def test_run_reports_as_ever(program):
    done = wasmproc("run", "--process", "64", "--os-process", program, "--invoke", "trap")
    assert done == wasmproc("run", "--process", "64", program, "--invoke", "trap")
    assert "unreachable" in done.err
    done = wasmproc("run", "--os-process", program)
    assert done.status == 2
    assert "--os-process needs --process" in done.err


@BACKENDS
def test_run_reaches_its_back_end(program, backend):
    """The option counts at any position."""
    for order in (["--backend", backend, "--process", "64"], ["--process", "64", "--backend", backend]):
        assert wasmproc("run", *order, "--os-process", program, data=b"x").status == 42
    done = wasmproc("run", "--backend", "native", "--pointer", "i64", "--process", str(1 << 48), program)
    assert done.status == 126
    assert "the host can't reserve" in done.err


@contextmanager
def spinning_program(program, *options):
    running = subprocess.Popen(
        [PROGRAM, "run", "--process", "64", "--os-process", *options, program, "--invoke", "spin"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )
    try:
        (pid,) = wait_for(lambda: children(running.pid), "an OS process")
        wait_for(lambda: is_busy(pid), "that it runs")
        yield running, pid
    finally:
        running.kill()
        running.communicate()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV, signal.SIGABRT])
def test_run_that_crashes(program, number):
    need_signal(number)
    with spinning_program(program) as (running, pid):
        os.kill(pid, number)
        out, err = running.communicate(timeout=TIMEOUT)
        assert running.returncode == 134
        assert err.decode() == f"{program}: error: process has ended: OS process {pid}: {number.name}\n"


@pytest.mark.parametrize("parent", [False, True])
def test_run_that_is_interrupted(program, parent):
    """Both processes end properly if either gets the signal."""
    with spinning_program(program) as (running, pid):
        os.kill(running.pid if parent else pid, signal.SIGINT)
        out, err = running.communicate(timeout=TIMEOUT)
        assert running.returncode == 130
        assert b"interrupted" in err
        assert is_gone(pid)


def test_run_whose_parent_is_killed(program):
    with spinning_program(program) as (running, pid):
        running.kill()
        running.communicate(timeout=TIMEOUT)
        wait_for(lambda: is_gone(pid), "its end")


def test_run_within_its_time(program):
    done = wasmproc("run", "--process", "64", "--os-process", "--os-cpu", "1", program, "--invoke", "spin")
    assert done.status == 134
    assert done.err.endswith(": SIGXCPU\n")


def test_ctrl_c_in_a_terminal(program):
    """Both get the signal from the terminal. The child must get it only once, or it would end without a message."""
    person, terminal = open_terminal()
    running = subprocess.Popen(
        [PROGRAM, "run", "--process", "64", "--os-process", program, "--invoke", "spin"],
        stdin=terminal, stdout=terminal, stderr=subprocess.PIPE, start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
    )
    try:
        (pid,) = wait_for(lambda: children(running.pid), "an OS process")
        wait_for(lambda: is_busy(pid), "that it runs")
        os.write(person, b"\x03")
        err = running.communicate(timeout=TIMEOUT)[1]
        assert running.returncode == 130
        assert err.count(b"interrupted") == 1
        assert is_gone(pid)
    finally:
        running.kill()
        running.wait()
        os.close(person)
        os.close(terminal)
