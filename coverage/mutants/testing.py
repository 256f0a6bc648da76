"""The tests that judge a mutant: scripts, unit tests, and files of pytest.

A test notices a mutant if its outcome or its output differs from that on the sources as they are, or if it takes several times as
long.
"""

from __future__ import annotations

import itertools
import os
import resource
import sys
import threading
from collections import Counter, defaultdict
from pathlib import Path

import attrs
from wasmproc_conform.process import ProcessTable, run_to_end
from wasmproc_conform.traceability.metadata import read_metadata

from .build import Build

#: Seconds that no test takes, whatever it waits for; bytes that a program may have for data, and those of the few that need more.
PATIENCE, MEMORY, MUCH_MEMORY = 1800.0, 4 << 30, 1 << 50

#: Points of unit tests that depend on how busy the machine is: mutants are not judged by them.
FICKLE = {"time per operation does not grow with the number of mappings"}

BACKENDS = ("sparse", "native")


@attrs.define
class Test:
    """A program, or some scripts, with the outcome on the sources as they are."""

    kind: str
    name: str
    argv: list[str]
    scripts: list[str] = attrs.Factory(list)
    seconds: float = 0.0  #: of processor time
    memory: int = MEMORY
    lines: dict[str, list[str]] = attrs.Factory(dict)  #: that each script prints

    def expected(self, scripts: list[str]) -> list[str]:
        """The lines that some scripts print."""
        return [line for script in scripts for line in self.lines.get(script, ())]


class Corpus:
    """The scripts of processes, and the rules that each names."""

    def __init__(self, root: Path):
        self.root = root / "testsuite" / "process"
        self.rules: dict[str, frozenset[str]] = {}
        #: Scripts that hold in the strict profile only.
        self.strict: set[str] = set()
        for script in sorted(self.root.rglob("*.wast")):
            metadata = read_metadata(script.read_text("utf-8"))
            name = script.relative_to(self.root).as_posix()
            self.rules[name] = frozenset(metadata.words("rules"))
            if metadata.words("profile") == ["strict"]:
                self.strict.add(name)

    def naming(self, rules: tuple[str, ...]) -> list[str]:
        """The scripts that name any of some rules."""
        return [name for name, named in self.rules.items() if named.intersection(rules)]


class Runner:
    """Runs tests on mutants, and learns which scripts notice most."""

    #: How many scripts are asked first: those that killed the most mutants of the same source.
    FIRST = 12

    def __init__(self, build: Build):
        self.build, self.table, self.lock = build, ProcessTable(0), threading.Lock()
        self.kills: dict[str, Counter] = defaultdict(Counter)

    def scripts(self, kind: str, name: str, scripts: list[str], *options: str) -> Test:
        """Scripts as one test. Each command prints a line at once, so that the output shows where a mutant crashed."""
        return Test(kind, name, ["stdbuf", "-oL", str(self.build.program), "wast", "-v", *options], scripts)

    def begin(self, test: Test) -> str | None:
        """Runs a test on the sources as they are. Returns its problem, or None."""
        for test.memory in (MEMORY, MUCH_MEMORY):
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            status, printed = self.run(test, self.build.library, PATIENCE)
            if not (problem := ", 0 failed," not in printed if test.scripts else _is_bad(status, printed)):
                break
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        test.seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        for line in _command_lines(printed):
            test.lines.setdefault(line.split(".wast:")[0] + ".wast", []).append(line)
        lines = [line for line in printed.splitlines() if not line.startswith("ok ") and ": pass: " not in line]
        return "\n".join([f"{test.kind}: {test.name} fails: status {status}", *lines[:20]]) if problem else None

    def run(self, test: Test, library: Path, seconds: float, scripts: list[str] | None = None) -> tuple[int, str]:
        """The status of a test that uses a library, and what it prints. It may take four times as long as it should."""
        argv = test.argv + (test.scripts if scripts is None else scripts)
        limits = f'ulimit -t {int(4 * seconds) + 1}; ulimit -d {test.memory // 1024}; ulimit -c 0; exec "$@"'
        done = run_to_end(self.table, ["/bin/sh", "-c", limits, "sh", *argv], timeout=PATIENCE, env=self.environment(library), cwd=library)
        return (done.status, done.stdout)

    def environment(self, library: Path) -> dict[str, str]:
        """The environment of a program that uses a library."""
        path = f"{library}:{self.build.library}"
        return os.environ | {"LD_LIBRARY_PATH": path, "WASMPROC": str(self.build.program), "TMPDIR": str(library)}

    def red_script(self, file: str, test: Test, library: Path) -> str | None:
        """A script that fails, or None. Those that noticed most mutants of the file are asked first."""
        area = file.split("/")[0]
        with self.lock:
            first = [s for about in (file, area) for s, _ in self.kills[about].most_common() if s in test.scripts][: self.FIRST]
        first = list(dict.fromkeys([*first, *test.scripts[:: max(1, len(test.scripts) // self.FIRST)]]))
        for scripts in (first, test.scripts) if len(test.scripts) > 2 * self.FIRST else (test.scripts,):
            seconds = test.seconds * max(len(scripts) / max(1, len(test.lines)), 0.05)
            status, printed = self.run(test, library, seconds, scripts)
            if status != 0 or _command_lines(printed) != test.expected(scripts):
                failed = _failed_script(test.expected(scripts), _command_lines(printed)) or scripts[0]
                with self.lock:
                    self.kills[file][failed] += 1
                    self.kills[area][failed] += 1
                return failed
        return None

    def is_red(self, test: Test, library: Path) -> bool:
        """Whether a unit test fails."""
        return _is_bad(*self.run(test, library, test.seconds))

    def is_red_in_python(self, file: Path, library: Path) -> bool:
        """Whether a file of pytest fails. Raises RuntimeError if none of its tests can run."""
        env = self.environment(library) | {"PYTHONDONTWRITEBYTECODE": "1"}
        # The tests that noticed the last mutants are asked first.
        first = ["--failed-first", "-o", f"cache_dir={self.build.folder / 'pytest'}"]
        argv = [sys.executable, "-m", "pytest", "-q", "-x", *first, str(file)]
        done = run_to_end(self.table, argv, timeout=300, env=env)
        if done.status not in (0, 1) and not done.timed_out or " passed" not in done.stdout and done.status == 0:
            raise RuntimeError(f"{file}: pytest ended with {done.status}:\n{done.stdout}{done.stderr}")
        return done.status != 0


def _command_lines(printed: str) -> list[str]:
    return [line for line in printed.splitlines() if ".wast:" in line]


def _failed_script(expected: list[str], printed: list[str]) -> str | None:
    """The script of the first line that differs."""
    for one, other in itertools.zip_longest(expected, printed):
        if one != other:
            return (one or other).split(".wast:")[0] + ".wast"
    return None


def _is_bad(status: int, printed: str) -> bool:
    points = {line.split(" - ", 1)[-1] for line in printed.splitlines() if line.startswith("not ok")}
    return status != 0 and (not points or not points <= FICKLE)


def core_suite(path: Path | None) -> list[str]:
    """The scripts of a checkout of the official core suite."""
    return [str(script) for script in sorted([*path.glob("*.wast"), *path.glob("custom/*.wast")])] if path else []
