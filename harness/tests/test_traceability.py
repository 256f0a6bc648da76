"""The traceability check: it must find every disagreement of specification, interpreter, tests and waivers."""

from __future__ import annotations

import re
import shutil
from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import attrs
import pytest
from cli_support import PROGRAM, needs_program, tables

from wasmproc_conform.adapters.wasmproc import BACKENDS
from wasmproc_conform.events import read_events
from wasmproc_conform.suites import ROOT
from wasmproc_conform.traceability import Traceability, page, text
from wasmproc_conform.traceability.fired import Fired
from wasmproc_conform.traceability.links import anchors, check_links
from wasmproc_conform.traceability.metadata import check_metadata, read_metadata
from wasmproc_conform.traceability.places import Places, Statement, c_name, check_places, cited_rules, read_places, summary
from wasmproc_conform.traceability.waivers import Waiver, check_waivers, read_waivers

GOOD = """;;; rules: mmap.zero, mmap.lazy
;;; profile: strict
;;; features: memory64
;;; description: Says something.

;; no metadata
;;; nor: this
"""
RULES = {"mmap.zero", "mmap.lazy", "access.host"}
FEATURES = {"memory64", "gc"}


def problems(text: str, core: bool = False) -> list[str]:
    return check_metadata(read_metadata(text), RULES, FEATURES, core)


def test_good_metadata():
    assert problems(GOOD) == []
    assert problems(GOOD.replace(";;; desc", ";;; pair: by hand, since both differ\n;;; desc")) == []
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
        (";;; desc", ";;; pair: by hand\n;;; desc", "pair without kind and reason: by hand"),
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
        "    RULE(engine, one);\n    case X: RULE(p->engine, two_b); break;\n/* RULE_ROW(three) */\n"
    )
    (tmp_path / "core" / "b.h").write_text("RULE(f(x), one);\n#define CLI_RULE(id) ((void)0)\n    CLI_RULE(five);\n")
    (tmp_path / "core" / "rule.h").write_text("/* RULE(engine, id): a probe.\n * RULE(engine, id) */\n#define RULE(engine, id) 0\n")
    (tmp_path / "tests" / "c.c").write_text("RULE(engine, four);\n")
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
        with pytest.raises(ValueError, match="an entry of"):
            read_waivers(file)
    assert read_waivers(tmp_path / "none.toml") == []


def test_a_rule_is_asserted_when_it_fired_in_an_assertion_that_passed():
    events = read_events(
        '{"event":"start","file":"f"}\n'
        '{"event":"command","file":"f","line":1,"kind":"module","outcome":"pass","rules":["a"]}\n'
        '{"event":"command","file":"f","line":2,"kind":"assert_return","outcome":"pass","rules":["a","b"]}\n'
        '{"event":"command","file":"f","line":3,"kind":"assert_trap","outcome":"fail","rules":["c"]}\n'
        '{"event":"command","file":"f","line":4,"kind":"assert_trap","outcome":"pass"}\n'
        '{"event":"end","file":"f","commands":4,"pass":3,"fail":1,"unsupported":0}\n'
    )
    fired = Fired()
    fired.add(events.commands)
    assert events.complete
    assert dict(fired.asserted) == {"a": 1, "b": 1}
    assert dict(fired.touched) == {"a": 1, "c": 1}


def traceability_of(**fired: Fired) -> Traceability:
    """A check of a test that names one rule, with the rules that fired in it by back end."""
    traceability = Traceability.__new__(Traceability)
    traceability.rules, traceability.silent, traceability.waivers, traceability.problems = ["mmap.zero"], set(), {}, []
    traceability.named = {"mmap.zero": ["a"]}
    traceability.fired = {backend: {"a": fired.get(backend, Fired())} for backend in BACKENDS}
    return traceability


GOOD_FIRED = Fired(Counter({"mmap.zero": 1}))


