#!/usr/bin/env python3
"""Runs the suites on the interpreter that WASMPROC names, and prints the harness's TAP: a point per engine and script.

The interpreter runs each script by itself, and is driven through it command by command: its own verdicts and the
harness's are on the same scripts. Without a checkout of the official core suite the corpus of this repository runs
alone, and a line says so.
"""

import os
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

from check_support import need_packages, program

ENGINES = ("wasmproc", "wasmproc-driver")


def arguments(path: str, tap: Path) -> list[str]:
    """The harness's command line. HARNESS_OPTIONS adds to it: a build with sanitizers needs more room and time."""
    words = ["run", "--quiet", "--tap", str(tap), "--suite", "process", "--suite", "extra"]
    if os.environ.get("WASM_TESTSUITE"):
        words += ["--suite", "core"]
    for engine in ENGINES:
        words += ["--engine", engine, "--engine-path", f"{engine}={path}"]
    return words + shlex.split(os.environ.get("HARNESS_OPTIONS", ""))


def main() -> int:
    need_packages()
    path = program()
    with tempfile.TemporaryDirectory() as folder:
        tap = Path(folder) / "results.tap"
        command = [sys.executable, "-m", "wasmproc_conform", *arguments(path, tap)]
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        for line in done.stdout.splitlines():
            print(f"# {line}")
        if not tap.is_file():
            print("not ok 1 - the harness wrote no report\n1..1")
            return 1
        print(tap.read_text("utf-8"), end="")
    if not os.environ.get("WASM_TESTSUITE"):
        print("# the official core suite did not run: --with-testsuite=DIR or WASM_TESTSUITE names a checkout")
    return int(done.returncode != 0)


if __name__ == "__main__":
    sys.exit(main())
