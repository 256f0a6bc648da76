"""The programs, each run in a process and compared with the same program on the host.

The reference is the native build, made by another compiler with another C library; the expected output of programs that
run only in a process follows from their sources.
"""

import os
import re
import subprocess

import dylink
import pytest
from conftest import BACKENDS, KINDS, NEWEST, OUT, PROGRAM, TIMEOUT, Done, process_command, run

pytestmark = pytest.mark.timeout(2 * TIMEOUT)

in_every_process = pytest.mark.parametrize(
    ("kind", "backend"), [(kind, backend) for kind in KINDS for backend in BACKENDS]
)
on_every_backend = pytest.mark.parametrize("backend", BACKENDS)


def native(name: str, *arguments: str) -> Done:
    """Runs the native program."""
    return run(OUT / "native" / name, *arguments)


def in_process(name: str, kind: str, backend: str, *arguments: str, options: tuple[str, ...] = ()) -> Done:
    """Runs a program in a process."""
    return run(*process_command(name, kind, backend, *options), *arguments)


# ---- The same as on the host -----------------------------------------------------------------------------------------


@in_every_process
def test_c_library(built, kind, backend):
    """The C library prints, reads, sorts and allocates as the host's; arguments and the exit status are passed on."""
    built("libc")
    arguments = "one", "and two", ""
    expected = native("libc", *arguments)
    assert expected.status == 3
    assert "memory: 0 broken, 0 unclean, 0 failed" in expected.out
    assert in_process("libc", kind, backend, *arguments) == expected


@in_every_process
def test_c_library_by_newest_compiler(built, monkeypatch, kind, backend):
    """The same of the newest clang, with its default features: its libraries have start functions."""
    monkeypatch.setenv("WASM_CC", f"clang-{NEWEST}")
    monkeypatch.setenv("WASM_LD", f"wasm-ld-{NEWEST}")
    folder = built("libc", OUT / "newest")
    assert dylink.read(folder / kind / "libc.so").has_start
    done = run(*process_command("libc", kind, backend, folder=folder), "one")
    assert done == run(folder / "native" / "libc", "one")


def test_c_library_without_process(built):
    """The same objects as one module, with pages from memory.grow."""
    built("libc")
    assert run(PROGRAM, "run", OUT / "plain" / "libc.wasm", "one") == native("libc", "one")


@on_every_backend
def test_sql(built, is_slow, backend):
    """SQLite prints byte for byte what it prints natively: 100,000 inserts and a few hundred other statements."""
    built("sql")
    rows = "3000" if is_slow else "100000"
    expected = native("sql", rows)
    assert expected.status == 0
    assert expected.out.count("\n> ") > 250
    assert expected.out.endswith(f"\n{int(rows) + 268} statements\n")
    done = in_process("sql", "wasm32", backend, rows)
    assert done.err == expected.err == ""
    # Compared by lines, since pytest takes long to report the difference of large strings.
    assert done.status == 0
    assert done.out.splitlines() == expected.out.splitlines()


@on_every_backend
@pytest.mark.parametrize(("kind", "seed"), [("wasm32", 1), ("wasm64", 2)])
def test_sql_anywhere(built, is_slow, kind, seed, backend):
    """The placement of modules and mappings and the width of pointers do not matter."""
    built("sql")
    rows = "200" if is_slow else "1000"
    expected = native("sql", rows)
    assert in_process("sql", kind, backend, rows, options=(f"--aslr={seed}",)) == expected


@on_every_backend
def test_sql_out_of_memory(built, backend):
    """In an address space that is too small, SQLite reports errors; the program and the interpreter continue."""
    built("sql")
    command = process_command("sql", "wasm32", backend)
    command[command.index("--process") + 1] = "80"
    done = run(*command, "20000")
    assert "out of memory" in done.out + done.err
    assert done.status in (0, 1)
    assert "trap" not in done.err


def test_sql_without_process(built):
    """SQLite in one module that defines its memory."""
    built("sql")
    assert run(PROGRAM, "run", OUT / "plain" / "sql.wasm", "500") == native("sql", "500")


@in_every_process
def test_zlib(built, kind, backend):
    """zlib compresses and restores as it does natively."""
    built("zlib")
    expected = native("zlib", "300000")
    assert expected.out.count("the same") == 2
    assert in_process("zlib", kind, backend, "300000") == expected


