"""coverage/of-runtime: measuring another runtime, here a very small one, and the report."""

from __future__ import annotations

import importlib
import re
import shutil
import subprocess
import sys

import pytest

from wasmproc_conform.suites import ROOT

FOLDER = ROOT / "coverage" / "of-runtime"

#: A runtime: it reads a script, and fails if the script tells it to.
RUNTIME = """\
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
static int run(const char *word) {
    if (strcmp(word, "fail") == 0)
        return 3;
    if (strcmp(word, "abort") == 0)
        abort();
    return 0;
}
int main(int argc, char **argv) {
    char word[80] = "";
    FILE *file = argc > 1 ? fopen(argv[1], "r") : NULL;
    if (file == NULL)
        return 1;
    if (fscanf(file, "%79s", word) != 1)
        return 2;
    return run(word);
}
"""


def load(name: str, monkeypatch):
    monkeypatch.syspath_prepend(str(FOLDER))
    monkeypatch.delitem(sys.modules, name, raising=False)
    return importlib.import_module(name)


def tracefile(path, root, **files):
    """A tracefile: for each file its lines with hits; branches on line 1."""
    out = ""
    for name, lines in files.items():
        out += f"TN:\nSF:{root}/{name.replace('_', '/', 1)}.c\n" + "".join(f"DA:{n},{hits}\n" for n, hits in lines.items())
        out += f"BRDA:1,0,0,{lines.get(1) or '-'}\nBRDA:1,0,1,0\nend_of_record\n"
    path.write_text(out)
    return path


def test_suites_side_by_side(tmp_path, monkeypatch):
    report = load("report", monkeypatch)
    one = tracefile(tmp_path / "one.info", tmp_path, a_x={1: 1, 2: 0, 3: 5}, a_y={1: 0}, b_z={1: 2})
    two = tracefile(tmp_path / "two.info", tmp_path, a_x={1: 1, 2: 7, 4: 0}, other_x={1: 1})
    covered = {}
    report.read_tracefile(one, "one", tmp_path, covered)
    report.read_tracefile(two, "two", tmp_path, covered)
    rows, total = report.make_rows(covered, ["one", "two"])
    assert [(row.name, [file.name for file in row.files]) for row in rows] == [
        ("a", ["a/x.c", "a/y.c"]), ("b", ["b/z.c"]), ("other", ["other/x.c"])
    ]  # fmt: skip
    # a/x.c: one reaches lines 1 and 3, two lines 1 and 2, of lines 1 to 4.
    x = rows[0].files[0].cells
    assert x == {"one": report.Cell(2, 4, 1, 2, 1), "two": report.Cell(2, 4, 1, 2, 1), "": report.Cell(3, 4, 1, 2, 0)}
    assert total.cells["one"] == report.Cell(3, 7, 2, 8, 2)
    assert total.cells[""] == report.Cell(5, 7, 3, 8, 0)
    text = report.as_text(rows, total, ["one", "two"])
    assert text.splitlines()[-1] == "| all | 42.8 % | 25.0 % | 2 | 42.8 % | 25.0 % | 2 | 71.4 % | 37.5 % |"
    html = report.as_html(rows, total, ["one", "two"], "A <title>", "Facts.")
    assert "A &lt;title&gt;" in html
    assert "x.c" in html
    assert not re.search(r"(src|href)=.?(https?:|//)|@import|url\(", html)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["one"], "a tracefile is given as NAME=FILE, each name once, not as 'one'"),
        (["a=good.info", "a=good.info"], "each name once, not as 'a=good.info'"),
        (["a=bad.info"], "bad.info:2: "),
        (["a=none.info"], "No such file or directory"),
        (["a=good.info", "--sources", "/elsewhere"], "no source below /elsewhere is in these tracefiles"),
    ],
)
def test_mistakes_in_reporting(tmp_path, arguments, message):
    tracefile(tmp_path / "good.info", tmp_path, a_x={1: 1})
    (tmp_path / "bad.info").write_text("SF:/x.c\nDA:1,many\n")
    done = subprocess.run([sys.executable, FOLDER / "report.py", *arguments], cwd=tmp_path, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr


def suite(folder, **scripts):
    folder.mkdir()
    for name, word in scripts.items():
        (folder / f"{name}.wast").write_text(word)
    return folder


def measure(tmp_path, *arguments, status=0):
    command = [sys.executable, FOLDER / "measure.py", "--suite", f"one={tmp_path / 'one'}", "--suite", f"two={tmp_path / 'two'}"]
    command += ["--sources", tmp_path / "src", "-o", tmp_path / "state", *arguments]
    command += ["--", "sh", "-c", f'echo "$1" >>"{tmp_path}/log"; exec "$2" "$1"', "sh", "{script}", tmp_path / "build" / "runtime"]
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=120)
    assert done.returncode == status, done.stderr
    return done


def prepare(tmp_path, compiler, *options):
    (tmp_path / "src").mkdir()
    (tmp_path / "build").mkdir()
    (tmp_path / "src" / "runtime.c").write_text(RUNTIME)
    command = [compiler, *options, str(tmp_path / "src" / "runtime.c"), "-o", str(tmp_path / "build" / "runtime")]
    subprocess.run(command, check=True, cwd=tmp_path / "build", timeout=120)
    suite(tmp_path / "one", good="good", empty="")
    suite(tmp_path / "two", fail="fail")


