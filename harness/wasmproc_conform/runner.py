"""Runs tests with engines, in parallel, and collects the results.

Engines are processes, so the workers are threads that wait for them. A worker never fails: an exception of an adapter
becomes the outcome `error` of the test.
"""

from __future__ import annotations

import shutil
import tempfile
import threading
import time
import traceback
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from datetime import UTC, datetime
from pathlib import Path

import attrs

from .adapters import ADAPTERS, Adapter, Context, EngineMissing
from .adapters.base import unsupported
from .expect import BadExpectations, Expectation, apply_expectations, load_expectations
from .model import Ending, Outcome, Test, TestResult, Verdict
from .process import Interrupted, ProcessTable
from .suites import HARNESS, LOADERS, Filter, Suite, SuiteMissing, select

#: Defaults: seconds that one script may take, and bytes that one engine process may write.
TIMEOUT = 60.0
MEMORY_LIMIT = 4 << 30


@attrs.define
class Options:
    """The engines, suites and limits of a run."""

    engines: list[str]
    suites: list[str]
    folders: dict[str, Path] = attrs.field(factory=dict)
    filters: list[Filter] = attrs.field(factory=list)
    jobs: int = 1
    #: Seconds that one script may take.
    timeout: float = TIMEOUT
    #: Bytes that one engine process may write; 0 means no limit.
    memory_limit: int = 0
    paths: dict[str, Path] = attrs.field(factory=dict)
    arguments: dict[str, list[str]] = attrs.field(factory=dict)
    expect_folder: Path = HARNESS / "expect"
    #: Engines and suites that the user named. The run fails if one of them is missing.
    named: frozenset[str] = frozenset()
    #: The known engines by name.
    adapters: dict[str, type[Adapter]] = attrs.field(factory=lambda: dict(ADAPTERS))


@attrs.define
class EngineEntry:
    """An engine of the run. `missing` is the reason why it was not found, or None."""

    adapter: Adapter
    missing: str | None = None
    #: How to get the engine, or the program that it lacks.
    how_to_get: str = ""

    @property
    def name(self) -> str:
        """The engine's name."""
        return self.adapter.name


@attrs.define
class Run:
    """All data of one run; reports are made from it."""

    options: Options
    engines: list[EngineEntry] = attrs.field(factory=list)
    suites: dict[str, Suite] = attrs.field(factory=dict)
    missing_suites: dict[str, SuiteMissing] = attrs.field(factory=dict)
    results: list[TestResult] = attrs.field(factory=list)
    expectations: list[Expectation] = attrs.field(factory=list)
    problems: list[str] = attrs.field(factory=list)
    partial: bool = False
    planned: int = 0
    started: datetime = attrs.field(factory=lambda: datetime.now(UTC))
    seconds: float = 0.0

    @property
    def red(self) -> bool:
        """Whether a result is unexpected, a problem was found, or the run was interrupted."""
        return self.partial or bool(self.problems) or any(result.red for result in self.results)


@attrs.frozen
class _Job:
    entry: EngineEntry
    test: Test
    lines: frozenset[int]


