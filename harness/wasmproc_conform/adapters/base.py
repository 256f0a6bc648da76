"""The base of adapters, and functions that they share.

An adapter is one file about one engine: its name, how to find it, what it supports, how to run a script with it. To add
an engine, subclass `Adapter`; the option `--adapter FILE` loads the class from a file, and an entry in `ADAPTERS` of
`adapters/__init__.py` adds it to the harness. The adapter of an engine that speaks the driver protocol subclasses
`DrivenAdapter` of `driven.py` and only provides the command that starts it.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
from abc import ABC, abstractmethod
from pathlib import Path

import attrs

from ..model import CommandResult, Ending, Outcome, Test, Verdict
from ..process import Completed, Interrupted, ProcessTable, run_to_end
from ..suites import ROOT

#: Where a build of this repository leaves its programs.
BUILD_FOLDERS = tuple(ROOT / name for name in ("build", "build/interp", ".", "interp", "build/interp/cli"))

#: How to get this project's interpreter.
WASMPROC_HOW = "build it with ./bootstrap, or name it with WASMPROC=PATH or --engine-path wasmproc=PATH"

#: Seconds that a question about an engine may take: its version, its tables, its answer to `hello`.
STARTUP_TIMEOUT = 20

#: Characters of an engine's own output that a verdict keeps.
OUTPUT_KEPT = 20_000


class EngineMissing(Exception):
    """The engine was not found. The message tells what was looked for.

    `how_to_get` overrides the adapter's if another program is missing.
    """

    def __init__(self, message: str, how_to_get: str | None = None):
        super().__init__(message)
        self.how_to_get = how_to_get


@attrs.define
class Context:
    """The part of a run that adapters use."""

    table: ProcessTable
    #: Seconds that one script may take.
    timeout: float
    #: A folder for temporary files, removed after the run.
    scratch: Path
    #: Paths and additional arguments of engines, by engine name, from the command line.
    paths: dict[str, Path] = attrs.field(factory=dict)
    arguments: dict[str, list[str]] = attrs.field(factory=dict)


@attrs.define
class EngineInfo:
    """An engine that was found, and its own description of itself."""

    path: str
    version: str
    features: list[str] = attrs.field(factory=list)
    missing_features: list[str] = attrs.field(factory=list)
    processes: bool = False
    #: The engine's table of rules of the process model, each `{"id", "chapter"}`.
    rules: list[dict] = attrs.field(factory=list)


class Adapter(ABC):
    """One engine. `find` is called once, before `run`; `run` is called from several threads."""

    #: The name on the command line and in file names.
    name: str
    #: The name for people.
    title: str
    #: How to get the engine, one sentence.
    how_to_get: str
    #: "script" if the engine runs scripts and judges them itself, "driven" if the harness does.
    level = "script"

    def __init__(self, context: Context):
        self.context = context
        self.info: EngineInfo | None = None

    @abstractmethod
    def find(self) -> EngineInfo:
        """Find the engine and set `info`. Raises EngineMissing."""

    @abstractmethod
    def run(self, test: Test) -> Verdict:
        """Run one script. Raises Interrupted; every other failure is a verdict."""

    def supports(self, test: Test) -> str | None:
        """The reason why the engine cannot run `test` at all, or None. Starts no process."""
        if test.suite == "process" and not self.info.processes:
            return "no process model"
        return None

    # For subclasses.

    def look_up(
        self, *names: str, engine: str | None = None, variable: str | None = None, folders: tuple[Path, ...] = ()
    ) -> str:
        """The path of a program: from the command line, from an environment variable, in folders, or on PATH.

        `engine` is the name of the engine whose path the command line gives, by default this one. Raises EngineMissing.
        """
        given = self.context.paths.get(engine or self.name)
        if given is None and variable and os.environ.get(variable):
            given = Path(os.environ[variable])
        if given is not None:
            found = shutil.which(str(given)) or (shutil.which(str(given / names[0])) if given.is_dir() else None)
            if not found:
                raise EngineMissing(f"{given} is not a program")
            return str(Path(found).resolve())
        for name in names:
            for folder in folders:
                if os.access(folder / name, os.X_OK) and (folder / name).is_file():
                    return str((folder / name).resolve())
            if found := shutil.which(name):
                return found
        raise EngineMissing(f"no {' or '.join(names)} on PATH")

    def look_up_wasmproc(self, engine: str = "wasmproc") -> str:
        """The path of this project's interpreter, which also converts scripts for driven engines."""
        return self.look_up("wasmproc", engine=engine, variable="WASMPROC", folders=BUILD_FOLDERS)

    def read_tables(self, wasmproc: str) -> dict:
        """The tables of an interpreter, as `wasmproc tables --json` prints them. Raises ValueError."""
        tables = json.loads(self.execute([wasmproc, "tables", "--json"], timeout=STARTUP_TIMEOUT).stdout)
        if not isinstance(tables, dict):
            raise ValueError("the tables are not a JSON object")
        return tables

    def execute(self, argv: list[str], timeout: float | None = None) -> Completed:
        """Run a program to its end, isolated. Raises Interrupted if the run is being interrupted.

        `timeout` is in seconds; without it, the time of a script applies.
        """
        limit = self.context.timeout if timeout is None else timeout
        completed = run_to_end(self.context.table, argv, timeout=limit)
        if self.context.table.closed:
            raise Interrupted
        return completed

    def ask_version(self, path: str) -> str:
        """The first line that `PATH --version` prints. Raises EngineMissing if that cannot be run."""
        try:
            done = self.execute([path, "--version"], timeout=STARTUP_TIMEOUT)
        except OSError as error:
            raise EngineMissing(f"{path} cannot be run: {error.strerror}") from None
        if done.status != 0:
            raise EngineMissing(f"{path} --version: {done.describe_end()} {done.stderr.strip()[:200]}".strip())
        return (done.stdout.strip().splitlines() or ["unknown"])[0]