def lines(path):
    return {int(n): int(hits) for n, hits in re.findall(r"^DA:(\d+),(\d+)", path.read_text(), re.MULTILINE)}


@pytest.mark.skipif(not shutil.which("gcc") or not shutil.which("lcov"), reason="no gcc, or no lcov")
def test_a_runtime_with_gcov(tmp_path):
    prepare(tmp_path, "gcc", "--coverage", "-O0")
    done = measure(tmp_path, "--build", tmp_path / "build")
    one, two = tmp_path / "state" / "one.info", tmp_path / "state" / "two.info"
    assert done.stdout == f"one: 2 scripts, 1 with status 0; {one}\ntwo: 1 scripts, 0 with status 0; {two}\n"
    # Two runs, one of which exits early for lack of a word; the other suite has its own counters.
    found = lines(one)
    assert (found[13], found[17], found[18], found[6], found[9]) == (2, 1, 1, 0, 1)
    found = lines(two)
    assert (found[13], found[17], found[18], found[6], found[9]) == (1, 0, 1, 1, 0)
    assert not list((tmp_path / "build").glob("*.gcda"))
    # Nothing has changed: nothing runs. A new script runs together with its suite.
    log = tmp_path / "log"
    assert len(log.read_text().splitlines()) == 3
    measure(tmp_path, "--build", tmp_path / "build")
    assert len(log.read_text().splitlines()) == 3
    # Scripts that an interrupted run completed do not run again.
    done_file = tmp_path / "state" / "one.done"
    done_file.write_text("".join(line for line in done_file.read_text().splitlines(True) if "good" not in line))
    one.unlink()
    measure(tmp_path, "--build", tmp_path / "build")
    assert len(log.read_text().splitlines()) == 4
    assert lines(one)[13] == 3
    (tmp_path / "two" / "crash.wast").write_text("abort")
    done = measure(tmp_path, "--build", tmp_path / "build")
    assert len(log.read_text().splitlines()) == 6
    assert "two: 2 scripts, 0 with status 0" in done.stdout
    # A program that is killed leaves no counters.
    assert lines(two)[13] == 1
    assert "signal" in (tmp_path / "state" / "two.done").read_text()
    measure(tmp_path, "--build", tmp_path / "build", "--again")
    assert len(log.read_text().splitlines()) == 10


@pytest.mark.skipif(
    not all(map(shutil.which, ("clang-19", "llvm-cov-19", "llvm-profdata-19"))), reason="no clang-19, or no llvm-cov-19"
)
def test_a_runtime_with_llvm_cov(tmp_path):
    try:
        prepare(tmp_path, "clang-19", "-fprofile-instr-generate", "-fcoverage-mapping", "-O0")
    except subprocess.CalledProcessError:
        pytest.skip("clang-19 has no library for profiles")
    measure(tmp_path, "--llvm", tmp_path / "build" / "runtime", "--llvm-suffix", "-19")
    found = lines(tmp_path / "state" / "one.info")
    assert (found[13], found[17], found[18], found[6], found[9]) == (2, 1, 1, 0, 1)


def test_scripts_by_folder_and_by_pattern(tmp_path, monkeypatch):
    module = load("measure", monkeypatch)
    suite(tmp_path / "one", b="b", a="a")
    suite(tmp_path / "one" / "sub", c="c")
    assert [path.name for path in module.find_scripts(str(tmp_path / "one"))] == ["a.wast", "b.wast", "c.wast"]
    assert [path.name for path in module.find_scripts(f"{tmp_path}/one/*.wast")] == ["a.wast", "b.wast"]
    with pytest.raises(module.Failure, match="has no scripts"):
        module.find_scripts(str(tmp_path / "none"))


def test_what_wabt_gets_of_a_script(monkeypatch):
    module = load("wabt_script", monkeypatch)
    script = {
        "source_filename": "a.wast",
        "commands": [
            {"type": "process", "line": 1, "pages": "16"},
            {"type": "module", "line": 2, "filename": "a.0.wasm", "module_type": "binary"},
            {"type": "assert_malformed", "line": 3, "filename": "a.1.wat", "text": "t", "module_type": "text"},
            {"type": "assert_unloadable", "line": 4, "filename": "a.2.wasm", "text": "t", "module_type": "binary"},
        ],
    }
    assert module.reduce(script)["commands"] == [
        {"type": "module", "line": 2, "filename": "a.0.wasm"},
        {"type": "assert_malformed", "line": 3, "filename": "a.1.wat", "text": "t", "module_type": "text"},
    ]
    assert "module_type" in script["commands"][1]


def test_mistakes_in_measuring(tmp_path):
    (tmp_path / "src").mkdir()
    (tmp_path / "build").mkdir()
    suite(tmp_path / "one", good="good")
    suite(tmp_path / "two", good="good")
    done = measure(tmp_path, "--build", tmp_path / "build", status=1)
    assert "has no .gcno files: is the runtime built with --coverage?" in done.stderr
    done = measure(tmp_path, "--llvm", tmp_path / "none", status=1)
    assert f"{tmp_path / 'none'} does not exist" in done.stderr
    assert "give --build or --llvm" in measure(tmp_path, status=2).stderr
    (tmp_path / "build" / "a.gcno").write_text("")
    done = measure(tmp_path, "--build", tmp_path / "build", status=1)
    assert f"the command has left no counters in {tmp_path / 'state' / 'one.counters'}" in done.stderr
