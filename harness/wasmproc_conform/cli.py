"""The command line: `wasmproc-conform run|list|report|compare`.

Exit status: 0 everything as expected, 1 red results or problems, 2 usage, 130 interrupted.
"""

from __future__ import annotations

import contextlib
import functools
import os
import re
import shlex
import shutil
import signal
import sys
import traceback
from collections.abc import Callable, Iterator
from glob import escape
from pathlib import Path

import attrs
import click
from rich.console import Console

from . import __version__
from .adapters import ADAPTERS, DEFAULT_ENGINES, Adapter
from .adapters.command import driven_engine, load_adapters, script_engine
from .compare import compare_documents, print_comparison
from .expect import BadExpectations
from .listing import print_listing, survey
from .process import processors
from .reports import FORMATS, BadResults, Unwritable, build, check_writable, load, publish
from .reports.document import Rerun
from .runner import MEMORY_LIMIT, TIMEOUT, Options, Runner
from .suites import HARNESS, LOADERS, Filter
from .terminal import make_console, make_progress, print_line, print_summary

EXIT_RED = 1
EXIT_INTERRUPTED = 130

_SIZES = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30}


def main() -> None:
    """The console script."""
    cli(prog_name="wasmproc-conform")


class _Size(click.ParamType):
    """A number of bytes, optionally with the suffix K, M or G."""

    name = "size"

    def convert(self, value, param, ctx):
        match = re.fullmatch(r"([0-9]+)([KMG]?)", str(value).upper())
        if not match:
            self.fail(f"{value!r} is not a size such as 512M or 4G", param, ctx)
        return int(match.group(1)) * _SIZES[match.group(2)]


class _Assignment(click.ParamType):
    """`NAME=VALUE`."""

    name = "NAME=VALUE"

    def convert(self, value, param, ctx):
        if isinstance(value, tuple):
            return value
        name, equals, rest = value.partition("=")
        if not equals or not re.fullmatch(r"[A-Za-z0-9_.-]+", name) or not rest:
            self.fail(f"{value!r} is not NAME=VALUE", param, ctx)
        return name, rest


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="wasmproc-conform")
def cli() -> None:
    """Run WebAssembly conformance suites on engines."""


@attrs.define
class Selection:
    """The options of `run` and `list` that choose engines, suites and tests."""

    engines: tuple[str, ...]
    suites: tuple[str, ...]
    filters: tuple[str, ...]
    testsuite: Path | None
    process_suite: Path | None
    paths: tuple[tuple[str, str], ...]
    arguments: tuple[tuple[str, str], ...]
    drivers: tuple[tuple[str, str], ...]
    script_engines: tuple[tuple[str, str], ...]
    adapter_files: tuple[Path, ...]
    expect: Path | None
    timeout: float

    def options(self) -> Options:
        """The runner's options. Raises UsageError."""
        adapters = self._adapters()
        described = [name for name in adapters if name not in ADAPTERS]
        engines = list(dict.fromkeys(self.engines or [*DEFAULT_ENGINES, *described]))
        for name in (*engines, *(name for name, _ in self.paths), *(name for name, _ in self.arguments)):
            if name not in adapters:
                raise click.UsageError(f"unknown engine {name!r}; known are {', '.join(adapters)}")
        folders = {"core": self.testsuite, "process": self.process_suite}
        arguments: dict[str, list[str]] = {}
        for name, argument in self.arguments:
            arguments.setdefault(name, []).append(argument)
        return Options(
            engines=engines,
            suites=list(dict.fromkeys(self.suites or LOADERS)),
            folders={name: folder for name, folder in folders.items() if folder},
            filters=[Filter.parse(text) for text in self.filters],
            timeout=self.timeout,
            paths={name: Path(path) for name, path in self.paths},
            arguments=arguments,
            expect_folder=self.expect or HARNESS / "expect",
            named=frozenset((*self.engines, *described, *self.suites)),
            adapters=adapters,
        )

    def _adapters(self) -> dict[str, type[Adapter]]:
        adapters = dict(ADAPTERS)
        for name, adapter in self._described():
            if name in adapters:
                raise click.UsageError(f"the name {name!r} is taken by another engine")
            adapters[name] = adapter
        return adapters

    def _described(self) -> Iterator[tuple[str, type[Adapter]]]:
        """The engines that options describe, by name."""
        for makes, given in ((driven_engine, self.drivers), (script_engine, self.script_engines)):
            for name, command in given:
                try:
                    yield name, makes(name, command)
                except ValueError as error:
                    raise click.UsageError(f"the command of {name!r} cannot be read: {error}") from None
        for path in self.adapter_files:
            try:
                yield from load_adapters(path).items()
            except ValueError as error:
                raise click.UsageError(str(error)) from None


