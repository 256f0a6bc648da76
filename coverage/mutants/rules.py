"""The campaign `rules`: each branch of each rule is broken, and a test that names the rule must notice.

The scripts whose metadata name a rule of the breakage are run, on each back end; then the files of pytest that breakages.toml and
testsuite/waivers.toml name for the rule. With verbose=True, if none of them notices, the other scripts are run too, to report whether
any does.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import threading
from collections import Counter
from pathlib import Path

import attrs
from wasmproc_conform.traceability.waivers import read_waivers

from .build import Build, Options, for_all
from .exceptions import Entry, Exceptions
from .marks import POLYFILL, Breakage, Sources, Table, read_table, redundant
from .state import BROKEN, EQUIVALENT, KILLED, SURVIVED, State, digest_of
from .testing import BACKENDS, Corpus, Runner, Test

OTHERS, EXCEPTED, ALLOWED, DEPENDED_ON = "noticed only by others", "excepted", "allowed", "tests depend on it"
#: Outcomes that end the campaign well.
GOOD = (KILLED, EQUIVALENT, EXCEPTED, ALLOWED)


@attrs.define
class Campaign:
    """The breakages of a tree, and its tables."""

    root: Path
    sources: Sources
    table: Table
    exceptions: Exceptions
    breakages: list[Breakage] = attrs.Factory(list)
    problems: list[str] = attrs.Factory(list)

    def tests_of(self, breakage: Breakage) -> list[str]:
        """The files of pytest that name a rule of a breakage."""
        return sorted({test for rule in breakage.rules for test in self.table.tests.get(rule, ())})

    def excuse(self, breakage: Breakage) -> Entry | None:
        """The entry of exceptions.toml for a breakage that an operator makes."""
        return self.exceptions.find(breakage.label) if breakage.derived else None


def read_campaign(root: Path, tables: Path) -> Campaign:
    """The campaign of a tree. Its problems are misfits of tables and sources."""
    sources = Sources(root)
    table = read_table(tables / "breakages.toml", sources)
    for waiver in read_waivers(root / "testsuite" / "waivers.toml"):
        table.tests.setdefault(waiver.rule, []).append(waiver.shown_by)
    campaign = Campaign(root, sources, table, Exceptions(tables / "exceptions.toml"))
    derived = sources.derived()
    campaign.breakages = [*derived, *table.breakages]
    campaign.problems = [*sources.problems, *table.problems, *redundant(table.breakages, derived, sources)]
    broken = {rule for breakage in campaign.breakages if not breakage.kind for rule in breakage.rules}
    campaign.problems += [f"no breakage of {rule}" for rule in sources.rules.values() if rule not in broken]
    campaign.problems += [f"no such test: {test}" for tests in table.tests.values() for test in tests if not (root / test).is_file()]
    return campaign


class Trial:
    """Judges breakages."""

    def __init__(self, build: Build, campaign: Campaign, verbose: bool = False):
        self.build, self.campaign, self.runner, self.verbose = build, campaign, Runner(build), verbose
        self.corpus = Corpus(build.tree)
        self.runs = {b: self.runner.scripts("corpus", b, self._paths(self.corpus.rules), f"--backend={b}") for b in BACKENDS}
        self.lock, self.python = threading.Lock(), threading.Lock()
        self.green: dict[str, bool] = {}  # of files of pytest, on the interpreter as it is
        self.same: dict[tuple, dict] = {}

    def _paths(self, names) -> list[str]:
        return [str(self.corpus.root / name) for name in names]

    def begin(self) -> list[str]:
        """Runs the interpreter as it is. Its problems, which keep mutants from being judged."""
        return [problem for run in self.runs.values() if (problem := self.runner.begin(run))]

    def judge(self, breakage: Breakage) -> dict:
        """The outcome of a breakage."""
        with tempfile.TemporaryDirectory(dir=self.build.folder) as name, self.build.changed(breakage.edits) as tree:
            folder = Path(name)
            try:
                objects = self.build.compile_changed(breakage.files, tree, folder)
                code = self.build.code(objects)
                if code == self.build.own_code(breakage.files):
                    return {"outcome": EQUIVALENT}
                self.build.link_mutant(objects, folder)
            except subprocess.CalledProcessError as error:
                return {"outcome": BROKEN, "message": error.stderr}
            return self._allowed(breakage, folder) if breakage.kind else self._noticed(breakage, folder, code)

    def _allowed(self, breakage: Breakage, folder: Path) -> dict:
        scripts = [name for name in self.corpus.rules if breakage.kind != POLYFILL or name not in self.corpus.strict]
        red = [name for name in scripts if self._red(breakage, folder, [name], BACKENDS[:1])]
        return {"outcome": DEPENDED_ON if red else ALLOWED, "by": ", ".join(red)}

    def _noticed(self, breakage: Breakage, folder: Path, code: str) -> dict:
        naming = self.corpus.naming(breakage.rules)
        with self.lock:
            if same := self.same.get((code, *naming)):
                return same
        result = self._judge(breakage, folder, naming)
        with self.lock:
            self.same[code, *naming] = result
        return result

    def _judge(self, breakage: Breakage, folder: Path, naming: list[str]) -> dict:
        if red := self._red(breakage, folder, naming, BACKENDS):
            return {"outcome": KILLED, "by": red}
        if self.campaign.excuse(breakage):
            return {"outcome": SURVIVED, "by": ""}
        for test in self.campaign.tests_of(breakage):
            if self._red_in_python(test, folder):
                return {"outcome": KILLED, "by": test}
        if not self.verbose:
            return {"outcome": SURVIVED, "by": ""}
        others = [name for name in self.corpus.rules if name not in naming]
        red = self._red(breakage, folder, others, BACKENDS[:1])
        return {"outcome": OTHERS if red else SURVIVED, "by": red or ""}

    def _red_in_python(self, test: str, folder: Path) -> bool:
        path = self.campaign.root / test
        # Some of them measure, and two at once would take each other's time.
        with self.python:
            if test not in self.green:
                self.green[test] = not self.runner.is_red_in_python(path, self.build.library)
            if not self.green[test]:
                raise RuntimeError(f"{test} fails on the interpreter as it is")
            return self.runner.is_red_in_python(path, folder)

    def _red(self, breakage: Breakage, folder: Path, names: list[str], backends: tuple[str, ...]) -> str | None:
        for backend in backends if names else ():
            run: Test = attrs.evolve(self.runs[backend], scripts=self._paths(names))
            if script := self.runner.red_script(breakage.edits[0][0], run, folder):
                return Path(script).relative_to(self.corpus.root).as_posix()
        return None


def _is_current(campaign: Campaign, breakage: Breakage, result: dict, digest: str) -> bool:
    """Whether a kept result still holds: for one that was noticed the test must be the same, else everything."""
    if result["outcome"] in (EQUIVALENT, BROKEN):
        return True
    if result["outcome"] != KILLED:
        return result["digest"] == digest
    return result["test"] == _digest_of_test(campaign.root, result["by"])


def _digest_of_test(root: Path, test: str) -> str:
    path = root / test if test.endswith(".py") else root / "testsuite" / "process" / test
    return digest_of([path]) if path.is_file() else ""


def run(campaign: Campaign, chosen: list[Breakage], state: State, options: Options) -> int:
    """Judges breakages and prints those that are not noticed. The exit status."""
    results: dict[str, dict] = {}
    for breakage in chosen:
        known = state.find(breakage.key)
        if known and not options.fresh and _is_current(campaign, breakage, known, state.digest):
            results[breakage.key] = known
    left = [breakage for breakage in chosen if breakage.key not in results]
    print(f"{len(chosen)} changes, {len(left)} to be judged", flush=True)
    if left and not _judge(campaign, left, results, state, options):
        return 1
    return _report(campaign, chosen, results, options.verbose)


def _judge(campaign: Campaign, left: list[Breakage], results: dict, state: State, options: Options) -> bool:
    with tempfile.TemporaryDirectory(prefix="wasmproc-rules-") as name:
        build = Build(Path(name), campaign.root, options)
        build.make()
        trial = Trial(build, campaign, options.verbose)
        if problems := trial.begin():
            print(f"the interpreter as it is: {'; '.join(problems)}", file=sys.stderr)
            return False

        def one(breakage: Breakage) -> None:
            result = trial.judge(breakage)
            if result["outcome"] == KILLED:
                result = result | {"test": _digest_of_test(campaign.root, result["by"])}
            state.keep(breakage.key, breakage.place, result)
            results[breakage.key] = result
            if len(results) % 100 == 0:
                print(f"{len(results)} judged", flush=True)

        for_all(one, left, options.jobs)
    return True


def _outcome(campaign: Campaign, breakage: Breakage, result: dict) -> str:
    """The outcome of a breakage: EXCEPTED for a survivor that an exception explains."""
    if breakage.derived and result["outcome"] == BROKEN:
        return EQUIVALENT
    if result["outcome"] in (SURVIVED, OTHERS):
        if entry := campaign.excuse(breakage):
            entry.needed = True
            return EXCEPTED
    return result["outcome"]


def _report(campaign: Campaign, chosen: list[Breakage], results: dict[str, dict], verbose: bool) -> int:
    counts: Counter = Counter()
    for breakage in chosen:
        result = results[breakage.key]
        outcome = _outcome(campaign, breakage, result)
        counts[outcome] += 1
        if outcome not in GOOD or verbose:
            by = f" (by {result['by']})" if result.get("by") else ""
            print(f"{outcome}: {breakage.place}: {', '.join(breakage.rules)}\n  {breakage.label}{by}")
            if outcome == BROKEN:
                print(result["message"], file=sys.stderr)
    rules = {rule for breakage in chosen for rule in breakage.rules}
    print(f"{len(chosen)} changes, of {len(rules)} rules: " + ", ".join(f"{count} {outcome}" for outcome, count in counts.items()))
    return 0 if sum(counts[outcome] for outcome in GOOD) == len(chosen) else 1
