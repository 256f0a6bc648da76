"""The command line: programs for `wasmproc run` that clang compiles from C, with a C library for WASI."""

import functools
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from cli_support import PROGRAM, TIMEOUT, Done, needs_program, wasmproc, write

SOURCES = Path(__file__).resolve().parent / "wasi"

PACKAGES = "clang-19, lld-19, wasi-libc and libclang-rt-19-dev-wasm32"


@functools.cache
def missing() -> str:
    """The reason why C cannot be compiled for WASI; empty if it can."""
    if shutil.which("clang-19") is None:
        return "there is no clang-19"
    command = ["clang-19", "--target=wasm32-wasi", "-x", "c", "-", "-o", os.devnull]
    program = b'#include <stdio.h>\nint main(void) { return puts(""); }'
    done = subprocess.run(command, input=program, capture_output=True, timeout=TIMEOUT)
    return "" if done.returncode == 0 else "clang-19 can't: " + done.stderr.decode().partition("\n")[0]


pytestmark = [
    needs_program,
    pytest.mark.skipif(bool(missing()), reason=f"C for WASI needs {PACKAGES} ({missing()})"),
]


def compiled(name: str, folder: Path) -> Path:
    """Compile a program for WASI."""
    target = folder / f"{name}.wasm"
    options = ["--target=wasm32-wasi", "-O1", "-Wall", "-Werror"]
    subprocess.run(["clang-19", *options, SOURCES / f"{name}.c", "-o", target], check=True, timeout=TIMEOUT)
    return target


def compiled_for_host(name: str, folder: Path) -> Path:
    """Compile it for the host."""
    target = folder / name
    options = ["-D_GNU_SOURCE", "-O1", "-Wall", "-Werror"]
    subprocess.run(["clang-19", *options, SOURCES / f"{name}.c", "-lm", "-o", target], check=True, timeout=TIMEOUT)
    return target


def on_host(program: Path, *arguments: str, data: bytes = b"", **options) -> Done:
    """Run a program of the host."""
    done = subprocess.run([program, *arguments], input=data, capture_output=True, timeout=TIMEOUT, **options)
    return Done(done.returncode, done.stdout.decode(), done.stderr.decode())


def tree(folder: Path) -> dict:
    """The contents of a folder: paths with their kinds."""
    found = {}
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        if path.is_symlink():
            found[name] = f"-> {os.readlink(path)}"
        else:
            found[name] = "folder" if path.is_dir() else path.read_bytes()
    return found


def folders(tmp_path: Path) -> tuple[Path, Path]:
    """A folder for the guest and one for the host."""
    pair = tmp_path / "guest", tmp_path / "host"
    for folder in pair:
        folder.mkdir()
    return pair


# The host's C library is the oracle: the same program, compiled for the host, prints the same.


@pytest.mark.parametrize("name", ["files", "folders"])
@pytest.mark.parametrize("mapping", [".", ".::/", "{}::."])
def test_files_and_folders(name, mapping, tmp_path):
    guest, host = folders(tmp_path)
    expected = on_host(compiled_for_host(name, tmp_path), cwd=host)
    assert (expected.status, expected.err) == (0, "")
    assert len(expected.out.splitlines()) > 20
    done = wasmproc("run", "--dir", mapping.format(guest), compiled(name, tmp_path), cwd=guest)
    assert done == expected
    assert tree(guest) == tree(host) != {}


@pytest.mark.parametrize(
    ("arguments", "environment"),
    [([], {}), (["42", "", "two words", "-x"], {"ONE": "1", "TWO": "a=b"}), (["-1"], {"THREE": ""}), (["256"], {})],
)
def test_program(arguments, environment, tmp_path):
    variables = [f"--env={name}={value}" for name, value in environment.items()]
    expected = on_host(compiled_for_host("program", tmp_path), *arguments, env=environment)
    assert wasmproc("run", *variables, compiled("program", tmp_path), "--", *arguments) == expected


def test_abort(tmp_path):
    """A trap. The exit status is that of the host's program in a shell: 128 plus the number of SIGABRT."""
    guest = compiled("program", tmp_path)
    expected = on_host(compiled_for_host("program", tmp_path), "abort", env={})
    done = wasmproc("run", guest, "abort")
    assert (done.status, done.out) == (128 - expected.status, expected.out)
    assert re.fullmatch(rf"to standard error\n{guest}:0x[0-9a-f]+: error: trap: unreachable\n", done.err)