_FOLDER = click.Path(file_okay=False, path_type=Path)
_FILE = click.Path(dir_okay=False, path_type=Path)
_PYTHON_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_SECONDS = click.FloatRange(min=0, min_open=True)


def _repeatable(name: str, field: str, metavar: str, help_text: str, **details) -> Callable:
    return click.option(name, field, multiple=True, metavar=metavar, help=help_text, **details)


#: The arguments and options of `Selection`, in its order.
_SELECTION = (
    click.argument("filters", nargs=-1, metavar="[GLOB[:LINE]]..."),
    _repeatable("--engine", "engines", "NAME", "An engine; repeatable. Default: all that are installed."),
    click.option(
        "--suite", "suites", multiple=True, type=click.Choice(list(LOADERS)), help="A suite; repeatable. Default: all."
    ),
    click.option(
        "--testsuite", type=_FOLDER, metavar="DIR", help="The core suite: a checkout of WebAssembly/testsuite."
    ),
    click.option("--process-suite", type=_FOLDER, metavar="DIR", help="Another corpus of the process model."),
    _repeatable("--engine-path", "paths", "NAME=PATH", "The path of an engine.", type=_Assignment()),
    _repeatable(
        "--engine-args", "arguments", "NAME=ARG", "An additional argument for an engine; repeatable.",
        type=_Assignment(),
    ),
    _repeatable(
        "--driver", "drivers", "NAME=COMMAND", "An engine of your own that speaks the driver protocol.",
        type=_Assignment(),
    ),
    _repeatable(
        "--script-engine", "script_engines", "NAME=COMMAND",
        "An engine of your own that runs scripts and prints JSON verdicts.", type=_Assignment(),
    ),
    _repeatable(
        "--adapter", "adapter_files", "FILE", "A Python file with an adapter for an engine of your own.",
        type=_PYTHON_FILE,
    ),
    click.option("--expect", type=_FOLDER, metavar="DIR", help="The folder of expected failures (ENGINE.toml)."),
    click.option(
        "--timeout", type=_SECONDS, default=TIMEOUT, show_default=True, metavar="SECONDS",
        help="Time that one script may take.",
    ),
)  # fmt: skip


def _selection(command: Callable) -> Callable:
    """Give `command` the options of `Selection`."""

    @functools.wraps(command)
    def wrapper(**given):
        names = [field.name for field in attrs.fields(Selection)]
        return command(Selection(**{name: given.pop(name) for name in names}), **given)

    for decorator in reversed(_SELECTION):
        wrapper = decorator(wrapper)
    return wrapper


def _report_options(command: Callable) -> Callable:
    """Give `command` options for the folder of all reports and for the file of each."""
    for name, (default, _) in reversed(FORMATS.items()):
        command = click.option(
            f"--{name}", f"{name}_file", type=_FILE, metavar="FILE", help=f"Write {default} to FILE."
        )(command)
    return click.option("--out", type=_FOLDER, metavar="DIR", help="Write all reports into DIR.")(command)


