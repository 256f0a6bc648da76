#!/usr/bin/env python3
"""Builds the examples and runs them with the interpreter that WASMPROC names; prints TAP."""

import os
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "harness" / "tests"))

from check_support import program, run_pytest  # noqa: E402

if __name__ == "__main__":
    program()
    # By default, a folder in the build that is being checked.
    os.environ.setdefault("EXAMPLES_OUT", str(Path.cwd() / "examples-out"))
    sys.exit(run_pytest(HERE))
