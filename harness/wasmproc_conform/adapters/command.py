"""Engines that the command line describes: any command that speaks an interface of PROTOCOL.md.

Interface:

- `driven_engine` makes an adapter of a command that speaks the driver protocol (interface C);
- `script_engine` makes one of a command that runs a script and prints verdicts (interface A): the script's path is
  added as its last argument.
"""

from __future__ import annotations

import shlex
import shutil

from .base import Adapter, EngineInfo, EngineMissing
from .driven import DrivenAdapter
from .wasmproc import ScriptAdapter

_HOW = "the command line describes it: --driver or --script-engine {name}=COMMAND"


def driven_engine(name: str, command: str) -> type[Adapter]:
    """An adapter for `command`, which speaks the driver protocol. Raises ValueError if it cannot be split."""
    argv = _split(command)

    class CommandDriver(DrivenAdapter):
        """A driven engine of the command line."""

        title = name
        how_to_get = _HOW.format(name=name)

        def driver_argv(self) -> list[str]:
            return [_program(argv), *argv[1:], *self.context.arguments.get(name, [])]

    CommandDriver.name = name
    return CommandDriver


def script_engine(name: str, command: str) -> type[Adapter]:
    """An adapter for `command`, which runs scripts itself. Raises ValueError if it cannot be split."""
    argv = _split(command)

    class CommandScripts(ScriptAdapter):
        """An engine of the command line that judges scripts itself."""

        title = name
        how_to_get = _HOW.format(name=name)

        def find(self) -> EngineInfo:
            # Such an engine says of each command what it does not support; whether it knows processes is one of these.
            self.info = EngineInfo(_program(argv), "unknown", processes=True)
            return self.info

        def script_argv(self) -> list[str]:
            return [self.info.path, *argv[1:]]

    CommandScripts.name = name
    return CommandScripts


def _split(command: str) -> list[str]:
    argv = shlex.split(command)
    if not argv:
        raise ValueError("the command is empty")
    return argv


def _program(argv: list[str]) -> str:
    found = shutil.which(argv[0])
    if not found:
        raise EngineMissing(f"{argv[0]} is not a program")
    return found
