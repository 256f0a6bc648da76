"""`python -m wasmproc_conform.traceability WASMPROC`: the traceability check, printed as TAP.

Comments list, per rule and back end, the commands that asserted it and those that touched it, and the number of tests
that name it. The exit status is 1 if a point failed.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from ..adapters.wasmproc import BACKENDS
from .check import Traceability
from .page import to_html


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit status of the command with `arguments` (those of the process if None)."""
    parser = argparse.ArgumentParser(prog="traceability", description="Check that rules, code and tests agree; print TAP.")
    parser.add_argument("wasmproc", help="an interpreter with rule probes: wasmproc-check")
    parser.add_argument("--report", type=Path, metavar="FILE.html", help="write a page about every rule")
    options = parser.parse_args(arguments)
    traceability = Traceability(options.wasmproc)
    traceability.check()
    if options.report:
        options.report.write_text(to_html(traceability), "utf-8")
    print_tap(traceability)
    return 1 if traceability.problems else 0


def print_tap(traceability: Traceability) -> None:
    """A point per problem, or a single point that passes."""
    if not traceability.places.has_spec:
        print("# there is no specification in spec/: its rules are not checked")
    print("# asserted and touched: " + ", ".join(BACKENDS))
    for rule in traceability.rules:
        counts = [f"{asserted:8} {touched:8}" for asserted, touched in (traceability.total(rule, b) for b in BACKENDS)]
        print(f"#{' |'.join(counts)} | {len(traceability.named[rule]):3} tests | {rule}")
    print(f"1..{max(1, len(traceability.problems))}")
    for number, problem in enumerate(traceability.problems, 1):
        print(f"not ok {number} - {problem}")
    if not traceability.problems:
        tests = len(traceability.fired[BACKENDS[0]])
        print(f"ok 1 - {len(traceability.rules)} rules, {tests} tests: rules, code and tests agree")


if __name__ == "__main__":
    sys.exit(main())
