"""The interpreter as a library that takes one changed object, so that a mutant costs one compilation and one link.

Programs look into a library of their own first, which is empty; there a mutant puts the objects that it changes, whose symbols
then hide those of the library with everything else.
"""

from __future__ import annotations

import hashlib
import os
import queue
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import attrs

#: Unit tests that compile a source of their own, and how: with small nodes, for high trees.
OWN_OBJECTS = dict.fromkeys(("space_exhaustive", "space_small"), ("process/space/space.c", ("-DSPACE_RANGES=4", "-DSPACE_BRANCHES=4")))

#: A change of the sources: file below interp/, start, end, replacement.
Edit = tuple[str, int, int, bytes]


@attrs.frozen
class Options:
    """How a campaign is run."""

    jobs: int
    compiler: str
    fresh: bool = False  #: results in the state file are not used
    again: bool = False  #: survivors are judged again if tests or sources changed
    verbose: bool = False


def for_all(step: Callable, items: Iterable, jobs: int) -> None:
    """Runs a step for all items, several at once. An exception or an interrupt ends it."""
    with ThreadPoolExecutor(jobs) as pool:
        try:
            for _ in pool.map(step, items):
                pass
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def run(argv: list[str], **options) -> subprocess.CompletedProcess:
    """Runs a tool. Raises CalledProcessError."""
    return subprocess.run(argv, check=True, capture_output=True, text=True, **options)


