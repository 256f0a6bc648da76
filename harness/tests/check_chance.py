#!/usr/bin/env python3
"""Runs the corpus of the process model on the interpreter that WASMPROC names with many seeds of `--aslr`, on both back
ends. Prints TAP, a point per back end and seed. No test may depend on an address that the platform chose.

Extents that a back end cannot provide are unsupported.
"""

import os
import subprocess
import sys
from pathlib import Path

from check_support import ROOT, program

SEEDS = range(1, 21)
BACKENDS = ("sparse", "native")


def run(path: str, backend: str, seed: int, scripts: list[str]) -> tuple[bool, list[str]]:
    """Whether scripts passed and none failed, and the lines of output."""
    command = [path, "wast", f"--backend={backend}", f"--aslr={seed}", *scripts]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    lines = done.stdout.splitlines()
    return done.returncode == 0 and any(", 0 failed," in line for line in lines), lines


def main() -> int:
    path = program()
    scripts = [os.fspath(script) for script in sorted(Path(ROOT / "testsuite" / "process").rglob("*.wast"))]
    if not scripts:
        print("not ok 1 - there are no scripts\n1..1")
        return 1
    failed = count = 0
    for backend in BACKENDS:
        for seed in SEEDS:
            count += 1
            good, lines = run(path, backend, seed, scripts)
            failed += not good
            print(f"{'ok' if good else 'not ok'} {count} - {len(scripts)} scripts, {backend}, seed {seed}", flush=True)
            for line in [] if good else lines[:40]:
                print(f"# {line}")
    print(f"1..{count}")
    return int(failed != 0)


if __name__ == "__main__":
    sys.exit(main())
