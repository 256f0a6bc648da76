"""The mutation score: the outcomes of the mutants of a small source under a small test."""

from __future__ import annotations

import importlib
import json
import shutil
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

sys.path.insert(0, str(ROOT / "coverage"))
mutation = importlib.import_module("mutation")
score = importlib.import_module("mutants.score")
state = importlib.import_module("mutants.state")

SOURCE = """\
/* a < b in a comment, and "a < b" in a string, are not code. */
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


@pytest.fixture(scope="module", autouse=True)
def no_testsuite():
    """The sources here have nothing to do with the core suite."""
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
    (root / "exceptions.toml").write_text("")
    for shard in ("1/2", "2/2"):
        call(root, "--shard", shard)
    return root


@pytest.fixture
def copy(sample, tmp_path) -> Path:
    """A copy of the sample that a test may change."""
    shutil.copytree(sample, tmp_path / "again")
    return tmp_path / "again"


def call(root: Path, *words: str) -> int:
    options = ["--root", str(root), "--tables", str(root), "--file", "process/*.c", "--state", str(root / "state"), "--compiler", "cc"]
    return mutation.main(["score", *options, "--jobs", "1", *words])


def outcomes(root: Path, function: str = "") -> dict[str, str]:
    known = state.State(root / "state", "")
    found = score.all_mutants(root, ["process/*.c"])
    return {m.label: known.find(m.key)["outcome"] for m in found if not function or m.function == function}


def test_mutants_are_killed_or_survive(sample):
    found = outcomes(sample)
    assert found["twice: return n [* => +] 2;"] == "killed"
    assert found["LEAST: ([(a) < (b) => 0] ? (a) : (b))"] == "killed"
    assert found["wp_most: for (long long i = 0; i < 1; i[++ => --])"] == "killed"
    assert found["twice: return n * [2 => 3];"] == "killed"
    assert found["wp_most: for (long long i = 0; i < [1 => 2]; i++)"] in ("equivalent", "survived")
    assert found["wp_most: [unused += 0; => ;]"] == found["wp_most: unused += [0 => 1];"] == "equivalent"
    assert found["wp_most: return [a => 0];"] == "equivalent"


def test_a_mutant_that_does_not_compile_is_not_counted(copy):
    source = copy / "interp" / "process" / "most.c"
    source.write_text("struct pair { int a; };\nstruct pair wp_pair(int a) {\n    struct pair p = {a};\n    return p;\n}\n" + SOURCE)
    call(copy, "--function", "wp_pair")
    assert set(outcomes(copy, "wp_pair").values()) == {"does not compile"}


def test_a_run_resumes(sample, capsys):
    before = (sample / "state").read_text()
    call(sample)
    assert (sample / "state").read_text() == before
    assert ", 0 to be judged" in capsys.readouterr().out


def test_survivors_are_judged_again_when_tests_change(copy, capsys):
    assert "survived" in outcomes(copy).values()
    test = copy / "interp" / "tests" / "test_process.c"
    test.write_text(TEST.replace("? 0", "&& wp_most(5, 5) == 5 && wp_least(7, 7) == 7 ? 0"))
    call(copy, "--report")
    assert "--again" in capsys.readouterr().out
    call(copy, "--again")
    assert "--again" not in capsys.readouterr().out


def survivors(root: Path) -> list[dict]:
    call(root, "--report", "--json", str(root / "report.json"))
    return json.loads((root / "report.json").read_text())["survivors"]


def write_exceptions(root: Path, verdict: str, *more: str) -> None:
    labels = sorted({survivor["label"] for survivor in survivors(root)} | set(more))
    (root / "exceptions.toml").write_text(f'[{verdict}]\n"told" = {json.dumps(labels, ensure_ascii=False)}\n')


def test_survivors_need_an_entry(copy, capsys):
    assert call(copy, "--report", "--list-survivors") == 1
    shown = capsys.readouterr()
    assert "are not in exceptions.toml" in shown.err
    assert "interp/process/most.c:" in shown.out
    write_exceptions(copy, "equivalent")
    assert call(copy, "--report", "--markdown", str(copy / "report.md")) == 0
    assert "100.0 %" in (copy / "report.md").read_text()
    assert "told" in (copy / "report.md").read_text()


def test_accepted_survivors_count(copy):
    write_exceptions(copy, "accepted")
    call(copy, "--report", "--json", str(copy / "report.json"))
    row = json.loads((copy / "report.json").read_text())["rows"][0]
    assert row["survived"] > 0
    assert row["score"] < 100
    assert row["mutants"] == row["equivalent"] + row["by unit tests"] + row["survived"]


def test_exceptions_for_scripts_do_not_excuse_survivors(copy, capsys):
    write_exceptions(copy, "units")
    assert call(copy, "--report") == 1
    assert "are not in exceptions.toml" in capsys.readouterr().err


def test_entries_that_no_survivor_needs_are_errors(copy, capsys):
    write_exceptions(copy, "equivalent", "twice: return n [* => +] 2;")
    assert call(copy, "--report") == 1
    assert "noticed or equivalent: twice: return n [* => +] 2;" in capsys.readouterr().err


def test_shards_and_samples(sample):
    found = score.all_mutants(sample, ["process/*.c"])

    def chosen(*words: str) -> set[str]:
        options = mutation.parse(["score", *words])
        return {m.key for m in mutation.shard(score.choose(found, options.function, options.sample, options.seed), options.shard)}

    shards = [chosen("--shard", f"{i}/3") for i in (1, 2, 3)]
    assert sum(map(len, shards)) == len(found) == len(set.union(*shards))
    assert len(chosen("--sample", "7")) == 7
    assert chosen("--sample", "7") == chosen("--sample", "7")
    assert chosen("--sample", "core=7") == chosen()
    assert chosen("--sample", "process=7") == chosen("--sample", "7")
    assert chosen("--sample", "7") < chosen("--sample", "9")
    assert chosen("--sample", "7") != chosen("--sample", "7", "--seed", "2")


# ---- The interpreter ---------------------------------------------------------------------------------------------------


def test_every_area_has_sources():
    for patterns in score.AREAS.values():
        assert all(list((ROOT / "interp").glob(pattern)) for pattern in patterns)