def test_large(tmp_path):
    """Some ten million bytes, through a pipe, a file, and back."""
    guest, host = folders(tmp_path)
    size = 10_000_019
    data = b"".join(i.to_bytes(4, "little") for i in range(0, 3 * size, 12))[:size]
    wasm, native = compiled("large", tmp_path), compiled_for_host("large", tmp_path)
    results = []
    for command, folder in (([PROGRAM, "run", "--dir", ".", wasm], guest), ([native], host)):
        write(folder / "data", data)
        with open(folder / "data", "rb") as file:
            results.append(subprocess.run(command, stdin=file, capture_output=True, cwd=folder, timeout=TIMEOUT))
    assert results[0].returncode == 0
    assert results[0].stdout == results[1].stdout
    assert results[0].stderr == results[1].stderr == data
    assert results[0].stdout.startswith(f"{size} bytes".encode())
    piped = subprocess.run(
        [PROGRAM, "run", "--dir", ".", wasm], input=data, capture_output=True, cwd=guest, timeout=TIMEOUT
    )
    assert piped.stderr == data
    assert (guest / "copy").read_bytes() == (host / "copy").read_bytes() == data[:10]


def test_clocks(tmp_path):
    """Error numbers have other texts on the host, so these lines come from the guest."""
    expected = on_host(compiled_for_host("clocks", tmp_path), data=b"input")
    done = wasmproc("run", compiled("clocks", tmp_path), data=b"input")
    assert done.out.replace("I/O error", "Input/output error") == expected.out
    assert (done.status, done.err) == (0, "")


# Operations that the host would allow, but WASI does not.

WAYS_OUT = [
    "..", "../secret", "../outside", "./../secret", "deep/../../secret", "up", "up/secret", "up/outside/secret", "file",
    "root", "root/passwd", "deep/file", "deep/around", "deep/around/secret", "up/inside/deep", "/etc/passwd", "/..",
]

#: Files and links that the program makes inside. No link leads to the root.
MADE = """\
symlink("..", "up"): 0
symlink("../secret", "file"): 0
symlink("/etc", "root"): -1 ENOTCAPABLE
mkdir("deep", 0700): 0
symlink("../../secret", "deep/file"): 0
symlink("../../inside/..", "deep/around"): 0
"""

#: Paths that it then tries outside. A link may have two names.
TRIED = """\
open("../made", O_CREAT | O_WRONLY, 0600): -1 ENOTCAPABLE
mkdir("../made", 0700): -1 ENOTCAPABLE
unlink("../secret"): -1 ENOTCAPABLE
unlink("up/secret"): -1 ENOTCAPABLE
rename("up/secret", "taken"): -1 ENOTCAPABLE
rename("deep", "up/deep"): -1 ENOTCAPABLE
link("../secret", "taken"): -1 ENOTCAPABLE
link("deep/file", "taken"): 0
open("taken", O_RDONLY): -1 ENOTCAPABLE
symlink("x", "../made"): -1 ENOTCAPABLE
rmdir("up/inside"): -1 ENOTCAPABLE
truncate("file", 0): -1 ENOTCAPABLE
chdir("up"): -1 ENOTCAPABLE
"""


@pytest.mark.parametrize("name", [".", "/"])
def test_no_escape(name, tmp_path):
    inside, outside = tmp_path / "inside", tmp_path / "outside"
    for folder in (inside, outside):
        folder.mkdir()
    write(tmp_path / "secret", "secret")
    write(outside / "secret", "secret")
    guest = compiled("escape", tmp_path)
    ways = [*WAYS_OUT, str(tmp_path / "secret")]
    done = wasmproc("run", "--dir", f"{inside}::{name}", guest, *ways)
    assert (done.status, done.err) == (0, "")
    lines = [line.rstrip() for line in done.out.splitlines()]
    assert lines[:6] == MADE.splitlines()
    assert lines[6 + len(ways) :] == TRIED.splitlines()
    for way, line in zip(ways, lines[6:], strict=False):
        # The C library looks up absolute paths among the program's folders.
        error = "ENOENT" if way.startswith("root") else "(ENOTCAPABLE|ENOENT)" if way.startswith("/") else "ENOTCAPABLE"
        assert re.fullmatch(rf"{re.escape(way)}: open {error}, stat {error}, opendir {error}", line)
    assert tree(outside) == {"secret": b"secret"}
    assert (tmp_path / "secret").read_bytes() == b"secret"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["escape.wasm", "inside", "outside", "secret"]