class Runner:
    """One run, from set-up to results.

    `on_result` is called once per result, in the thread that called `run`. `interrupt` may be called from any thread
    and from a signal handler: engines are killed, and `run` returns the results so far, marked partial.
    """

    def __init__(self, options: Options, on_result: Callable[[TestResult], None] = lambda result: None):
        self.options = options
        self.on_result = on_result
        self.table = ProcessTable(options.memory_limit)
        self.run_data = Run(options)
        self._stop = threading.Event()
        self._scratch = Path(tempfile.mkdtemp(prefix="wasmproc-conform-"))
        self._jobs: list[_Job] = []

    def interrupt(self) -> None:
        """Stop as soon as possible."""
        self._stop.set()

    def prepare(self) -> Run:
        """Find engines and suites, read expectations, plan the jobs. Raises BadExpectations."""
        run = self.run_data
        for name in self.options.suites:
            try:
                suite = LOADERS[name](self.options.folders.get(name))
                run.suites[name] = suite
                run.problems += suite.problems
            except SuiteMissing as missing:
                run.missing_suites[name] = missing
                if name in self.options.named:
                    run.problems.append(f"{missing} ({missing.hint})")
        for name in self.options.engines:
            run.engines.append(self._find_engine(name))
        for entry in run.engines:
            if not entry.missing:
                version = entry.adapter.info.version
                run.expectations += load_expectations(entry.name, self.options.expect_folder, version)
        self._plan()
        return run

    def _find_engine(self, name: str) -> EngineEntry:
        context = Context(
            self.table, self.options.timeout, self._scratch, dict(self.options.paths), self.options.arguments
        )
        adapter = self.options.adapters[name](context)
        entry = EngineEntry(adapter, how_to_get=adapter.how_to_get)
        try:
            adapter.find()
        except EngineMissing as missing:
            entry.missing, entry.how_to_get = str(missing), missing.how_to_get or adapter.how_to_get
        except Exception as error:
            # A broken engine or adapter must not stop the others.
            entry.missing = f"its adapter failed: {type(error).__name__}: {error}"
        if entry.missing and name in self.options.named:
            self.run_data.problems.append(f"engine {name} is missing: {entry.missing} ({entry.how_to_get})")
        return entry

    def _plan(self) -> None:
        tests = [test for suite in self.run_data.suites.values() for test in suite.tests]
        chosen = select(tests, self.options.filters)
        present = [entry for entry in self.run_data.engines if not entry.missing]
        self._check_choice(tests, chosen)
        if not present:
            self.run_data.problems.append("no engine was found")
        # Long scripts first, so that the workers end at about the same time.
        chosen.sort(key=lambda item: -len(item[0].commands))
        self._jobs = [_Job(entry, test, lines) for test, lines in chosen for entry in present]
        self.run_data.planned = len(self._jobs)

    def _check_choice(self, tests: list[Test], chosen: list[tuple[Test, frozenset[int]]]) -> None:
        """Report filters that choose nothing, and an empty choice."""
        problems = self.run_data.problems
        for choice in self.options.filters:
            if not any(choice.accepts(test) for test in tests):
                problems.append(f"no test matches {choice.pattern}")
        for test, lines in chosen:
            for line in sorted(lines - {command.line for command in test.commands}):
                problems.append(f"no command begins in {test.suite}/{test.name}:{line}")
        if not chosen:
            problems.append("no test was chosen")

    def close(self) -> None:
        """End every engine process and remove temporary files. `run` does this on return."""
        self.table.kill_all()
        shutil.rmtree(self._scratch, ignore_errors=True)

    def run(self) -> Run:
        """Run every planned job. Returns when all are done or the run is interrupted."""
        begin = time.monotonic()
        try:
            with ThreadPoolExecutor(max_workers=max(1, self.options.jobs)) as pool:
                self._drain(pool)
        finally:
            self.close()
        run = self.run_data
        run.seconds = time.monotonic() - begin
        run.partial = len(run.results) < run.planned
        order = {entry.name: i for i, entry in enumerate(run.engines)}
        run.results.sort(key=lambda r: (r.test.suite, r.test.name, order[r.engine]))
        self._check_expectations()
        return run

    def _drain(self, pool: ThreadPoolExecutor) -> None:
        """Submit jobs, a few more than there are workers, and take results as they arrive."""
        queue = iter(self._jobs)
        pending: set[Future] = set()
        while True:
            while not self._stop.is_set() and len(pending) < 2 * self.options.jobs:
                job = next(queue, None)
                if job is None:
                    break
                pending.add(pool.submit(self._run_job, job))
            if self._stop.is_set():
                self.table.kill_all()
            if not pending:
                return
            done, pending = wait(pending, timeout=0.2, return_when=FIRST_COMPLETED)
            for future in done:
                self._take(future.result())

    def _take(self, result: TestResult | None) -> None:
        if result is not None:
            self.run_data.results.append(result)
            self.on_result(result)

    def _run_job(self, job: _Job) -> TestResult | None:
        """The result of one job, or None if it was interrupted."""
        begin = time.monotonic()
        try:
            reason = job.entry.adapter.supports(job.test)
            verdict = unsupported(job.test, reason) if reason else job.entry.adapter.run(job.test)
        except Interrupted:
            return None
        except Exception:
            # The traceback goes into the report.
            text = traceback.format_exc()
            verdict = Verdict(ending=Ending(Outcome.ERROR, text.strip().splitlines()[-1]), output=text)
        return self._finish(job, verdict, time.monotonic() - begin)

    def _finish(self, job: _Job, verdict: Verdict, seconds: float) -> TestResult:
        commands, selected = verdict.commands, list(job.test.commands)
        if job.lines:
            commands = [c for c in commands if c.line in job.lines]
            selected = [c for c in selected if c.line in job.lines]
        result = TestResult(
            job.entry.name,
            job.test,
            commands,
            verdict.ending,
            seconds,
            verdict.output,
            verdict.by_hand,
            len(selected),
            sum(c.asserts for c in selected),
        )
        apply_expectations(result, [e for e in self._entries(job) if not job.lines or self._in_lines(e, job.lines)])
        return result

    def _entries(self, job: _Job) -> list[Expectation]:
        key = (job.entry.name, job.test.suite, job.test.name)
        return [e for e in self.run_data.expectations if (e.engine, e.suite, e.file) == key]

    @staticmethod
    def _in_lines(entry: Expectation, lines: frozenset[int]) -> bool:
        """Whether all lines of an entry are chosen: only then can a line filter judge the entry."""
        return entry.lines is not None and set(range(entry.lines[0], entry.lines[1] + 1)) <= lines

    def _check_expectations(self) -> None:
        """Report stale entries, and those for unknown suites and files."""
        run = self.run_data
        for entry in run.expectations:
            suite = run.suites.get(entry.suite)
            if entry.suite not in LOADERS:
                run.problems.append(f"expectation for an unknown suite: {entry.describe()}")
            elif suite and entry.file not in {test.name for test in suite.tests}:
                entry.stale = True
            if entry.stale:
                run.problems.append(f"stale expectation: {entry.describe()} ({entry.reason})")


__all__ = ["BadExpectations", "EngineEntry", "Options", "Run", "Runner"]
