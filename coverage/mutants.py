#!/usr/bin/env python3
"""Breaks each branch of each rule in a copy of the interpreter, and says whether a test that names the rule notices.

mutants.toml is the table. For each mutant the sources are copied to a temporary folder, one text is replaced, the
interpreter is built, and the scripts are run whose metadata name the rule, until one is red: a command that does not
pass, a crash, a timeout. Where none is, the other scripts of the corpus are run, to say whether any notices.

Variants are changes that the rules allow, such as another choice of pages: all scripts must stay green on them.

    mutants.py --state build/mutants.jsonl

Results are kept in the state file and taken from there while mutant, sources and tests are as they were; of a mutant
that was killed, only the test that killed it must be. So an interrupted run goes on where it was. Exit status: 0 when
every mutant was killed by a test that names its rule, and no variant by any; 1 otherwise, and when a text of the table
does not occur in its file exactly once, or a mutant does not build; 2 for usage.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import tomllib
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "harness"))

from wasmproc_conform.closure import read_metadata  # noqa: E402
from wasmproc_conform.process import ProcessTable, run_to_end  # noqa: E402

#: Folders of interp/ that make the program.
FOLDERS = ("base", "core", "coverage", "text", "process", "script", "wasi", "cli")

#: Seconds that one script may take, and bytes that a mutant may allocate.
TIMEOUT, MEMORY = 20.0, 2 << 30

KILLED, BY_OTHERS, SURVIVED, BROKEN = "killed", "killed only by others", "survived", "does not build"
ALLOWED, DEPENDED_ON = "allowed", "tests depend on it"

#: What stands for the rule of a variant.
VARIANT = "(variant)"


class BadTable(Exception):
    """The table does not fit the sources."""


class Mutant:
    """One row of the table."""

    def __init__(self, row: dict):
        self.rule, self.what, self.file = row.get("rule", VARIANT), row["what"], row["file"]
        self.changes = [(row["old"], row["new"]), *map(tuple, row.get("also", []))]
        #: Changes of other files: what two places see to is broken in both.
        self.elsewhere = list(map(tuple, row.get("elsewhere", [])))
        self.by = row.get("by")
        self.backend = row.get("backend", "sparse")
        self.strict = row.get("profile", "strict") == "strict"

    @property
    def files(self) -> set[str]:
        """The files that change, below interp/."""
        return {self.file, *(file for file, _, _ in self.elsewhere)}

    def apply(self, text: str, file: str | None = None) -> str:
        """The text of a file, that of the row if none is named, with the change. Raises BadTable."""
        file = file or self.file
        changes = self.changes if file == self.file else []
        for old, new in [*changes, *((old, new) for name, old, new in self.elsewhere if name == file)]:
            if text.count(old) != 1:
                raise BadTable(f"{file}: {self.rule}, {self.what!r}: the text occurs {text.count(old)} times")
            text = text.replace(old, new)
        return text


def read_table(path: Path, root: Path = ROOT) -> list[Mutant]:
    """All mutants and variants; every one of them fits the sources."""
    table = tomllib.loads(path.read_text("utf-8"))
    mutants = [Mutant(row) for row in [*table["mutant"], *table["variant"]]]
    for mutant in mutants:
        for file in mutant.files:
            mutant.apply((root / "interp" / file).read_text("utf-8"), file)
    names = Counter((mutant.rule, mutant.what) for mutant in mutants)
    if twice := [name for name, count in names.items() if count > 1]:
        raise BadTable(f"described twice: {twice}")
    return mutants


class Corpus:
    """The scripts, and which rules each names."""

    def __init__(self, root: Path = ROOT):
        self.root = root / "testsuite" / "process"
        metadata = {s: read_metadata(s.read_text("utf-8")) for s in sorted(self.root.rglob("*.wast"))}
        self.rules = {script: set(found.words("rules")) for script, found in metadata.items()}
        #: Those that hold in the strict profile only.
        self.strict = {script for script, found in metadata.items() if found.words("profile") == ["strict"]}

    def name(self, script: Path) -> str:
        """A script's name in reports."""
        return script.relative_to(self.root).as_posix()


