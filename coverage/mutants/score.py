"""The campaign `score`: how many small changes of the sources the tests notice.

Each mutant is compiled and tested: with the scripts of the corpus, on each back end and with pages at random; with the
official core suite; with the unit tests. The first that notices it kills it. A mutant whose object code is that of the sources is
equivalent, one whose object code is that of another mutant is counted once, and one that does not compile is not counted.
"""

from __future__ import annotations

import hashlib
import json
import random
import subprocess
import sys
import tempfile
import threading
from collections import Counter, defaultdict
from pathlib import Path

import attrs

from .build import OWN_OBJECTS, Build, Options, for_all
from .exceptions import ACCEPTED, EQUIVALENT as NO_TEST, Entry, Exceptions
from .operators import Mutant, mutants_of
from .state import BROKEN, EQUIVALENT, KILLED, SURVIVED, State
from .testing import BACKENDS, Corpus, Runner, Test, core_suite

#: The sources that are judged, below interp/, by area; and the least score of each area, in percent.
AREAS = {
    "process": ["process/**/*.c", "base/index.c"],
    "core": ["core/exec/*.c", "core/exec/num_*.h", "core/run/memory.c", "core/run/table.c", "core/valid/*.c"],
}
TARGETS = {"process": 95.0, "core": 90.0}

#: Seconds of processor time over which a unit test is not asked, unless it compiles the source that changes.
PATIENCE = 4.0

CORPUS, CORE, UNITS = "corpus", "core suite", "unit tests"


def area_of(file: str) -> str:
    """The area of a source, below interp/."""
    folder = file.split("/")[0]
    return "process" if folder == "base" else folder


def all_mutants(root: Path, patterns: list[str]) -> list[Mutant]:
    """The mutants of all sources that match a pattern."""
    files = [file for pattern in patterns for file in sorted((root / "interp").glob(pattern))]
    return [m for f in files for m in mutants_of(f.read_bytes(), f.relative_to(root / "interp").as_posix())]


def choose(mutants: list[Mutant], functions: list[str], samples: list[tuple[str, int]], seed: int) -> list[Mutant]:
    """The mutants of some functions, and samples of areas: pairs of an area, or "" for all, and a size."""
    if functions:
        mutants = [mutant for mutant in mutants if mutant.function in functions]
    for area, size in samples:
        # By the mutants' own names: a change elsewhere in the sources leaves most of a sample as it was.
        concerned = [mutant for mutant in mutants if not area or area_of(mutant.name) == area]
        ranked = sorted(concerned, key=lambda m: hashlib.sha256(f"{seed} {m.key}".encode()).digest())
        left_out = {mutant.key for mutant in ranked[size:]}
        mutants = [mutant for mutant in mutants if mutant.key not in left_out]
    return mutants


# ---- Judging -----------------------------------------------------------------------------------------------------------


