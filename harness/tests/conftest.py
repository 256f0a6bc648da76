"""Fixtures of the tests: small suites, fake engines, and the command line in this process."""

import shlex
import sys
from pathlib import Path

import attrs
import pytest
from click.testing import CliRunner, Result

HARNESS = Path(__file__).resolve().parent.parent
FAKE_ENGINE = HARNESS / "tests" / "fake_engine.py"

sys.path.insert(0, str(HARNESS))

from wasmproc_conform.cli import cli  # noqa: E402
from wasmproc_conform.reports import load  # noqa: E402

#: A script with an assertion of each outcome that engines report.
MIXED = """\
;;; rules: mmap.zero, mmap.length.zero
;;; description: Every outcome, once.
(module)
(assert_return (invoke "pass"))  ;; good: rules mmap.zero
(assert_return (invoke "fail") (i32.const 1))  ;; bad: mismatch
(assert_trap (invoke "unsupported") "trap")  ;; bad: unsupported simd
(invoke "touch")  ;; good: rules mmap.result mmap.zero
"""

PASSING = '(module)\n(assert_return (invoke "f"))\n(assert_return (invoke "g"))\n'


@attrs.define
class World:
    """A folder with a suite, and functions that run the harness on it."""

    folder: Path

    @property
    def suite(self) -> Path:
        return self.folder / "suite"

    @property
    def expect(self) -> Path:
        return self.folder / "expect"

    @property
    def out(self) -> Path:
        return self.folder / "out"

    def script(self, name: str, text: str) -> Path:
        path = self.suite / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
        return path

    def expectations(self, engine: str, text: str) -> None:
        self.expect.mkdir(exist_ok=True)
        (self.expect / f"{engine}.toml").write_text(text, "utf-8")

    def engine(self, name: str) -> list[str]:
        """Options that describe and choose a fake engine."""
        command = shlex.join([sys.executable, str(FAKE_ENGINE), name])
        return ["--engine", name, "--script-engine", f"{name}={command}"]

    def arguments(self, *engines: str) -> list[str]:
        """Options for a run of the process suite of this world with fake engines."""
        chosen = [word for name in engines or ("good",) for word in self.engine(name)]
        return [*chosen, "--suite", "process", "--process-suite", str(self.suite), "--expect", str(self.expect)]

    def run(self, *options: str, engines: tuple[str, ...] = ("good",)) -> Result:
        """`wasmproc-conform run`, with reports in `out`."""
        return self.cli("run", *self.arguments(*engines), "--out", str(self.out), *options)

    @staticmethod
    def cli(*arguments: str) -> Result:
        """Run the command line in this process. Raises its exceptions."""
        result = CliRunner().invoke(cli, list(arguments))
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result


def make_world(folder: Path) -> World:
    """An empty world in a folder."""
    made = World(folder)
    made.suite.mkdir()
    made.expect.mkdir()
    return made


def add_mixed(world: World) -> World:
    """Add a script of every outcome, and one that passes."""
    world.script("chapter/mixed.wast", MIXED)
    world.script("chapter/passing.wast", PASSING)
    return world


@pytest.fixture
def world(tmp_path) -> World:
    """An empty world."""
    return make_world(tmp_path)


@pytest.fixture
def mixed(world) -> World:
    """A world with a script of every outcome and one that passes."""
    return add_mixed(world)


@pytest.fixture(scope="session")
def reported(tmp_path_factory) -> World:
    """A world after a run of two engines, one of which fails, crashes, and lacks support. Read only."""
    world = add_mixed(make_world(tmp_path_factory.mktemp("reported")))
    world.script("other/crash.wast", '(module)\n(assert_return (invoke "f"))  ;; bad: crash\n')
    world.script("other/whole.wast", '(module)  ;; bad: unsupported gc\n(invoke "f")  ;; bad: unsupported gc\n')
    world.script("other/known.wast", '(module)\n(assert_return (invoke "f"))  ;; bad: fail <known>\n')
    world.expectations(
        "bad",
        '[[expect]]\nsuite = "process"\nfile = "other/known.wast"\noutcome = "fail"\nreason = "known # 1"\n'
        'link = "https://example.org/issue"\n',
    )
    world.run(engines=("good", "bad"))
    return world


@pytest.fixture
def document(reported) -> dict:
    """The document of that run, a copy per test."""
    return load(reported.out / "results.json")
