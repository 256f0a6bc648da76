"""Functions of the Python scripts that `make check` runs."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

#: The repository, or the unpacked distribution.
ROOT = Path(__file__).resolve().parents[2]

#: The exit status that Automake takes as "skipped".
SKIPPED = 77


def need_packages() -> None:
    """Make the harness importable. Exits as skipped if packages of requirements.txt are missing."""
    try:
        import attrs, click, hypothesis, jinja2, junitparser, pytest, pytest_timeout, rich, xdist  # noqa: E401, F401
    except ImportError as error:
        print(f"1..0 # SKIP {error}: packages of requirements.txt are missing (./bootstrap installs them)")
        sys.exit(SKIPPED)
    sys.path.insert(0, str(ROOT / "harness"))
    os.environ["PYTHONPATH"] = str(ROOT / "harness")


def program() -> str:
    """The interpreter to check."""
    path = os.environ.get("WASMPROC")
    if not path:
        sys.exit("WASMPROC does not name an interpreter")
    return path


def run_harness(words: list[str]) -> int:
    """Run `wasmproc-conform run` with options and those of HARNESS_OPTIONS; prints a point per engine and script.

    A build with sanitizers uses HARNESS_OPTIONS to allow more memory and time.
    """
    options = shlex.split(os.environ.get("HARNESS_OPTIONS", ""))
    with tempfile.TemporaryDirectory() as folder:
        tap = Path(folder) / "results.tap"
        command = [sys.executable, "-m", "wasmproc_conform", "run", "--quiet", "--tap", str(tap), *words, *options]
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        for line in done.stdout.splitlines():
            print(f"# {line}")
        if not tap.is_file():
            print("not ok 1 - the harness wrote no report\n1..1")
            return 1
        print(tap.read_text("utf-8"), end="")
    return int(done.returncode != 0)


class Tap:
    """A pytest plugin that prints a point per test, with the details of a failure."""

    def __init__(self) -> None:
        self.count = 0

    def pytest_runtest_logreport(self, report) -> None:
        """Print a point. Set-up and tear-down are points only if they fail."""
        if report.when != "call" and report.outcome == "passed":
            return
        self.count += 1
        skip = " # SKIP" if report.outcome == "skipped" else ""
        print(f"{'not ok' if report.outcome == 'failed' else 'ok'} {self.count} - {report.nodeid}{skip}", flush=True)
        if report.outcome != "passed":
            for line in report.longreprtext.splitlines():
                print(f"# {line}")

    def pytest_collectreport(self, report) -> None:
        """Print a point for a file that cannot be collected."""
        if report.failed:
            self.count += 1
            print(f"not ok {self.count} - collecting {report.nodeid}")
            for line in report.longreprtext.splitlines():
                print(f"# {line}")


def run_pytest(folder: Path) -> int:
    """Run the tests of a folder, a point each. A folder without tests is a failure."""
    need_packages()
    import pytest

    tap = Tap()
    workers = os.environ.get("JOBS", "2")
    options = [f"--rootdir={ROOT}", "-p", "no:cacheprovider", "-p", "no:terminal", "--timeout=300", "-n", workers]
    status = pytest.main([*options, str(folder)], plugins=[tap])
    print(f"1..{tap.count}")
    return int(status != 0 or tap.count == 0)
