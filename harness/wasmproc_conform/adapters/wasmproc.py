"""This project's reference interpreter: by its own script runner, and driven."""

from __future__ import annotations

from abc import abstractmethod

from ..events import read_events
from ..model import Ending, Outcome, Test, Verdict
from .base import WASMPROC_HOW, Adapter, EngineInfo, abnormal_end, align, command_line, own_output, shorten
from .driven import DrivenAdapter

#: The back ends of processes (`--backend`), the default first.
BACKENDS = ("sparse", "native")


class ScriptAdapter(Adapter):
    """An engine that runs scripts and prints verdicts (PROTOCOL.md, interface A).

    Subclasses provide the command that starts it.
    """

    @abstractmethod
    def script_argv(self) -> list[str]:
        """The command that runs a script, to which the script's path is appended."""

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
            # For example, a sanitizer reports errors when a program ends.
            verdict.ending = Ending(Outcome.ERROR, f"after its end event: {done.describe_end()}")
        return align(test, verdict)


def _own_path(adapter: Adapter) -> str:
    """The interpreter that the command line gives for an engine, else the one that it gives for `wasmproc`."""
    return adapter.look_up_wasmproc(adapter.name if adapter.name in adapter.context.paths else "wasmproc")


class Wasmproc(ScriptAdapter):
    """`wasmproc wast --json`, sparse backing."""

    name = "wasmproc"
    title = "wasmproc (sparse)"
    how_to_get = WASMPROC_HOW

    def find(self) -> EngineInfo:
        path = _own_path(self)
        self.info = EngineInfo(path, self.ask_version(path).removeprefix("wasmproc "), processes=True)
        self._describe(path)
        return self.info

    def _describe(self, path: str) -> None:
        """Take features and rules from the interpreter's tables, which only feed reports."""
        try:
            tables = self.read_tables(path)
            self.info.rules = [rule for rule in tables.get("rules", []) if isinstance(rule, dict) and "id" in rule]
            for feature in tables.get("features", []):
                known = feature.get("supported", True)
                (self.info.features if known else self.info.missing_features).append(str(feature.get("id", "?")))
        except (ValueError, AttributeError):
            # A binary without tables still runs scripts.
            pass

    #: Additional options of a variant.
    options: tuple[str, ...] = ()

    def script_argv(self) -> list[str]:
        return [self.info.path, "wast", "--json", *self.options]


class WasmprocVariant(Wasmproc):
    """`wasmproc wast --json` with other options for processes, for the suite `process` alone."""

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
    """`wasmproc driver`: the harness judges, and its verdicts must agree with the interpreter's own."""

    name = "wasmproc-driver"
    title = "wasmproc (driven)"
    how_to_get = WASMPROC_HOW
    compares_texts = True
    tells_malformed = True

    def driver_argv(self) -> list[str]:
        return [_own_path(self), "driver"]