class Judge:
    """Judges mutants with all tests, in the order in which they are likely to notice."""

    def __init__(self, build: Build, suite: Path | None):
        self.build, self.runner = build, Runner(build)
        corpus = Corpus(build.tree)
        process = [str(corpus.root / name) for name in corpus.rules]
        extra = [str(script) for script in sorted((build.tree / "testsuite" / "core").rglob("*.wast"))]
        make, core = self.runner.scripts, core_suite(suite)
        self.runs = [make(CORPUS, b, process + (extra if b == "sparse" else []), f"--backend={b}") for b in BACKENDS] if process else []
        self.runs += [make(CORE, "core", core)] if core else []
        self.last = [make(CORPUS, "random places", process, "--backend=sparse", "--aslr=1")] if process else []
        self.units = [Test(UNITS, name, [str(path)]) for name, path in build.units.items()]

    def begin(self, files: set[str]) -> list[str]:
        """Runs the interpreter as it is. Its problems, which keep mutants of some files from being judged."""
        users = set(self.build.affected(files))
        self.units = [test for test in self.units if users & self.build.reach[test.name]]
        problems = [problem for test in [*self.runs, *self.units, *self.last] if (problem := self.runner.begin(test))]
        self.units = [test for test in self.units if test.name in OWN_OBJECTS or test.seconds <= PATIENCE]
        return problems

    def judge(self, mutant: Mutant) -> dict:
        """The outcome of a mutant."""
        edit = (mutant.name, mutant.start, mutant.end, mutant.text)
        with tempfile.TemporaryDirectory(dir=self.build.folder) as name, self.build.changed([edit]) as tree:
            folder, files = Path(name), [mutant.name]
            try:
                objects = self.build.compile_changed(files, tree, folder)
                # A mutant that uses a function which does not exist is found out here.
                self.build.link_mutant(objects, folder)
            except subprocess.CalledProcessError:
                return {"outcome": BROKEN}
            code = self.build.code(objects)
            if code == self.build.own_code(files):
                return {"outcome": EQUIVALENT, "code": code}
            if killer := self._killer(mutant.name, tree, folder):
                return {"outcome": KILLED, "code": code, "kind": killer[0], "by": killer[1]}
            # The compiler shows more to be the same when it tries harder.
            again = self.build.compile_changed(files, tree, folder, "-O2")
            same = self.build.code(again) == self.build.own_code(files, "-O2")
            return {"outcome": EQUIVALENT if same else SURVIVED, "code": code}

    def _killer(self, file: str, tree: Path, folder: Path) -> tuple[str, str] | None:
        """The kind and name of a test that notices."""
        return self._of_scripts(self.runs, file, folder) or self._of_units(file, tree, folder) or self._of_scripts(self.last, file, folder)

    def _of_scripts(self, runs: list[Test], file: str, folder: Path) -> tuple[str, str] | None:
        area, kills = area_of(file), self.runner.kills[file]
        # Scripts of the core suite make no process.
        asked = [test for test in runs if area != "process" or test.kind != CORE]
        for test in sorted(asked, key=lambda test: (-kills[test.name], area == "core" and test.kind != CORE)):
            if script := self.runner.red_script(file, test, folder):
                kills[test.name] += 1
                return test.kind, f"{test.name}: {Path(script).name}"
        return None

    def _of_units(self, file: str, tree: Path, folder: Path) -> tuple[str, str] | None:
        users, kills = set(self.build.affected([file])), self.runner.kills[file]
        asked = [test for test in self.units if users & self.build.reach[test.name]]
        for test in sorted(asked, key=lambda test: (-kills[test.name], test.seconds)):
            own = test
            if test.name in OWN_OBJECTS:
                own = attrs.evolve(test, argv=[str(self.build.make_own(test.name, tree, folder))])
            if self.runner.is_red(own, folder):
                kills[test.name] += 1
                return test.kind, f"test_{test.name}"
        return None


def run(root: Path, mutants: list[Mutant], state: State, suite: Path | None, options: Options) -> bool:
    """Judges the mutants that are not judged yet. False if the tests fail on the sources as they are."""
    left = [m for m in mutants if options.fresh or state.find(m.key) is None or options.again and state.is_old_survivor(m.key)]
    print(f"{len(mutants)} mutants, {len(left)} to be judged", flush=True)
    if not left:
        return True
    random.Random(0).shuffle(left)  # so that the first results are like the rest
    left.sort(key=lambda mutant: state.find(mutant.key) is None)
    with tempfile.TemporaryDirectory(prefix="wasmproc-score-") as name:
        build = Build(Path(name), root, options)
        build.make(sorted(path.stem.removeprefix("test_") for path in (root / "interp" / "tests").glob("test_*.c")))
        judge = Judge(build, suite)
        if problems := judge.begin({mutant.name for mutant in left}):
            print(f"the interpreter as it is: {'; '.join(problems)}", file=sys.stderr)
            return False
        _judge_all(judge, left, state, options)
    return True


def _judge_all(judge: Judge, left: list[Mutant], state: State, options: Options) -> None:
    counts, lock = Counter(), threading.Lock()

    def one(mutant: Mutant) -> None:
        result = judge.judge(mutant)
        state.keep(mutant.key, f"{mutant.name}:{mutant.line}", result)
        with lock:
            counts[result["outcome"]] += 1
            if result["outcome"] == SURVIVED or options.verbose:
                print(f"{result['outcome']} {result.get('by', '')} {describe(mutant)}", flush=True)
            if counts.total() % 20 == 0 or counts.total() == len(left):
                print(f"{counts.total()}/{len(left)}: " + ", ".join(f"{n} {o}" for o, n in sorted(counts.items())), flush=True)

    for_all(one, left, options.jobs)


# ---- Counting ----------------------------------------------------------------------------------------------------------


