"""The command line: programs for `wasmproc run`, written by hand, that import WASI preview 1."""

import os
import re
import signal
import subprocess
import time
from pathlib import Path

import pytest
from cli_support import PROGRAM, TIMEOUT, Done, binary, needs_program, wait_until_interruptible, wasmproc, write

pytestmark = needs_program

TYPES = {
    "args_get": "pp", "args_sizes_get": "pp", "clock_time_get": "iIp", "environ_get": "pp", "environ_sizes_get": "pp",
    "fd_prestat_dir_name": "ipp", "fd_prestat_get": "ip", "fd_read": "ippp", "fd_write": "ippp",
    "path_open": "iippiIIip", "poll_oneoff": "pppp", "proc_exit": "i", "proc_raise": "i", "sched_yield": "",
    "sock_shutdown": "ii",
}


def imports(*names: str, pointer: str = "i32") -> str:
    """Imports of functions of WASI, each by its own name."""
    kinds = {"i": "i32", "I": "i64", "p": pointer}
    text = ""
    for name in names:
        params = " ".join(kinds[letter] for letter in TYPES[name])
        result = "" if name == "proc_exit" else "(result i32)"
        text += f'(import "wasi_snapshot_preview1" "{name}" (func ${name} (param {params}) {result}))\n'
    return text


def program(names: str, start: str, more: str = "", memory: str = '(memory (export "memory") 1)') -> str:
    """A program that imports these functions; `start` is the body of _start."""
    return f'(module {imports(*names.split())} {memory} {more}\n(func (export "_start") (local $i i32) {start}))'


#: Writes the `size` bytes at `address` to the standard output, by a list of one range at 16.
WRITE = """
  (func $write (param $address i32) (param $size i32)
    (i32.store (i32.const 16) (local.get $address))
    (i32.store (i32.const 20) (local.get $size))
    (drop (call $fd_write (i32.const 1) (i32.const 16) (i32.const 1) (i32.const 24))))
"""

HELLO = program("fd_write", "(call $write (i32.const 100) (i32.const 6))", WRITE + '(data (i32.const 100) "hello\\n")')

#: Writes its arguments, each with the NUL that ends it.
ARGUMENTS = program(
    "args_get args_sizes_get fd_write",
    """(drop (call $args_sizes_get (i32.const 0) (i32.const 4)))
       (drop (call $args_get (i32.const 1000) (i32.const 2000)))
       (call $write (i32.const 2000) (i32.load (i32.const 4)))""",
    WRITE,
)

ENVIRONMENT = ARGUMENTS.replace("args_", "environ_")

#: Copies its input to its output, at most 1,000 bytes at a time.
COPY = program(
    "fd_read fd_write",
    """(loop $again
         (i32.store (i32.const 8) (i32.const 2000)) (i32.store (i32.const 12) (i32.const 1000))
         (drop (call $fd_read (i32.const 0) (i32.const 8) (i32.const 1) (i32.const 4)))
         (call $write (i32.const 2000) (i32.load (i32.const 4)))
         (br_if $again (i32.load (i32.const 4))))""",
    WRITE,
)


def exits(code: str) -> str:
    """A program that ends with a code: an expression."""
    return program("proc_exit", f"(call $proc_exit {code}) unreachable")


# Ends.


def test_hello(tmp_path):
    assert wasmproc("run", write(tmp_path / "hello.wat", HELLO)) == Done(0, "hello\n", "")
    assert wasmproc("run", write(tmp_path / "hello.wasm", binary(HELLO, tmp_path))) == Done(0, "hello\n", "")
    assert wasmproc("run", "-", data=HELLO.encode()) == Done(0, "hello\n", "")


@pytest.mark.parametrize(
    ("code", "status"), [(0, 0), (1, 1), (7, 7), (126, 126), (255, 255), (256, 0), (513, 1), (-1, 255)]
)
def test_exit_status(code, status, tmp_path):
    assert wasmproc("run", write(tmp_path / "exit.wat", exits(f"(i32.const {code})"))) == Done(status, "", "")


def test_exit_ends_every_call(tmp_path):
    deep = program("proc_exit", "(call $deep (i32.const 100))", """
      (func $deep (param i32) (if (local.get 0) (then (call $deep (i32.sub (local.get 0) (i32.const 1))))
        (else (call $proc_exit (i32.const 3)))) unreachable)""")
    assert wasmproc("run", write(tmp_path / "deep.wat", deep)) == Done(3, "", "")


def test_exit_in_the_start_function(tmp_path):
    source = f'(module {imports("proc_exit")} (func $f (call $proc_exit (i32.const 9))) (start $f))'
    assert wasmproc("run", write(tmp_path / "start.wat", source)) == Done(9, "", "")


