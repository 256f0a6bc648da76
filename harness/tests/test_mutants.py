"""The table of mutants: it fits the sources, and breaks every rule."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

_spec = importlib.util.spec_from_file_location("mutants", ROOT / "coverage" / "mutants.py")
mutants = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(mutants)


def test_the_table_fits_the_sources():
    assert mutants.read_table(ROOT / "coverage" / "mutants.toml")


def test_every_rule_has_a_mutant():
    rows = set(re.findall(r'^RULE_ROW\(\w+, "([^"]+)"', (ROOT / "interp" / "core" / "rule.def").read_text(), re.M))
    assert rows
    broken = {mutant.rule for mutant in mutants.read_table(ROOT / "coverage" / "mutants.toml")} - {mutants.VARIANT}
    assert broken == rows


@pytest.mark.parametrize(
    ("old", "message"), [("absent", "occurs 0 times"), ("a", "occurs 2 times")], ids=["absent", "twice"]
)
def test_a_text_that_does_not_fit_is_an_error(old, message):
    mutant = mutants.Mutant({"rule": "r", "what": "w", "file": "f.c", "old": old, "new": "b"})
    with pytest.raises(mutants.BadTable, match=message):
        mutant.apply("a a")


def test_a_mutant_may_change_several_places():
    row = {"rule": "r", "what": "w", "file": "f.c", "old": "one", "new": "1", "also": [["two", "2"]]}
    assert mutants.Mutant(row).apply("one two") == "1 2"


def test_a_mutant_may_change_other_files_too():
    row = {"rule": "r", "what": "w", "file": "f.c", "old": "one", "new": "1", "elsewhere": [["g.c", "two", "2"]]}
    mutant = mutants.Mutant(row)
    assert mutant.files == {"f.c", "g.c"}
    assert (mutant.apply("one two"), mutant.apply("one two", "g.c"), mutant.apply("one two", "h.c")) == ("1 two", "one 2", "one two")
    with pytest.raises(mutants.BadTable, match="g.c: r, 'w': the text occurs 0 times"):
        mutant.apply("one", "g.c")


def test_results_are_kept_while_what_they_depend_on_is_the_same(tmp_path):
    corpus = mutants.Corpus()
    first, second = list(corpus.rules)[:2]
    row = {"rule": "r", "what": "w", "file": "f.c", "old": "one", "new": "1"}
    killed, survived = mutants.Mutant(row), mutants.Mutant(row | {"new": "2"})
    state = mutants.State(tmp_path / "state", corpus)
    assert state.find(killed) is None
    by_first = {"outcome": mutants.KILLED, "tests": [corpus.name(first)]}
    state.keep(killed, by_first)
    state.keep(survived, {"outcome": mutants.SURVIVED, "tests": []})
    state = mutants.State(tmp_path / "state", corpus)
    assert state.find(killed) == by_first
    assert state.find(survived)["outcome"] == mutants.SURVIVED
    # Other tests than the one that killed it may change.
    del corpus.rules[second]
    state = mutants.State(tmp_path / "state", corpus)
    assert state.find(killed) == by_first
    assert state.find(survived) is None
    state.sources = "others"
    assert state.find(killed) is None
