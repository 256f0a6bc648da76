"""Breakages of rules: marks in the sources, the tables, and a campaign on a small program."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import attrs
import pytest

ROOT = Path(__file__).resolve().parents[2]

sys.path.insert(0, str(ROOT / "coverage"))
exceptions = importlib.import_module("mutants.exceptions")
marks = importlib.import_module("mutants.marks")
mutation = importlib.import_module("mutation")
rules = importlib.import_module("mutants.rules")
state = importlib.import_module("mutants.state")

RULES = 'RULE_ROW(mmap_zero, "mmap.zero")\nRULE_ROW(mmap_hint_free, "mmap.hint.free")\n'
SOURCE = """\
/* The head. rule: mmap.hint.free */
static int whole(int a) {
    return a + 1;
}

int lines(int a, int b) {
    int c = a; /* rule: mmap.zero */
    if (a < b) { /* rules: mmap.zero, mmap.hint.free */
        c = a - b;
    }
    switch (a) {
    case 7: c = 5; break; /* rule: mmap.zero */
    default: c = 6;
    }
    if (a == 3) /* rule: mmap.zero */
        c = 1;
    else
        c = 2;
    /* rule: mmap.zero */
    while (a < 9)
        a++;
    return call(a,
                b); /* rule: mmap.hint.free */
}

int other(int a) { /* rule: mmap.zero */
    return a;
}

int probe(int a) {
    a = 2;
    if (a > 3) {
        a = 4;
        RULE(engine, mmap_zero);
        a = 5;
    }
    return a;
}

