"""The suites: where they are, what tests they hold, and whether they hold as many as they should."""

from __future__ import annotations

import hashlib
import os
import tomllib
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Callable

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
    """A suite's folder is not there. `hint` says how to get it."""

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
        """How many commands the suite's scripts hold."""
        return sum(len(test.commands) for test in self.tests)

    @property
    def assertions(self) -> int:
        """How many of them are assertions."""
        return sum(test.assertions for test in self.tests)


def load_core(directory: Path | None) -> Suite:
    """The official core suite: the top level and `custom/` of a WebAssembly/testsuite checkout."""
    path = _find_core(directory)
    files = sorted(path.glob("*.wast")) + sorted(path.glob("custom/*.wast"))
    suite = Suite("core", path, _make_tests("core", path, files, _core_chapter, problems := []), problems=problems)
    suite.digest = _digest(suite)
    _check_core(suite)
    return suite


def load_process(directory: Path | None) -> Suite:
    """The process model's corpus: every script below a folder, whose first folder is its chapter."""
    path = directory or ROOT / "testsuite" / "process"
    if not path.is_dir():
        raise SuiteMissing(f"the process suite is not at {path}", _PROCESS_HINT)
    files = sorted(path.rglob("*.wast"))
    suite = Suite("process", path, _make_tests("process", path, files, _folder, problems := []), problems=problems)
    suite.digest = _digest(suite)
    # The manifest describes the corpus of this repository, not another one that the user names.
    _check_floor(suite, {} if directory else _manifest("process"))
    return suite


def load_extra(directory: Path | None) -> Suite:
    """What the official core suite leaves out: every script below testsuite/core."""
    path = directory or ROOT / "testsuite" / "core"
    if not path.is_dir():
        raise SuiteMissing(f"the extra suite is not at {path}", _EXTRA_HINT)
    files = sorted(path.rglob("*.wast"))
    suite = Suite("extra", path, _make_tests("extra", path, files, _core_chapter, problems := []), problems=problems)
    suite.digest = _digest(suite)
    _check_floor(suite, {} if directory else _manifest("extra"))
    return suite


#: Every suite by name.
LOADERS = {"core": load_core, "extra": load_extra, "process": load_process}


def _find_core(directory: Path | None) -> Path:
    if directory:
        candidates = [directory]
    elif os.environ.get("WASM_TESTSUITE"):
        candidates = [Path(os.environ["WASM_TESTSUITE"])]
    else:
        candidates = [ROOT.parent / "shared" / "testsuite"]
    for path in candidates:
        if path.is_dir():
            return path
    raise SuiteMissing(f"the official core suite is not at {candidates[0]}", _CORE_HINT)


def _make_tests(
    suite: str, root: Path, files: list[Path], chapter: Callable[[str], str], problems: list[str]
) -> list[Test]:
    """A test per file that can be read; the others are problems."""
    tests = []
    for file in files:
        try:
            data = file.read_bytes()
        except OSError as error:
            problems.append(f"cannot read {file}: {error.strerror}")
            continue
        text, name = data.decode("utf-8", "replace"), file.relative_to(root).as_posix()
        digest = hashlib.sha256(data).hexdigest()
        tests.append(
            Test(suite, name, file.resolve(), chapter(name), scan_script(text), scan_metadata(text), digest)
        )
    return tests


def _digest(suite: Suite) -> str:
    lines = "".join(f"{test.name}\0{test.digest}\n" for test in suite.tests)
    return hashlib.sha256(lines.encode()).hexdigest()


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
    """A suite may have grown since its manifest was written; one that has shrunk has lost tests."""
    found = {"files": len(suite.tests), "commands": suite.commands, "assertions": suite.assertions}
    if not suite.tests:
        suite.problems.append(f"{suite.path} holds no tests")
    for what, count in found.items():
        if count < manifest.get(what, 0):
            suite.problems.append(f"the {suite.name} suite has {count} {what}, its manifest says {manifest[what]}")
    for test in suite.tests:
        if not test.commands:
            suite.problems.append(f"{suite.name}/{test.name} holds no commands")


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
        """Whether the filter chooses something of `test`."""
        full = f"{test.suite}/{test.name}"
        return any(
            fnmatchcase(candidate, pattern)
            for candidate in (test.name, full)
            for pattern in (self.pattern, self.pattern + ".wast")
        )


def select(tests: list[Test], filters: list[Filter]) -> list[tuple[Test, frozenset[int]]]:
    """The tests that any filter chooses, each with the lines it is restricted to (none: all of it)."""
    if not filters:
        return [(test, frozenset()) for test in tests]
    chosen = []
    for test in tests:
        hits = [f for f in filters if f.accepts(test)]
        if hits:
            whole = any(f.line is None for f in hits)
            chosen.append((test, frozenset() if whole else frozenset(f.line for f in hits)))
    return chosen
