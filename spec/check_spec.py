#!/usr/bin/env python3
"""Builds the specification's HTML, with the tables of the interpreter that WASMPROC names and warnings as errors, and
checks every link in it and in the Markdown files; prints TAP."""

import os
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "harness" / "tests"))

from check_support import SKIPPED, need_packages, program, run_pytest  # noqa: E402


def need_sphinx() -> None:
    """Ends the test as skipped if Python packages for the specification are missing."""
    need_packages()
    try:
        import furo, markdown_it, math_core, sphinx  # noqa: E401, F401
    except ImportError as error:
        print(f"1..0 # SKIP {error}: packages of requirements.txt are missing (./bootstrap installs them)")
        sys.exit(SKIPPED)


if __name__ == "__main__":
    program()
    need_sphinx()
    # No parallel jobs: all tests share one build of the pages.
    os.environ["JOBS"] = "0"
    sys.exit(run_pytest(HERE / "tests"))
