"""A small builder: steps that make files from files, run in parallel when they are due.

A step is due when its output is missing, when its command has changed, or when a file that it read has changed: an
input of the step, or a file in the compiler's dependency file. The state between runs is in files named `.made` beside
the outputs.
"""

from __future__ import annotations

import hashlib
import json
import shlex
import subprocess
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path


class BuildError(Exception):
    """A step failed. The message says which one and why."""


class Unavailable(BuildError):
    """The machine lacks a tool, or a download failed."""


@dataclass
class Step:
    """One output, made by a command, or by a function, whose source is then part of the recorded state."""

    output: Path
    inputs: list[Path]
    command: list[str] = field(default_factory=list)
    function: Callable[[], None] | None = None
    #: Further dependencies of the function.
    about: str = ""
    #: A file by the command, in make's syntax, that lists the files it has read.
    depfile: Path | None = None

    def key(self) -> str:
        """The key of the step: the output is out of date if it has changed."""
        return shlex.join(self.command) or f"{self.function.__qualname__} {self.about}"


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _read_depfile(path: Path) -> list[Path]:
    """The prerequisites of the make rule in a dependency file."""
    words = shlex.split(path.read_text("utf-8").replace("\\\n", " "))
    return [Path(word) for word in words[1:]]


class Build:
    """A list of steps, in which each follows those that make its inputs."""

    def __init__(self, jobs: int, say: Callable[[str], None]) -> None:
        self._jobs = jobs
        self._say = say
        self._steps: dict[Path, Step] = {}
        self._digests: dict[Path, str] = {}

    def add(self, step: Step) -> Path:
        """Adds a step, and returns its output. Adding an output again has no effect."""
        self._steps.setdefault(step.output, step)
        return step.output

    def run(self) -> None:
        """Runs all steps that are due. Raises BuildError for the first step that fails, after running steps have
        ended."""
        with ThreadPoolExecutor(self._jobs) as pool:
            futures: dict[Path, Future] = {}
            # Steps begin in order, so a step waits only for steps that have begun.
            for output, step in self._steps.items():
                needed = [futures[path] for path in step.inputs if path in futures]
                futures[output] = pool.submit(self._make, step, needed)
            errors = [future.exception() for future in futures.values()]
        for error in errors:
            if error is not None:
                raise error

    def _make(self, step: Step, needed: list[Future]) -> None:
        for future in needed:
            if future.exception() is not None:
                raise future.exception()
        if not self._is_due(step):
            return
        step.output.parent.mkdir(parents=True, exist_ok=True)
        step.output.unlink(missing_ok=True)
        self._say(f"{step.output.parent.name}/{step.output.name}")
        if step.function is not None:
            step.function()
        else:
            self._run(step)
        read = list(step.inputs)
        if step.depfile is not None:
            read += _read_depfile(step.depfile)
        made = {"key": step.key(), "read": {str(path): self._digest(path) for path in read}}
        self._stamp(step).write_text(json.dumps(made), "utf-8")

    def _run(self, step: Step) -> None:
        done = subprocess.run(step.command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
        # Compilers report the position themselves.
        if done.returncode != 0:
            raise BuildError(f"{step.output}: {step.command[0]} failed\n{done.stdout}{done.stderr}".rstrip())
        if done.stderr:
            self._say(done.stderr.rstrip())

    @staticmethod
    def _stamp(step: Step) -> Path:
        return step.output.with_name(step.output.name + ".made")

    def _is_due(self, step: Step) -> bool:
        stamp = self._stamp(step)
        if not step.output.exists() or not stamp.is_file():
            return True
        made = json.loads(stamp.read_text("utf-8"))
        if made["key"] != step.key() or not {str(path) for path in step.inputs} <= made["read"].keys():
            return True
        read = [(Path(path), digest) for path, digest in made["read"].items()]
        return any(not path.exists() or self._digest(path) != digest for path, digest in read)

    def _digest(self, path: Path) -> str:
        """The digest of a file; empty for a folder, whose contents do not matter."""
        if path.is_dir():
            return ""
        # An output is complete before another step reads it, so a cached digest is never out of date.
        if path not in self._digests:
            self._digests[path] = _digest(path)
        return self._digests[path]
