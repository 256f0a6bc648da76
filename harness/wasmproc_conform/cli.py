"""The command line: `wasmproc-conform run|list|report|compare`.

Exit status: 0 everything is as expected, 1 something is red, 2 usage, 130 interrupted.
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
from .reports import FORMATS, BadResults, Unwritable, build, check_writable, load, publish
from .reports.document import Rerun
from .runner import Options, Runner
from .suites import HARNESS, LOADERS, Filter
from .terminal import make_console, make_progress, print_line, print_summary

EXIT_RED = 1
EXIT_USAGE = 2
EXIT_INTERRUPTED = 130

_SIZES = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30}


def main() -> None:
    """The console script."""
    cli(prog_name="wasmproc-conform")


class _Size(click.ParamType):
    """A number of bytes, with K, M or G behind it if so wished."""

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
    """Run WebAssembly conformance suites against engines, and see who conforms."""


@attrs.define
class Selection:
    """The options that say what there is to run, and with what. They are the same for `run` and `list`."""

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
        """As the runner takes them. Raises UsageError."""
        adapters = self._adapters()
        described = [name for name in adapters if name not in ADAPTERS]
        engines = list(dict.fromkeys(self.engines or [*DEFAULT_ENGINES, *described]))
        for name in (*engines, *(name for name, _ in self.paths), *(name for name, _ in self.arguments)):
            if name not in adapters:
                raise click.UsageError(f"unknown engine {name!r}; there are {', '.join(adapters)}")
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
                raise click.UsageError(f"there is an engine {name!r} already")
            adapters[name] = adapter
        return adapters

    def _described(self) -> Iterator[tuple[str, type[Adapter]]]:
        """The engines that options describe."""
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


def _selection(command: Callable) -> Callable:
    """The options of `Selection`."""
    folder = click.Path(file_okay=False, path_type=Path)
    decorators = [
        click.argument("filters", nargs=-1, metavar="[GLOB[:LINE]]..."),
        click.option(
            "--engine",
            "engines",
            multiple=True,
            metavar="NAME",
            help="An engine; repeatable. Default: all that are there.",
        ),
        click.option(
            "--suite",
            "suites",
            multiple=True,
            type=click.Choice(list(LOADERS)),
            help="A suite; repeatable. Default: all.",
        ),
        click.option(
            "--testsuite", type=folder, metavar="DIR", help="A checkout of WebAssembly/testsuite: the core suite."
        ),
        click.option("--process-suite", type=folder, metavar="DIR", help="The process model's corpus, if another."),
        click.option(
            "--engine-path", "paths", multiple=True, type=_Assignment(), metavar="NAME=PATH", help="Where an engine is."
        ),
        click.option(
            "--engine-args",
            "arguments",
            multiple=True,
            type=_Assignment(),
            metavar="NAME=ARG",
            help="One further argument for an engine; repeatable.",
        ),
        click.option(
            "--driver",
            "drivers",
            multiple=True,
            type=_Assignment(),
            metavar="NAME=COMMAND",
            help="An engine of your own that speaks the driver protocol.",
        ),
        click.option(
            "--script-engine",
            "script_engines",
            multiple=True,
            type=_Assignment(),
            metavar="NAME=COMMAND",
            help="An engine of your own that runs scripts and prints JSON verdicts.",
        ),
        click.option(
            "--adapter",
            "adapter_files",
            multiple=True,
            type=click.Path(exists=True, dir_okay=False, path_type=Path),
            metavar="FILE",
            help="A Python file with an adapter for an engine of your own.",
        ),
        click.option("--expect", type=folder, metavar="DIR", help="Where expected failures are listed (ENGINE.toml)."),
        click.option(
            "--timeout",
            type=click.FloatRange(min=0, min_open=True),
            default=60.0,
            show_default=True,
            metavar="SECONDS",
            help="Time that one script may take.",
        ),
    ]

    @functools.wraps(command)
    def wrapper(**given):
        names = [field.name for field in attrs.fields(Selection)]
        return command(Selection(**{name: given.pop(name) for name in names}), **given)

    for decorator in reversed(decorators):
        wrapper = decorator(wrapper)
    return wrapper


def _report_options(command: Callable) -> Callable:
    """Where reports go: a folder for all, and a file for each."""
    file = click.Path(dir_okay=False, path_type=Path)
    for name, (default, _) in reversed(FORMATS.items()):
        command = click.option(
            f"--{name}", f"{name}_file", type=file, metavar="FILE", help=f"Write {default} to FILE."
        )(command)
    folder = click.Path(file_okay=False, path_type=Path)
    return click.option("--out", type=folder, metavar="DIR", help="Write all reports into DIR.")(command)


def _targets(out: Path | None, files: dict[str, Path | None]) -> dict[Path, str]:
    """The files to write, each with its format. Raises UsageError if one cannot be written, or is given twice."""
    targets: dict[Path, str] = {}
    for name, (default, _) in FORMATS.items():
        for path in ([out / default] if out else []) + ([files[f"{name}_file"]] if files[f"{name}_file"] else []):
            if targets.get(path, name) != name:
                raise click.UsageError(f"{path} is to hold two reports")
            targets[path] = name
    for path in targets:
        try:
            check_writable(path)
        except Unwritable as error:
            raise click.UsageError(str(error)) from None
    return targets


def _write_reports(document: dict, targets: dict[Path, str], out: Path | None) -> list[str]:
    """Write the reports. What went wrong: a report that cannot be made does not keep the others from being written."""
    files, wrong = {}, []
    for path, name in targets.items():
        try:
            files[path] = FORMATS[name][1](document)
        except Exception:
            wrong.append(f"{path} cannot be made:\n{traceback.format_exc()}")
    try:
        publish(files, out / FORMATS["json"][0] if out else None)
    except Unwritable as error:
        wrong.append(str(error))
    return wrong


@cli.command()
@_selection
@click.option(
    "--jobs", "-j", type=click.IntRange(min=1), metavar="N", help="Scripts run at a time. Default: processors."
)
@click.option(
    "--memory-limit",
    type=_Size(),
    default="4G",
    show_default=True,
    help="Memory that one engine process may write; 0: no limit.",
)
@click.option("--quiet", "-q", is_flag=True, help="Show only what is red.")
@click.option("--no-color", is_flag=True, help="Without colours.")
@_report_options
def run(
    selection: Selection, jobs: int | None, memory_limit: int, quiet: bool, no_color: bool, out: Path | None, **files
):
    """Run suites against engines.

    A filter is a glob on the names of tests: `i32`, `mmap/*`, `core/imports.wast`. With a line behind it,
    `imports.wast:288`, only the commands that begin there count.
    """
    options = selection.options()
    options.jobs = jobs or _processors()
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
            wrong = _write_reports(document, targets, out)
    except BadExpectations as error:
        raise click.UsageError(str(error)) from None
    finally:
        runner.close()
    print_summary(console, document, quiet)
    _print_written(console, targets, wrong, quiet)
    if interrupted:
        sys.exit(EXIT_INTERRUPTED)
    sys.exit(EXIT_RED if document["red"] or wrong else 0)


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _print_written(console: Console, targets: dict[Path, str], wrong: list[str], quiet: bool) -> None:
    for text in wrong:
        print_line(console, ("error: ", "bold red"), text)
    if targets and not wrong and not quiet:
        print_line(console, f"reports: {', '.join(map(str, targets))}")


@contextlib.contextmanager
def _signals(runner: Runner, console: Console) -> Iterator[list[int]]:
    """Interrupts stop the run, not the program: what there is by then is reported. A second one ends the program."""
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
    """How this program is started, as one would type it."""
    path = Path(sys.argv[0])
    if path.name == "__main__.py":
        return f"{shlex.quote(sys.executable)} -m {__package__}"
    on_path = shutil.which(path.name)
    return path.name if on_path and Path(on_path).resolve() == path.resolve() else shlex.quote(str(path))


def make_rerun(selection: Selection, memory_limit: int) -> Rerun:
    """What makes the command that runs one test again, under the same conditions."""
    # Where another program starts runs, ./bootstrap conform for one, that is what people type.
    program = os.environ.get("WASMPROC_CONFORM_RUN") or f"{_program()} run"
    testsuite = selection.testsuite or os.environ.get("WASM_TESTSUITE")

    def rerun(engine: str, suite: str, test: str, line: int | None) -> str:
        words = ["--engine", engine]
        if suite == "core" and testsuite:
            words += ["--testsuite", str(Path(testsuite).resolve())]
        if suite == "process" and selection.process_suite:
            words += ["--process-suite", str(selection.process_suite.resolve())]
        # Scripts for driven engines are converted by wasmproc, wherever that is.
        words += _assignments("--engine-path", selection.paths, {engine, "wasmproc"})
        words += _assignments("--engine-args", selection.arguments, {engine})
        words += _assignments("--driver", selection.drivers, {engine})
        words += _assignments("--script-engine", selection.script_engines, {engine})
        words += [word for path in selection.adapter_files for word in ("--adapter", str(path.resolve()))]
        words += ["--expect", str(selection.expect.resolve())] if selection.expect else []
        words += ["--timeout", f"{selection.timeout:g}"] if selection.timeout != 60 else []
        words += ["--memory-limit", str(memory_limit)] if memory_limit != 4 << 30 else []
        place = f"{suite}/{escape(test)}" + (f":{line}" if line else "")
        return f"{program} {shlex.join([*words, place])}"

    return rerun


def _assignments(option: str, given: tuple[tuple[str, str], ...], names: set[str]) -> list[str]:
    return [word for name, value in given if name in names for word in (option, f"{name}={value}")]


@cli.command("list")
@_selection
@click.option("--tests", is_flag=True, help="List the tests too. They are listed if a filter is given.")
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
@click.option("--quiet", "-q", is_flag=True, help="Show only what is red.")
@click.option("--no-color", is_flag=True, help="Without colours.")
@_report_options
def report(results: Path, quiet: bool, no_color: bool, out: Path | None, **files):
    """Make reports from a results.json.

    Without --out and files, the summary is shown.
    """
    document = _load(results)
    targets = _targets(out, files)
    targets = {path: name for path, name in targets.items() if path.resolve() != results.resolve()}
    console = make_console(color=not no_color)
    if not targets:
        print_summary(console, document, quiet)
    wrong = _write_reports(document, targets, None)
    _print_written(console, targets, wrong, quiet)
    sys.exit(EXIT_RED if wrong else 0)


@cli.command()
@click.argument("before", type=click.Path(path_type=Path))
@click.argument("after", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@click.option("--no-color", is_flag=True, help="Without colours.")
def compare(before: Path, after: Path, as_json: bool, no_color: bool):
    """Say what changed between two results.json.

    The exit status is 1 if something is worse: it passed or was as expected before, and is not now.
    """
    comparison = compare_documents(_load(before), _load(after))
    print_comparison(make_console(color=not no_color), comparison, as_json)
    sys.exit(EXIT_RED if comparison.regressions else 0)


def _load(path: Path) -> dict:
    try:
        return load(path)
    except BadResults as error:
        raise click.UsageError(str(error)) from None
