#!/usr/bin/env python3
"""Measures how many small changes of the interpreter's sources the tests notice: the mutation score.

Each mutant (mutate.py says which there are) is compiled and tested: with the scripts of the corpus, on each back end and
with places taken by chance; with the official core suite; with the unit tests. The first that gives another result than
with the sources as they are kills it; so does a test that takes several times as long. A mutant whose object code
is that of the sources is equivalent, one whose object code is that of another mutant is counted once, and one that does not
compile is none. survivors.toml says of those that no test notices why each is equivalent or accepted.

    score.py run --state mutation.jsonl --shard 1/2      judge every second mutant, keep what became of each, report
    score.py report --state mutation.jsonl --json FILE --markdown FILE     report what became of all

Results are kept in the state file, and taken from there while the function that a mutant changes is as it was; --again
judges those anew that survived, as after tests were added, and --fresh all. So an interrupted run goes on where it was, and
shards may share a file or bring theirs together with cat.

Exit status: 0 when every mutant was judged, every survivor is in survivors.toml, and no entry there is stale; 1 otherwise,
and when a score is below its target; 2 for usage.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import queue
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import tomllib
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import attrs
from mutate import Mutant, mutants_of

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "harness"))

from wasmproc_conform.process import ProcessTable, run_to_end  # noqa: E402

#: The sources that are judged, below interp/, by area; and the least score of each area, in percent.
AREAS = {
    "process": ["process/**/*.c"],
    "core": [f"core/{name}" for name in ("exec*.c", "link.c", "memory.c", "num_*.h", "table.c", "valid*.c")],
}
TARGETS = {"process": 95.0, "core": 90.0}

#: Seconds that no test takes, whatever it waits for; bytes that a program may have for data, if it does with so few.
PATIENCE, MEMORY, MUCH_MEMORY = 1800.0, 4 << 30, 1 << 50

#: The unit tests that are asked, by area: those of its layer. Others use it too, and would take long to say the same.
UNIT_TESTS = {
    "process": {"dylink", "loader", "loader_limits", "loader_symbols", "memory", "native", "process", "process_end",
                "process_load", "process_memory", "script_run", "space",
                "space_exhaustive", "space_small", "sparse"},
    "core": {"decode", "decode_hostile", "dylink", "exec", "exec_host", "exec_instrs", "hostile", "link", "loader", "loader_limits", "loader_symbols", "memory", "native", "num", "process", "process_end",
             "process_load", "process_memory",
             "script_run", "sparse", "store", "table", "text_module", "valid"},
}  # fmt: skip

#: Unit tests that have the object of a source of their own, and how it is compiled: with small nodes, for high trees.
OWN_OBJECTS = dict.fromkeys(("space_exhaustive", "space_small"), ("process/space/space.c", ("-DSPACE_RANGES=4", "-DSPACE_BRANCHES=4")))

#: Runs of the corpus that can only differ from the others where these sources do: the rest of the process layer knows
#: neither where pages are kept nor how their places are chosen.
CONCERNS = {
    "native": {"process/storage/native.c", "process/platform.c", "process/process.c", "process/space/space.c", "process/storage/storage.c"},
    "by chance": {"process/process.c", "process/space/space.c"},
}

#: Points of unit tests that depend on how busy the machine is: mutants are not judged by them.
FICKLE = {"time per operation does not grow with the number of mappings"}

KILLED, SURVIVED, EQUIVALENT, BROKEN = "killed", "survived", "equivalent", "does not compile"
CORPUS, CORE, UNITS = "corpus", "core suite", "unit tests"


class BadEntry(Exception):
    """survivors.toml is not as it should be."""


# ---- Building ------------------------------------------------------------------------------------------------------------


class Build:
    """The interpreter as a shared library, and programs that use it, all built once.

    Before that library the programs look into one that is empty: there a mutant puts the object that it changes, whose
    symbols then hide those of the library.
    """

    FOLDERS = ("base", "core", "coverage", "text", "process", "script", "wasi", "cli")
    LIBRARY = ("api", "core", "text", "process")

    def __init__(self, folder: Path, root: Path, compiler: str):
        self.folder, self.compiler = folder, compiler
        # Sources and scripts as they are now: whoever works on them meanwhile changes neither what is judged nor by what.
        self.tree = folder / "tree"
        if (root / "testsuite").is_dir():
            shutil.copytree(root / "testsuite", self.tree / "testsuite")
        shutil.copytree(root / "interp", self.tree / "interp", ignore=shutil.ignore_patterns("*.o", ".deps", "*.py"))
        names = [f for part in self.FOLDERS for f in sorted((self.tree / "interp" / part).rglob("*.c"))]
        self.sources = [name.relative_to(self.tree / "interp").as_posix() for name in names]
        packages = ["jansson", "nettle"] if (root / "interp" / "script").is_dir() else []
        #: As configure sets them, but for warnings and the level of optimisation.
        self.cflags = ["-std=gnu11", "-Iinterp", "-w", "-fPIC", "-DWP_RULES", "-ffp-contract=off", "-fno-math-errno"]
        if packages:
            done = subprocess.run(["pkg-config", "--cflags", *packages], capture_output=True, text=True, check=True)
            self.cflags += done.stdout.split()
        self.libraries = [f"-l{package}" for package in packages] + ["-lm"]
        self.uses: dict[str, set[str]] = {}
        self.library = folder / "library"
        self.units: dict[str, Path] = {}
        self.reach: dict[str, set[str]] = {}

    def _compile(self, tree: Path, source: str, target: Path, *more: str) -> None:
        argv = [self.compiler, *self.cflags, *(more or ("-O1",)), "-c", f"interp/{source}", "-o", str(target)]
        subprocess.run(argv, cwd=tree, check=True, capture_output=True, text=True)

    def _object(self, source: str) -> Path:
        return self.folder / "objects" / (source.replace("/", "-").removesuffix(".c") + ".o")

    def _link(self, objects: list[Path], target: Path, *more: str) -> None:
        argv = [self.compiler, *map(str, objects), "-o", str(target), *more, *self.libraries]
        subprocess.run(argv, check=True, capture_output=True, text=True)

    def baseline(self, jobs: int) -> None:
        """Build everything with the sources as they are. Raises CalledProcessError."""
        (self.folder / "objects").mkdir()
        self.library.mkdir()
        asked = [f"tests/test_{name}.c" for name in sorted(set.union(*UNIT_TESTS.values()))]
        tests = [test for test in asked if (self.tree / "interp" / test).is_file()]
        with ThreadPoolExecutor(jobs) as pool:
            list(pool.map(lambda name: self._compile(self.tree, name, self._object(name), "-O1", "-MMD"), self.sources + tests))
        for name in self.sources:
            words = self._object(name).with_suffix(".d").read_text("utf-8").replace("\\\n", " ").split(":", 1)[1].split()
            self.uses[name] = {os.path.relpath(word, "interp") for word in words if not word.startswith("/")}
        own = [self._object(name) for name in self.sources if name.split("/")[0] in self.LIBRARY]
        self._link(own, self.library / "librest.so", "-shared")
        self.link_mutant([], self.library)
        rest = [self._object(name) for name in self.sources if name.split("/")[0] not in self.LIBRARY]
        no_main = [path for path in rest if not path.name.startswith("cli-")]
        self.program = self.folder / "wasmproc"
        use = [f"-L{self.library}", "-Wl,--no-as-needed", "-lmutant", "-lrest"]
        if rest:
            self._link(rest, self.program, *use)
        archive = self.folder / "rest.a"
        subprocess.run(["ar", "rcs", str(archive), *map(str, no_main)], check=True, capture_output=True)
        needs = {name: self._symbols(name) for name in self.sources + tests}
        homes = {symbol: name for name in self.sources for symbol in needs[name][0]}
        self.archive, self.use = archive, use
        for test in tests:
            name = Path(test).stem.removeprefix("test_")
            self.units[name] = self.folder / Path(test).stem
            self.reach[name] = {OWN_OBJECTS[name][0]} if name in OWN_OBJECTS else self._reached(test, needs, homes)
            if name in OWN_OBJECTS:
                self.build_own(name, self.tree, self.folder)
            else:
                self._link([self._object(test), archive], self.units[name], *use)

    def build_own(self, name: str, tree: Path, folder: Path) -> Path:
        """A unit test with an object of its own, from a tree, in a folder."""
        source, flags = OWN_OBJECTS[name]
        test, own = folder / f"{name}.o", folder / f"{name}-own.o"
        self._compile(tree, f"tests/test_{name}.c", test, "-O1", *flags)
        self._compile(tree, source, own, "-O1", *flags)
        includes = f"/{Path(source).name}\"" in (tree / "interp" / "tests" / f"test_{name}.c").read_text("utf-8")
        objects = [test] if includes else [test, own]
        self._link([*objects, self.archive], folder / f"test_{name}", *self.use)
        return folder / f"test_{name}"

    def _symbols(self, source: str) -> tuple[set[str], set[str]]:
        """What an object defines, and what it needs."""
        done = subprocess.run(["nm", "-P", str(self._object(source))], check=True, capture_output=True, text=True)
        kinds = [line.split()[:2] for line in done.stdout.splitlines()]
        return {name for name, kind in kinds if kind.isupper() and kind != "U"}, {name for name, kind in kinds if kind == "U"}

    @staticmethod
    def _reached(test: str, needs: dict, homes: dict[str, str]) -> set[str]:
        """The sources that a program can come to use."""
        reached, left = {test}, [test]
        while left:
            found = {homes[symbol] for symbol in needs[left.pop()][1] if symbol in homes} - reached
            reached |= found
            left += found
        return reached

    def link_mutant(self, objects: list[Path], folder: Path) -> None:
        """Put objects into the library that is looked into first. Raises CalledProcessError."""
        inputs = list(map(str, objects)) or ["-x", "c", os.devnull, "-x", "none"]
        # All that the objects need must be there: a program that does not find a function at run time would look like a
        # mutant that was noticed. The compiler's own functions, as for counting bits, are in libgcc.
        needs = ["-Wl,-z,defs", f"-L{self.library}", "-lrest", *self.libraries, "-lgcc", "-lc"]
        argv = [self.compiler, "-shared", "-nostdlib", *inputs, *needs, "-o", str(folder / "libmutant.so")]
        subprocess.run(argv, check=True, capture_output=True)

    def affected(self, file: str) -> list[str]:
        """The sources that use a file."""
        return [name for name in self.sources if file in self.uses[name]]

    def compile_changed(self, file: str, tree: Path, folder: Path, *flags: str) -> dict[str, Path]:
        """Compile all that uses a file, from a tree where that may have changed. Raises CalledProcessError."""
        objects = {name: folder / (name.replace("/", "-") + ".o") for name in self.affected(file)}
        for name, target in objects.items():
            self._compile(tree, name, target, *flags)
        return objects

    def check_whole(self, file: str) -> None:
        """That what uses a file finds all that it needs, as mutants of it do. Raises CalledProcessError."""
        with tempfile.TemporaryDirectory(dir=self.folder) as folder:
            self.link_mutant([self._object(name) for name in self.affected(file)], Path(folder))

    def code(self, objects: dict[str, Path]) -> str:
        """A digest of objects."""
        digest = hashlib.sha256()
        for name in sorted(objects):
            digest.update(objects[name].read_bytes())
        return digest.hexdigest()[:16]

    def code_of_sources(self, file: str, *flags: str) -> str:
        """The digest for what uses a file, as it is."""
        with tempfile.TemporaryDirectory(dir=self.folder) as folder:
            return self.code(self.compile_changed(file, self.tree, Path(folder), *flags))


# ---- Testing -------------------------------------------------------------------------------------------------------------


@attrs.define
class Test:
    """One run of a program: what it prints with the sources as they are, and how long it takes."""

    kind: str
    name: str
    argv: list[str]
    seconds: float = 0.0  #: of processor time
    memory: int = MEMORY
    expected: tuple[int, str] = (0, "")
    lines: frozenset[str] = frozenset()
    scripts: list[str] = attrs.Factory(list)


class Tests:
    """All tests, in the order in which mutants meet them."""

    #: How many scripts are asked first: those that killed the most mutants of the same source.
    FIRST = 12

    def __init__(self, build: Build, suite: Path | None):
        scripts = build.tree / "testsuite"
        self.build, self.table = build, ProcessTable(0)
        self.lock, self.kills = threading.Lock(), defaultdict(Counter)
        self.last: list[Test] = []
        process = [str(script) for script in sorted((scripts / "process").rglob("*.wast"))]
        extra = [str(script) for script in sorted((scripts / "core").rglob("*.wast"))]
        core = [str(script) for script in sorted([*suite.glob("*.wast"), *suite.glob("custom/*.wast")])] if suite else []
        self.runs = []
        if process:
            self.runs += [self._scripts(CORPUS, "sparse", process + extra, "--backend=sparse")]
            self.runs += [self._scripts(CORPUS, "native", process, "--backend=native")]
        self.last = [self._scripts(CORPUS, "by chance", process, "--backend=sparse", "--aslr=1")] if process else []
        if core:
            self.runs += [self._scripts(CORE, "core", core)]
        self.units = [Test(UNITS, name, [str(path)]) for name, path in build.units.items()]
        self.folder = build.folder

    def _scripts(self, kind: str, name: str, scripts: list[str], *options: str) -> Test:
        # With a line for every command, and each line at once: so it is known where a mutant breaks down.
        return Test(kind, name, ["stdbuf", "-oL", str(self.build.program), "wast", "-v", *options], scripts=scripts)

    def run(self, test: Test, library: Path, seconds: float, scripts: list[str] | None = None) -> tuple[int, str]:
        """How a test ends that uses a library, and what it prints. It may take four times as long as it should."""
        argv = test.argv + (test.scripts if scripts is None else scripts)
        limits = f'ulimit -t {int(4 * seconds) + 1}; ulimit -d {test.memory // 1024}; ulimit -c 0; exec "$@"'
        env = os.environ | {"LD_LIBRARY_PATH": f"{library}:{self.build.library}", "WASMPROC": str(self.build.program), "TMPDIR": str(library)}
        done = run_to_end(self.table, ["/bin/sh", "-c", limits, "sh", *argv], timeout=PATIENCE, env=env, cwd=library)
        return (done.status, done.stdout)

    def begin(self, files: set[str]) -> list[str]:
        """Run the interpreter as it is; what keeps mutants of these files from being judged."""
        problems = []
        judged = {file for file in files if not file.startswith("core/")}
        self.units = [test for test in self.units if test.name not in OWN_OBJECTS or OWN_OBJECTS[test.name][0] in judged]
        for test in self.runs + self.units + self.last:
            for test.memory in (MEMORY, MUCH_MEMORY):
                before = resource.getrusage(resource.RUSAGE_CHILDREN)
                test.expected = self.run(test, self.build.library, PATIENCE)
                if self._is_green(test):
                    break
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            test.lines = frozenset(test.expected[1].splitlines())
            test.seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
            if not self._is_green(test):
                lines = [line for line in test.expected[1].splitlines() if not line.startswith("ok ")]
                problems.append("\n".join([f"{test.kind}: {test.name} fails: status {test.expected[0]}", *lines[:20]]))
        return problems

    @staticmethod
    def _is_green(test: Test) -> bool:
        return ", 0 failed," in test.expected[1] if test.scripts else not Tests._is_bad(*test.expected)

    def _red_script(self, file: str, test: Test, library: Path) -> str | None:
        """The script that fails, or None. The likely ones are asked first, since most mutants end there."""
        with self.lock:
            area = file.split("/")[0]
            first = [script for counts in (self.kills[file], self.kills[area]) for script, _ in counts.most_common(self.FIRST)
                     if script in test.scripts]  # fmt: skip
        first = list(dict.fromkeys([*first, *test.scripts[:: max(1, len(test.scripts) // self.FIRST)]]))
        for scripts, seconds in ((first, 0.2 * test.seconds), (test.scripts, test.seconds)):
            status, printed = self.run(test, library, seconds, scripts)
            lines = printed.splitlines()
            places = [line for line in lines if ".wast:" in line]
            failed = next((line for line in places if line not in test.lines), None)
            if failed is None and status == 0 and (scripts is first or (status, printed) == test.expected):
                continue
            if failed is None and places:
                # It broke down after the last line: in that script or in the next one.
                last = places[-1].split(".wast:")[0] + ".wast"
                failed = scripts[min(scripts.index(last) + 1, len(scripts) - 1)] + ":"
            script = (failed or scripts[0]).split(".wast")[0] + ".wast"
            with self.lock:
                self.kills[file][script] += 1
                self.kills[area][script] += 1
            return Path(script).name
        return None

    def killer(self, file: str, library: Path) -> tuple[str, str] | None:
        """The kind and name of the test that notices that a library is not as it should be."""
        for judged in (self._script_killer, self._unit_killer):
            if killer := judged(file, library):
                return killer
        for test in self.last:
            if self._concerns(test, file) and (script := self._red_script(file, test, library)):
                return test.kind, f"{test.name}: {script}"
        return None

    @staticmethod
    def _concerns(test: Test, file: str) -> bool:
        # Of the core, memory and the instructions that reach it know of guarded pages.
        return file in CONCERNS.get(test.name, {file}) or file.startswith("core/") and test.name == "native"

    def _script_killer(self, file: str, library: Path) -> tuple[str, str] | None:
        area = file.split("/")[0]
        # Scripts of the core suite make no process.
        runs = [test for test in self.runs if self._concerns(test, file) and (area != "process" or test.kind != CORE)]
        for test in sorted(runs, key=lambda test: (-self.kills[file][test.name], area == "core" and test.kind != CORE)):
            if script := self._red_script(file, test, library):
                with self.lock:
                    self.kills[file][test.name] += 1
                return test.kind, f"{test.name}: {script}"
        return None

    def _unit_killer(self, file: str, library: Path) -> tuple[str, str] | None:
        area = file.split("/")[0]
        users = {source for source in self.build.affected(file)}
        units = [test for test in self.units if test.name in UNIT_TESTS.get(area, self.build.units)
                 and users & self.build.reach[test.name]]  # fmt: skip
        for test in sorted(units, key=lambda test: (-self.kills[file][test.name], test.seconds)):
            if test.name in OWN_OBJECTS:
                own = self.build.build_own(test.name, library / "tree", library)
                test = attrs.evolve(test, argv=[str(own)])
            if self._is_red(test, library):
                with self.lock:
                    self.kills[file][test.name] += 1
                return test.kind, f"test_{test.name}"
        return None

    def _is_red(self, test: Test, library: Path) -> bool:
        return self._is_bad(*self.run(test, library, test.seconds))

    @staticmethod
    def _is_bad(status: int, printed: str) -> bool:
        points = {line.split(" - ", 1)[-1] for line in printed.splitlines() if line.startswith("not ok")}
        return status != 0 and (not points or not points <= FICKLE)


class Judge:
    """Judges mutants, several at once, each in a copy of the tree of its own."""

    def __init__(self, build: Build, tests: Tests, jobs: int):
        self.build, self.tests = build, tests
        self.trees: queue.SimpleQueue = queue.SimpleQueue()
        for number in range(jobs):
            tree = build.folder / f"tree{number}"
            shutil.copytree(build.tree / "interp", tree / "interp")
            self.trees.put(tree)
        self.same: dict[tuple, str] = {}
        self.codes: dict[tuple, str] = {}
        self.lock = threading.Lock()

    def _code(self, file: str, flag: str) -> str:
        with self.lock:
            if (file, flag) not in self.codes:
                self.codes[file, flag] = self.build.code_of_sources(file, flag)
            return self.codes[file, flag]

    def judge(self, mutant: Mutant) -> dict:
        """What became of a mutant."""
        tree = self.trees.get()
        file = tree / "interp" / mutant.name
        source = file.read_bytes()
        file.write_bytes(mutant.apply(source))
        try:
            with tempfile.TemporaryDirectory(dir=self.build.folder) as folder:
                return self._judge_in(mutant, tree, Path(folder))
        finally:
            file.write_bytes(source)
            self.trees.put(tree)

    def _judge_in(self, mutant: Mutant, tree: Path, folder: Path) -> dict:
        try:
            objects = self.build.compile_changed(mutant.name, tree, folder, "-O1")
            # One that uses a function which there is not is found out here.
            self.build.link_mutant(list(objects.values()), folder)
        except subprocess.CalledProcessError:
            return {"outcome": BROKEN}
        code = self.build.code(objects)
        if code == self._code(mutant.name, "-O1"):
            return {"outcome": EQUIVALENT, "code": code}
        (folder / "tree").symlink_to(tree)
        if killer := self.tests.killer(mutant.name, folder):
            return {"outcome": KILLED, "code": code, "kind": killer[0], "by": killer[1]}
        # What the compiler can show to be the same when it tries harder.
        again = self.build.compile_changed(mutant.name, tree, folder, "-O2")
        if self.build.code(again) == self._code(mutant.name, "-O2"):
            return {"outcome": EQUIVALENT, "code": code}
        return {"outcome": SURVIVED, "code": code}


# ---- Results -------------------------------------------------------------------------------------------------------------


def digest_of(root: Path) -> str:
    """A digest of all that a survivor depends on."""
    digest = hashlib.sha256()
    files = [f for pattern in ("*.c", "*.h", "*.def") for f in sorted((root / "interp").rglob(pattern))]
    for file in [*files, *sorted((root / "testsuite").rglob("*.wast"))]:
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


class State:
    """What became of mutants, in a file of JSON lines: the last line for a mutant counts."""

    def __init__(self, path: Path, digest: str):
        self.path, self.digest, self.lock = path, digest, threading.Lock()
        self.known: dict[str, dict] = {}
        if path.is_file():
            for line in path.read_text("utf-8").splitlines():
                result = json.loads(line)
                self.known[result["key"]] = result

    def result(self, mutant: Mutant) -> dict | None:
        """What became of a mutant, or None."""
        return self.known.get(mutant.key)

    def is_old_survivor(self, mutant: Mutant) -> bool:
        """Whether it survived other tests, or in other sources."""
        result = self.result(mutant)
        return result is not None and result["outcome"] == SURVIVED and result["digest"] != self.digest

    def keep(self, mutant: Mutant, result: dict) -> None:
        """Note a result."""
        entry = {"key": mutant.key, "file": mutant.name, "line": mutant.line, "digest": self.digest, **result}
        with self.lock:
            self.known[mutant.key] = entry
            with self.path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(entry) + "\n")


@attrs.define
class Survivor:
    """An entry of survivors.toml: a change that no test notices."""

    file: str
    function: str
    old: str
    new: str
    verdict: str
    reason: str

    def matches(self, mutant: Mutant) -> bool:
        return (self.file, self.function, self.old, self.new) == (mutant.name, mutant.function, mutant.old, mutant.new)


def read_survivors(path: Path) -> list[Survivor]:
    """The entries. Raises BadEntry."""
    entries = []
    for group in tomllib.loads(path.read_text("utf-8")).get("survivor", []):
        try:
            changes = group.pop("changes", None) or [[group.pop("old"), group.pop("new")]]
            entries += [Survivor(old=old, new=new, **group) for old, new in changes]
        except (KeyError, TypeError, ValueError) as error:
            raise BadEntry(f"not an entry: {group}: {error}") from error
        if group["verdict"] not in ("equivalent", "accepted") or not group["reason"].strip():
            raise BadEntry(f"{group['file']}, {group['function']}: verdict is equivalent or accepted, and has a reason")
    return entries


def check_survivors(entries: list[Survivor], mutants: list[Mutant]) -> list[str]:
    """What is wrong with entries: those that are no mutant of the sources, and those that are there twice."""
    known = Counter((m.name, m.function, m.old, m.new) for m in mutants)
    counts = Counter((e.file, e.function, e.old, e.new) for e in entries)
    problems = [f"no such mutant: {e.file}, {e.function}: {e.old} => {e.new}" for e in entries
                if (e.file, e.function, e.old, e.new) not in known]  # fmt: skip
    return problems + [f"twice: {', '.join(entry)}" for entry, count in counts.items() if count > 1]


class Score:
    """What became of a choice of mutants, counted."""

    COLUMNS = ("mutants", "equivalent", "by corpus", "by core suite", "by unit tests", "survived", "score")

    def __init__(self, mutants: list[Mutant], state: State, entries: list[Survivor]):
        self.counts: dict[str, Counter] = defaultdict(Counter)
        self.survivors: list[tuple[Mutant, Survivor | None]] = []
        self.missing, self.stale = [], []
        self.old = sum(map(state.is_old_survivor, mutants))
        found: set[int] = set()
        judged: set[tuple[str, str, str, str]] = set()
        seen: set[tuple[str, str]] = set()
        for mutant in mutants:
            if state.result(mutant) is None:
                self.missing.append(mutant)
                continue
            result = state.result(mutant)
            judged.add((mutant.name, mutant.function, mutant.old, mutant.new))
            if result["outcome"] == SURVIVED:
                entry = next((i for i, entry in enumerate(entries) if entry.matches(mutant)), None)
                found.add(entry)
                if (mutant.name, result["code"]) in seen:
                    continue
                self.survivors.append((mutant, None if entry is None else entries[entry]))
            self._count(mutant, result, seen)
        for number, entry in enumerate(entries):
            if number not in found and (entry.file, entry.function, entry.old, entry.new) in judged:
                self.stale.append(f"killed or equivalent: {entry.file}, {entry.function}: {entry.old} => {entry.new}")

    def _count(self, mutant: Mutant, result: dict, seen: set[tuple[str, str]]) -> None:
        if result["outcome"] == BROKEN or (mutant.name, result["code"]) in seen:
            return
        counts = self.counts[mutant.name]
        counts["mutants"] += 1
        if result["outcome"] != EQUIVALENT:
            seen.add((mutant.name, result["code"]))
        if result["outcome"] == KILLED:
            counts[f"by {result['kind']}"] += 1
        elif result["outcome"] == EQUIVALENT or self.survivors[-1][1] and self.survivors[-1][1].verdict == "equivalent":
            counts["equivalent"] += 1
        else:
            counts["survived"] += 1

    def rows(self) -> list[tuple[str, Counter]]:
        """Files, areas, and all."""
        rows = []
        for area in AREAS:
            files = [(f, counts) for f, counts in sorted(self.counts.items()) if f.startswith(f"{area}/")]
            if files:
                rows += [*files, (area, sum((counts for _, counts in files), Counter()))]
        return rows

    @staticmethod
    def share(counts: Counter) -> float:
        """The score: killed of those that are not equivalent, in percent."""
        whole = counts["mutants"] - counts["equivalent"]
        return 100.0 * (whole - counts["survived"]) / whole if whole else 100.0

    def cells(self, counts: Counter) -> list[str]:
        return [str(counts[column]) for column in self.COLUMNS[:-1]] + [f"{int(10 * self.share(counts)) / 10:.1f} %"]

    def unexplained(self) -> list[Mutant]:
        return [mutant for mutant, entry in self.survivors if entry is None]


# ---- Output --------------------------------------------------------------------------------------------------------------


def describe(mutant: Mutant) -> str:
    """A mutant in two lines."""
    return f"interp/{mutant.name}:{mutant.line}: {mutant.function}: {mutant.operator}\n  - {mutant.old}\n  + {mutant.new}"


def as_text(score: Score) -> str:
    lines = [f"{'file':24}" + "".join(f"{column:>15}" for column in Score.COLUMNS)]
    for name, counts in score.rows():
        lines.append(f"{name:24}" + "".join(f"{cell:>15}" for cell in score.cells(counts)))
    return "\n".join(lines)


def as_json(score: Score) -> str:
    rows = [{"name": name, **{c: counts[c] for c in Score.COLUMNS[:-1]}, "score": round(score.share(counts), 2)}
            for name, counts in score.rows()]  # fmt: skip
    survivors = [
        {"file": m.name, "line": m.line, "function": m.function, "operator": m.operator, "old": m.old, "new": m.new,
         "verdict": e and e.verdict, "reason": e and e.reason}
        for m, e in score.survivors
    ]  # fmt: skip
    return json.dumps({"rows": rows, "survivors": survivors, "not judged": len(score.missing)}, indent=1)


def as_markdown(score: Score) -> str:
    lines = ["# Mutation score", "", "| file | " + " | ".join(Score.COLUMNS) + " |", "| --- " + "| ---: " * 7 + "|"]
    for name, counts in score.rows():
        shown = f"**{name}**" if name in AREAS else f"`{name}`"
        lines.append(f"| {shown} | " + " | ".join(score.cells(counts)) + " |")
    lines += ["", f"{len(score.missing)} mutants of this choice are not judged." if score.missing else ""]
    for verdict in (None, "accepted", "equivalent"):
        chosen = [(m, e) for m, e in score.survivors if (e.verdict if e else None) == verdict]
        if chosen:
            lines += ["", f"## Survivors: {verdict or 'not examined'} ({len(chosen)})", ""]
        for mutant, entry in chosen:
            place = f"`{mutant.name}:{mutant.line}`, `{mutant.function}`, {mutant.operator}"
            lines += [f"- {place}{': ' + entry.reason if entry else ''}", "", "  ```diff"]
            lines += [f"  - {mutant.old}", f"  + {mutant.new}", "  ```", ""]
    return "\n".join(lines) + "\n"


# ---- The command line ----------------------------------------------------------------------------------------------------


def all_mutants(root: Path, patterns: list[str]) -> list[Mutant]:
    """The mutants of all sources that match a pattern."""
    files = [f for pattern in patterns for f in sorted((root / "interp").glob(pattern))]
    return [m for f in files for m in mutants_of(f.read_bytes(), f.relative_to(root / "interp").as_posix())]


def choose(mutants: list[Mutant], options: argparse.Namespace) -> list[Mutant]:
    """What --function, --sample and --shard leave."""
    if options.function:
        mutants = [mutant for mutant in mutants if mutant.function in options.function]
    for area, size in options.sample:
        # By the mutants' own names: another change elsewhere in the sources leaves most of a sample as it was.
        concerned = [mutant for mutant in mutants if mutant.name.startswith(area)]
        ranked = sorted(concerned, key=lambda m: hashlib.sha256(f"{options.seed} {m.key}".encode()).digest())
        left_out = {mutant.key for mutant in ranked[size:]}
        mutants = [mutant for mutant in mutants if mutant.key not in left_out]
    if options.shard:
        number, count = options.shard
        mutants = [mutant for mutant in mutants if int(mutant.key, 16) % count == number - 1]
    return mutants


def run(mutants: list[Mutant], state: State, options: argparse.Namespace) -> int:
    """Judge what is not judged yet."""
    left = [m for m in mutants if options.fresh or state.result(m) is None or options.again and state.is_old_survivor(m)]
    print(f"{len(mutants)} mutants, {len(left)} to be judged", flush=True)
    if not left:
        return 0
    random.Random(0).shuffle(left)  # so that what is seen first is like the rest
    left.sort(key=lambda mutant: state.result(mutant) is None)
    with tempfile.TemporaryDirectory(prefix="wasmproc-score-") as name:
        build = Build(Path(name), options.root, options.compiler)
        build.baseline(options.jobs)
        for file in {mutant.name for mutant in left}:
            build.check_whole(file)
        tests = Tests(build, options.testsuite)
        if problems := tests.begin({mutant.name for mutant in left}):
            print(f"the interpreter as it is: {'; '.join(problems)}", file=sys.stderr)
            return 1
        judge, done, counts = Judge(build, tests, options.jobs), 0, Counter()

        def one(mutant: Mutant) -> None:
            nonlocal done
            result = judge.judge(mutant)
            state.keep(mutant, result)
            with state.lock:
                done += 1
                counts[result["outcome"]] += 1
                if result["outcome"] == SURVIVED or options.verbose:
                    print(f"{result['outcome']} {result.get('by', '')} {describe(mutant)}", flush=True)
                if done % 20 == 0 or done == len(left):
                    print(f"{done}/{len(left)}: " + ", ".join(f"{n} {o}" for o, n in sorted(counts.items())), flush=True)

        with ThreadPoolExecutor(options.jobs) as pool:
            list(pool.map(one, left))
    return 0


def report(mutants: list[Mutant], known: list[Mutant], state: State, options: argparse.Namespace) -> int:
    """Print the table, and write what was asked for."""
    entries = read_survivors(options.survivors)
    problems = check_survivors(entries, known)
    score = Score(mutants, state, entries)
    problems += score.stale
    if options.list_survivors:
        for mutant, entry in score.survivors:
            if entry is None or options.verbose:
                print(describe(mutant) + (f"\n  {entry.verdict}: {entry.reason}" if entry else ""))
    print(as_text(score))
    if score.old:
        print(f"{score.old} mutants survived other tests or in other sources: run --again judges them anew")
    if options.json:
        options.json.write_text(as_json(score) + "\n", "utf-8")
    if options.markdown:
        options.markdown.write_text(as_markdown(score), "utf-8")
    if score.missing:
        problems.append(f"{len(score.missing)} mutants are not judged")
    if score.unexplained():
        problems.append(f"{len(score.unexplained())} survivors are not in {options.survivors.name}; --list-survivors lists them")
    for area, counts in score.rows():
        if area in TARGETS and score.share(counts) < TARGETS[area]:
            problems.append(f"{area}: a score of {score.share(counts):.1f} %, and the target is {TARGETS[area]:.0f} %")
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


def _sample(text: str) -> tuple[str, int]:
    area, _, size = text.rpartition("=")
    if not size.isdigit() or area and area not in AREAS:
        raise argparse.ArgumentTypeError("a sample is N, or AREA=N")
    return area and f"{area}/", int(size)


def _shard(text: str) -> tuple[int, int]:
    number, _, count = text.partition("/")
    if not (number.isdigit() and count.isdigit() and 1 <= int(number) <= int(count)):
        raise argparse.ArgumentTypeError("a shard is I/N, from 1/N to N/N")
    return int(number), int(count)


def parse(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="score.py", description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("what", choices=["run", "report", "list", "check"],
                        help="judge mutants; print scores; list mutants; check survivors.toml against the sources")  # fmt: skip
    parser.add_argument("--area", choices=sorted(AREAS), action="append", help="only this area of the sources (default: all)")
    parser.add_argument("--file", action="append", metavar="PATTERN", help="only these sources, below interp/")
    parser.add_argument("--function", action="append", help="only mutants of this function")
    parser.add_argument("--sample", type=_sample, action="append", default=[], metavar="[AREA=]N",
                        help="so many of the mutants, or of those of an area, chosen by chance")  # fmt: skip
    parser.add_argument("--seed", type=int, default=1, help="the chance of --sample (default 1)")
    parser.add_argument("--shard", type=_shard, metavar="I/N", help="the I-th of N parts of the mutants")
    parser.add_argument("--state", type=Path, default=Path("mutation.jsonl"), help="where results are kept")
    parser.add_argument("--again", action="store_true", help="run: judge also survivors in the state file, if tests or sources changed")
    parser.add_argument("--fresh", action="store_true", help="run: judge also what is in the state file")
    parser.add_argument("--jobs", type=int, default=2, help="run: how many mutants at once (default 2)")
    parser.add_argument("--compiler", default=os.environ.get("CC") or "cc", help="run: the C compiler (default: CC, or cc)")
    parser.add_argument("--testsuite", type=Path, default=os.environ.get("WASM_TESTSUITE") or None,
                        help="run: a checkout of the official core suite (default: WASM_TESTSUITE)")  # fmt: skip
    parser.add_argument("--survivors", type=Path, default=Path(__file__).with_name("survivors.toml"))
    parser.add_argument("--list-survivors", action="store_true", help="report: list those not in survivors.toml; -v: all")
    parser.add_argument("--json", type=Path, metavar="FILE", help="report: write it as JSON")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="report: write it as Markdown")
    parser.add_argument("--root", type=Path, default=ROOT, help="the sources")
    parser.add_argument("-v", "--verbose", action="store_true")
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> int:
    options = parse(argv)
    patterns = options.file or [p for area in options.area or AREAS for p in AREAS[area]]
    known = all_mutants(options.root, patterns)
    mutants = choose(known, options)
    if not mutants:
        print("score.py: no mutants are of that choice", file=sys.stderr)
        return 2
    try:
        if options.what == "list":
            print("\n".join(describe(mutant) for mutant in mutants))
            return 0
        everything = all_mutants(options.root, [p for area in AREAS.values() for p in area] + (options.file or []))
        if options.what == "check":
            problems = check_survivors(read_survivors(options.survivors), everything)
            print("\n".join(problems), file=sys.stderr)
            return 1 if problems else 0
        state = State(options.state, digest_of(options.root))
        if options.what == "run" and (status := run(mutants, state, options)):
            return status
        return report(mutants, everything, state, options)
    except BadEntry as error:
        print(f"{options.survivors}: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