def test_trap(tmp_path):
    """Earlier output remains; the message has the place."""
    text = HELLO.replace("(i32.const 6))))", "(i32.const 6)) unreachable))")
    assert text.endswith("unreachable))")
    source = write(tmp_path / "trap.wasm", binary(text, tmp_path))
    done = wasmproc("run", source)
    found = re.fullmatch(rf"{source}:0x([0-9a-f]+): error: trap: unreachable\n", done.err)
    assert (done.status, done.out) == (134, "hello\n")
    assert source.read_bytes()[int(found[1], 16)] == 0


def test_limits(tmp_path):
    spin = write(tmp_path / "spin.wat", program("sched_yield", "(loop (drop (call $sched_yield)) (br 0))"))
    done = wasmproc("run", "--fuel", "1000", spin)
    assert done.status == 134
    assert done.err.endswith(": error: exhaustion: fuel exhausted\n")


def test_missing_function(tmp_path):
    source = write(tmp_path / "m.wat", '(module (import "wasi_snapshot_preview1" "fd_open" (func)))')
    done = wasmproc("run", source)
    assert done.status == 126
    assert "error: unlinkable: unknown import: wasi_snapshot_preview1.fd_open" in done.err
    source = write(tmp_path / "m.wat", '(module (import "wasi_snapshot_preview1" "fd_close" (func)))')
    done = wasmproc("run", source)
    assert done.status == 126
    assert "error: unlinkable: incompatible import type" in done.err


def test_unsupported_functions(tmp_path):
    """Each returns ENOSYS, 52, or ENOTSOCK, 57, for a descriptor that is not a socket."""
    text = program("proc_exit proc_raise", "(call $proc_exit (call $proc_raise (i32.const 6)))")
    assert wasmproc("run", write(tmp_path / "raise.wat", text)) == Done(52, "", "")
    text = program("proc_exit sock_shutdown", "(call $proc_exit (call $sock_shutdown (i32.const 0) (i32.const 0)))")
    assert wasmproc("run", write(tmp_path / "sock.wat", text)) == Done(57, "", "")


# Arguments, environment, input.


@pytest.mark.parametrize(
    ("words", "arguments"),
    [
        ([], []),
        (["a", "", "b c"], ["a", "", "b c"]),
        (["a", "-b", "--dir", "x", "--invoke", "y"], ["a", "-b", "--dir", "x", "--invoke", "y"]),
        (["--", "-b", "--help"], ["-b", "--help"]),
        (["--", "--"], ["--"]),
        (["a", "--", "b"], ["a", "--", "b"]),
        (["--fuel", "1000000", "--env", "A=1", "a", "--fuel", "1"], ["a", "--fuel", "1"]),
    ],
)
def test_arguments(words, arguments, tmp_path):
    source = write(tmp_path / "arguments.wat", ARGUMENTS)
    expected = "".join(f"{word}\0" for word in [str(source), *arguments])
    assert wasmproc("run", source, *words) == Done(0, expected, "")
    if words[:1] == ["--"]:
        assert wasmproc("run", "--", source, *words[1:]) == Done(0, expected, "")


def test_many_arguments(tmp_path):
    text = ARGUMENTS.replace('"memory") 1', '"memory") 10').replace("(i32.const 2000)", "(i32.const 100000)")
    source = write(tmp_path / "arguments.wat", text)
    words = [f"argument {i}" for i in range(10_000)]
    assert wasmproc("run", source, *words) == Done(0, "".join(f"{word}\0" for word in [str(source), *words]), "")


def test_environment(tmp_path):
    source = write(tmp_path / "environment.wat", ENVIRONMENT)
    assert wasmproc("run", source) == Done(0, "", "")  # the host's environment is not the program's
    assert wasmproc("run", "--env", "A=1", source, "--env=B=x=y", "--env", "C=") == Done(0, "A=1\0B=x=y\0C=\0", "")


def test_standard_streams(tmp_path):
    source = write(tmp_path / "copy.wat", COPY)
    text = "".join(f"line {i}\n" for i in range(1000))
    assert wasmproc("run", source, data=text.encode()) == Done(0, text, "")
    assert wasmproc("run", source) == Done(0, "", "")


def test_standard_error(tmp_path):
    text = HELLO.replace("(i32.const 1) (i32.const 16)", "(i32.const 2) (i32.const 16)")
    assert wasmproc("run", write(tmp_path / "err.wat", text)) == Done(0, "", "hello\n")


