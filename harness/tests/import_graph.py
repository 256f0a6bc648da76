"""The imports among the Python files of a tree, read with `ast`, and the cycles among them.

Interface:

- `read_graph` maps every module to the modules that it imports, at any depth of nesting;
- `by_package` does the same for packages: a folder below a top-level package is one node;
- `cycles` lists the sets of nodes that reach each other.

A module is its file without `.py`, relative to the tree; `import X` finds X beside the file, as a script does, or below
the roots, as `sys.path` does.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from pathlib import Path

Graph = dict[str, set[str]]


def read_graph(tree: Path, roots: Iterable[str]) -> Graph:
    """The imports of all files at or below the folders `roots` of a tree. Raises SyntaxError."""
    folders = [tree / root for root in roots]
    files = sorted({file for folder in folders for file in folder.rglob("*.py")})
    return {_name(file, tree): {_name(found, tree) for found in _imported(file, folders) if found != file} for file in files}


def _name(file: Path, tree: Path) -> str:
    return file.relative_to(tree).with_suffix("").as_posix().removesuffix("/__init__")


def _imported(file: Path, folders: list[Path]) -> Iterator[Path]:
    """The files that a file imports, of those in the tree."""
    for node in ast.walk(ast.parse(file.read_text("utf-8"), str(file))):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield from _find([file.parent, *folders], alias.name)
        elif isinstance(node, ast.ImportFrom):
            starts = [file.parents[node.level - 1]] if node.level else [file.parent, *folders]
            for alias in node.names:
                # `from package import name` may mean a module.
                found = [*_find(starts, f"{node.module}.{alias.name}" if node.module else alias.name)]
                yield from found or _find(starts, node.module or "")


def _find(starts: list[Path], module: str) -> Iterator[Path]:
    """The first file that a dotted name means, if any."""
    for start in starts:
        path = start.joinpath(*module.split(".")) if module else start
        for file in (path.with_suffix(".py"), path / "__init__.py"):
            if file.is_file():
                yield file
                return


def by_package(graph: Graph) -> Graph:
    """The imports among subpackages: below a package, a module counts as its folder; elsewhere it is its own node."""

    def node(module: str) -> str:
        folder = module.rpartition("/")[0]
        # A package that lies in another one.
        inner = folder in graph and folder.rpartition("/")[0] in graph
        return folder if inner else module

    merged: Graph = {node(module): set() for module in graph}
    for module, imported in graph.items():
        merged[node(module)] |= {node(other) for other in imported} - {node(module)}
    return merged


def cycles(graph: Graph) -> list[list[str]]:
    """The sets of two or more nodes that reach each other, sorted."""
    reached = {node: _reached(graph, node) for node in graph}
    found = {frozenset(other for other in reached[node] if node in reached[other]) for node in graph}
    return sorted(sorted(nodes) for nodes in found if len(nodes) > 1)


def _reached(graph: Graph, start: str) -> set[str]:
    """The nodes on paths from `start`, itself included if a path leads back to it."""
    found: set[str] = set()
    pending = [start]
    while pending:
        new = graph.get(pending.pop(), set()) - found
        found |= new
        pending += new
    return found