def _targets(out: Path | None, files: dict[str, Path | None]) -> dict[Path, str]:
    """The files to write, each with its format. Raises UsageError if one cannot be written, or is given twice."""
    targets: dict[Path, str] = {}
    for name, (default, _) in FORMATS.items():
        for path in ([out / default] if out else []) + ([files[f"{name}_file"]] if files[f"{name}_file"] else []):
            if targets.get(path, name) != name:
                raise click.UsageError(f"{path} is given for two reports")
            targets[path] = name
    for path in targets:
        try:
            check_writable(path)
        except Unwritable as error:
            raise click.UsageError(str(error)) from None
    return targets


def _write_reports(document: dict, targets: dict[Path, str], out: Path | None) -> list[str]:
    """Write the reports and return errors. A report that cannot be made does not prevent the others."""
    files, errors = {}, []
    for path, name in targets.items():
        try:
            files[path] = FORMATS[name][1](document)
        except Exception:
            errors.append(f"{path} cannot be made:\n{traceback.format_exc()}")
    try:
        publish(files, out / FORMATS["json"][0] if out else None)
    except Unwritable as error:
        errors.append(str(error))
    return errors


@cli.command()
@_selection
@click.option(
    "--jobs", "-j", type=click.IntRange(min=1), metavar="N", help="Scripts at a time. Default: one per processor."
)
@click.option(
    "--memory-limit",
    type=_Size(),
    default=f"{MEMORY_LIMIT >> 30}G",
    show_default=True,
    help="Memory that one engine process may write; 0: no limit.",
)
@click.option("--quiet", "-q", is_flag=True, help="Show only red results and problems.")
@click.option("--no-color", is_flag=True, help="Without colours.")
@_report_options
def run(
    selection: Selection, jobs: int | None, memory_limit: int, quiet: bool, no_color: bool, out: Path | None, **files
):
    """Run suites on engines.

    A filter is a glob on the names of tests: `i32`, `mmap/*`, `core/imports.wast`. With a line, `imports.wast:288`,
    only the commands that begin there count.
    """
    options = selection.options()
    options.jobs = jobs or processors()
    options.memory_limit = memory_limit
    targets = _targets(out, files)
    console = make_console(color=not no_color)
    progress = make_progress(console, quiet)
    runner = Runner(options, progress.result)
    try:
        with _signals(runner, console) as interrupted, progress:
            data = runner.prepare()
            progress.start(data)
            runner.run()
            document = build(data, [_program(), *sys.argv[1:]], make_rerun(selection, memory_limit))
            errors = _write_reports(document, targets, out)
    except BadExpectations as error:
        raise click.UsageError(str(error)) from None
    finally:
        runner.close()
    print_summary(console, document, quiet)
    _print_written(console, targets, errors, quiet)
    if interrupted:
        sys.exit(EXIT_INTERRUPTED)
    sys.exit(EXIT_RED if document["red"] or errors else 0)


def _print_written(console: Console, targets: dict[Path, str], errors: list[str], quiet: bool) -> None:
    for text in errors:
        print_line(console, ("error: ", "bold red"), text)
    if targets and not errors and not quiet:
        print_line(console, f"reports: {', '.join(map(str, targets))}")


@contextlib.contextmanager
def _signals(runner: Runner, console: Console) -> Iterator[list[int]]:
    """Make the first interrupt stop the run, whose results are still reported, and a second one end the program.

    Yields the list of signals received.
    """
    seen: list[int] = []
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def handler(number, frame):
        seen.append(number)
        runner.interrupt()
        for each, old in before.items():
            signal.signal(each, old)

    for number in before:
        signal.signal(number, handler)
    try:
        yield seen
    finally:
        for number, old in before.items():
            signal.signal(number, old)


def _program() -> str:
    """The command that starts this program."""
    path = Path(sys.argv[0])
    if path.name == "__main__.py":
        return f"{shlex.quote(sys.executable)} -m {__package__}"
    on_path = shutil.which(path.name)
    return path.name if on_path and Path(on_path).resolve() == path.resolve() else shlex.quote(str(path))


