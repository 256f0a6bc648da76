#!/usr/bin/env python3
"""Runs the corpus of the process model on the interpreter that WASMPROC names, once for each way in which processes can
be kept: on the native back end, and as OS processes of their own on both. Prints the harness's TAP, a point per way and
script.

What a host has no addresses for is unsupported on the native back end (rule process.extent.min). The programs of the
corpus map all of large extents, which counts against a limit of memory there before it is touched: so there is none.
"""

import sys

from check_support import need_packages, program, run_harness

ENGINES = ("wasmproc-native", "wasmproc-os", "wasmproc-os-native")


def main() -> int:
    need_packages()
    path = program()
    words = ["--memory-limit", "0", "--suite", "process"]
    for engine in ENGINES:
        words += ["--engine", engine, "--engine-path", f"{engine}={path}"]
    return run_harness(words)


if __name__ == "__main__":
    sys.exit(main())
