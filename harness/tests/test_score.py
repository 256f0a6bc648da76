"""The mutation score: which mutants there are of a small source, and what becomes of them under a small test."""

from __future__ import annotations

import importlib
import json
import shutil
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

sys.path.insert(0, str(ROOT / "coverage"))
mutate = importlib.import_module("mutate")
score = importlib.import_module("score")

SOURCE = """\
/* a < b in a comment, and "a < b" in a string, are no code. */
#include "most.h"
#define LEAST(a, b)                                                                                                \\
    ((a) < (b) ? (a) : (b)) /* the less */

static unsigned twice(unsigned n) {
    return n * 2;
}

int wp_most(int a, int b) {
    const char *text = "a < b";
    int result = b;
    if (text == 0)
        return a;
    for (long long i = 0; i < 1; i++)
        result = a > b ? a : b;
    unsigned unused = twice(1);
    unused += 0;
    return result;
}

unsigned wp_double(unsigned n) {
    return twice(n);
}

int wp_least(int a, int b) {
    return LEAST(a, b);
}

int wp_bits(unsigned long long a) {
    return __builtin_popcountll(a); /* a function of the compiler's library */
}
"""

TEST = """\
#include "../process/most.h"
int main(void) {
    return wp_most(1, 2) == 2 && wp_most(2, 1) == 2 && wp_least(1, 2) == 1 && wp_double(3) == 6 && wp_bits(5) == 2 ? 0 : 1;
}
"""


def mutants(text: str) -> set[tuple[str, str, str]]:
    return {(m.operator, m.old, m.new) for m in mutate.mutants_of(text.encode(), "process/sample.c")}


def in_function(text: str, result: str = "int") -> set[tuple[str, str]]:
    """The operators, and what becomes of a line in a function that begins with a statement of its own."""
    found = mutants(f"{result} f(int a, int b) {{\n    return g();\n}}\n{result} g(int a, int b) {{\n    return h();\n    {text}\n}}\n")
    return {(operator, new) for operator, old, new in found if old == text}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("if (a < b) {}", {("condition", "if ((a < b), 1) {}"), ("condition", "if ((a < b), 0) {}"), ("boundary", "if (a <= b) {}")}),
        ("while (a == b) {}", {("condition", "while ((a == b), 0) {}")}),
        ("a = !b;", {("statement", ";"), ("negate", "a = (b);")}),
        ("a += ~b;", {("statement", ";"), ("arithmetic", "a -= ~b;"), ("arithmetic", "a += (b);")}),
        ("a = 07u;", {("statement", ";"), ("constant", "a = 8u;"), ("constant", "a = 6u;")}),
        ("a = 0;", {("statement", ";"), ("constant", "a = 1;")}),
        ("a = 0x1p3;", {("statement", ";"), ("constant", "a = (0x1p3 * 2);"), ("constant", "a = (0x1p3 / 2);")}),
        ("a = true;", {("statement", ";"), ("constant", "a = false;")}),
        ("f(a << b);", {("statement", ";"), ("arithmetic", "f(a >> b);")}),
        ("a = f(b);", {("statement", ";"), ("result", "a = (f(b), 0);")}),
        ("return NULL;", set()),
        ("return WP_OK;", {("result", "return WP_OK + 1;")}),
        ("return f(a);", {("result", "return ((f(a)), 0);")}),
        ("return a || b;", {
            ("result", "return ((a || b), 0);"), ("result", "return ((a || b), 1);"), ("logic", "return a && b;"),
            ("negate", "return !(a) || b;"), ("negate", "return a || !(b);"),
        }),
        ("return a != b;", {("result", "return ((a != b), 0);"), ("result", "return ((a != b), 1);"), ("negate", "return a == b;")}),
        ("goto end;", {("statement", ";")}),
        ("RULE(cover, mmap_zero);", set()),
        ("if (a < b) { RULE(cover, mmap_zero); }", set()),
        ("if (a < b) RULE(cover, mmap_zero); else RULE(cover, mmap_hint);", set()),
        ('f(1, "%d of", a + 1, b);', {("statement", ";"), ("constant", 'f(2, "%d of", a + 1, b);'), ("constant", 'f(0, "%d of", a + 1, b);')}),
        ("char text[16];", set()),
        ("a = sizeof(b + 1);", {("statement", ";")}),
    ],
)  # fmt: skip
def test_operators(text, expected):
    assert in_function(text) == expected