class Build:
    """The interpreter as it is, and mutants of it, which share the objects that they do not change."""

    def __init__(self, folder: Path, compiler: str):
        self.folder, self.compiler = folder, compiler
        # The sources as they are now: whoever works on them meanwhile does not change what is judged.
        self.tree = folder / "tree"
        ignore = shutil.ignore_patterns("tests", "*.o", ".deps")
        shutil.copytree(ROOT / "interp", self.tree / "interp", ignore=ignore)
        self.sources = [f for name in FOLDERS for f in sorted((self.tree / "interp" / name).rglob("*.c"))]
        flags = subprocess.run(["pkg-config", "--cflags", "jansson", "nettle"], capture_output=True, text=True, check=True)
        self.cflags = ["-std=gnu11", "-Iinterp", "-O1", "-w", "-ffp-contract=off", *flags.stdout.split()]
        self.uses: dict[str, set[str]] = {}

    def _object(self, source: str, tree: Path, target: Path) -> None:
        """Compile tree/interp/source to an object, with what it includes beside it."""
        argv = [self.compiler, *self.cflags, "-MMD", "-c", f"interp/{source}", "-o", str(target)]
        subprocess.run(argv, cwd=tree, check=True, capture_output=True, text=True)

    def names(self) -> list[str]:
        """The sources, below interp/."""
        return [source.relative_to(self.tree / "interp").as_posix() for source in self.sources]

    def object_name(self, source: str) -> str:
        return source.replace("/", "-").removesuffix(".c") + ".o"

    def baseline(self, jobs: int) -> Path:
        """Build the interpreter unchanged; the path of the program."""
        objects = self.folder / "objects"
        objects.mkdir()
        with ThreadPoolExecutor(jobs) as pool:
            list(pool.map(lambda name: self._object(name, self.tree, objects / self.object_name(name)), self.names()))
        for name in self.names():
            text = (objects / self.object_name(name)).with_suffix(".d").read_text("utf-8")
            words = text.replace("\\\n", " ").split(":", 1)[1].split()
            self.uses[name] = {os.path.relpath(word, "interp") for word in words if not word.startswith("/")}
        return self._link({}, self.folder / "wasmproc")

    def _link(self, changed: dict[str, Path], target: Path) -> Path:
        objects = [changed.get(name, self.folder / "objects" / self.object_name(name)) for name in self.names()]
        argv = [self.compiler, *map(str, objects), "-o", str(target), "-ljansson", "-lnettle", "-lm"]
        subprocess.run(argv, check=True, capture_output=True, text=True)
        return target

    def mutate(self, mutant: Mutant, folder: Path) -> Path:
        """Build a mutant in a folder of its own. Raises CalledProcessError where it does not build."""
        shutil.copytree(self.tree / "interp", folder / "interp")
        for file in mutant.files:
            path = folder / "interp" / file
            path.write_text(mutant.apply(path.read_text("utf-8"), file), "utf-8")
        changed = {}
        for name in self.names():
            if mutant.files & self.uses[name]:
                changed[name] = folder / self.object_name(name)
                self._object(name, folder, changed[name])
        return self._link(changed, folder / "wasmproc")


