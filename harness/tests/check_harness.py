#!/usr/bin/env python3
"""Runs the tests of the harness, and those of the command line of the interpreter that WASMPROC names; prints TAP."""

import sys
from pathlib import Path

from check_support import run_pytest

if __name__ == "__main__":
    sys.exit(run_pytest(Path(__file__).resolve().parent))
