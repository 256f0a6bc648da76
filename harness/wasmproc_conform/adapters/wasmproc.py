"""This project's reference interpreter: by its own script runner, and driven."""

from __future__ import annotations

import json
from abc import abstractmethod

from ..events import read_events
from ..model import Ending, Outcome, Test, Verdict
from .base import BUILD_FOLDERS, Adapter, EngineInfo, abnormal_end, align, command_line, own_output, shorten
from .driven import DrivenAdapter

#: The back ends of processes (`--backend`), the default first.
BACKENDS = ("sparse", "native")

_HOW = "build it with ./bootstrap, or name it with WASMPROC=PATH or --engine-path wasmproc=PATH"


class ScriptAdapter(Adapter):
    """An engine that runs scripts and prints verdicts (PROTOCOL.md, interface A). Subclasses say how it is started."""

    @abstractmethod
    def script_argv(self) -> list[str]:
        """The command that runs a script, less the script's path, which is added as its last argument."""

    def run(self, test: Test) -> Verdict:
        argv = [*self.script_argv(), *self.context.arguments.get(self.name, []), str(test.path)]
        done = self.execute(argv)
        events = read_events(done.stdout)
        verdict = Verdict(events.commands, output=shorten(done.stderr.strip()), by_hand=command_line(argv))
        verdict.ending = abnormal_end(done, self.context.timeout)
        if verdict.ending is None and events.error:
            verdict.ending = Ending(Outcome.ERROR, events.error)
        if verdict.ending is None and not events.complete:
            verdict.ending = Ending(Outcome.ERROR, f"no end event: {done.describe_end()}")
            verdict.output = own_output(done)
        if verdict.ending is None and done.status not in (0, 1):
            # Sanitizers, for one, speak up when a program ends.
            verdict.ending = Ending(Outcome.ERROR, f"after its end event: {done.describe_end()}")
        return align(test, verdict)


class Wasmproc(ScriptAdapter):
    """`wasmproc wast --json`, sparse backing."""

    name = "wasmproc"
    title = "wasmproc (sparse)"
    how_to_get = _HOW

    def find(self) -> EngineInfo:
        path = self.look_up("wasmproc", variable="WASMPROC", folders=BUILD_FOLDERS)
        self.info = EngineInfo(path, self.ask_version(path).removeprefix("wasmproc "), processes=True)
        self._read_tables(path)
        return self.info

    def _read_tables(self, path: str) -> None:
        done = self.execute([path, "tables", "--json"], timeout=20)
        try:
            tables = json.loads(done.stdout)
            self.info.rules = [rule for rule in tables.get("rules", []) if isinstance(rule, dict) and "id" in rule]
            for feature in tables.get("features", []):
                known = feature.get("supported", True)
                (self.info.features if known else self.info.missing_features).append(str(feature.get("id", "?")))
        except (ValueError, AttributeError):
            # The tables only feed reports; a binary without them still runs scripts.
            pass

    #: What a variant adds to the command.
    options: tuple[str, ...] = ()

    def script_argv(self) -> list[str]:
        return [self.info.path, "wast", "--json", *self.options]


class WasmprocVariant(Wasmproc):
    """The same with other options for processes: of interest to the suite that has processes alone."""

    def find(self) -> EngineInfo:
        if "wasmproc" in self.context.paths:
            self.context.paths.setdefault(self.name, self.context.paths["wasmproc"])
        return super().find()

    def supports(self, test: Test) -> str | None:
        return super().supports(test) if test.suite == "process" else "the suite has no processes"


class WasmprocNative(WasmprocVariant):
    """Native backing."""

    name = "wasmproc-native"
    title = "wasmproc (native)"
    options = ("--backend=native", "--os-process=never")


class WasmprocOs(WasmprocVariant):
    """An OS process per process, sparse backing."""

    name = "wasmproc-os"
    title = "wasmproc (OS processes)"
    options = ("--os-process",)


class WasmprocOsNative(WasmprocVariant):
    """An OS process per process, native backing."""

    name = "wasmproc-os-native"
    title = "wasmproc (native, OS processes)"
    options = ("--backend=native", "--os-process")


class WasmprocDriver(DrivenAdapter):
    """The same engine behind the driver protocol: its verdicts and the harness's must agree."""

    name = "wasmproc-driver"
    title = "wasmproc (driven)"
    how_to_get = _HOW
    compares_texts = True
    tells_malformed = True

    def driver_argv(self) -> list[str]:
        path = self.look_up("wasmproc", engine="wasmproc", variable="WASMPROC", folders=BUILD_FOLDERS)
        return [path, "driver"]