def test_a_function_that_says_a_truth_value_is_also_made_to_say_the_other():
    assert ("result", "return ((a), 1);") in in_function("return a;", "bool")
    assert ("result", "return ((a), 1);") not in in_function("return a;", "int")


def test_functions_return_early():
    assert ("early", "void f(void) {", "void f(void) { return;") in mutants("void f(void) {\n    g();\n    h();\n}\n")
    assert ("early", "int *f(void) {", "int *f(void) { return 0;") in mutants("int *f(void) {\n    g();\n    return p;\n}\n")


def test_what_is_there_for_probes_alone_stays():
    note = "static void note(int a) {\n    int b = a + 1;\n    if (b < 2)\n        RULE(cover, x);\n}\n"
    assert mutants(note) == set()
    assert {new for _, _, new in mutants(note + "int f(void) {\n    note(1);\n    return 0;\n}\n")} == {"int f(void) { return 0;", "return 1;"}


def test_macros_are_mutated_where_they_are_defined():
    found = {(old, new) for _, old, new in mutants("#define EVEN(x) (x##_low % 2 == 0)\n#define STOP(x) do { x = a##x; } while (0)\n")}
    assert ("#define EVEN(x) (x##_low % 2 == 0)", "#define EVEN(x) (x##_low % 2 != 0)") in found
    assert ("#define EVEN(x) (x##_low % 2 == 0)", "#define EVEN(x) (x##_low % 3 == 0)") in found
    assert ("#define STOP(x) do { x = a##x; } while (0)", "#define STOP(x) do { ; } while (0)") in found
    nan = '#define NAN_OF(T) to_##T(__builtin_nan("") + 1)'
    assert (nan, nan.replace("+", "-")) in {(old, new) for _, old, new in mutants(f"{nan}\n")}
    assert (nan, '#define NAN_OF(T) to_##T((__builtin_nan(""), 0) + 1)') in {(old, new) for _, old, new in mutants(f"{nan}\n")}


def test_what_is_no_code_stays():
    found = mutate.mutants_of(SOURCE.encode(), "process/most.c")
    assert found and all(mutant.line > 2 and "string" not in mutant.old for mutant in found)
    assert not any(mutant.old != mutant.new and "a <= b" in mutant.new for mutant in found)


def test_mutants_keep_the_number_of_lines_and_have_keys_of_their_own():
    text = "int f(int a) {\n    g(a,\n      1);\n    a++; a++;\n    return a;\n}\n"
    found = mutate.mutants_of(text.encode(), "f.c")
    assert any(mutant.old == "g(a, 1);" and mutant.new == ";" for mutant in found)
    assert all(mutant.apply(text.encode()).count(b"\n") == text.count("\n") for mutant in found)
    assert len({mutant.key for mutant in found}) == len(found)
    assert sum(mutant.old == "a++; a++;" for mutant in found) == 4


def test_keys_outlast_changes_elsewhere():
    function = "int f(int a) {\n    return a + 1;\n}\n"
    before = {m.key for m in mutate.mutants_of(function.encode(), "f.c")}
    after = {m.key for m in mutate.mutants_of(f"int x;\n\n{function}".encode(), "f.c")}
    changed = {m.key for m in mutate.mutants_of(function.replace("int a", "long a").encode(), "f.c")}
    assert before == after and not before & changed