@pytest.mark.parametrize(
    ("fired", "problems"),
    [
        ({"sparse": GOOD_FIRED, "native": GOOD_FIRED}, []),
        ({"sparse": GOOD_FIRED, "native": Fired(touched=Counter({"mmap.zero": 9}))}, ["no test asserts mmap.zero (native)"]),
        ({"native": GOOD_FIRED}, ["no test asserts mmap.zero (sparse)"]),
    ],
)
def test_a_rule_must_be_asserted_on_each_back_end(fired, problems):
    traceability = traceability_of(**fired)
    traceability.check_rules()
    assert traceability.problems == problems
    traceability = traceability_of(**fired)
    traceability.waivers = {"mmap.zero": Waiver("mmap.zero", "because", "shows.py")}
    traceability.check_rules()
    assert traceability.problems == []


def test_a_rule_must_fire_on_each_back_end_in_a_test_that_names_it():
    traceability = traceability_of(sparse=GOOD_FIRED)
    assert traceability.check_named("a", "mmap.zero") == ["names mmap.zero, which does not fire in it (native)"]
    assert traceability_of(sparse=GOOD_FIRED, native=GOOD_FIRED).check_named("a", "mmap.zero") == []
    assert traceability_of(sparse=GOOD_FIRED, native=Fired(is_partial=True)).check_named("a", "mmap.zero") == []
    traceability.silent = {("a", "mmap.zero")}
    assert traceability.check_named("a", "mmap.zero") == []
    assert traceability.silent == set()


# ---- A rule that is deleted in one place is missed ----------------------------------------------------------------------

#: The rules of the interpreter's table.
TABLE = [rule["id"] for rule in tables()["rules"]] if PROGRAM else []


@attrs.frozen
class Tree:
    """A copy of the files that have rules: sources, specification, tests and waivers."""

    root: Path

    def files(self, pattern: str) -> list[Path]:
        return sorted(self.root.rglob(pattern))

    def problems(self, table: Collection[str] = TABLE) -> list[str]:
        """The problems that are found without running a test, by an interpreter with such a table."""
        tests = {file: read_metadata(file.read_text("utf-8")) for file in self.files("*.wast")}
        waivers = read_waivers(self.root / "testsuite" / "waivers.toml")
        named = {rule for metadata in tests.values() for rule in metadata.words("rules")} - {"core"}
        found = check_places(read_places(self.root), table, named | {waiver.rule for waiver in waivers})
        for file, metadata in tests.items():
            features = set(metadata.words("features"))
            found += check_metadata(metadata, set(table), features, "core" in file.parts)
        return found + check_waivers(waivers, set(table), named, self.root)

    @contextmanager
    def edited(self, pattern: str, old: str, new: str) -> Iterator[int]:
        """Replace an expression in all files of a pattern, and restore them at the end. Yields the number of places."""
        kept, count = {}, 0
        for file in self.files(pattern):
            text = file.read_text("utf-8")
            changed, found = re.subn(old, new, text, flags=re.MULTILINE)
            if found:
                kept[file] = text
                file.write_text(changed, "utf-8")
                count += found
        try:
            yield count
        finally:
            for file, text in kept.items():
                file.write_text(text, "utf-8")


@pytest.fixture(scope="module")
def tree(tmp_path_factory) -> Tree:
    root = tmp_path_factory.mktemp("tree")
    waivers = "testsuite/waivers.toml"
    shown_by = {waiver.shown_by for waiver in read_waivers(ROOT / waivers)}
    for pattern in ("interp/**/*.[ch]", "spec/**/*.rst", "testsuite/*/**/*.wast", waivers, *shown_by):
        for file in ROOT.glob(pattern):
            target = root / file.relative_to(ROOT)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, target)
            if file.suffix == ".wast":
                # Of tests their metadata is enough.
                head = [line for line in file.read_text("utf-8").splitlines() if line.startswith(";;;")]
                target.write_text("\n".join(head) + "\n", "utf-8")
    return Tree(root)


