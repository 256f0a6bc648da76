"""What the scripts that `make check` runs by Python share."""

from __future__ import annotations

import os
import sys
from pathlib import Path

#: The repository, or the unpacked distribution.
ROOT = Path(__file__).resolve().parents[2]

#: What automake takes for "skipped".
SKIPPED = 77


def need_packages() -> None:
    """End here, as skipped, where Python lacks what requirements.txt lists; else make the harness importable."""
    try:
        import attrs, click, hypothesis, jinja2, junitparser, pytest, pytest_timeout, rich, xdist  # noqa: E401, F401
    except ImportError as error:
        print(f"1..0 # SKIP {error}: the packages of requirements.txt are not there (./bootstrap installs them)")
        sys.exit(SKIPPED)
    sys.path.insert(0, str(ROOT / "harness"))
    os.environ["PYTHONPATH"] = str(ROOT / "harness")


def program() -> str:
    """The interpreter to check."""
    path = os.environ.get("WASMPROC")
    if not path:
        sys.exit("WASMPROC does not name an interpreter")
    return path
