"""Shared by the tests of the specification: the built pages."""

import os
import subprocess
import sys
from pathlib import Path

import attrs
import pytest

SPEC = Path(__file__).resolve().parents[1]
ROOT = SPEC.parent


@attrs.frozen
class Build:
    """A run of Sphinx: its pages, output and exit status."""

    html: Path
    output: str
    status: int


def build(source: Path, folder: Path, program: str, *options: str) -> Build:
    """Runs Sphinx as `make spec-html` does, with other options."""
    command = [sys.executable, "-m", "sphinx", "-E", "-n", "-q", "-b", "html", *options]
    done = subprocess.run(
        [*command, "-d", str(folder / "doctrees"), str(source), str(folder / "html")],
        env={**os.environ, "WASMPROC": program, "PYTHONDONTWRITEBYTECODE": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    return Build(folder / "html", done.stdout, done.returncode)


@pytest.fixture(scope="session")
def built(tmp_path_factory):
    """The built specification."""
    return build(SPEC, tmp_path_factory.mktemp("spec"), os.environ["WASMPROC"], "-W", "--keep-going")
