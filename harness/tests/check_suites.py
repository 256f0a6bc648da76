#!/usr/bin/env python3
"""Runs the suites on the interpreter that WASMPROC names, and prints the harness's TAP: a point per engine and script.

Each script runs twice: in the interpreter's own runner, and driven command by command, so that the interpreter and the
harness judge the same commands. Without a checkout of the official core suite only the suites of this repository run, and
a comment states that.
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
