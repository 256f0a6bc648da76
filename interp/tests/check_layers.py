#!/usr/bin/env python3
"""Checks the layers of the interpreter: which folder of interp/ may use which, by symbols and by includes.

A use is an undefined symbol of one object that another defines (nm), or an #include. MAY_USE lists what each folder may
use beside itself; the public header is open to all, and the folders above the library reach the library through its
functions only. No cycle of folders remains, and no cycle of files but those in FILE_CYCLES.

Runs in the build folder, on the objects of the checked variant. Prints TAP: a point for each source file, and one for the
cycles. Exits with 1 if a point fails or there is nothing to check.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

#: The folders that each may use, lowest first.
MAY_USE = {
    "base": set(),
    "core": {"base"},
    "core/binary": {"base", "core"},
    "core/valid": {"base", "core"},
    "core/run": {"base", "core"},
    "core/exec": {"base", "core", "core/run"},
    "text": {"base", "core", "core/binary"},
    "process/space": {"base"},
    "process/storage": {"base", "core", "core/run", "process/space"},
    "process/load": {"base", "core", "core/binary", "core/valid", "core/run", "core/exec", "process/space", "process/storage"},
    "process": {"base", "core", "core/run", "core/exec", "process/space", "process/storage", "process/load"},
    "coverage": {"base", "core", "core/binary"},
    "script": {"base", "coverage"},
    "wasi": {"base"},
    "cli": {"base", "coverage", "script", "wasi"},
}

#: Folders above the library: its functions are open to them where wasmproc.h declares them.
ABOVE_LIBRARY = {"coverage", "script", "wasi", "cli"}

#: Files that use each other, and why they are not one file.
FILE_CYCLES: dict[frozenset[str], str] = {
}

#: Cycles of folders that remain.
FOLDER_CYCLES: list[set[str]] = []

_INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"', re.MULTILINE)
_PUBLIC = re.compile(r"\b(wp_\w+)\(")
#: Objects of the checked variant, by the prefix that Automake gives them.
_OBJECTS = re.compile(r"(?:lib\w+_check_a|wasmproc_check)-(\w+)\.o")


class Uses:
    """Uses between files of interp/, with their symbols. Files are paths below interp/, without suffix."""

    def __init__(self, objects: dict[str, Path], nm: str):
        self.defined: dict[str, str] = {}
        undefined: dict[str, set[str]] = {}
        for file, path in objects.items():
            undefined[file] = set()
            for kind, symbol in self._symbols(path, nm):
                if kind == "U":
                    undefined[file].add(symbol)
                else:
                    self.defined[symbol] = file
        #: file → file used → symbols
        self.uses: dict[str, dict[str, list[str]]] = {file: defaultdict(list) for file in objects}
        for file, symbols in undefined.items():
            for symbol in sorted(symbols & self.defined.keys()):
                if self.defined[symbol] != file:
                    self.uses[file][self.defined[symbol]].append(symbol)

    @staticmethod
    def _symbols(path: Path, nm: str) -> Iterable[tuple[str, str]]:
        done = subprocess.run([nm, "-g", "-P", str(path)], capture_output=True, text=True, check=True)
        for line in done.stdout.splitlines():
            symbol, kind, *_ = line.split()
            yield kind, symbol


def folder_of(file: str) -> str:
    return file.rpartition("/")[0]


def read_objects(build: Path, interp: Path) -> dict[str, Path]:
    """The objects of the checked variant, by source file."""
    found = {}
    for path in (build / "interp").rglob("*.o"):
        match = _OBJECTS.fullmatch(path.name)
        if not match or "tests" in path.parts:
            continue
        file = (path.parent.relative_to(build / "interp") / match[1]).as_posix()
        # A source that has moved leaves its object behind.
        if (interp / f"{file}.c").is_file():
            found[file] = path
    return found


def bad_symbols(file: str, uses: Uses, public: set[str]) -> list[str]:
    """The uses of one file that its folder may not have."""
    folder = folder_of(file)
    found = []
    for used, symbols in sorted(uses.uses[file].items()):
        target = folder_of(used)
        if target == folder or target in MAY_USE[folder]:
            continue
        for symbol in symbols:
            if not (folder in ABOVE_LIBRARY and symbol in public):
                found.append(f"{symbol} of {used}: {folder} may use {', '.join(sorted(MAY_USE[folder])) or 'nothing'}")
    return found


def bad_includes(path: Path, interp: Path) -> list[str]:
    """The includes of one file that its folder may not have."""
    folder = path.parent.relative_to(interp).as_posix()
    found = []
    for name in _INCLUDE.findall(path.read_text("utf-8")):
        target = folder_of(name)
        if not (interp / name).is_file():
            found.append(f'"{name}" does not exist: includes are written from interp/')
        elif name != "wasmproc.h" and target != folder and target not in MAY_USE[folder]:
            found.append(f'"{name}": {folder} may use {", ".join(sorted(MAY_USE[folder])) or "nothing"}')
    return found


def cycles(graph: dict[str, set[str]]) -> list[frozenset[str]]:
    """The strongly connected components of more than one node."""
    reach: dict[str, set[str]] = {}
    for node in graph:
        seen: set[str] = set()
        todo = list(graph[node])
        while todo:
            at = todo.pop()
            if at not in seen:
                seen.add(at)
                todo.extend(graph.get(at, ()))
        reach[node] = seen
    found = {frozenset(other for other in reach[node] if node in reach[other]) | {node} for node in graph if node in reach[node]}
    return sorted((cycle for cycle in found if len(cycle) > 1), key=sorted)


def folder_graph(uses: Uses, public: set[str]) -> dict[str, set[str]]:
    graph: dict[str, set[str]] = {folder: set() for folder in MAY_USE}
    for file, used in uses.uses.items():
        folder = folder_of(file)
        for other, symbols in used.items():
            through_header = folder in ABOVE_LIBRARY and all(symbol in public for symbol in symbols)
            if folder_of(other) != folder and not through_header:
                graph[folder].add(folder_of(other))
    return graph


class Tap:
    """Counts and prints points."""

    def __init__(self) -> None:
        self.count = self.failed = 0

    def point(self, name: str, problems: list[str]) -> None:
        self.count += 1
        self.failed += bool(problems)
        print(f"{'not ok' if problems else 'ok'} {self.count} - {name}")
        for line in problems:
            print(f"# {line}")


def main() -> int:
    interp = Path(os.environ.get("srcdir", ".")).resolve() / "interp"
    uses = Uses(read_objects(Path.cwd(), interp), os.environ.get("NM", "nm"))
    public = set(_PUBLIC.findall((interp / "wasmproc.h").read_text("utf-8")))
    tap = Tap()
    for folder in MAY_USE:
        for path in sorted((interp / folder).glob("*.[chd]*")):
            file = path.relative_to(interp).with_suffix("").as_posix()
            problems = bad_includes(path, interp)
            if path.suffix == ".c":
                problems += bad_symbols(file, uses, public) if file in uses.uses else [f"{file} has no object: not built"]
            tap.point(f"{path.relative_to(interp.parent)} keeps its layer", problems)
    folders = {path.parent.relative_to(interp).as_posix() for path in interp.rglob("*.[chd]*") if path.parent != interp}
    unknown = sorted(f for f in folders - MAY_USE.keys() if f.split("/")[0] != "tests")
    tap.point("every folder of interp/ has a layer", [f"not in MAY_USE: {name}" for name in unknown])
    tap.point("no cycle of folders", [" <-> ".join(sorted(c)) for c in cycles(folder_graph(uses, public)) if c not in FOLDER_CYCLES])
    between = cycles({file: set(used) for file, used in uses.uses.items()})
    tap.point(
        "no cycle of files but those that are explained",
        [" <-> ".join(sorted(c)) for c in between if c not in FILE_CYCLES]
        + ["explained, but absent: " + " <-> ".join(sorted(c)) for c in FILE_CYCLES if c not in between],
    )
    print(f"1..{tap.count}")
    return 1 if tap.failed or not uses.uses else 0


if __name__ == "__main__":
    sys.exit(main())
