"""The suites: their folders, their tests, and a check that no test was lost."""

from __future__ import annotations

import hashlib
import os
import tomllib
from collections.abc import Callable
from fnmatch import fnmatchcase
from pathlib import Path

import attrs

from .model import Test
from .scan import scan_metadata, scan_script

#: The folder that holds this package, `expect/` and `manifest/`.
HARNESS = Path(__file__).resolve().parent.parent

#: The repository.
ROOT = HARNESS.parent

_CORE_HINT = (
    "clone https://github.com/WebAssembly/testsuite and name it with --testsuite DIR or WASM_TESTSUITE=DIR, "
    "or run ./bootstrap conform --fetch-testsuite"
)
_PROCESS_HINT = "it is testsuite/process of this repository; name another folder with --process-suite DIR"
_EXTRA_HINT = "it is testsuite/core of this repository"

#: Chapters of the core suite by file name, first match wins. The suite itself is flat.
_CORE_CHAPTERS = (
    ("custom sections", ("custom/*", "custom.wast", "annotations.wast")),
    ("vectors", ("simd_*", "relaxed_*", "*_relaxed*", "i8x16_*", "i16x8_*", "i32x4_*")),
    ("garbage collection", ("array*", "struct*", "i31*", "extern.wast", "ref_cast*", "ref_test*", "ref_eq*",
                            "br_on_cast*", "type-*", "binary-gc*", "gc*")),
    ("exceptions", ("throw*", "try_*", "tag*", "exn*")),
    ("numbers", ("i64*", "f64*")),
    ("memory64 and table64", ("*64.wast", "memory64*", "table64*", "*_64.wast", "*64-*")),
    ("numbers", ("i32*", "f32*", "float*", "int_*", "conversions*", "const*", "endianness*")),
    ("memory", ("memory*", "address*", "align*", "data*", "load*", "store*", "bulk*", "traps*", "imports[0-9]*",
                "linking[0-9]*", "exports[0-9]*", "float_*[0-9]*")),
    ("tables and references", ("table*", "elem*", "ref*", "call_ref*", "return_call_ref*", "br_on_*", "func_ptrs*",
                               "select*", "unreached*")),
    ("modules and linking", ("imports*", "exports*", "linking*", "start*", "instance*", "module*", "names*", "global*",
                             "inline-module*", "type*", "func*", "id*")),
    ("text and binary format", ("binary*", "utf8*", "token*", "comments*", "obsolete*", "annotations*", "skip-*")),
    ("control", ("*",)),
)  # fmt: skip


class SuiteMissing(Exception):
    """A suite's folder does not exist. `hint` tells how to get it."""

    def __init__(self, message: str, hint: str):
        super().__init__(message)
        self.hint = hint


@attrs.define
class Suite:
    """A suite that was found. `problems` make the run fail; `warnings` do not."""

    name: str
    path: Path
    tests: list[Test]
    version: str = ""
    #: SHA-256 of a line `NAME NUL SHA-256 LF` per file, in the order of `tests`.
    digest: str = ""
    problems: list[str] = attrs.field(factory=list)
    warnings: list[str] = attrs.field(factory=list)

    @property
    def commands(self) -> int:
        """The number of commands in the suite's scripts."""
        return sum(len(test.commands) for test in self.tests)

    @property
    def assertions(self) -> int:
        """The number of assertions among them."""
        return sum(test.assertions for test in self.tests)


def load_core(directory: Path | None) -> Suite:
    """The official core suite: the top level and `custom/` of a WebAssembly/testsuite checkout."""
    path = _find_core(directory)
    files = sorted(path.glob("*.wast")) + sorted(path.glob("custom/*.wast"))
    suite = _make_suite("core", path, files, _core_chapter)
    _check_core(suite)
    return suite


def load_process(directory: Path | None) -> Suite:
    """The process model's corpus: every script below a folder, whose first folder is its chapter."""
    return _load_own("process", ROOT / "testsuite" / "process", directory, _folder, _PROCESS_HINT)


def load_extra(directory: Path | None) -> Suite:
    """Scripts for parts of WebAssembly that the official core suite leaves out: all below testsuite/core."""
    return _load_own("extra", ROOT / "testsuite" / "core", directory, _core_chapter, _EXTRA_HINT)


#: Every suite by name.
LOADERS = {"core": load_core, "extra": load_extra, "process": load_process}


