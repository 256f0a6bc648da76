"""Shared by the tests of the examples: the built examples, and functions to run them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import attrs
import pytest

EXAMPLES = Path(__file__).resolve().parent.parent
ROOT = EXAMPLES.parent
sys.path[:0] = [str(EXAMPLES), str(EXAMPLES / "tools")]

import build  # noqa: E402
from steps import Unavailable  # noqa: E402

#: The interpreter to check.
PROGRAM = os.environ.get("WASMPROC") or str(ROOT / "build" / "wasmproc")

#: The folder of the built examples, which is kept for the next run.
OUT = Path(os.environ.get("EXAMPLES_OUT") or ROOT / "build" / "examples").resolve()

#: A folder with Debian's source packages, for machines without access to the archive.
SOURCES = os.environ.get("EXAMPLES_SOURCES")

#: The time limit of a run in seconds, enough for SQL on a loaded machine.
TIMEOUT = 1200

BACKENDS = ("sparse", "native")
KINDS = ("wasm32", "wasm64")

#: The version of the newest clang. The examples are built by an older one.
NEWEST = "22"

#: 256 MiB, and for wasm64 more than 4 GiB.
EXTENTS = {"wasm32": 4096, "wasm64": 1 << 20}


@attrs.frozen
class Done:
    """The result of a run."""

    status: int
    out: str
    err: str


def run(*command: str | Path, data: str = "") -> Done:
    """Runs a program to its end."""
    done = subprocess.run([*map(str, command)], input=data.encode(), capture_output=True, timeout=TIMEOUT)
    return Done(done.returncode, done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace"))


def process_command(name: str, kind: str, backend: str, *options: str, folder: Path = OUT) -> list[str]:
    """The command line that runs a program in a process, without the program's arguments."""
    pointer = {"wasm32": "i32", "wasm64": "i64"}[kind]
    command = [PROGRAM, "run", "--process", str(EXTENTS[kind]), "--pointer", pointer, "--backend", backend]
    return [*command, "--dict", str(folder / kind / f"{name}.json"), *options, str(folder / kind / f"{name}.wasm")]


@pytest.fixture(scope="session")
def built():
    """A function that builds a program and returns the folder of all of them. Skips the test, with the reason, if the
    machine can't build it."""

    def make(name: str, folder: Path = OUT) -> Path:
        try:
            build.make(folder, [name], Path(SOURCES) if SOURCES else None, say=lambda text: None)
        except Unavailable as error:
            pytest.skip(str(error))
        return folder

    return make


@pytest.fixture(scope="session")
def is_slow() -> bool:
    """Whether the interpreter was built with sanitizers, so that examples should run with less input."""
    return b"__asan_init" in Path(PROGRAM).read_bytes()