class Trial:
    """Runs the corpus on mutants."""

    def __init__(self, build: Build, corpus: Corpus):
        self.build, self.corpus = build, corpus
        self.table = ProcessTable(MEMORY)
        #: Scripts that the interpreter as it is does not pass, by backing: their extents are more than the host can give.
        self.excused: dict[str, set[Path]] = {}

    def begin(self, program: Path, backends: set[str]) -> list[str]:
        """Run the interpreter as it is; what keeps mutants of it from being judged."""
        for backend in sorted(backends):
            self.excused[backend] = {s for s in self.corpus.rules if self.is_red(program, s, backend)}
        problems = [f"{self.corpus.name(s)} fails" for s in sorted(self.excused.get("sparse", ()))]
        return problems + [f"{b}: every script fails" for b, red in self.excused.items() if len(red) == len(self.corpus.rules)]

    def is_red(self, program: Path, script: Path, backend: str) -> bool:
        """Whether a script fails on a program, in whatever way."""
        argv = [str(program), "wast", "--json", "--backend", backend, str(script)]
        done = run_to_end(self.table, argv, timeout=TIMEOUT)
        if done.status != 0:
            return True
        events = [json.loads(line) for line in done.stdout.splitlines()]
        bad = any(event["event"] == "command" and event["outcome"] != "pass" for event in events)
        return bad or not events or events[-1]["event"] != "end"

    def is_red_in_python(self, program: Path, file: str) -> bool:
        """The same for a file of pytest. A run that finds no tests is an error."""
        env = os.environ | {"WASMPROC": str(program), "PYTHONDONTWRITEBYTECODE": "1"}
        argv = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", str(ROOT / file)]
        done = run_to_end(self.table, argv, timeout=300, env=env)
        if done.status not in (0, 1):
            raise RuntimeError(f"{file}: pytest ended with {done.status}:\n{done.stdout}{done.stderr}")
        return done.status == 1

    def judge(self, mutant: Mutant) -> dict:
        """What became of one mutant."""
        with tempfile.TemporaryDirectory(prefix="wasmproc-mutant-") as folder:
            try:
                program = self.build.mutate(mutant, Path(folder))
            except subprocess.CalledProcessError as error:
                return {"outcome": BROKEN, "tests": [], "message": error.stderr}
            if mutant.by:
                red = [mutant.by] if self.is_red_in_python(program, mutant.by) else []
                return {"outcome": KILLED if red else SURVIVED, "tests": red}
            scripts = [s for s in self.corpus.rules if s not in self.excused[mutant.backend]]
            if mutant.rule == VARIANT:
                scripts = [s for s in scripts if mutant.strict or s not in self.corpus.strict]
                red = [self.corpus.name(script) for script in scripts if self.is_red(program, script, mutant.backend)]
                return {"outcome": DEPENDED_ON if red else ALLOWED, "tests": red}
            naming = [script for script in scripts if mutant.rule in self.corpus.rules[script]]
            for script in naming:
                if self.is_red(program, script, mutant.backend):
                    return {"outcome": KILLED, "tests": [self.corpus.name(script)]}
            others = [s for s in scripts if s not in naming and self.is_red(program, s, mutant.backend)]
            return {"outcome": BY_OTHERS if others else SURVIVED, "tests": [self.corpus.name(s) for s in others]}


class State:
    """Results by the digest of mutant and sources, with one of the tests that they depend on, in a file of JSON lines."""

    def __init__(self, path: Path | None, corpus: Corpus):
        self.path, self.corpus, self.lock, self.known = path, corpus, threading.Lock(), {}
        files = [*sorted((ROOT / "interp").rglob("*.[ch]")), *sorted((ROOT / "interp").rglob("*.def"))]
        self.sources = self._digest([file for file in files if file.relative_to(ROOT / "interp").parts[0] != "tests"])
        self.tests = self._digest([*corpus.rules, *sorted((ROOT / "testsuite" / "model").glob("*.py"))])
        if path and path.is_file():
            for line in path.read_text("utf-8").splitlines():
                entry = json.loads(line)
                self.known[entry["key"]] = entry

    def _digest(self, files: list[Path]) -> str:
        """The digest of some files, names included."""
        found = hashlib.sha256()
        for file in files:
            found.update(file.relative_to(ROOT).as_posix().encode() + b"\0" + file.read_bytes())
        return found.hexdigest()

    def _depends_on(self, mutant: Mutant, result: dict) -> str:
        """The digest of the tests that a result depends on."""
        if result["outcome"] != KILLED:
            return self.tests
        return self._digest([ROOT / mutant.by if mutant.by else self.corpus.root / test for test in result["tests"]])

    def key(self, mutant: Mutant) -> str:
        """The digest for a mutant."""
        text = json.dumps([mutant.rule, mutant.file, mutant.changes, mutant.elsewhere, mutant.by, mutant.strict, mutant.backend])
        return hashlib.sha256((self.sources + text).encode()).hexdigest()

    def find(self, mutant: Mutant) -> dict | None:
        """The result for a mutant, if it is known."""
        entry = self.known.get(self.key(mutant))
        try:
            return entry["result"] if entry and entry["tests"] == self._depends_on(mutant, entry["result"]) else None
        except FileNotFoundError:
            return None

    def keep(self, mutant: Mutant, result: dict) -> None:
        """Note a result."""
        entry = {"key": self.key(mutant), "tests": self._depends_on(mutant, result), "result": result}
        with self.lock:
            self.known[entry["key"]] = entry
            if self.path:
                with self.path.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(entry) + "\n")


