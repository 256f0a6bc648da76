"""Functions of the tests of the command line, which run the program under test."""

from __future__ import annotations

import json
import os
import pty
import shutil
import signal
import subprocess
import time
from functools import lru_cache
from pathlib import Path

import attrs
import pytest

from wasmproc_conform.suites import ROOT

#: Seconds that one run may take, with sanitizers too.
TIMEOUT = 60

_GIVEN = os.environ.get("WASMPROC") or next(
    (str(path) for path in (ROOT / "build" / "wasmproc", ROOT / "wasmproc") if os.access(path, os.X_OK)), None
)

#: The path of the program; None if it is neither built nor named.
PROGRAM = shutil.which(_GIVEN) if _GIVEN else None

needs_program = pytest.mark.skipif(_GIVEN is None, reason="no wasmproc: build it, or name it with WASMPROC=PATH")


@attrs.frozen
class Done:
    """The exit status and output of a run."""

    status: int
    out: str
    err: str


def wasmproc(*arguments: str | Path, data: bytes = b"", **options) -> Done:
    """Run the program to its end. Its output is UTF-8 if its arguments are."""
    done = subprocess.run(
        [PROGRAM, *map(str, arguments)], input=data, capture_output=True, timeout=TIMEOUT, **options
    )
    return Done(done.returncode, done.stdout.decode(), done.stderr.decode(errors="replace"))


@lru_cache
def tables() -> dict:
    """The program's tables: `wasmproc tables --json`."""
    return json.loads(wasmproc("tables", "--json").out)


def write(path: Path, text: str | bytes) -> Path:
    """Write a file and return its path."""
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def binary(text: str, folder: Path) -> bytes:
    """The binary form of a text module."""
    source, target = write(folder / "binary.wat", text), folder / "binary.wasm"
    done = wasmproc("parse", source, "-o", target)
    assert done == Done(0, "", ""), done
    return target.read_bytes()


def wait_until_interruptible(running: subprocess.Popen) -> None:
    """Wait until a program has a handler for Ctrl-C, which would end it without one."""
    if not Path("/proc/self/status").exists():
        running.kill()
        running.communicate()
        pytest.skip("no /proc, which lists handlers")
    for _ in range(TIMEOUT * 100):
        assert running.poll() is None
        status = Path(f"/proc/{running.pid}/status").read_text()
        caught = int(next(line.split()[1] for line in status.splitlines() if line.startswith("SigCgt:")), 16)
        if caught >> (signal.SIGINT - 1) & 1:
            return
        time.sleep(0.01)
    raise AssertionError("it never catches SIGINT")


def open_terminal() -> tuple[int, int]:
    """The two ends of a pseudo-terminal: the user's and the program's. Skips the test if none can be opened."""
    try:
        return pty.openpty()
    except OSError as error:
        pytest.skip(f"no terminal can be made here: {error}")