/* rule: mmap.zero */
#define MACRO(x) ((x) * 11)
"""


@pytest.fixture
def root(tmp_path) -> Path:
    """A tree with one source."""
    (tmp_path / "interp" / "core").mkdir(parents=True)
    (tmp_path / "interp" / "core" / "rule.def").write_text(RULES)
    (tmp_path / "interp" / "core" / "a.c").write_text(SOURCE)
    return tmp_path


@pytest.fixture
def sources(root):
    """The source of that tree, with its marks."""
    return marks.Sources(root)


def marked(sources) -> dict[str, set[str]]:
    """The text of each region that is marked, and its rules."""
    found: dict[str, set[str]] = {}
    for mark in sources.marks:
        for start, end in mark.regions:
            text = " ".join(sources.texts[mark.file][start:end].decode().split())
            found.setdefault(text, set()).update(mark.rules)
    return found


def test_marks(sources):
    assert sources.problems == []
    assert marked(sources) == {
        "static int whole(int a) { return a + 1; }": {"mmap.hint.free"},
        "int c = a;": {"mmap.zero"},
        "if (a < b) {": {"mmap.zero", "mmap.hint.free"},
        "case 7: c = 5; break;": {"mmap.zero"},
        "if (a == 3) /* rule: mmap.zero */ c = 1;": {"mmap.zero"},
        "while (a < 9) a++;": {"mmap.zero"},
        "int other(int a) { /* rule: mmap.zero */ return a; }": {"mmap.zero"},
        "return call(a, b);": {"mmap.hint.free"},
        "a = 5; }": {"mmap.zero"},
        "(a > 3)": {"mmap.zero"},
        "#define MACRO(x) ((x) * 11)": {"mmap.zero"},
    }


def test_operators_break_what_is_marked(sources):
    found = {(breakage.label, breakage.rules) for breakage in sources.derived()}
    assert ("whole: return [a + 1 => a];", ("mmap.hint.free",)) in found
    assert ("lines: if [(a < b) => 0]", ("mmap.hint.free", "mmap.zero")) in found
    assert ("probe: if (a > [3 => 4])", ("mmap.zero",)) in found
    assert ("MACRO: ((x) * [11 => 12])", ("mmap.zero",)) in found
    assert not any(text in label for label, _ in found for text in ("a - b", "c = 6", "a = 4"))


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("rule: mmap.hint.free */\nstatic", "rule: mmap.hint.fre */\nstatic", "core/a.c:1: no such rule: mmap.hint.fre"),
        ("((x) * 11)\n", "((x) * 11)\n\n/* rule: mmap.zero */\n", "core/a.c:43: the mark has nothing to mark"),
        ("RULE(engine, mmap_zero)", "RULE(engine, mmap_nought)", "core/a.c:34: no such rule: mmap_nought"),
    ],
)
def test_marks_that_are_wrong(root, old, new, problem):
    assert old in SOURCE
    (root / "interp" / "core" / "a.c").write_text(SOURCE.replace(old, new))
    assert marks.Sources(root).problems == [problem]


def apply(sources, breakage) -> str:
    """The source with a breakage."""
    source = sources.texts["core/a.c"]
    for _, start, end, text in reversed(breakage.edits):
        source = source[:start] + text + source[end:]
    return source.decode()


@pytest.mark.parametrize(
    ("changes", "old", "new"),
    [
        (["a + 1 => a + 4"], "return a + 1;", "return a + 4;"),
        (["return call(a, b); => return 1; …"], "return call(a,\n                b);", "return 1; return call(a,\n                b);"),
        (["return … b); =>"], "return call(a,\n                b);", "\n"),
        (["a + 1 => a", "call( => call(1, "], "", ""),
    ],
)
def test_written_breakages(sources, changes, old, new):
    found = apply(sources, sources.written("mmap.hint.free", "what", changes))
    assert found == SOURCE.replace(old, new) if old else "return a;" in found and "call(1,a" in found
    assert found.count("\n") == SOURCE.count("\n")


@pytest.mark.parametrize(
    ("rule", "change", "message"),
    [
        ("mmap.zero", "a + 1 => 2", "occurs 0 times in what the rule marks: a \\+ 1"),
        ("mmap.zero", "c => 2", "occurs 3 times"),
        ("mmap.zero", "c = 5", "not OLD => NEW"),
    ],
)
def test_written_breakages_that_do_not_fit(sources, rule, change, message):
    with pytest.raises(marks.BadTable, match=message):
        sources.written(rule, "what", [change])


def read_table(sources, tmp_path, text: str):
    (tmp_path / "breakages.toml").write_text(text)
    return marks.read_table(tmp_path / "breakages.toml", sources)


def test_the_table(sources, tmp_path):
    text = '["mmap.zero"]\none = "c = 5 => c = 8"\n[variants."mmap.zero"]\ntwo = ["c = 5 => c = 9"]\n[tests]\n"mmap.zero" = ["a.py"]\n'
    table = read_table(sources, tmp_path, text)
    assert table.problems == [] and table.tests == {"mmap.zero": ["a.py"]}
    assert [(b.label, b.kind, b.place) for b in table.breakages] == [("one", "", "core/a.c:12"), ("two", "variants", "core/a.c:12")]
    assert read_table(sources, tmp_path, '["mmap.nought"]\n').problems == ["breakages.toml: no such rule: mmap.nought"]


def test_a_breakage_that_an_operator_makes_is_redundant(sources, tmp_path):
    table = read_table(sources, tmp_path, '["mmap.zero"]\none = "c = 5 => c = 6"\ntwo = "c = 5 => c = 8"\n')
    assert marks.redundant(table.breakages, sources.derived(), sources) == ["mmap.zero: one: an operator does the same"]


# ---- Exceptions --------------------------------------------------------------------------------------------------------


def read_exceptions(tmp_path, text: str):
    (tmp_path / "exceptions.toml").write_text(text)
    return exceptions.Exceptions(tmp_path / "exceptions.toml")


def test_exceptions(tmp_path):
    found = read_exceptions(tmp_path, '[equivalent]\n"why" = ["f: a [+ => -] 1;", "g: …[1 => 2]…"]\n[accepted]\n"so" = ["h: …"]\n')
    assert found.find("f: a [+ => -] 1;").reason == "why" and found.find("g: x = [1 => 2];").verdict == "equivalent"
    assert found.find("f: a [+ => *] 1;") is None and found.find("h: anything", ["equivalent"]) is None
    assert found.problems(["f: a [+ => -] 1;", "g: x = [1 => 2];"]) == ["no such mutant: h: …"]


@pytest.mark.parametrize("text", ['[likely]\n"why" = ["f: x"]\n', '[equivalent]\n" " = ["f: x"]\n', '[equivalent]\n"why" = "f: x"\n'])
def test_entries_that_are_wrong(tmp_path, text):
    with pytest.raises(exceptions.BadEntry):
        read_exceptions(tmp_path, text)


# ---- The campaign ------------------------------------------------------------------------------------------------------


def test_kept_results_depend_on_the_test_that_noticed(tmp_path):
    script = tmp_path / "testsuite" / "process" / "a.wast"
    script.parent.mkdir(parents=True)
    script.write_text("one")
    campaign = rules.Campaign(tmp_path, None, None, None)
    breakage = marks.Breakage(("mmap.zero",), "what", (("a.c", 0, 1, b""),), "k", "a.c:1")
    digest = rules._digest_of_test(tmp_path, "a.wast")
    kept = state.State(tmp_path / "state", "d")
    kept.keep("k", "a.c:1", {"outcome": state.KILLED, "by": "a.wast", "test": digest})
    kept.keep("l", "a.c:1", {"outcome": state.SURVIVED, "by": ""})
    again = state.State(tmp_path / "state", "d")
    assert rules._is_current(campaign, breakage, again.find("k"), "another")
    assert rules._is_current(campaign, breakage, again.find("l"), "d") and not rules._is_current(campaign, breakage, again.find("l"), "another")
    script.write_text("two")
    assert not rules._is_current(campaign, breakage, again.find("k"), "d")


def test_only_good_outcomes_pass(capsys):
    breakage = marks.Breakage(("mmap.zero",), "f: x", (("a.c", 0, 1, b""),), "k", "a.c:1", derived=True)
    campaign = rules.Campaign(Path(), None, None, attrs.make_class("None_", [])())
    campaign.exceptions.find = lambda label: None

    def report(outcome: str) -> int:
        return rules._report(campaign, [breakage], {"k": {"outcome": outcome, "message": ""}}, False)

    assert [report(outcome) for outcome in (state.KILLED, state.EQUIVALENT, state.BROKEN)] == [0, 0, 0]
    assert [report(outcome) for outcome in (state.SURVIVED, rules.OTHERS)] == [1, 1]
    assert "a.c:1: mmap.zero\n  f: x" in capsys.readouterr().out
    entry = exceptions.Entry("f: x", "equivalent", "why")
    campaign.exceptions.find = lambda label: entry
    assert report(state.SURVIVED) == 0 and entry.needed
    breakage = attrs.evolve(breakage, derived=False)
    assert [report(outcome) for outcome in (state.SURVIVED, state.BROKEN)] == [1, 1]


# ---- The interpreter ---------------------------------------------------------------------------------------------------


def test_marks_and_tables_fit_the_interpreter():
    assert mutation.main(["check"]) == 0


def test_the_tables_stay_small():
    tables = ("breakages.toml", "exceptions.toml")
    assert sum((ROOT / "coverage" / name).read_text("utf-8").count("\n") for name in tables) < 1500
