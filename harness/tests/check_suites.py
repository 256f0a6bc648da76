#!/usr/bin/env python3
"""Runs the suites on the interpreter that WASMPROC names, and prints the harness's TAP: a point per engine and script.

The interpreter runs each script by itself, and is driven through it command by command: its own verdicts and the
harness's are on the same scripts. Without a checkout of the official core suite the corpus of this repository runs
alone, and a line says so.
"""

import os
import sys

from check_support import need_packages, program, run_harness

ENGINES = ("wasmproc", "wasmproc-driver")


def main() -> int:
    need_packages()
    path = program()
    words = ["--suite", "process", "--suite", "extra"]
    if os.environ.get("WASM_TESTSUITE"):
        words += ["--suite", "core"]
    for engine in ENGINES:
        words += ["--engine", engine, "--engine-path", f"{engine}={path}"]
    status = run_harness(words)
    if not os.environ.get("WASM_TESTSUITE"):
        print("# the official core suite did not run: --with-testsuite=DIR or WASM_TESTSUITE names a checkout")
    return status


if __name__ == "__main__":
    sys.exit(main())
