#!/usr/bin/env python3
"""Runs the tests of the harness, and of the model of the address space, under pytest, and prints TAP for `make check`.

Each test is a point; a skipped one is a point that says so. Exits with 1 if a test failed or none was found.
"""

import os
import sys

from check_support import ROOT, need_packages

#: Folders with tests; those that a checkout has.
FOLDERS = [path for path in (ROOT / "harness" / "tests", ROOT / "testsuite" / "model") if path.is_dir()]


class Tap:
    """A pytest plugin that prints a line per test, and why it failed."""

    def __init__(self) -> None:
        self.count = 0

    def pytest_runtest_logreport(self, report) -> None:
        """Set-up and tear-down are points only when they fail."""
        if report.when != "call" and report.outcome == "passed":
            return
        self.count += 1
        skip = " # SKIP" if report.outcome == "skipped" else ""
        print(f"{'not ok' if report.outcome == 'failed' else 'ok'} {self.count} - {report.nodeid}{skip}", flush=True)
        if report.outcome != "passed":
            for line in report.longreprtext.splitlines():
                print(f"# {line}")

    def pytest_collectreport(self, report) -> None:
        """A file that cannot be collected is a failure of its own."""
        if report.failed:
            self.count += 1
            print(f"not ok {self.count} - collecting {report.nodeid}")
            for line in report.longreprtext.splitlines():
                print(f"# {line}")


def main() -> int:
    need_packages()
    import pytest

    tap = Tap()
    workers = os.environ.get("JOBS", "2")
    options = [f"--rootdir={ROOT}", "-p", "no:cacheprovider", "-p", "no:terminal", "--timeout=300", "-n", workers]
    status = pytest.main([*options, *map(str, FOLDERS)], plugins=[tap])
    print(f"1..{tap.count}")
    return int(status != 0 or tap.count == 0)


if __name__ == "__main__":
    sys.exit(main())
