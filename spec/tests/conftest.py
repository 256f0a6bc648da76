"""What the tests of the specification share: the built pages."""

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
    """What a run of Sphinx made, said and ended with."""

    html: Path
    output: str
    status: int


def build(source: Path, folder: Path, program: str, *options: str) -> Build:
    """Run Sphinx as `make spec-html` does, but for `options`."""
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
    """The specification."""
    return build(SPEC, tmp_path_factory.mktemp("spec"), os.environ["WASMPROC"], "-W", "--keep-going")
