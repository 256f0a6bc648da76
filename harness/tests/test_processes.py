"""Engine processes and the client of the driver protocol."""

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from wasmproc_conform import driver_client
from wasmproc_conform.driver_client import DriverClient, EngineCrash, EngineError, EngineTimeout
from wasmproc_conform.process import Interrupted, ProcessTable, describe_status, kill_group, run_to_end

PYTHON = sys.executable
DRIVER = [PYTHON, str(Path(__file__).with_name("fake_driver.py"))]


def run(code, **options):
    return run_to_end(ProcessTable(options.pop("memory_limit", 0)), [PYTHON, "-c", code], **{"timeout": 20, **options})


def test_output_and_status():
    done = run("import sys; print('out'); print('err', file=sys.stderr); sys.exit(3)")
    assert (done.stdout, done.stderr, done.status) == ("out\n", "err\n", 3)
    assert not done.crashed
    assert not done.timed_out
    assert done.describe_end() == "exit status 3"


def test_standard_input_is_empty():
    assert run("import sys; print(repr(sys.stdin.read()))").stdout == "''\n"


def test_output_that_is_no_utf8():
    assert run("import os; os.write(1, b'\\xff\\n')").stdout == "\N{REPLACEMENT CHARACTER}\n"


def test_much_output_does_not_block():
    assert len(run("print('x' * 5_000_000)").stdout) == 5_000_001


def test_a_signal_is_a_crash():
    done = run("import os; os.kill(os.getpid(), 11)")
    assert done.crashed
    assert done.describe_end() == "ended by SIGSEGV"
    assert describe_status(-200) == "ended by signal 200"


def is_running(number: int) -> bool:
    """Whether a process runs. A killed process that init has not reaped still has an entry, with its state."""
    try:
        os.kill(number, 0)
        return Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except ProcessLookupError:
        return False
    except FileNotFoundError:
        if Path("/proc/self").exists():
            return False
        pytest.skip("there is no /proc to see states in")


def test_a_timeout_ends_the_whole_group(tmp_path):
    code = (
        "import subprocess, sys, time\n"
        f"p = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
        f"open({str(tmp_path / 'pid')!r}, 'w').write(str(p.pid))\n"
        "time.sleep(600)"
    )
    done = run(code, timeout=3)
    assert done.timed_out
    assert not done.crashed
    assert done.seconds < 10
    child = int((tmp_path / "pid").read_text())
    time.sleep(0.1)
    assert is_running(os.getpid())
    assert not is_running(child)


def test_a_child_left_behind_does_not_hold_the_harness():
    begin = time.monotonic()
    done = run(
        "import subprocess, sys\n"
        "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
        "print('done')"
    )
    assert done.stdout == "done\n"
    assert time.monotonic() - begin < 10


def test_memory_is_limited():
    code = "import sys\ntry:\n  x = bytearray(600 << 20)\nexcept MemoryError:\n  sys.exit(9)"
    assert run(code, memory_limit=200 << 20).status == 9
    assert run(code).status == 0


def test_the_folder_and_the_environment_are_given(tmp_path):
    assert run("import os; print(os.getcwd())", cwd=tmp_path).stdout.strip() == str(tmp_path)
    assert run("import os; print(os.environ['X'])", env={"X": "y"}).stdout == "y\n"


def test_a_program_that_is_not_there():
    with pytest.raises(OSError):
        run_to_end(ProcessTable(), ["/nowhere/engine"], timeout=1)
    with pytest.raises(OSError):
        run_to_end(ProcessTable(memory_limit=1 << 30), ["/nowhere/engine"], timeout=1)


def test_kill_all_ends_what_runs_and_refuses_more(tmp_path):
    table = ProcessTable()
    done = []
    code = f"open({str(tmp_path / 'started')!r}, 'w'); import time; time.sleep(600)"
    thread = threading.Thread(target=lambda: done.append(run_to_end(table, [PYTHON, "-c", code], timeout=60)))
    thread.start()
    while not (tmp_path / "started").exists():
        time.sleep(0.05)
    assert not table.closed
    table.kill_all()
    thread.join(10)
    assert done
    assert done[0].status < 0
    assert table.closed
    with pytest.raises(Interrupted):
        table.start([PYTHON, "-c", ""])


