"""Terminal output: progress during a run, then the matrix and everything red.

On a terminal the progress is a live bar; in a log or a pipe it is a line per red result and per tenth of the run. Text
from engines and scripts is printed as it is, never interpreted as markup.
"""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from .model import RED, Outcome, TestResult
from .reports.summary import RedThing, Tally, matrix, red_things, unsupported_reasons
from .runner import Run

#: The most red things that are listed; the reports have all.
LISTED = 60

#: The most reasons for "unsupported" that are listed per engine.
REASONS = 8

#: Columns of output that does not go to a terminal.
PLAIN_WIDTH = 150

#: Control pictures for the control characters of ASCII except line feed and tab; replacement characters for C1.
_VISIBLE = {code: 0x2400 + code for code in range(0x20) if chr(code) not in "\n\t"}
_VISIBLE |= {0x7F: 0x2421} | {code: 0xFFFD for code in range(0x80, 0xA0)}

_STYLE = dict.fromkeys(RED, "bold red") | {
    Outcome.PASS: "green",
    Outcome.EXPECTED_FAIL: "yellow",
    Outcome.UNSUPPORTED: "dim",
}


def make_console(*, color: bool = True) -> Console:
    """A console for standard output, without colours if `color` is false or NO_COLOR is set."""
    console = Console(no_color=not color or None, highlight=False, soft_wrap=False)
    if not console.is_terminal:
        console = Console(no_color=True, highlight=False, width=PLAIN_WIDTH)
    return console


def style_of(outcome: str) -> str:
    """The style of an outcome."""
    return _STYLE[Outcome(outcome)]


def print_line(console: Console, *parts: str | tuple[str, str]) -> None:
    """Print a line of parts, each text or text with a style, neither cut nor wrapped.

    Control characters, which engines may print, are shown as pictures.
    """
    visible = [
        part.translate(_VISIBLE) if isinstance(part, str) else (part[0].translate(_VISIBLE), part[1]) for part in parts
    ]
    console.print(Text.assemble(*visible), soft_wrap=True)


class Quiet:
    """A display that shows nothing."""

    def __enter__(self) -> Quiet:
        return self

    def __exit__(self, *exception) -> None:
        pass

    def start(self, run: Run) -> None:
        """Called when the run begins."""

    def result(self, result: TestResult) -> None:
        """Called for each result."""


class PlainProgress(Quiet):
    """A line per red result, and one per tenth of the run."""

    def __init__(self, console: Console):
        self.console = console
        self.planned = self.done = self.red = self.tenths = 0

    def start(self, run: Run) -> None:
        self.planned = run.planned
        print_start(self.console, run)

    def result(self, result: TestResult) -> None:
        self.done += 1
        if result.red:
            self.red += 1
            print_result(self.console, result)
        tenth = 10 * self.done // self.planned if self.planned else 10
        if tenth > self.tenths:
            self.tenths = tenth
            print_line(self.console, f"{self.done} of {self.planned} done, {self.red} red")


class LiveProgress(Quiet):
    """A progress bar, with red results above it as they arrive."""

    def __init__(self, console: Console):
        self.console = console
        self.red = 0
        self.bar = Progress(
            BarColumn(bar_width=None),
            MofNCompleteColumn(),
            TextColumn("{task.fields[red]}"),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
            console=console,
            transient=True,
        )

    def __exit__(self, *exception) -> None:
        self.bar.stop()

    def start(self, run: Run) -> None:
        print_start(self.console, run)
        self.task = self.bar.add_task("run", total=run.planned, red="")
        self.bar.start()

    def result(self, result: TestResult) -> None:
        if result.red:
            self.red += 1
            print_result(self.bar.console, result)
        self.bar.update(self.task, advance=1, red=f"[red]{self.red} red[/red]" if self.red else "")


def make_progress(console: Console, quiet: bool) -> Quiet:
    """The display for a terminal or a log."""
    if quiet:
        return Quiet()
    return LiveProgress(console) if console.is_terminal else PlainProgress(console)


def print_start(console: Console, run: Run) -> None:
    """The suites and engines of a run, found or missing."""
    for name, suite in run.suites.items():
        version = f", version {suite.version}" if suite.version else ""
        print_line(
            console, f"suite {name}: {len(suite.tests)} files, {suite.assertions} assertions{version} ({suite.path})"
        )
        for warning in suite.warnings:
            print_line(console, (f"  warning: {warning}", "yellow"))
    for error in run.missing_suites.values():
        print_line(console, (str(error), "yellow"), f": {error.hint}")
    for entry in run.engines:
        if entry.missing:
            print_line(
                console, (f"engine {entry.name} is missing: {entry.missing}", "yellow"),
                f"; to get it: {entry.how_to_get}",
            )  # fmt: skip
        else:
            info = entry.adapter.info
            print_line(console, f"engine {entry.name}: {entry.adapter.title} {info.version} ({info.path})")


def print_result(console: Console, result: TestResult) -> None:
    """One test, in one line."""
    counts = ", ".join(f"{count} {outcome}" for outcome, count in result.counts.items() if outcome in RED)
    what = counts or (result.ending.message.splitlines() or [""])[0] if counts or result.ending else ""
    where = f"{result.engine} {result.test.suite}/{result.test.name}"
    print_line(console, (result.outcome, style_of(result.outcome)), f" {where}: {what}")


