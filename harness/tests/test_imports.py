"""No cycle among the imports of the project's Python files."""

from __future__ import annotations

from pathlib import Path

import pytest
from import_graph import by_package, cycles, read_graph

from wasmproc_conform.suites import ROOT

#: The folders from which Python files import.
ROOTS = (
    "bench", "build-aux", "coverage", "coverage/of-runtime", "examples", "examples/tools", "harness", "harness/tests",
    "interp/tests", "spec", "spec/_ext", "testsuite/model",
)  # fmt: skip


def test_modules_import_in_one_direction():
    graph = read_graph(ROOT, ROOTS)
    assert len(graph) > 100
    assert cycles(graph) == []


def test_packages_import_in_one_direction():
    graph = by_package(read_graph(ROOT, ROOTS))
    assert "harness/wasmproc_conform/reports" in graph["harness/wasmproc_conform/cli"]
    assert cycles(graph) == []


#: A tree without a cycle, by file.
SOUND = {
    "p/__init__.py": "",
    "p/a.py": "from . import b\n",
    "p/b.py": "from .sub.c import f\n",
    "p/sub/__init__.py": "from .c import f\n",
    "p/sub/c.py": "import d\nfrom .. import VERSION\n",
    "p/sub/e.py": "",
    "d.py": "import json\nfrom pathlib import Path\n",
}


def found(folder: Path, **changes: str) -> tuple[list[list[str]], list[list[str]]]:
    """The cycles of modules and of packages in SOUND, changed."""
    for name, text in (SOUND | changes).items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
    graph = read_graph(folder, ["."])
    return cycles(graph), cycles(by_package(graph))


def test_imports_are_read(tmp_path):
    assert found(tmp_path) == ([], [])
    assert read_graph(tmp_path, ["."]) == {
        "p": set(), "p/a": {"p/b"}, "p/b": {"p/sub/c"}, "p/sub": {"p/sub/c"}, "p/sub/c": {"d", "p"}, "p/sub/e": set(), "d": set(),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("file", "text", "modules", "packages"),
    [
        # A cycle of modules, also by an import in a function.
        ("d.py", "import p.a\n", [["d", "p/a", "p/b", "p/sub/c"]], [["d", "p/a", "p/b", "p/sub"]]),
        ("p/sub/c.py", "def late():\n    from ..b import x\n", [["p/b", "p/sub/c"]], [["p/b", "p/sub"]]),
        # A cycle of packages alone.
        ("p/sub/e.py", "from p.a import x\n", [], [["p/a", "p/b", "p/sub"]]),
    ],
)
def test_a_cycle_is_found(tmp_path, file, text, modules, packages):
    assert found(tmp_path, **{file: text}) == (modules, packages)
