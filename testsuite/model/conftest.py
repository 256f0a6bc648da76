"""Fixtures of this folder: an engine that speaks the driver protocol."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

sys.path[:0] = [str(Path(__file__).resolve().parent), str(Path(__file__).resolve().parents[2] / "harness")]


@pytest.fixture
def engine():
    """The interpreter that WASMPROC names, as a client of its driver."""
    from wasmproc_conform.driver_client import DriverClient

    path = os.environ.get("WASMPROC")
    if not path:
        pytest.skip("WASMPROC does not name an interpreter")
    with DriverClient([path, "driver"], timeout=30) as client:
        yield client