@needs_program
def test_the_tree_is_closed(tree):
    assert len(TABLE) > 50
    assert tree.problems() == []


@needs_program
@pytest.mark.parametrize("rule", sorted(TABLE))
def test_a_rule_that_is_deleted_in_one_place_is_missed(tree, rule):
    name, c = re.escape(rule), c_name(rule)
    without = "\n".join(tree.problems([other for other in TABLE if other != rule]))
    assert f"cites an unknown rule: {c}" in without
    assert f"states an unknown rule: {rule}" in without
    assert f"unknown rule: {rule}" in without or f"waiver of an unknown rule: {rule}" in without
    with tree.edited("*.[ch]", rf"\bRULE\s*\([^;]*,\s*{c}\s*\)|\bCLI_RULE\({c}\)", "(void)0") as count:
        assert count > 0
        assert tree.problems() == [f"rule without a citation in interp/: {rule}"]
    with tree.edited("*.rst", rf"^( *)\.\. rule:: *{name}$", r"\1.. note::") as count:
        assert count == 1
        assert tree.problems() == [f"rule that spec/ does not state: {rule}"]
    waiver = rf'^\[\[waiver\]\]\nrule = "{name}"\n.*\n.*\n'
    with tree.edited("*.wast", rf"^(;;; rules:.*?)\b{name}(?![\w.-]),? *", r"\1") as tests, tree.edited("waivers.toml", waiver, "") as waivers:
        assert tests + waivers > 0
        assert f"no test names {rule}" in tree.problems()
    assert tree.problems() == []


@needs_program
@pytest.mark.parametrize(
    ("pattern", "old", "new", "problem"),
    [
        ("*.c", r"RULE\(([^,;]*), mmap_hint_free\)", r"RULE(\1, mmap_hint_fee)", "cites an unknown rule: mmap_hint_fee"),
        ("*.rst", r"rule:: mmap\.zero$", "rule:: mmap.one", "states an unknown rule: mmap.one"),
        ("*.rst", r"rule:: mmap\.zero$", "rule::", "states an unknown rule: (no name)"),
        ("*.rst", r"rule:: mmap\.zero$", "rule:: mmap.lazy", "states mmap.lazy, which spec/"),
        ("*.rst", r"rule:: mmap\.zero$", "rule:: mmap.zero\n\nEnd.", "states mmap.zero, but says nothing"),
        ("*.wast", r"\bmmap\.zero\b", "mmap.one", "unknown rule: mmap.one"),
    ],
)
def test_a_disagreement_is_reported(tree, pattern, old, new, problem):
    with tree.edited(pattern, old, new) as count:
        assert count > 0
        found = tree.problems()
        assert any(problem in text for text in found), found


def test_a_table_must_have_rules_once():
    assert check_places(Places(code={"a": ["a.c:1"]}), ["a", "a"], {"a"}) == ["a is in the interpreter's table twice"]
    assert check_places(Places(), [], set()) == ["the interpreter's table has no rules"]


def test_statements_of_rules(tmp_path):
    (tmp_path / "spec").mkdir()
    (tmp_path / "spec" / "a.rst").write_text(
        "Title\n=====\n\n.. rule:: a.b\n   :untestable: because\n\n   One\n   paragraph.\n\n     .. math::\n\n   Another.\n\nNo more.\n"
    )
    places = read_places(tmp_path)
    assert places.has_spec
    assert dict(places.spec) == {"a.b": [Statement("spec/a.rst:4", "Title", "One\nparagraph.\n\n  .. math::\n\nAnother.")]}


def test_a_tree_without_a_specification(tmp_path):
    places = read_places(tmp_path)
    assert not places.has_spec
    assert check_places(places, ["a.b"], {"a.b"}) == ["rule without a citation in interp/: a.b"]


# ---- The page ----------------------------------------------------------------------------------------------------------