class Score:
    """The outcomes of some mutants, counted."""

    COLUMNS = ("mutants", "equivalent", "by corpus", "by core suite", "by unit tests", "survived", "score")

    def __init__(self, mutants: list[Mutant], state: State, exceptions: Exceptions):
        self.counts: dict[str, Counter] = defaultdict(Counter)
        self.survivors: list[tuple[Mutant, Entry | None]] = []
        self.missing = [mutant for mutant in mutants if state.find(mutant.key) is None]
        self.old = sum(state.is_old_survivor(mutant.key) for mutant in mutants)
        seen: set[tuple[str, str]] = set()
        for mutant in mutants:
            if result := state.find(mutant.key):
                self._add(mutant, result, exceptions, seen)
        self.stale = [f"noticed or equivalent: {e.label}" for e in exceptions.entries if e.judged and not e.needed]

    def _add(self, mutant: Mutant, result: dict, exceptions: Exceptions, seen: set[tuple[str, str]]) -> None:
        entry = exceptions.find(mutant.label, (NO_TEST, ACCEPTED))
        survived, code = result["outcome"] == SURVIVED, (mutant.name, result.get("code", ""))
        if entry is not None:
            entry.judged, entry.needed = True, entry.needed or survived
        if result["outcome"] == BROKEN or code in seen:
            return
        if result["outcome"] != EQUIVALENT:
            seen.add(code)
        if survived:
            self.survivors.append((mutant, entry))
        counts = self.counts[mutant.name]
        counts["mutants"] += 1
        if result["outcome"] == KILLED:
            counts[f"by {result['kind']}"] += 1
        elif survived and not (entry and entry.verdict == NO_TEST):
            counts["survived"] += 1
        else:
            counts["equivalent"] += 1

    def rows(self) -> list[tuple[str, Counter]]:
        """Files, areas, and all."""
        rows = []
        for area in AREAS:
            if files := [(file, counts) for file, counts in sorted(self.counts.items()) if area_of(file) == area]:
                rows += [*files, (area, sum((counts for _, counts in files), Counter()))]
        return rows

    @staticmethod
    def share(counts: Counter) -> float:
        """The score: killed of those that are not equivalent, in percent."""
        whole = counts["mutants"] - counts["equivalent"]
        return 100.0 * (whole - counts["survived"]) / whole if whole else 100.0

    def cells(self, counts: Counter) -> list[str]:
        """The cells of a row."""
        return [str(counts[column]) for column in self.COLUMNS[:-1]] + [f"{int(10 * self.share(counts)) / 10:.1f} %"]

    def unexplained(self) -> list[Mutant]:
        """The survivors without an entry."""
        return [mutant for mutant, entry in self.survivors if entry is None]

    def problems(self) -> list[str]:
        """Whatever makes the campaign red."""
        problems = list(self.stale)
        if self.missing:
            problems.append(f"{len(self.missing)} mutants are not judged")
        if self.unexplained():
            problems.append(f"{len(self.unexplained())} survivors are not in exceptions.toml; --list-survivors lists them")
        for area, counts in self.rows():
            if area in TARGETS and self.share(counts) < TARGETS[area]:
                problems.append(f"{area}: a score of {self.share(counts):.1f} %, and the target is {TARGETS[area]:.0f} %")
        return problems


# ---- Output ------------------------------------------------------------------------------------------------------------


def describe(mutant: Mutant) -> str:
    """A mutant in two lines; the second is its label."""
    return f"interp/{mutant.name}:{mutant.line}: {mutant.operator}\n  {mutant.label}"


def as_text(score: Score) -> str:
    """The table of files and areas."""
    lines = [f"{'file':24}" + "".join(f"{column:>15}" for column in Score.COLUMNS)]
    lines += [f"{name:24}" + "".join(f"{cell:>15}" for cell in score.cells(counts)) for name, counts in score.rows()]
    return "\n".join(lines)


def as_json(score: Score) -> str:
    """The report as JSON."""
    rows = [{"name": name, **{c: counts[c] for c in Score.COLUMNS[:-1]}, "score": round(score.share(counts), 2)}
            for name, counts in score.rows()]  # fmt: skip
    survivors = [
        {"file": m.name, "line": m.line, "function": m.function, "operator": m.operator, "label": m.label,
         "verdict": e and e.verdict, "reason": e and e.reason}
        for m, e in score.survivors
    ]  # fmt: skip
    return json.dumps({"rows": rows, "survivors": survivors, "not judged": len(score.missing)}, indent=1)


def as_markdown(score: Score) -> str:
    """The report as Markdown."""
    lines = ["# Mutation score", "", "| file | " + " | ".join(Score.COLUMNS) + " |", "| --- " + "| ---: " * 7 + "|"]
    for name, counts in score.rows():
        shown = f"**{name}**" if name in AREAS else f"`{name}`"
        lines.append(f"| {shown} | " + " | ".join(score.cells(counts)) + " |")
    lines += ["", f"{len(score.missing)} mutants of this choice are not judged." if score.missing else ""]
    for verdict in (None, ACCEPTED, NO_TEST):
        chosen = [(m, e) for m, e in score.survivors if (e.verdict if e else None) == verdict]
        if chosen:
            lines += ["", f"## Survivors: {verdict or 'not examined'} ({len(chosen)})", ""]
        for mutant, entry in chosen:
            lines.append(f"- `{mutant.name}:{mutant.line}`, {mutant.operator}: `{mutant.label}`" + (f": {entry.reason}" if entry else ""))
    return "\n".join(lines) + "\n"