def _load_own(name: str, own: Path, directory: Path | None, chapter: Callable[[str], str], hint: str) -> Suite:
    """A suite of this repository, or the scripts below `directory` in its place."""
    path = directory or own
    if not path.is_dir():
        raise SuiteMissing(f"the {name} suite is not at {path}", hint)
    suite = _make_suite(name, path, sorted(path.rglob("*.wast")), chapter)
    # The manifest describes the corpus of this repository, not a folder that the user names.
    _check_floor(suite, {} if directory else _manifest(name))
    return suite


def _find_core(directory: Path | None) -> Path:
    path = directory or Path(os.environ.get("WASM_TESTSUITE") or ROOT.parent / "shared" / "testsuite")
    if not path.is_dir():
        raise SuiteMissing(f"the official core suite is not at {path}", _CORE_HINT)
    return path


def _make_suite(name: str, root: Path, files: list[Path], chapter: Callable[[str], str]) -> Suite:
    """A suite with a test for each file that can be read; the others are problems."""
    suite = Suite(name, root, [])
    for file in files:
        try:
            data = file.read_bytes()
        except OSError as error:
            suite.problems.append(f"cannot read {file}: {error.strerror}")
            continue
        text, test = data.decode("utf-8", "replace"), file.relative_to(root).as_posix()
        digest = hashlib.sha256(data).hexdigest()
        suite.tests.append(
            Test(name, test, file.resolve(), chapter(test), scan_script(text), scan_metadata(text), digest)
        )
    lines = "".join(f"{test.name}\0{test.digest}\n" for test in suite.tests)
    suite.digest = hashlib.sha256(lines.encode()).hexdigest()
    return suite


def _folder(name: str) -> str:
    return name.split("/")[0] if "/" in name else "general"


def _core_chapter(name: str) -> str:
    return next(
        chapter for chapter, patterns in _CORE_CHAPTERS if any(fnmatchcase(name, pattern) for pattern in patterns)
    )


def _manifest(name: str) -> dict:
    file = HARNESS / "manifest" / f"{name}.toml"
    return tomllib.loads(file.read_text("utf-8")) if file.is_file() else {}


def _check_core(suite: Suite) -> None:
    manifest = _manifest("core")
    if suite.digest == manifest.get("digest"):
        suite.version = manifest["commit"]
    elif manifest:
        suite.version = f"unknown ({suite.digest[:12]})"
        suite.warnings.append(
            f"{suite.path} is not the checkout that the manifest describes ({manifest['commit']}); "
            "its expected failures may not fit"
        )
    _check_floor(suite, manifest)


def _check_floor(suite: Suite, manifest: dict) -> None:
    """A suite may have more than its manifest counts; less means that tests were lost."""
    found = {"files": len(suite.tests), "commands": suite.commands, "assertions": suite.assertions}
    if not suite.tests:
        suite.problems.append(f"{suite.path} has no tests")
    for what, count in found.items():
        if count < manifest.get(what, 0):
            suite.problems.append(f"the {suite.name} suite has {count} {what}, its manifest says {manifest[what]}")
    for test in suite.tests:
        if not test.commands:
            suite.problems.append(f"{suite.name}/{test.name} has no commands")


@attrs.frozen
class Filter:
    """Chooses tests by a glob on their names, and commands by a line: `GLOB`, `SUITE/GLOB`, or either with `:LINE`."""

    pattern: str
    line: int | None = None

    @classmethod
    def parse(cls, text: str) -> Filter:
        """Read a filter as the command line gives it."""
        pattern, colon, line = text.rpartition(":")
        if colon and line.isdigit():
            return cls(pattern, int(line))
        return cls(text)

    def accepts(self, test: Test) -> bool:
        """Whether the filter chooses `test` or commands of it."""
        full = f"{test.suite}/{test.name}"
        return any(
            fnmatchcase(candidate, pattern)
            for candidate in (test.name, full)
            for pattern in (self.pattern, self.pattern + ".wast")
        )


def select(tests: list[Test], filters: list[Filter]) -> list[tuple[Test, frozenset[int]]]:
    """The tests that any filter chooses, each with the lines that it is restricted to; no lines mean all of it."""
    if not filters:
        return [(test, frozenset()) for test in tests]
    chosen = []
    for test in tests:
        hits = [f for f in filters if f.accepts(test)]
        if hits:
            whole = any(f.line is None for f in hits)
            chosen.append((test, frozenset() if whole else frozenset(f.line for f in hits)))
    return chosen