RULE_TEXT = "A *rule* with ``code``, :rule:`a.b`, :ref:`a title <label>` & :math:`x^2`.\n\n.. math::\n\n   y \\le 1\n\n#. One\n#. Two\n"


def test_the_text_of_a_rule_as_html(monkeypatch):
    if text.publish_parts:
        html = text.to_html(RULE_TEXT)
        assert "<em>rule</em>" in html
        assert ">a.b</span>" in html
        assert "a title" in html
        assert "label" not in html
        assert html.count("<math") == 2
        assert "&amp;" in html
        assert html.count("<li>") == 2
        assert "\\wrong" in text.to_html(":math:`\\wrong{`")
    monkeypatch.setattr(text, "publish_parts", None)
    assert text.to_html("a < b") == "<pre>a &lt; b</pre>"


def test_the_summary_of_a_rule():
    assert summary(RULE_TEXT) == "A rule with code, a.b, a title & x^2."
    rule = "Load ``env.f``\nonce, *at most* (:ref:`load-steps`, :rule:`a.b`), or fail (reduction rules 4 and 5). More."
    assert summary(rule) == "Load env.f once, at most, or fail."


def test_the_page_of_rules():
    traceability = SimpleNamespace(
        rules=["a.one", "a.two", "a.three", "a.four"],
        places=Places(
            code={"a_one": ["a.c:3", "b.c:4"]}, spec={"a.one": [Statement("spec/a.rst:7", "A chapter", "The text & more.")]}
        ),
        named={"a.one": ["process/x.wast"], "a.two": ["process/y.wast"]},
        waivers={"a.three": Waiver("a.three", "because", "shows.py")},
        total=lambda rule, backend: {
            ("a.one", "sparse"): (2, 1), ("a.one", "native"): (1, 0), ("a.two", "sparse"): (3, 5), ("a.three", "native"): (0, 1),
        }.get((rule, backend), (0, 0)),
        fired={backend: {"process/x.wast": None, "process/y.wast": None} for backend in BACKENDS},
        problems=["something <wrong>"],
    )  # fmt: skip
    states = {entry.id: entry.state for entry in page.entries(traceability)}
    assert states == {"a.one": "asserted", "a.two": "touched", "a.three": "waived", "a.four": "silent"}
    html = page.to_html(traceability)
    for part in (
        "4 rules, 2 scripts", "something &lt;wrong&gt;", 'id="a.one"', "spec/a.rst:7", "<code>a.c:3</code>, <code>b.c:4</code>",
        "sparse: 2 commands asserted it, 1 touched it; native: 1 command asserted it, 0 touched it", "process/x.wast", "none: because; shows.py shows it", "none: not waived",
        "The text &amp; more.", "A chapter <small>1 rule", "Not stated <small>3 rules", "not stated", "not cited",
    ):  # fmt: skip
        assert part in html, part
    # The page loads nothing.
    assert not re.search(r"(src|href)=.?(https?:|//)|@import|url\(", html)


# ---- Links --------------------------------------------------------------------------------------------------------------


def test_links_of_the_repository():
    assert check_links(ROOT) == []


def test_links(tmp_path):
    (tmp_path / "a.md").write_text(
        "# A title: with `code`\n## Twice\n## Twice\n```\n# no heading\n[no](link.md)\n```\n[b](b.md) [web](https://example.org/x)\n"
        "[c](b.md#a-heading) [d](#twice-1) [gone](c.md) [no heading](b.md#another) [here](#no-heading)\n"
    )
    (tmp_path / "b.md").write_text("# A heading\n")
    assert anchors((tmp_path / "a.md").read_text()) == {"a-title-with-code", "twice", "twice-1"}
    assert check_links(tmp_path) == [
        "a.md links to c.md, which does not exist",
        "a.md links to b.md#another, a heading that does not exist",
        "a.md links to #no-heading, a heading that does not exist",
    ]
