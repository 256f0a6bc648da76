#!/usr/bin/env python3
"""Tests the oracle of address spaces, and holds the interpreter that WASMPROC names against it; prints TAP."""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "harness" / "tests"))

from check_support import run_pytest  # noqa: E402

if __name__ == "__main__":
    sys.exit(run_pytest(HERE))
