#!/usr/bin/env python3
"""Runs the corpus of the process model on the interpreter that WASMPROC names: on the native back end, and with each
process as an OS process on both back ends. Prints the harness's TAP, a point per engine and script.

On the native back end, extents without addresses on the host are unsupported (rule process.extent.min). Scripts map whole
large extents, which the native back end counts against a memory limit before they are touched, so the limit is off.
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