def test_output_that_is_full(tmp_path):
    """ENOSPC, 51: an error for the program to check."""
    text = program("fd_write proc_exit", """
      (i32.store (i32.const 20) (i32.const 6))
      (call $proc_exit (call $fd_write (i32.const 1) (i32.const 16) (i32.const 1) (i32.const 24)))""")
    source = write(tmp_path / "full.wat", text)
    with open("/dev/full", "wb") as full:
        done = subprocess.run([PROGRAM, "run", source], stdout=full, stderr=subprocess.PIPE, timeout=TIMEOUT)
    assert (done.returncode, done.stderr) == (51, b"")


def test_closed_streams(tmp_path):
    """Files that the program opens never replace the host's standard error."""
    text = program("path_open proc_exit fd_write", """
      (local.set $i (call $path_open (i32.const 3) (i32.const 0) (i32.const 100) (i32.const 4) (i32.const 1)
                                     (i64.const 64) (i64.const 0) (i32.const 0) (i32.const 0)))
      (if (local.get $i) (then (call $proc_exit (local.get $i))))
      (if (i32.ne (i32.load (i32.const 0)) (i32.const 1)) (then (call $proc_exit (i32.const 99))))
      unreachable""", '(data (i32.const 100) "file")')
    source = write(tmp_path / "closed.wat", text)
    done = subprocess.run(
        [PROGRAM, "run", "--dir", tmp_path, source], timeout=TIMEOUT, close_fds=False,
        preexec_fn=lambda: (os.close(1), os.close(2)),
    )
    assert done.returncode == 134
    assert (tmp_path / "file").read_bytes() == b""


# Folders.

#: Writes the names of its folders, a line each.
FOLDERS = program(
    "fd_prestat_get fd_prestat_dir_name fd_write",
    """(local.set $i (i32.const 3))
       (loop $next
         (if (i32.eqz (call $fd_prestat_get (local.get $i) (i32.const 0)))
           (then
             (drop (call $fd_prestat_dir_name (local.get $i) (i32.const 200) (i32.load (i32.const 4))))
             (i32.store8 (i32.add (i32.const 200) (i32.load (i32.const 4))) (i32.const 10))
             (call $write (i32.const 200) (i32.add (i32.load (i32.const 4)) (i32.const 1)))
             (local.set $i (i32.add (local.get $i) (i32.const 1)))
             (br $next))))""",
    WRITE,
)

#: Opens the file of its first argument, relative to folder 3, and writes its contents; or ends with the error.
CAT = program(
    "args_get args_sizes_get path_open fd_read fd_write proc_exit",
    """(drop (call $args_sizes_get (i32.const 0) (i32.const 4)))
       (drop (call $args_get (i32.const 1000) (i32.const 2000)))
       (local.set $i (call $path_open (i32.const 3) (i32.const 1) (i32.load (i32.const 1004))
         (i32.sub (i32.sub (i32.load (i32.const 4)) (i32.const 1))
                  (i32.sub (i32.load (i32.const 1004)) (i32.const 2000)))
         (i32.const 0) (i64.const 2) (i64.const 0) (i32.const 0) (i32.const 0)))
       (if (local.get $i) (then (call $proc_exit (local.get $i))))
       (i32.store (i32.const 8) (i32.const 3000)) (i32.store (i32.const 12) (i32.const 1000))
       (drop (call $fd_read (i32.load (i32.const 0)) (i32.const 8) (i32.const 1) (i32.const 4)))
       (call $write (i32.const 3000) (i32.load (i32.const 4)))""",
    WRITE,
)


def test_folders(tmp_path):
    source = write(tmp_path / "folders.wat", FOLDERS)
    (tmp_path / "other").mkdir()
    assert wasmproc("run", source) == Done(0, "", "")
    done = wasmproc("run", "--dir", tmp_path, source, f"--dir={tmp_path}/other::/data", "--dir", f"{tmp_path}::x::y")
    assert done == Done(0, f"{tmp_path}\n/data\nx::y\n", "")


@pytest.mark.parametrize("name", ["missing", "file", "loop"])
def test_folder_that_is_none(name, tmp_path):
    (tmp_path / "loop").symlink_to("loop")
    write(tmp_path / "file", "")
    done = wasmproc("run", "--dir", f"{tmp_path}/{name}::/", write(tmp_path / "hello.wat", HELLO))
    assert (done.status, done.out) == (126, "")
    assert done.err.startswith(f"wasmproc: {tmp_path}/{name}: ")