def make_rerun(selection: Selection, memory_limit: int) -> Rerun:
    """A function that makes the command which runs a test again under the same conditions."""
    # A program that starts runs, such as ./bootstrap conform, sets the variable to its own command.
    program = os.environ.get("WASMPROC_CONFORM_RUN") or f"{_program()} run"
    testsuite = selection.testsuite or os.environ.get("WASM_TESTSUITE")

    def rerun(engine: str, suite: str, test: str, line: int | None) -> str:
        words = ["--engine", engine]
        if suite == "core" and testsuite:
            words += ["--testsuite", str(Path(testsuite).resolve())]
        if suite == "process" and selection.process_suite:
            words += ["--process-suite", str(selection.process_suite.resolve())]
        # wasmproc converts the scripts of driven engines.
        words += _assignments("--engine-path", selection.paths, {engine, "wasmproc"})
        words += _assignments("--engine-args", selection.arguments, {engine})
        words += _assignments("--driver", selection.drivers, {engine})
        words += _assignments("--script-engine", selection.script_engines, {engine})
        words += [word for path in selection.adapter_files for word in ("--adapter", str(path.resolve()))]
        words += ["--expect", str(selection.expect.resolve())] if selection.expect else []
        words += ["--timeout", f"{selection.timeout:g}"] if selection.timeout != TIMEOUT else []
        words += ["--memory-limit", str(memory_limit)] if memory_limit != MEMORY_LIMIT else []
        place = f"{suite}/{escape(test)}" + (f":{line}" if line else "")
        return f"{program} {shlex.join([*words, place])}"

    return rerun


def _assignments(option: str, given: tuple[tuple[str, str], ...], names: set[str]) -> list[str]:
    return [word for name, value in given if name in names for word in (option, f"{name}={value}")]


@cli.command("list")
@_selection
@click.option("--tests", is_flag=True, help="List tests even without a filter.")
@click.option("--json", "as_json", is_flag=True, help="As JSON, tests included.")
@click.option("--no-color", is_flag=True, help="Without colours.")
def list_(selection: Selection, tests: bool, as_json: bool, no_color: bool):
    """List engines, suites and tests, with counts."""
    runner = Runner(selection.options())
    try:
        data = runner.prepare()
    except BadExpectations as error:
        raise click.UsageError(str(error)) from None
    finally:
        runner.close()
    listing = survey(data)
    print_listing(make_console(color=not no_color), listing, as_json, tests or bool(selection.filters))


@cli.command()
@click.argument("results", type=click.Path(path_type=Path))
@click.option("--quiet", "-q", is_flag=True, help="Show only red results and problems.")
@click.option("--no-color", is_flag=True, help="Without colours.")
@_report_options
def report(results: Path, quiet: bool, no_color: bool, out: Path | None, **files):
    """Make reports from a results.json.

    Without --out and files, print the summary.
    """
    document = _load(results)
    targets = _targets(out, files)
    targets = {path: name for path, name in targets.items() if path.resolve() != results.resolve()}
    console = make_console(color=not no_color)
    if not targets:
        print_summary(console, document, quiet)
    errors = _write_reports(document, targets, None)
    _print_written(console, targets, errors, quiet)
    sys.exit(EXIT_RED if errors else 0)


@cli.command()
@click.argument("before", type=click.Path(path_type=Path))
@click.argument("after", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@click.option("--no-color", is_flag=True, help="Without colours.")
def compare(before: Path, after: Path, as_json: bool, no_color: bool):
    """Print the changes between two results.json.

    The exit status is 1 if a command or test is worse: it passed or was as expected before, and is not now.
    """
    comparison = compare_documents(_load(before), _load(after))
    print_comparison(make_console(color=not no_color), comparison, as_json)
    sys.exit(EXIT_RED if comparison.regressions else 0)


def _load(path: Path) -> dict:
    try:
        return load(path)
    except BadResults as error:
        raise click.UsageError(str(error)) from None
