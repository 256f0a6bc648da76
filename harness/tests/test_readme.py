"""README.md agrees with the code."""

import re
import stat
import sys
import tomllib

from conftest import HARNESS

from wasmproc_conform.adapters import ADAPTERS
from wasmproc_conform.adapters.command import load_adapters
from wasmproc_conform.expect import load_expectations
from wasmproc_conform.model import RED, Outcome
from wasmproc_conform.reports import FORMATS
from wasmproc_conform.reports.document import SHAPE

README = (HARNESS / "README.md").read_text("utf-8")


def block(language):
    return re.search(rf"```{language}\n(.*?)```", README, re.DOTALL).group(1)


def test_the_example_of_an_adapter_runs(mixed, monkeypatch):
    """The engine of the example is made here: a program that reports every command but the second as ok."""
    adapter, engine = mixed.folder / "adapter.py", mixed.folder / "mine"
    adapter.write_text(block("python"), "utf-8")
    assert list(load_adapters(adapter)) == ["mine"]
    engine.write_text(
        f"#!{sys.executable}\n"
        "import sys\n"
        f"sys.path.insert(0, {str(HARNESS)!r})\n"
        "from wasmproc_conform.scan import scan_script\n"
        "if sys.argv[1:] == ['--version']: sys.exit(print('mine 3'))\n"
        "for i, c in enumerate(scan_script(open(sys.argv[2]).read())):\n"
        "    print(c.line, 'not ok: it is the second' if i == 1 else 'ok')\n"
    )
    engine.chmod(engine.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("MINE", str(engine))
    run = mixed.cli(
        "run", "--adapter", str(adapter), "--engine", "mine", "--suite", "process", "--process-suite", str(mixed.suite)
    )
    # The engine has no process model.
    assert run.exit_code == 0
    assert "no process model (2 files)" in run.output
    adapter.write_text(block("python").replace("processes=False", "processes=True"), "utf-8")
    run = mixed.cli(
        "run", "--adapter", str(adapter), "--engine", "mine", "--suite", "process", "--process-suite", str(mixed.suite)
    )
    assert run.exit_code == 1
    assert "process/chapter/passing.wast:2 fail assert_return mine" in run.output
    assert "it is the second" in run.output


def test_every_engine_is_named():
    engines = README[README.index("**Engines**") : README.index("A **filter**")]
    assert set(re.findall(r"`([a-z-]+)`", engines)) - {"process"} == set(ADAPTERS)


def test_the_example_of_an_expectation_can_be_loaded(tmp_path):
    (tmp_path / "wabt.toml").write_text(block("toml"), "utf-8")
    assert tomllib.loads(block("toml"))["expect"][0]["lines"] == [288, 289]
    assert len(load_expectations("wabt", tmp_path, "1.0.32")) == 1


def test_every_key_of_the_results_is_described():
    described = set(re.findall(r"`([a-z_]+)`", README[README.index("## results.json") :]))
    keys = {"schema", "version", *SHAPE}
    for shape in (SHAPE["results"][0], SHAPE["results"][0]["commands"][0], SHAPE["tests"][0], SHAPE["rules"][0]):
        keys |= shape.keys()
    assert keys - described == set()


def test_every_outcome_and_report_is_described():
    rows = dict(re.findall(r"^\| `([a-z-]+)` \|.*\| (yes)? ?\|$", README, re.MULTILINE))
    assert {Outcome(name) for name in rows if name in set(Outcome)} == set(Outcome)
    assert {name for name, red in rows.items() if red} == {str(outcome) for outcome in RED}
    assert all(f"`{name}`" in README for name, _ in FORMATS.values())