def run(mutants: list[Mutant], arguments: argparse.Namespace) -> int:
    """Judge mutants and print what became of them."""
    corpus = Corpus()
    state = State(arguments.state, corpus)
    with tempfile.TemporaryDirectory(prefix="wasmproc-mutants-") as folder:
        build = Build(Path(folder), arguments.compiler)
        trial = Trial(build, corpus)
        program = build.baseline(arguments.jobs)
        if problems := trial.begin(program, {mutant.backend for mutant in mutants}):
            print(f"the interpreter as it is: {'; '.join(problems)}", file=sys.stderr)
            return 1
        for backend, scripts in trial.excused.items():
            if scripts:
                print(f"not run on {backend}: {', '.join(corpus.name(script) for script in sorted(scripts))}")

        def judge(mutant: Mutant) -> dict:
            result = state.find(mutant)
            if result is None:
                result = trial.judge(mutant)
                state.keep(mutant, result)
            shown = 3 if result["outcome"] != DEPENDED_ON else None
            tests = result["tests"][:shown] + (["..."] if len(result["tests"][:shown]) < len(result["tests"]) else [])
            print(f"{result['outcome']:22} {mutant.rule:28} {mutant.what}: {', '.join(tests)}", flush=True)
            if result.get("message"):
                print(result["message"], file=sys.stderr)
            return result

        with ThreadPoolExecutor(arguments.jobs) as pool:
            results = list(pool.map(judge, mutants))
    counts = Counter(result["outcome"] for result in results)
    rules = {mutant.rule for mutant in mutants} - {VARIANT}
    print(f"{len(mutants)} changes, of {len(rules)} rules: " + ", ".join(f"{n} {what}" for what, n in counts.items()))
    return 0 if counts[KILLED] + counts[ALLOWED] == len(mutants) else 1


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--rule", action="append", default=[], help=f"only mutants of this rule; {VARIANT}: only variants")
    parser.add_argument("--by", metavar="FILE", help="ask this file of pytest, below the repository, instead of the scripts")
    parser.add_argument("--list", action="store_true", help="print the table and do nothing")
    parser.add_argument("--state", type=Path, help="where results are kept, and taken from")
    parser.add_argument("--jobs", type=int, default=2, help="how many mutants at once (default: 2)")
    parser.add_argument("--compiler", default=os.environ.get("CC", "cc"), help="the C compiler (default: CC, or cc)")
    arguments = parser.parse_args()
    try:
        mutants = read_table(Path(__file__).with_suffix(".toml"))
    except BadTable as error:
        print(f"mutants.toml: {error}", file=sys.stderr)
        return 1
    for mutant in mutants:
        mutant.by = arguments.by or mutant.by if mutant.rule != VARIANT else None
    chosen = [mutant for mutant in mutants if not arguments.rule or mutant.rule in arguments.rule]
    if not chosen:
        parser.error("no mutant is of that rule")
    if arguments.list:
        for mutant in chosen:
            print(f"{mutant.rule:28} {mutant.file:22} {mutant.what}")
        return 0
    return run(chosen, arguments)


if __name__ == "__main__":
    sys.exit(main())