def resident(pid: int) -> int:
    """The resident memory of a program, in bytes."""
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        return int(re.search(r"^VmRSS:\s*(\d+) kB$", status.read(), re.MULTILINE)[1]) * 1024


@pytest.mark.skipif(not os.path.exists("/proc/self/status"), reason="no /proc to report memory use")
@on_every_backend
def test_zlib_gives_memory_back(built, is_slow, backend, record_property):
    """zlib compresses and restores 10 MB; memory that it unmaps returns to the host."""
    built("zlib")
    size = 1000000 if is_slow else 10000000
    command = [*process_command("zlib", "wasm32", backend), str(size), "wait"]
    lines, steps = [], []
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as guest:
        for line in guest.stdout:
            if not line.startswith("step: "):
                lines.append(line)
                continue
            steps.append((line.removeprefix("step: ").strip(), resident(guest.pid)))
            guest.stdin.write("\n")
            guest.stdin.flush()
    assert guest.returncode == 0
    assert "".join(lines) == native("zlib", str(size)).out
    assert [name for name, _ in steps] == ["started", "filled", "restored", "restored", "freed"]
    for name, amount in steps:
        record_property(name, amount)
    if is_slow:
        return  # sanitizers keep freed memory, to detect later uses
    started, filled, restored, again, freed = (amount for _, amount in steps)
    # Three blocks: the data, what they were restored to, and between them the compressed ones.
    assert filled - started > 0.95 * size
    assert restored - filled > 1.2 * size
    # A second round uses the memory of the first, and what is unmapped is the machine's again.
    assert again - restored < 0.2 * size
    assert again - freed > 1.2 * size
    if backend == "native":
        assert freed - started < 0.1 * size


# ---- Only in a process -----------------------------------------------------------------------------------------------


@in_every_process
@pytest.mark.parametrize("options", [(), ("--aslr=11",)], ids=["", "aslr"])
def test_versions(built, kind, backend, options):
    """libfoo v1 adds 1, and 1 to 10; libfoo v2 begins at 1000, adds the squares of 1 to 10, and counts ten calls."""
    built("versions")
    total = 1 + sum(range(1, 11)), 1000 + sum(i * i for i in range(1, 11)) + 10
    expected = (
        f"linked:   libfoo v1, total {total[0]}\n"
        f"loaded:   libfoo v1, total {total[0]}\n"
        f"loaded:   libfoo v2, total {total[1]}\n"
        "the same: v1, none\n"
    )
    assert in_process("versions", kind, backend, options=options) == Done(0, expected, "")


@in_every_process
@pytest.mark.parametrize("options", [(), ("--aslr=12",)], ids=["", "aslr"])
def test_plugin(built, kind, backend, options):
    """Plugins are loaded, called, unloaded, and loaded again with fresh data."""
    built("plugin")
    text = "A process and its libraries"
    reverse = f"plugin reverse: reverse, 1 '{text[::-1]}', 2 '{text}', unloaded: 1\n"
    expected = (
        reverse
        + f"plugin upper: upper, 1 '{text.upper()}', 2 '{text.upper()}', unloaded: 1\n"
        + reverse
        + "plugin nowhere: can't be loaded\n"
        + "a missing symbol: 0\n"
        + "unloading libc.so: 1, 0\n"
        + "unloading an invalid handle: 0\n"
    )
    assert in_process("plugin", kind, backend, options=options) == Done(0, expected, "")


@on_every_backend
def test_wide(built, backend):
    """A program and two libraries, of 64-bit addresses and without a C library."""
    built("wide")
    expected = native("wide", "20000")
    assert expected.status == 0
    assert int(expected.out) != 0
    assert in_process("wide", "wasm64", backend, "--invoke", "checksum", "20000") == expected


@on_every_backend
@pytest.mark.parametrize("address", [1 << 32, 1 << 36, (1 << 36) + 5 * 65536])
def test_wide_far(built, backend, address):
    """A mapping is placed at its hint beyond 4 GiB [mmap.hint.free], even in the last part of the extent."""
    built("wide")
    command = process_command("wide", "wasm64", backend)
    command[command.index("--process") + 1] = str(1 << 21)  # 2^37 bytes
    done = run(*command, "--invoke", "far_page", str(address))
    if done.err.startswith("wasmproc: the process can't be created"):
        pytest.skip(done.err)
    assert done == Done(0, f"{address}\n", "")
