"""Engines of the command line: a command that speaks an interface of PROTOCOL.md, or a file with an adapter.

Interface:

- `driven_engine` makes an adapter for a command that speaks the driver protocol (interface C);
- `script_engine` makes one for a command that runs a script and prints verdicts (interface A); the script's path is
  appended as its last argument;
- `load_adapters` loads the adapters of a Python file.
"""

from __future__ import annotations

import importlib.util
import inspect
import shlex
import shutil
from pathlib import Path

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
        """A script engine of the command line."""

        title = name
        how_to_get = _HOW.format(name=name)

        def find(self) -> EngineInfo:
            # The engine reports unsupported commands itself, those about processes included.
            self.info = EngineInfo(_program(argv), "unknown", processes=True)
            return self.info

        def script_argv(self) -> list[str]:
            return [self.info.path, *argv[1:]]

    CommandScripts.name = name
    return CommandScripts


def load_adapters(path: Path) -> dict[str, type[Adapter]]:
    """The adapters that a Python file defines, by name. Raises ValueError if it has none or cannot be run."""
    try:
        spec = importlib.util.spec_from_file_location(f"wasmproc_conform_adapter_{path.stem}", path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    except Exception as error:
        # A file being written may raise anything.
        raise ValueError(f"{path} cannot be used: {type(error).__name__}: {error}") from error
    found = {
        item.name: item
        for item in vars(module).values()
        if inspect.isclass(item) and issubclass(item, Adapter) and item.__module__ == module.__name__
        and not inspect.isabstract(item) and hasattr(item, "name")
    }  # fmt: skip
    if not found:
        raise ValueError(f"{path} defines no adapter: a class derived from Adapter, with a name and all its methods")
    return found


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
