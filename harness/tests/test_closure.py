"""The check that rules, code and tests say the same: it must see what is wrong."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from wasmproc_conform.closure import (
    BACKENDS,
    Closure,
    Fired,
    Waiver,
    c_name,
    check_metadata,
    check_waivers,
    cited_rules,
    read_events,
    read_metadata,
    read_waivers,
)

GOOD = """;;; rules: mmap.zero, mmap.lazy
;;; profile: strict
;;; features: memory64
;;; description: Says something.

;; no metadata
;;; nor: this
"""
RULES = {"mmap.zero", "mmap.lazy", "access.host"}


def problems(text: str, core: bool = False) -> list[str]:
    return check_metadata(read_metadata(text), RULES, core)


def test_good_metadata():
    assert problems(GOOD) == []
    assert read_metadata(GOOD).words("rules") == ["mmap.zero", "mmap.lazy"]
    assert problems(";;; rules: core\n;;; description: d\n", core=True) == []


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        (";;; rules: mmap.zero, mmap.lazy\n", "", "no rules"),
        (";;; description: Says something.\n", "", "no description"),
        ("rules: mmap.zero,", "rules: mmap.one,", "unknown rule: mmap.one"),
        ("rules: mmap.zero,", "rules: mmap.zero,,", "unknown rule: (nothing)"),
        ("mmap.lazy", "mmap.zero", "named twice: mmap.zero"),
        ("profile: strict", "profile: loose", "unknown profile: loose"),
        ("features: memory64", "features: memory65", "unknown feature: memory65"),
        ("features: memory64", "feature: memory64", "unknown key: feature"),
        (";;; profile: strict\n", ";;; profile: strict\n;;; profile: strict\n", "given twice: profile"),
        (";;; profile: strict\n", ";;; profile:strict\n", "not `;;; key: value`: ;;; profile:strict"),
        (";;; profile: strict\n", ";;;\n", "not `;;; key: value`: ;;;"),
    ],
)
def test_bad_metadata(old, new, problem):
    assert old in GOOD
    assert problem in problems(GOOD.replace(old, new))


def test_keys_out_of_order():
    text = ";;; description: d\n;;; rules: mmap.zero\n"
    assert problems(text) == ["the keys are not in order: description, rules"]


def test_core_tests_name_no_rules():
    assert problems(GOOD, core=True) == ["rules of a test in core/ must be `core`"]
    assert "unknown rule: core" in problems(";;; rules: core\n;;; description: d\n")


def test_citations(tmp_path: Path):
    (tmp_path / "core").mkdir()
    (tmp_path / "tests").mkdir()
    (tmp_path / "core" / "a.c").write_text(
        "    RULE(cover, one);\n    case X: RULE(&p->engine->cover, two_b); break;\n/* RULE_ROW(three) */\n"
    )
    (tmp_path / "core" / "b.h").write_text("RULE(f(x), one);\n#define CLI_RULE(id) ((void)0)\n    CLI_RULE(five);\n")
    (tmp_path / "core" / "cover.h").write_text("#define RULE(cover, id) 0\n")
    (tmp_path / "tests" / "c.c").write_text("RULE(cover, four);\n")
    assert cited_rules(tmp_path) == {"one": ["core/a.c:1", "core/b.h:1"], "two_b": ["core/a.c:2"], "five": ["core/b.h:3"]}
    assert c_name("process.no-module-isolation") == "process_no_module_isolation"


def test_waivers(tmp_path: Path):
    (tmp_path / "shows.py").write_text("access.host")
    (tmp_path / "silent.py").write_text("")
    good = Waiver("access.host", "because", "shows.py")
    assert check_waivers([good], RULES, {"mmap.zero"}, tmp_path) == []
    assert check_waivers([good], RULES, {"access.host"}, tmp_path) == ["waiver of a rule that a test names: access.host"]
    for waiver in (Waiver("access.host", "because", "silent.py"), Waiver("access.host", "because", "missing.py")):
        assert check_waivers([waiver], RULES, set(), tmp_path) == [
            f"waiver of access.host: {waiver.shown_by} does not name it"
        ]
    unknown = Waiver("access.ghost", "because", "shows.py")
    assert check_waivers([unknown], RULES, set(), tmp_path) == ["waiver of an unknown rule: access.ghost"]


def test_waivers_need_a_reason(tmp_path: Path):
    file = tmp_path / "waivers.toml"
    file.write_text('[[waiver]]\nrule = "a"\nreason = "r"\nshown-by = "s"\n')
    assert read_waivers(file) == [Waiver("a", "r", "s")]
    for text in ('[[waiver]]\nrule = "a"\nshown-by = "s"\n', '[[waiver]]\nrule = "a"\nreason = " "\nshown-by = "s"\n'):
        file.write_text(text)
        with pytest.raises(ValueError, match="a waiver has"):
            read_waivers(file)
    assert read_waivers(tmp_path / "none.toml") == []


def test_a_rule_is_asserted_when_it_fired_in_an_assertion_that_passed():
    fired = read_events(
        '{"event":"start","file":"f"}\n'
        '{"event":"command","file":"f","line":1,"kind":"module","outcome":"pass","rules":["a"]}\n'
        '{"event":"command","file":"f","line":2,"kind":"assert_return","outcome":"pass","rules":["a","b"]}\n'
        '{"event":"command","file":"f","line":3,"kind":"assert_trap","outcome":"fail","rules":["c"]}\n'
        '{"event":"command","file":"f","line":4,"kind":"assert_trap","outcome":"pass"}\n'
        '{"event":"end","file":"f","commands":4,"pass":3,"fail":1,"unsupported":0}\n'
    )
    assert dict(fired.asserted) == {"a": 1, "b": 1}
    assert dict(fired.touched) == {"a": 1, "c": 1}


def closure_of(**fired: Fired) -> Closure:
    """A closure over one test of one rule, that fired so on each back end."""
    closure = Closure.__new__(Closure)
    closure.sections, closure.silent, closure.problems = {"mmap.zero": "3"}, set(), []
    closure.named = {"mmap.zero": ["a"]}
    closure.fired = {backend: {"a": fired.get(backend, Fired())} for backend in BACKENDS}
    return closure


GOOD_FIRED = Fired(Counter({"mmap.zero": 1}))


def test_a_rule_must_be_asserted_on_each_back_end():
    for fired, problems in [
        ({"sparse": GOOD_FIRED, "native": GOOD_FIRED}, []),
        ({"sparse": GOOD_FIRED, "native": Fired(touched=Counter({"mmap.zero": 9}))}, ["no test asserts mmap.zero (native)"]),
        ({"native": GOOD_FIRED}, ["no test asserts mmap.zero (sparse)"]),
    ]:
        closure = closure_of(**fired)
        closure.check_rules(set())
        assert closure.problems == problems
        closure = closure_of(**fired)
        closure.check_rules({"mmap.zero"})
        assert closure.problems == []


def test_a_rule_must_fire_on_each_back_end_in_a_test_that_names_it():
    closure = closure_of(sparse=GOOD_FIRED)
    assert closure.check_named("a", "mmap.zero") == ["names mmap.zero, which does not fire in it (native)"]
    assert closure_of(sparse=GOOD_FIRED, native=GOOD_FIRED).check_named("a", "mmap.zero") == []
    assert closure_of(sparse=GOOD_FIRED, native=Fired(is_partial=True)).check_named("a", "mmap.zero") == []
    closure.silent = {("a", "mmap.zero")}
    assert closure.check_named("a", "mmap.zero") == []
    assert closure.silent == set()