class Build:
    """The interpreter and its unit tests as they are, and mutants of them."""

    def __init__(self, folder: Path, root: Path, options: Options):
        self.folder, self.compiler, self.jobs = folder, options.compiler, options.jobs
        # Copies: edits of the sources or of the scripts meanwhile change neither what is judged nor by what.
        self.tree = folder / "tree"
        if (root / "testsuite").is_dir():
            shutil.copytree(root / "testsuite", self.tree / "testsuite")
        shutil.copytree(root / "interp", self.tree / "interp", ignore=shutil.ignore_patterns("*.o", ".deps", "*.py"))
        paths = [path for path in sorted((self.tree / "interp").rglob("*.c")) if "tests" not in path.parts]
        self.sources = [path.relative_to(self.tree / "interp").as_posix() for path in paths]
        #: As configure sets them, but for warnings and the level of optimisation.
        self.cflags = ["-std=gnu11", "-Iinterp", "-w", "-fPIC", "-DWP_RULES", "-ffp-contract=off", "-fno-math-errno"]
        self.libraries = ["-lm"]
        if any(name.startswith("script/") for name in self.sources):
            self.cflags += run(["pkg-config", "--cflags", "jansson", "nettle"]).stdout.split()
            self.libraries += run(["pkg-config", "--libs", "jansson", "nettle"]).stdout.split()
        self.uses: dict[str, set[str]] = {}  # the files that a source includes, itself among them
        self.library, self.program = folder / "library", folder / "wasmproc"
        self.units: dict[str, Path] = {}
        self.reach: dict[str, set[str]] = {}  # the sources that a unit test can come to use
        self.codes: dict[tuple, str] = {}
        self.trees: queue.SimpleQueue = queue.SimpleQueue()

    # ---- The sources as they are ----

    def make(self, tests: Iterable[str] = ()) -> None:
        """Builds the interpreter, and unit tests by their names. Raises CalledProcessError."""
        (self.folder / "objects").mkdir()
        self.library.mkdir()
        files = [f"tests/test_{name}.c" for name in tests]
        for_all(lambda name: self._compile(self.tree, name, self._object(name), "-O1", "-MMD"), [*self.sources, *files], self.jobs)
        for name in self.sources:
            words = self._object(name).with_suffix(".d").read_text("utf-8").replace("\\\n", " ").split(":", 1)[1].split()
            self.uses[name] = {os.path.relpath(word, "interp") for word in words if not word.startswith("/")}
        main = [name for name in self.sources if name.endswith("cli/main.c")]
        self._link([self._object(name) for name in self.sources if name not in main], self.library / "librest.so", "-shared")
        self.link_mutant([], self.library)
        self.use = [f"-L{self.library}", "-Wl,--no-as-needed", "-lmutant", "-lrest"]
        for name in main:
            self._link([self._object(name)], self.program, *self.use)
        self._make_units(files)
        for _ in range(self.jobs):
            tree = self.folder / f"tree{self.trees.qsize()}"
            shutil.copytree(self.tree / "interp", tree / "interp")
            self.trees.put(tree)

    def _make_units(self, files: list[str]) -> None:
        needs = {name: self._symbols(name) for name in [*self.sources, *files]} if files else {}
        homes = {symbol: name for name in self.sources for symbol in needs[name][0]} if files else {}
        for file in files:
            name = Path(file).stem.removeprefix("test_")
            if name in OWN_OBJECTS:
                self.units[name] = self.make_own(name, self.tree, self.folder)
                self.reach[name] = {OWN_OBJECTS[name][0]}
            else:
                self.units[name] = self.folder / Path(file).stem
                self._link([self._object(file)], self.units[name], *self.use)
                self.reach[name] = _reached(file, needs, homes)

    def make_own(self, name: str, tree: Path, folder: Path) -> Path:
        """A unit test with an object of its own, from a tree, in a folder."""
        source, flags = OWN_OBJECTS[name]
        test, own = folder / f"{name}.o", folder / f"{name}-own.o"
        self._compile(tree, f"tests/test_{name}.c", test, "-O1", *flags)
        self._compile(tree, source, own, "-O1", *flags)
        included = f'/{Path(source).name}"' in (tree / "interp" / "tests" / f"test_{name}.c").read_text("utf-8")
        self._link([test] if included else [test, own], folder / f"test_{name}", *self.use)
        return folder / f"test_{name}"

    def _symbols(self, source: str) -> tuple[set[str], set[str]]:
        """The symbols that an object defines, and those that it needs."""
        kinds = [line.split()[:2] for line in run(["nm", "-P", str(self._object(source))]).stdout.splitlines()]
        return {name for name, kind in kinds if kind.isupper() and kind != "U"}, {name for name, kind in kinds if kind == "U"}

    def _compile(self, tree: Path, source: str, target: Path, *flags: str) -> None:
        run([self.compiler, *self.cflags, *flags, "-c", f"interp/{source}", "-o", str(target)], cwd=tree)

    def _object(self, source: str) -> Path:
        return self.folder / "objects" / (source.replace("/", "-").removesuffix(".c") + ".o")

    def _link(self, objects: list[Path], target: Path, *more: str) -> None:
        run([self.compiler, *map(str, objects), "-o", str(target), *more, *self.libraries])

    # ---- Mutants ----

    @contextmanager
    def changed(self, edits: Iterable[Edit]) -> Iterator[Path]:
        """A tree with changes, for as long as the context lasts."""
        tree, before = self.trees.get(), {}
        try:
            for name, start, end, text in sorted(edits, reverse=True):
                file = tree / "interp" / name
                source = file.read_bytes()
                before.setdefault(file, source)
                file.write_bytes(source[:start] + text + source[end:])
            yield tree
        finally:
            for file, source in before.items():
                file.write_bytes(source)
            self.trees.put(tree)

    def affected(self, files: Iterable[str]) -> list[str]:
        """The sources that use any of some files."""
        return [name for name in self.sources if self.uses[name].intersection(files)]

    def compile_changed(self, files: Iterable[str], tree: Path, folder: Path, level: str = "-O1") -> list[Path]:
        """Compiles the sources that use some files, from a tree. Raises CalledProcessError."""
        objects = {name: folder / (name.replace("/", "-") + ".o") for name in self.affected(files)}
        for name, target in objects.items():
            self._compile(tree, name, target, level)
        return list(objects.values())

    def link_mutant(self, objects: list[Path], folder: Path) -> None:
        """Makes the library that is looked into first. Raises CalledProcessError."""
        inputs = list(map(str, objects)) or ["-x", "c", os.devnull, "-x", "none"]
        # Everything that the objects need must be there: a program that lacks a function at run time would look like a
        # mutant that was noticed. The compiler's own functions, as for counting bits, are in libgcc.
        needs = ["-Wl,-z,defs", f"-L{self.library}", *(["-lrest"] if objects else []), *self.libraries, "-lgcc", "-lc"]
        run([self.compiler, "-shared", "-nostdlib", *inputs, *needs, "-o", str(folder / "libmutant.so")])

    def code(self, objects: Iterable[Path]) -> str:
        """A digest of objects."""
        return hashlib.sha256(b"".join(path.read_bytes() for path in sorted(objects))).hexdigest()[:16]

    def own_code(self, files: Iterable[str], level: str = "-O1") -> str:
        """The digest of the objects that use some files, as they are."""
        key = (frozenset(files), level)
        if key not in self.codes:
            with tempfile.TemporaryDirectory(dir=self.folder) as folder:
                self.codes[key] = self.code(self.compile_changed(files, self.tree, Path(folder), level))
        return self.codes[key]


def _reached(test: str, needs: dict, homes: dict[str, str]) -> set[str]:
    reached, left = {test}, [test]
    while left:
        found = {homes[symbol] for symbol in needs[left.pop()][1] if symbol in homes} - reached
        reached |= found
        left += found
    return reached