def test_files(tmp_path):
    source = write(tmp_path / "cat.wat", CAT)
    inside = tmp_path / "inside"
    (inside / "dir").mkdir(parents=True)
    write(inside / "dir" / "file", "contents\n")
    write(tmp_path / "secret", "secret\n")
    (inside / "link").symlink_to("dir/../dir/file")
    (inside / "up").symlink_to("../secret")
    (inside / "absolute").symlink_to(tmp_path / "secret")
    run = ["run", "--dir", f"{inside}::/", source]
    for path in ("dir/file", "./dir//file", "dir/../dir/./file", "link"):
        assert wasmproc(*run, path) == Done(0, "contents\n", "")
    for path in ("../secret", "dir/../../secret", tmp_path / "secret", "/dir/file", "up", "absolute", ".."):
        assert wasmproc(*run, path) == Done(76, "", ""), path  # ENOTCAPABLE
    assert wasmproc(*run, "missing") == Done(44, "", "")  # ENOENT
    assert wasmproc("run", source, "dir/file", cwd=inside) == Done(8, "", "")  # EBADF: it has no folder


# Functions instead of programs.

REACTOR = f"""(module {imports("fd_write", "proc_exit")} (memory (export "memory") 1)
  (global $ready (mut i32) (i32.const 0)) {WRITE} (data (i32.const 100) "hello\\n")
  (func (export "_initialize") (global.set $ready (i32.add (global.get $ready) (i32.const 1))))
  (func (export "ready") (result i32) (global.get $ready))
  (func (export "hello") (param i32) (result i32) (call $write (i32.const 100) (i32.const 6)) (local.get 0))
  (func (export "exit") (param i32) (call $proc_exit (local.get 0))))"""


def test_functions(tmp_path):
    source = write(tmp_path / "reactor.wat", REACTOR)
    assert wasmproc("run", source) == Done(0, "", "")
    assert wasmproc("run", source, "--invoke", "ready") == Done(0, "1\n", "")
    assert wasmproc("run", source, "--invoke", "hello", "-7") == Done(0, "hello\n-7\n", "")
    assert wasmproc("run", source, "--invoke", "exit", "5") == Done(5, "", "")


def test_initialization(tmp_path):
    """It is called once, never in a program, and its errors are reported."""
    twice = write(tmp_path / "twice.wat", '(module (global $n (mut i32) (i32.const 0)) (func (export "_initialize")'
                  "(if (global.get $n) (then unreachable)) (global.set $n (i32.const 1))))")
    assert wasmproc("run", twice) == Done(0, "", "")
    assert wasmproc("run", twice, "--invoke", "_initialize").status == 134
    both = write(tmp_path / "both.wat", '(module (func (export "_initialize") unreachable) (func (export "_start")))')
    assert wasmproc("run", both) == Done(0, "", "")
    bad = write(tmp_path / "bad.wat", '(module (func (export "_initialize")\n unreachable) (func (export "f")))')
    assert wasmproc("run", bad, "--invoke", "f") == Done(134, "", f"{bad}:2:2: error: trap: unreachable\n")


def test_start_function_before_the_memory_is_known(tmp_path):
    """EFAULT, 21."""
    source = f"""(module {imports("clock_time_get", "proc_exit")} (memory (export "memory") 1)
      (func $f (call $proc_exit (call $clock_time_get (i32.const 1) (i64.const 0) (i32.const 0)))) (start $f))"""
    assert wasmproc("run", write(tmp_path / "start.wat", source)) == Done(21, "", "")


def test_module_without_memory(tmp_path):
    text = program("clock_time_get proc_exit",
                   "(call $proc_exit (call $clock_time_get (i32.const 1) (i64.const 0) (i32.const 0)))", memory="")
    assert wasmproc("run", write(tmp_path / "none.wat", text)) == Done(21, "", "")
    for export in ('(memory (export "mem") 1)', '(memory 1) (func (export "memory"))'):
        other = text.replace("(func (export", export + "(func (export", 1)
        assert wasmproc("run", write(tmp_path / "none.wat", other)) == Done(21, "", "")


# 64-bit addresses, and processes.

HELLO64 = f"""(module {imports("fd_write", "proc_exit", pointer="i64")} (memory (export "memory") i64 1)
  (data (i64.const 100) "hello\\n")
  (func (export "_start")
    (i64.store (i64.const 16) (i64.const 100)) (i64.store (i64.const 24) (i64.const 6))
    (drop (call $fd_write (i32.const 1) (i64.const 16) (i64.const 1) (i64.const 32)))
    (call $proc_exit (i32.wrap_i64 (i64.load (i64.const 32))))))"""


def test_wide_module(tmp_path):
    assert wasmproc("run", write(tmp_path / "wide.wat", HELLO64)) == Done(6, "hello\n", "")


