"""What the tests of the examples share: the built examples, and ways to run them."""

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

#: Where the examples are built, and where they stay for the next run.
OUT = Path(os.environ.get("EXAMPLES_OUT") or ROOT / "build" / "examples").resolve()

#: A folder with Debian's source packages, for machines that can't fetch them.
SOURCES = os.environ.get("EXAMPLES_SOURCES")

#: Seconds that a run may take: SQL on a machine that does something else too.
TIMEOUT = 1200

BACKENDS = ("sparse", "native")
KINDS = ("wasm32", "wasm64")

#: 256 MiB, and for wasm64 more than 32 bits reach.
EXTENTS = {"wasm32": 4096, "wasm64": 1 << 20}


@attrs.frozen
class Done:
    """How a run ended."""

    status: int
    out: str
    err: str


def run(*command: str | Path, data: str = "") -> Done:
    """Run a program to its end."""
    done = subprocess.run([*map(str, command)], input=data.encode(), capture_output=True, timeout=TIMEOUT)
    return Done(done.returncode, done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace"))


def process_command(name: str, kind: str, backend: str, *options: str) -> list[str]:
    """The command line that runs a program in a process, without the program's arguments."""
    pointer = {"wasm32": "i32", "wasm64": "i64"}[kind]
    command = [PROGRAM, "run", "--process", str(EXTENTS[kind]), "--pointer", pointer, "--backend", backend]
    return [*command, "--dict", str(OUT / kind / f"{name}.json"), *options, str(OUT / kind / f"{name}.wasm")]


@pytest.fixture(scope="session")
def built():
    """A function that builds a program and returns the folder of all of them. Where the machine can't, the test is
    skipped and says what is missing."""

    def make(name: str) -> Path:
        try:
            build.make(OUT, [name], Path(SOURCES) if SOURCES else None, say=lambda text: None)
        except Unavailable as error:
            pytest.skip(str(error))
        return OUT

    return make


@pytest.fixture(scope="session")
def is_slow() -> bool:
    """Whether the interpreter was built with sanitizers: then examples run with less to do."""
    return b"__asan_init" in Path(PROGRAM).read_bytes()