# ---- A whole run -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module", autouse=True)
def no_testsuite():
    """The sources here know nothing of the core suite."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("WASM_TESTSUITE", raising=False)
        yield


@pytest.fixture(scope="module")
def sample(tmp_path_factory) -> Path:
    """Sources like those of the interpreter, and the state after all mutants were judged."""
    if not shutil.which("cc"):
        pytest.fail("no C compiler")
    root = tmp_path_factory.mktemp("sample")
    for folder in ("process", "tests"):
        (root / "interp" / folder).mkdir(parents=True)
    (root / "interp" / "process" / "most.c").write_text(SOURCE)
    (root / "interp" / "process" / "most.h").write_text("int wp_most(int, int), wp_least(int, int), wp_bits(unsigned long long);\nunsigned wp_double(unsigned);\n")
    (root / "interp" / "tests" / "test_process.c").write_text(TEST)
    (root / "survivors.toml").write_text("")
    for shard in ("1/2", "2/2"):
        call(root, "run", "--shard", shard)
    return root


def call(root: Path, *words: str) -> int:
    options = ["--root", str(root), "--file", "process/*.c", "--state", str(root / "state"), "--compiler", "cc"]
    return score.main([*words, *options, "--survivors", str(root / "survivors.toml"), "--jobs", "1"])


def outcomes(root: Path) -> dict[tuple[str, str], str]:
    state = score.State(root / "state", score.digest_of(root))
    return {(m.old, m.new): state.result(m)["outcome"] for m in score.all_mutants(root, ["process/*.c"])}


def test_mutants_are_killed_or_survive(sample):
    found = outcomes(sample)
    assert found["return n * 2;", "return n + 2;"] == "killed"
    assert found["((a) < (b) ? (a) : (b)) /* the less */", "((((a) < (b)), 0) ? (a) : (b)) /* the less */"] == "killed"
    assert found["for (long long i = 0; i < 1; i++)", "for (long long i = 0; i < 1; i--)"] == "killed"
    assert found["return n * 2;", "return n * 3;"] == "killed"
    assert found["for (long long i = 0; i < 1; i++)", "for (long long i = 0; i < 2; i++)"] in ("equivalent", "survived")
    assert found["unused += 0;", ";"] == found["unused += 0;", "unused += 1;"] == "equivalent"
    assert found["return a;", "return ((a), 0);"] == "equivalent"


def test_a_mutant_that_does_not_compile_is_none(sample, tmp_path):
    shutil.copytree(sample, tmp_path / "again")
    source = tmp_path / "again" / "interp" / "process" / "most.c"
    source.write_text("struct pair { int a; };\nstruct pair wp_pair(int a) {\n    struct pair p = {a};\n    return p;\n}\n" + SOURCE)
    call(tmp_path / "again", "run", "--function", "wp_pair")
    assert outcomes_of(tmp_path / "again", "wp_pair") == {"does not compile"}


def outcomes_of(root: Path, function: str) -> set[str]:
    state = score.State(root / "state", score.digest_of(root))
    return {state.result(m)["outcome"] for m in score.all_mutants(root, ["process/*.c"]) if m.function == function}


def test_a_run_goes_on_where_it_was(sample, capsys):
    before = (sample / "state").read_text()
    call(sample, "run")
    assert (sample / "state").read_text() == before
    assert ", 0 to be judged" in capsys.readouterr().out


def test_survivors_are_judged_again_when_tests_change(sample, tmp_path, capsys):
    shutil.copytree(sample, tmp_path / "again")
    root = tmp_path / "again"
    assert "survived" in outcomes(root).values()
    test = root / "interp" / "tests" / "test_process.c"
    test.write_text(TEST.replace("? 0", "&& wp_most(5, 5) == 5 && wp_least(7, 7) == 7 ? 0"))
    call(root, "report")
    assert "run --again" in capsys.readouterr().out
    call(root, "run", "--again")
    assert "run --again" not in capsys.readouterr().out


def survivors(root: Path) -> list[dict]:
    call(root, "report", "--json", str(root / "report.json"))
    return json.loads((root / "report.json").read_text())["survivors"]


def write_survivors(root: Path, verdict: str, more: str = "") -> None:
    rows = [f"[{json.dumps(s['old'])}, {json.dumps(s['new'])}, {json.dumps(s['function'])}]" for s in survivors(root)]
    text = ""
    for row in rows:
        old, new, function = json.loads(row)
        text += f"[[survivor]]\nfile = 'process/most.c'\nfunction = {json.dumps(function)}\nchanges = [[{json.dumps(old)}, {json.dumps(new)}]]\n"
        text += f'verdict = "{verdict}"\nreason = "told"\n'
    (root / "survivors.toml").write_text(text + more)


def test_survivors_need_an_entry(sample, tmp_path, capsys):
    root = tmp_path / "again"
    shutil.copytree(sample, root)
    assert call(root, "report", "--list-survivors") == 1
    shown = capsys.readouterr()
    assert "are not in survivors.toml" in shown.err and "interp/process/most.c:" in shown.out
    write_survivors(root, "equivalent")
    assert call(root, "report", "--markdown", str(root / "report.md")) == 0
    assert "100.0 %" in (root / "report.md").read_text() and "told" in (root / "report.md").read_text()


def test_accepted_survivors_count(sample, tmp_path):
    root = tmp_path / "again"
    shutil.copytree(sample, root)
    write_survivors(root, "accepted")
    call(root, "report", "--json", str(root / "report.json"))
    row = json.loads((root / "report.json").read_text())["rows"][0]
    assert row["survived"] > 0 and row["score"] < 100
    assert row["mutants"] == row["equivalent"] + row["by unit tests"] + row["survived"]


STALE = """\
[[survivor]]
file = "process/most.c"
function = "twice"
old = "return n * 2;"
new = "return n {} 2;"
verdict = "accepted"
reason = "none"
"""


def test_stale_entries_are_errors(sample, tmp_path, capsys):
    root = tmp_path / "again"
    shutil.copytree(sample, root)
    write_survivors(root, "equivalent", STALE.format("+"))
    assert call(root, "report") == 1 and "killed or equivalent: process/most.c, twice" in capsys.readouterr().err
    write_survivors(root, "equivalent", STALE.format("!"))
    assert call(root, "check") == 1 and "no such mutant: process/most.c, twice" in capsys.readouterr().err


@pytest.mark.parametrize("change", [("reason", "because"), ("accepted", "likely"), ('reason = "none"', 'reason = " "')])
def test_entries_that_are_none(tmp_path, change):
    (tmp_path / "survivors.toml").write_text(STALE.format("+").replace(*change))
    with pytest.raises(score.BadEntry):
        score.read_survivors(tmp_path / "survivors.toml")


def test_shards_and_samples():
    found = mutate.mutants_of(SOURCE.encode(), "process/most.c")

    def chosen(*words: str) -> set[str]:
        return {m.key for m in score.choose(found, score.parse(["list", *words]))}

    shards = [chosen("--shard", f"{i}/3") for i in (1, 2, 3)]
    assert sum(map(len, shards)) == len(found) == len(set.union(*shards))
    assert len(chosen("--sample", "7")) == 7 and chosen("--sample", "7") == chosen("--sample", "7")
    assert chosen("--sample", "core=7") == chosen() and chosen("--sample", "process=7") == chosen("--sample", "7")
    assert chosen("--sample", "7") < chosen("--sample", "9") and chosen("--sample", "7") != chosen("--sample", "7", "--seed", "2")


# ---- The interpreter ---------------------------------------------------------------------------------------------------


def test_survivors_are_mutants_of_the_interpreter():
    assert score.main(["check"]) == 0


def test_every_area_has_sources():
    for patterns in score.AREAS.values():
        assert all(list((ROOT / "interp").glob(pattern)) for pattern in patterns)