def in_process(pointer: str) -> str:
    """Maps two pages, writes a text that spans both, and tries to write one that is not fully mapped; ends with that
    error."""
    return f"""(module {imports("fd_write", "proc_exit", pointer=pointer)}
      (import "process" "mmap" (func $mmap (param P i64) (result P)))
      (import "env" "memory" (memory {"i64" if pointer == "i64" else ""} 1))
      (global $at (mut P) (P.const 0))
      (func $byte (param P i32) (i32.store8 (P.add (global.get $at) (local.get 0)) (local.get 1)))
      (func $write (param $from P) (param $size P) (result i32)
        (P.store (global.get $at) (P.add (global.get $at) (local.get $from)))
        (P.store offset=8 (global.get $at) (local.get $size))
        (call $fd_write (i32.const 1) (global.get $at) (P.const 1) (P.add (global.get $at) (P.const 32))))
      (func (export "_start")
        (global.set $at (call $mmap (P.const 0x100000) (i64.const 131072)))
        (call $byte (P.const 65534) (i32.const 104)) (call $byte (P.const 65535) (i32.const 101))
        (call $byte (P.const 65536) (i32.const 121)) (call $byte (P.const 65537) (i32.const 10))
        (if (call $write (P.const 65534) (P.const 4)) (then unreachable))
        (call $proc_exit (call $write (P.const 131068) (P.const 5)))))""".replace("P.", pointer + ".").replace(
        " P ", f" {pointer} ").replace(" P)", f" {pointer})").replace(
        "offset=8", "offset=8" if pointer == "i64" else "offset=4")


@pytest.mark.parametrize("backend", ["sparse", "native"])
@pytest.mark.parametrize("pointer", ["i32", "i64"])
def test_process(pointer, backend, tmp_path):
    """The memory is the process's. EFAULT, 21, for unmapped addresses."""
    source = write(tmp_path / "process.wat", in_process(pointer))
    run = ["run", "--process", "64", "--pointer", pointer, "--backend", backend]
    assert wasmproc(*run, source) == Done(21, "hey\n", "")


def test_arguments_in_a_process(tmp_path):
    text = f"""(module {imports("args_sizes_get", "proc_exit")} (import "env" "memory" (memory 1))
      (import "env" "__stack_pointer" (global $sp (mut i32)))
      (func (export "_start") (local $at i32) (local.set $at (i32.sub (global.get $sp) (i32.const 16)))
        (drop (call $args_sizes_get (local.get $at) (i32.add (local.get $at) (i32.const 4))))
        (call $proc_exit (i32.load (local.get $at)))))"""
    source = write(tmp_path / "process.wat", text)
    assert wasmproc("run", source, "--process", "64", "a", "b", "--process") == Done(4, "", "")


# Waiting.

WAIT = program("poll_oneoff", """
  (i32.store (i32.const 112) (i32.const 1)) (i64.store (i32.const 120) (i64.const 3600000000000))
  (drop (call $poll_oneoff (i32.const 96) (i32.const 200) (i32.const 1) (i32.const 0)))
  (loop (br 0))""")


def wait_until_asleep(running: subprocess.Popen) -> None:
    """Wait until a program blocks in the host's kernel."""
    for _ in range(TIMEOUT * 100):
        assert running.poll() is None
        if Path(f"/proc/{running.pid}/stat").read_text().rpartition(")")[2].split()[0] == "S":
            return
        time.sleep(0.01)
    raise AssertionError("it never sleeps")


@pytest.mark.parametrize("text", [WAIT, COPY.replace("(br_if $again (i32.load (i32.const 4)))", "(br $again)")])
def test_interrupt(text, tmp_path):
    """Ctrl-C ends a program that waits for a time, or for input."""
    source = write(tmp_path / "wait.wat", text)
    running = subprocess.Popen([PROGRAM, "run", source], stdin=subprocess.PIPE, stderr=subprocess.PIPE)
    wait_until_interruptible(running)
    wait_until_asleep(running)
    running.send_signal(signal.SIGINT)
    assert running.wait(TIMEOUT) == 130
    assert running.stderr.read().decode() == f"{source}: error: exhaustion: interrupted\n"
    running.stdin.close()
    running.stderr.close()


def test_output_is_there_at_once(tmp_path):
    """A program's output is not held back until it ends."""
    text = HELLO.replace("(i32.const 6))))", "(i32.const 6)) (loop (br 0))))")
    assert text.endswith("(loop (br 0))))")
    running = subprocess.Popen([PROGRAM, "run", write(tmp_path / "hello.wat", text)], stdout=subprocess.PIPE)
    try:
        assert running.stdout.readline() == b"hello\n"
        assert running.poll() is None
    finally:
        running.kill()
        running.wait()