def command_line(*argvs: list[str]) -> str:
    """Commands as one would type them, joined by `&&`."""
    return " && ".join(shlex.join(argv) for argv in argvs)


def own_output(completed: Completed) -> str:
    """An engine's output on both streams, cut in the middle if long."""
    text = "\n".join(part.strip() for part in (completed.stdout, completed.stderr) if part.strip())
    return shorten(text)


def shorten(text: str) -> str:
    """The beginning and the end of a text, together about `OUTPUT_KEPT` characters."""
    if len(text) <= OUTPUT_KEPT:
        return text
    half = OUTPUT_KEPT // 2
    return f"{text[:half]}\n… {len(text) - 2 * half} characters left out …\n{text[-half:]}"


def abnormal_end(completed: Completed, timeout: float) -> Ending | None:
    """The ending of an engine that was killed or crashed, or None if it exited."""
    if completed.timed_out:
        return Ending(Outcome.TIMEOUT, f"no end within {timeout:g} s")
    if completed.crashed:
        last = (completed.stderr.strip().splitlines() or [""])[-1]
        return Ending(Outcome.CRASH, f"{completed.describe_end()} {last}".strip())
    return None


def align(test: Test, verdict: Verdict) -> Verdict:
    """Give each result the line where the harness found the command, and check that none is missing.

    Engines disagree about the line of a command (that of the parenthesis, the keyword, the module inside), so results
    are matched by position. An engine that ends normally with fewer or more results than commands is in error.
    """
    if verdict.commands and verdict.commands[-1].kind == "script":
        # The engine could not parse the rest. The results up to there count.
        last = verdict.commands.pop()
        verdict.ending = verdict.ending or Ending(last.outcome, last.message, last.reason, last.line)
    expected, found = len(test.commands), len(verdict.commands)
    for command, result in zip(test.commands, verdict.commands):
        result.line, result.kind = command.line, command.kind
    if found > expected or (found < expected and verdict.ending is None):
        verdict.ending = Ending(Outcome.ERROR, f"the engine reported {found} of {expected} commands")
        del verdict.commands[expected:]
    if verdict.ending and verdict.ending.line is None and found < expected and verdict.ending.outcome is Outcome.CRASH:
        verdict.ending.line = test.commands[found].line
    return verdict


def unsupported(test: Test, reason: str, message: str = "") -> Verdict:
    """The verdict that every command of a script is unsupported for one reason."""
    results = [CommandResult(c.line, c.kind, Outcome.UNSUPPORTED, message, reason=reason) for c in test.commands]
    return Verdict(results)