def test_kill_group_of_one_that_has_ended():
    process = subprocess.Popen([PYTHON, "-c", ""], start_new_session=True)
    process.wait()
    kill_group(process)
    ProcessTable().kill(process)


# ---- The driver protocol's client ------------------------------------------------------------------------------------


@pytest.fixture
def engine():
    with DriverClient(DRIVER, timeout=10) as client:
        yield client


def test_every_command_has_a_method(engine):
    assert engine.hello()["features"] == ["simd"]
    engine.module(data=b"\0asm", name="$m")
    engine.define(text="(module)")
    engine.instantiate(definition="$d", name="$i")
    engine.check("validate", data=b"")
    engine.register("M", name="$m")
    assert engine.get("g") == {"type": "i32", "value": "7"}
    engine.process(pages=64, name="$p", dictionary=[("libc", "test:libc")])
    engine.switch("$p")
    engine.poke(10, b"hello")
    assert engine.peek(9, 7) == b"\0hello\0"
    assert engine.mmap(0, 1 << 62) == (1 << 62) + (1 << 63)
    assert engine.munmap(65536, 1) is True
    assert engine.munmap(0, 1) is False
    assert engine.discard(65536, 1) is True
    assert engine.discard(0, 1) is False
    assert engine.rules() == {"mmap.zero": 2}
    engine.end()
    engine.reset()
    assert engine.invoke("echo", [{"type": "i32", "value": "1"}], module="$m") == [{"type": "i32", "value": "1"}]
    assert engine.alive


def test_requests_carry_what_the_protocol_says(engine):
    def sent(**keys):
        return {k: v for k, v in engine.request(**keys)["request"].items() if k != "id"}

    assert sent(cmd="x", a=None, b=1) == {"cmd": "x", "b": 1}
    assert "module" not in engine.invoke("keys")
    assert "args" in engine.invoke("keys")


def test_errors_leave_the_engine_running(engine):
    with pytest.raises(EngineError) as error:
        engine.invoke("trap")
    assert (error.value.kind, error.value.message) == ("trap", "unreachable")
    assert engine.alive
    assert engine.hello()


@pytest.mark.parametrize(
    ("field", "message"),
    [
        ("crash", "SIGSEGV"),
        ("crash", "last words"),
        ("text", "not JSON"),
        ("list", "not an object"),
        ("other id", "has id -1"),
        ("neither", 'neither "ok" nor "error"'),
        ("odd", "not of a known kind"),
    ],
)
def test_breaking_the_protocol_is_a_crash(engine, field, message):
    with pytest.raises(EngineCrash, match=message):
        engine.invoke(field)
    assert not engine.alive
    with pytest.raises(EngineCrash, match="has ended"):
        engine.hello()
    assert engine.stderr_tail() == ""


def test_a_deadline(engine):
    begin = time.monotonic()
    with pytest.raises(EngineTimeout):
        engine.request("invoke", field="hang", deadline=time.monotonic() + 0.3)
    assert time.monotonic() - begin < 5
    assert not engine.alive


def test_an_engine_that_never_reads():
    with DriverClient([*DRIVER, "deaf"], timeout=0.5) as client, pytest.raises(EngineTimeout):
        client.module(data=bytes(1 << 20))


def test_an_engine_that_ends_at_once():
    with DriverClient([*DRIVER, "silent"], timeout=10) as client, pytest.raises(EngineCrash, match="exit status 3"):
        client.hello()
        client.hello()


def test_long_answers_are_read_and_longer_ones_refused(engine, monkeypatch):
    assert len(engine.invoke("big")[0]) == 1_000_000
    monkeypatch.setattr(driver_client, "ANSWER_LIMIT", 1000)
    with pytest.raises(EngineCrash, match="too long"):
        engine.invoke("big")


def test_closing_is_polite_and_can_be_repeated():
    client = DriverClient(DRIVER)
    client.hello()
    client.close()
    client.close()
    assert not client.alive