def print_summary(console: Console, document: dict, quiet: bool = False) -> None:
    """The matrix, unsupported commands by reason, everything red, and the verdict."""
    if not quiet:
        console.print()
        print_matrix(console, document)
        _print_missing(console, document)
        _print_unsupported(console, document)
    _print_red(console, document)
    for problem in document["problems"]:
        print_line(console, ("problem: ", "bold red"), problem)
    if not quiet or document["red"]:
        print_verdict(console, document)


def print_matrix(console: Console, document: dict) -> None:
    """Engines by suites: files that passed as a whole, and assertions by outcome."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("engine", no_wrap=True)
    table.add_column("suite", no_wrap=True)
    for title in ("files whole", "assertions passed", "failed", "expected", "unsupported", "not run", "cut short"):
        table.add_column(title, justify="right", no_wrap=True)
    cells, last = matrix(document), None
    for engine in document["engines"]:
        for suite in document["suites"]:
            cell = cells.get((engine["name"], suite["name"]))
            name = "" if engine["name"] == last else engine["name"]
            last = engine["name"]
            if cell:
                table.add_row(name, suite["name"], *_numbers(cell))
            else:
                table.add_row(name, suite["name"], Text(_absence(engine, suite), style="yellow"))
    console.print(table)


def _absence(engine: dict, suite: dict) -> str:
    if not engine["found"]:
        return "engine missing"
    return "not run" if suite["found"] else "suite missing"


def _numbers(cell: Tally) -> list[Text]:
    red = sum(cell.assertions[outcome] for outcome in RED)
    others = cell.others_failed
    expected, others_expected = cell.assertions[Outcome.EXPECTED_FAIL], cell.others[Outcome.EXPECTED_FAIL]
    cut = sum(cell.outcomes[outcome] for outcome in (Outcome.CRASH, Outcome.TIMEOUT, Outcome.ERROR))
    all_whole, all_passed = cell.whole == cell.files, cell.passed == cell.selected
    return [
        Text(f"{cell.whole} of {cell.files}", style="green" if all_whole else ""),
        Text(f"{cell.passed} of {cell.selected}", style="green" if all_passed else ""),
        Text(f"{red}" + (f" +{others} other" if others else ""), style="bold red" if red or others else "dim"),
        Text(
            f"{expected}" + (f" +{others_expected} other" if others_expected else ""),
            style="yellow" if expected else "dim",
        ),
        _count(cell.unsupported, ""),
        _count(cell.not_run, "yellow"),
        _count(cut, "bold red"),
    ]


def _count(number: int, style: str) -> Text:
    return Text(str(number), style=style if number else "dim")


def _print_missing(console: Console, document: dict) -> None:
    for engine in document["engines"]:
        if not engine["found"]:
            print_line(console, (f"{engine['name']} is missing: {engine['missing']}", "yellow"))
            print_line(console, f"  to get it: {engine['how_to_get']}")
    for suite in document["suites"]:
        if not suite["found"]:
            print_line(console, (suite["missing"], "yellow"))
            print_line(console, f"  to get it: {suite['hint']}")
        for warning in suite.get("warnings", ()):
            print_line(console, (f"warning: {warning}", "yellow"))


def _print_unsupported(console: Console, document: dict) -> None:
    for engine, reasons in unsupported_reasons(document).items():
        console.print()
        total = sum(reason.commands for reason in reasons.values())
        print_line(console, (f"unsupported by {engine}", "bold"), f" ({total} commands)")
        for text, reason in list(reasons.items())[:REASONS]:
            files = f"{len(reason.files)} file" + ("s" if len(reason.files) > 1 else "")
            print_line(console, f"  {reason.commands:6}  {text} ({files})")
        if len(reasons) > REASONS:
            rest = list(reasons.values())[REASONS:]
            print_line(console, f"  {sum(r.commands for r in rest):6}  for {len(rest)} more reasons")


def _print_red(console: Console, document: dict) -> None:
    things = list(red_things(document))
    if not things:
        return
    console.print()
    print_line(console, (f"red: {len(things)}", "bold red"))
    for thing in things[:LISTED]:
        print_red(console, thing)
    if len(things) > LISTED:
        print_line(console, f"  and {len(things) - LISTED} more, which the reports list (--out DIR)")


def print_red(console: Console, thing: RedThing) -> None:
    """One red thing, and the command that runs it again."""
    print_line(
        console,
        f"  {thing.place} ",
        (thing.outcome, style_of(thing.outcome)),
        f" {thing.what} ",
        (thing.engine, "bold"),
    )
    for line in thing.message.splitlines()[:4]:
        print_line(console, f"      {line}")
    print_line(console, (f"      {thing.rerun}", "dim"))


def print_verdict(console: Console, document: dict) -> None:
    """The verdict: as expected, red, or partial."""
    ran, planned = len(document["results"]), document["planned"]
    console.print()
    if document["partial"]:
        print_line(
            console, ("PARTIAL", "bold yellow"), f": the run was interrupted, {ran} of {planned} scripts were run"
        )
    elif document["red"]:
        red = sum(result["outcome"] in RED for result in document["results"])
        problems = len(document["problems"])
        print_line(console, ("RED", "bold red"), f": {red} of {ran} scripts, {problems} problems")
    else:
        print_line(console, ("AS EXPECTED", "bold green"), f": {ran} scripts in {document['seconds']:.1f} s")


def print_table(console: Console, columns: Iterable[str], rows: Iterable[Iterable[str]]) -> None:
    """A plain table; columns whose title ends in `#` hold numbers."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in columns:
        table.add_column(title.rstrip("#"), justify="right" if title.endswith("#") else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(str(cell)) for cell in row))
    console.print(table)
