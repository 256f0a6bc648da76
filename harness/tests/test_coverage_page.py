"""The page that `make coverage` makes."""

from __future__ import annotations

import importlib
import re
import sys
from types import SimpleNamespace

import pytest

from wasmproc_conform.suites import ROOT
from wasmproc_conform.traceability.places import Places

TRACEFILE = """\
TN:
SF:{root}/interp/core/a.c
DA:1,3
DA:2,0
DA:3,0
BRDA:1,0,0,2
BRDA:1,0,1,-
BRDA:1,0,2,0
end_of_record
SF:{root}/interp/core/b.c
DA:1,1
end_of_record
SF:{root}/interp/text/c.c
DA:7,0
BRDA:7,0,0,-
end_of_record
SF:{root}/interp/tests/test_a.c
DA:1,1
end_of_record
SF:/usr/include/x.h
DA:1,1
end_of_record
"""

COUNTS = {
    "classes": [{"type": "i", "name": "0"}, {"type": "i", "name": "other"}, {"type": "a", "name": "0"}, {"type": "a", "name": "top"}],
    "instructions": [
        {"mnemonic": "nop", "signature": ":", "supported": True, "count": 0, "operands": []},
        {"mnemonic": "select", "signature": "*", "supported": True, "count": 12, "operands": []},
        {"mnemonic": "i32.store", "signature": "ai:", "supported": True, "count": 1234, "operands": [[1000, 234], [0, 1234]]},
        {"mnemonic": "i32.eqz", "signature": "i:i", "supported": True, "count": 2, "operands": [[1, 1]]},
        {"mnemonic": "i32.new", "signature": "i:i", "supported": False, "count": 0, "operands": [[0, 0]]},
    ],
}


@pytest.fixture
def page(monkeypatch):
    """coverage/page.py; coverage/coverage.py beside it has the name of a package."""
    monkeypatch.syspath_prepend(str(ROOT / "coverage"))
    for name in ("coverage", "page"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    yield importlib.import_module("page")
    for name in ("coverage", "page"):
        sys.modules.pop(name, None)


@pytest.fixture
def sources(page, tmp_path):
    for name, lines in (("core/a.c", 3), ("core/b.c", 1), ("text/c.c", 7)):
        file = tmp_path / "interp" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("".join(f"line {n};\n" for n in range(1, lines + 1)))
    tracefile = tmp_path / "a.info"
    tracefile.write_text(TRACEFILE.format(root=tmp_path))
    return page.read_tracefile(tracefile, tmp_path)


def test_shares_by_folder(page, sources):
    folders, total = page.shares(sources)
    rows = [(row.name, row.hit, row.of, row.branches_hit, row.branches) for row in [*folders, total]]
    assert rows == [("interp/core", 2, 4, 1, 3), ("interp/text", 0, 1, 0, 1), ("all of it", 2, 5, 1, 4)]
    assert [page.percent(*pair) for pair in ((0, 0), (1, 3), (1999, 2000), (2, 2))] == ["–", "33.3 %", "99.9 %", "100.0 %"]


def test_lines_without_a_test_and_their_reasons(page, sources, tmp_path):
    reasons = tmp_path / "reasons.toml"
    reasons.write_text('[[uncovered]]\nfile = "interp/core/*"\ntext = "line 2"\nreason = "because"\n')
    found = page.uncovered(sources, page.Reasons(reasons), tmp_path)
    assert [(item.file, item.lines, item.reason) for item in found] == [
        ("interp/core/a.c", [2], "because"), ("interp/core/a.c", [3], ""), ("interp/text/c.c", [7], "")
    ]  # fmt: skip


def test_stale_reasons_are_found(page, sources, tmp_path):
    reasons = tmp_path / "reasons.toml"
    reasons.write_text('[[uncovered]]\nfile = "interp/core/*|interp/x.c"\ntext = "line (2|9)|line 8$"\nreason = "because"\n')
    assert page.Reasons(reasons).unmatched(tmp_path) == ["interp/x.c: no line has line (2|9)|line 8$", "interp/core/*|interp/x.c: no line has line 8$"]


def test_the_reasons_fit_the_sources(page):
    assert page.Reasons(page.HERE / "uncovered.toml").unmatched(ROOT) == []


def test_operands_by_type(page):
    tables = page.type_tables(COUNTS)
    assert [(t.title, t.classes, t.met, t.of) for t in tables] == [("i32", ["0", "other"], 3, 4), ("address", ["0", "top"], 2, 2)]
    assert [(row.mnemonic, row.which, row.classes) for row in tables[0].rows] == [
        ("i32.store", "operand 2 of 2", [0, 1234]), ("i32.eqz", "", [1, 1])
    ]  # fmt: skip
    assert [page.short(n) for n in (0, 999, 1000, 12_345_678, 10**18)] == ["0", "999", "1k", "12M", "1000P"]


def test_the_page(page, sources, tmp_path):
    traceability = SimpleNamespace(
        rules=["a.one"], places=Places(), named={"a.one": ["process/x.wast"]}, waivers={},
        total=lambda rule, backend: (3, 4), fired={}, problems=["a <problem>"],
    )  # fmt: skip
    suites = [SimpleNamespace(name="process", tests=[1, 2]), SimpleNamespace(name="core", tests=[1])]
    html = page.render(sources, tmp_path, "html/index.html", traceability, COUNTS, suites)
    for text in (
        "2/5", "40.0 %", "1/4", 'href="html/index.html"', "a &lt;problem&gt;", "process (2 scripts) and core (1 script)",
        "3 of 4 that are supported", "5 of 6 pairs met", "no reason given", "never", "1 instruction that this version does not support is left out",
    ):  # fmt: skip
        assert text in html, text
    assert "i32.new" not in html
    assert not re.search(r"(src|href)=.?(https?:|//)|@import|url\(", html)


def test_a_tracefile_of_something_else(page, tmp_path, monkeypatch, capsys):
    tracefile = tmp_path / "a.info"
    tracefile.write_text("TN:\nSF:/usr/include/x.h\nDA:1,1\nend_of_record\n")
    monkeypatch.setattr(sys, "argv", ["page.py", "--tracefile", str(tracefile), "--wasmproc", "none", "-o", str(tmp_path / "o")])
    assert page.main() == 2
    assert "names no source below" in capsys.readouterr().err
    assert not (tmp_path / "o").exists()
