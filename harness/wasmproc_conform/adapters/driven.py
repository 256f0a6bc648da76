"""Runs scripts with engines that are driven command by command (PROTOCOL.md, interfaces B and C).

`wasmproc json-from-wast` converts the script to JSON; a `Session` sends the commands to the engine and judges its
answers.
"""

from __future__ import annotations

import base64
import json
import shutil
import tempfile
import time
from abc import abstractmethod
from functools import cached_property
from pathlib import Path

import attrs

from ..driver_client import DriverClient, EngineCrash, EngineError, EngineTimeout
from ..features import Instructions, Scan, scan_module
from ..judge import BadValue, format_values, in_lanes_of, results_match, text_matches
from ..model import CUSTOM_SECTIONS, TEXT_FORMAT, CommandResult, Ending, Outcome, Test, Verdict
from ..process import Interrupted, describe_status
from .base import (
    STARTUP_TIMEOUT,
    WASMPROC_HOW,
    Adapter,
    EngineInfo,
    EngineMissing,
    abnormal_end,
    align,
    command_line,
    own_output,
    shorten,
    unsupported,
)


class DrivenAdapter(Adapter):
    """An engine that speaks the driver protocol. Subclasses provide the command that starts it."""

    level = "driven"
    #: Whether failure messages begin with the specification's texts, so that they can be compared.
    compares_texts = False
    #: Whether the engine distinguishes malformed modules from invalid ones.
    tells_malformed = False

    @abstractmethod
    def driver_argv(self) -> list[str]:
        """The command that starts the driver. Raises EngineMissing."""

    def find(self) -> EngineInfo:
        self.argv = self.driver_argv()
        self._find_converter()
        try:
            with self._client(STARTUP_TIMEOUT) as engine:
                hello = engine.hello()
        except (OSError, EngineError, EngineCrash, EngineTimeout) as error:
            raise EngineMissing(f"{command_line(self.argv)} does not speak the driver protocol: {error}") from None
        self.info = EngineInfo(
            self.argv[0],
            str(hello.get("version", "unknown")),
            features=list(hello.get("features", ())),
            missing_features=list(hello.get("missing_features", ())),
            processes=bool(hello.get("process")),
        )
        return self.info

    def _find_converter(self) -> None:
        try:
            self.converter = self.look_up_wasmproc()
        except EngineMissing as error:
            message = f"its scripts are converted by wasmproc, which is missing: {error}"
            raise EngineMissing(message, WASMPROC_HOW) from None

    @cached_property
    def instructions(self) -> Instructions:
        """The converter's table of instructions. Raises ValueError if it has none."""
        return Instructions(self.read_tables(self.converter))

    def _client(self, timeout: float) -> DriverClient:
        return DriverClient(self.argv, timeout=timeout, table=self.context.table)

    def run(self, test: Test) -> Verdict:
        deadline = time.monotonic() + self.context.timeout
        folder = Path(tempfile.mkdtemp(dir=self.context.scratch))
        try:
            script = folder / "script.json"
            argv = [self.converter, "json-from-wast", str(test.path), "-o", str(script)]
            done = self.execute(argv)
            if done.status != 0:
                return self._not_converted(test, done)
            verdict = self._drive(json.loads(script.read_text("utf-8")), folder, deadline)
        except (OSError, ValueError, KeyError, TypeError) as error:
            verdict = Verdict(ending=Ending(Outcome.ERROR, f"the converted script cannot be used: {error!r}"))
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        convert = [self.converter, "json-from-wast", str(test.path), "-o", "script.json"]
        verdict.by_hand = command_line(convert, self.argv)
        return align(test, verdict)

    def _not_converted(self, test: Test, done) -> Verdict:
        ending = abnormal_end(done, self.context.timeout)
        message = ending.message if ending else own_output(done)
        verdict = unsupported(test, "json-from-wast cannot read it", message)
        verdict.output = own_output(done)
        return verdict

    def _drive(self, script: dict, folder: Path, deadline: float) -> Verdict:
        verdict = Verdict()
        client = self._client(self.context.timeout)
        session = Session(client, folder, self, deadline)
        try:
            for command in script["commands"]:
                verdict.commands.append(session.run(command))
        except EngineTimeout:
            verdict.ending = Ending(
                Outcome.TIMEOUT, f"no end within {self.context.timeout:g} s", line=_line(command)
            )
        except EngineCrash as error:
            verdict.ending = Ending(Outcome.CRASH, str(error), line=_line(command))
        except (BadValue, OSError) as error:
            verdict.ending = Ending(Outcome.ERROR, str(error), line=_line(command))
        finally:
            if client.alive:
                verdict.output = shorten(client.stderr_tail().strip())
            status = client.close()
        if self.context.table.closed:
            raise Interrupted
        if verdict.ending is None and status:
            # For example, a sanitizer reports errors when a program ends.
            verdict.ending = Ending(Outcome.ERROR, f"at the end of its input: {describe_status(status)}")
        return verdict


def _line(command: dict) -> int:
    return int(command.get("line", 0))


@attrs.frozen
class _Fault:
    """The outcome of a command that failed, which commands that depend on it inherit."""

    outcome: Outcome
    message: str
    reason: str | None = None


@attrs.define(eq=False)
class _Instance:
    """An instance or a definition of the script.

    `fault` is the reason why it could not be made. `touched` is the reason why its state may differ from the script's
    expectations: a module that imports from it, and could have written to it, could not be made.
    """

    fault: _Fault | None = None
    touched: _Fault | None = None


@attrs.frozen
class _Module:
    """A module's file as keys of a request, and its scan."""

    keys: dict
    scan: Scan


#: Commands that act on the current process.
_IN_PLACE = frozenset(
    "module module_instance register action invoke get dictionary unload assert_return assert_trap assert_exception "
    "assert_exhaustion assert_exit assert_unlinkable assert_unloadable".split()
)

#: The largest extent, in pages, that every implementation provides, and the largest legal ones.
_CERTAIN_EXTENT = 1024
_LARGEST_EXTENT = {"i32": 1 << 16, "i64": 1 << 48}


def _uses_place(command: dict) -> bool:
    return command.get("command", command)["type"] in _IN_PLACE


def _is_large(command: dict) -> bool:
    """Whether the extent of a process command is legal, but need not be provided."""
    return _CERTAIN_EXTENT < int(command["pages"]) <= _LARGEST_EXTENT[command.get("address", "i32")]


class _Inherit(Exception):
    """The command cannot be judged, since a command that it depends on failed or is unsupported."""

    def __init__(self, fault: _Fault):
        super().__init__(fault.message)
        self.fault = fault


class Session:
    """One script in one engine process. Judges commands, and keeps track of instances that could not be made."""

    def __init__(self, client: DriverClient, folder: Path, adapter: DrivenAdapter, deadline: float):
        self.client = client
        self.folder = folder
        self.adapter = adapter
        self.deadline = deadline
        #: Instances and definitions by name, those that could not be made included; the key None is the last one.
        self.instances: dict[str | None, _Instance] = {}
        self.definitions: dict[str | None, _Instance] = {}
        self.registered: dict[str, _Instance] = {}
        self.lacks = set(adapter.info.missing_features)
        #: The reason why the current process could not be created.
        self.place: _Fault | None = None

    def run(self, command: dict) -> CommandResult:
        """Run and judge one command. Raises EngineCrash, EngineTimeout and BadValue, which end the script."""
        result = CommandResult(_line(command), command["type"], Outcome.PASS)
        handler = getattr(self, "_do_" + command["type"], None)
        if handler is None:
            self._unsupported(result, f"command {command['type']}", "the harness does not know this command")
            return result
        try:
            if self.place and _uses_place(command):
                raise _Inherit(self.place)
            handler(command, result)
        except _Inherit as inherit:
            fault = inherit.fault
            result.outcome, result.message, result.reason = fault.outcome, fault.message, fault.reason
        except EngineError as error:
            self._judge_error(error, result)
        if result.outcome is Outcome.FAIL and "action" in command:
            self._excuse(command["action"], result)
        return result

    # Requests and verdicts.

    def _ask(self, cmd: str, **keys) -> dict:
        return self.client.request(cmd, deadline=self.deadline, **keys)

    def _judge_error(self, error: EngineError, result: CommandResult) -> None:
        """A request that the script expects to succeed was answered with an error."""
        self._judge_wrong_error(error, result, "success")

    def _judge_wrong_error(self, error: EngineError, result: CommandResult, expected: str) -> None:
        """A request was answered with an error that is not the one `expected`."""
        if error.kind == "unsupported":
            self._unsupported(result, error.message, error.message)
            return
        self._fail(result, expected, f"{error.kind}: {error.message}")
        # A request that the engine does not understand is an error of the harness or of the driver.
        result.outcome = {"protocol": Outcome.ERROR, "crash": Outcome.CRASH}.get(error.kind, Outcome.FAIL)

    @staticmethod
    def _unsupported(result: CommandResult, reason: str, message: str) -> None:
        result.outcome, result.reason, result.message = Outcome.UNSUPPORTED, reason, message

    @staticmethod
    def _fail(result: CommandResult, expected: str, actual: str, message: str = "") -> None:
        result.outcome, result.expected, result.actual = Outcome.FAIL, expected, actual
        result.message = message or f"expected {expected}, got {actual}"

    def _load(self, command: dict) -> _Module:
        """The module of a command. Raises _Inherit if the converter or the engine does not support its form."""
        if "filename" not in command:
            reason = str(command.get("unsupported", "no module"))
            raise _Inherit(_Fault(Outcome.UNSUPPORTED, f"not converted: {reason}", f"converter: {reason}"))
        data = (self.folder / Path(command["filename"]).name).read_bytes()
        if command.get("module_type") == "text":
            if "text" not in self.adapter.info.features:
                raise _Inherit(_Fault(Outcome.UNSUPPORTED, "the engine does not read text", TEXT_FORMAT))
            return _Module({"text": data.decode("utf-8", "replace")}, Scan())
        return _Module({"bytes": base64.b64encode(data).decode("ascii")}, scan_module(data, self.adapter.instructions))

    def _lacking(self, module: _Module) -> _Fault | None:
        """The fault of a module that uses features which the engine reports as missing."""
        names = sorted(self.lacks & module.scan.features)
        if not names:
            return None
        return _Fault(Outcome.UNSUPPORTED, f"the engine lacks {', '.join(names)}", f"feature: {names[0]}")

    def _exporters(self, module: _Module) -> list[_Instance]:
        """The registered instances that a module imports from."""
        return [self.registered[name] for name in sorted(module.scan.imports) if name in self.registered]

    def _missing_import(self, module: _Module) -> _Fault | None:
        return next((exporter.fault for exporter in self._exporters(module) if exporter.fault), None)

    def _touch(self, module: _Module, fault: _Fault) -> None:
        """Mark the instances that `module`, which could not be made, imports from and could have written to."""
        if fault.outcome is Outcome.UNSUPPORTED:
            for exporter in self._exporters(module):
                exporter.touched = fault

    def _excuse(self, action: dict, result: CommandResult) -> None:
        """Turn a failure into unsupported if the state that the script expects could not be established."""
        instance = self.instances.get(action.get("module"))
        if instance and instance.touched:
            message = f"{result.message}; its state depends on a module that was not made: {instance.touched.message}"
            self._unsupported(result, instance.touched.reason, message)

    def _make(self, cmd: str, module: _Module, result: CommandResult, name: str | None) -> _Fault | None:
        """Send a module that should be accepted. Records a fault in `result` and returns it."""
        try:
            self._ask(cmd, **module.keys, name=name)
            return None
        except EngineError as error:
            fault = None
            if error.kind in ("malformed", "invalid"):
                fault = self._lacking(module)
            elif error.kind == "unlinkable":
                fault = self._missing_import(module)
            if fault:
                result.outcome, result.message, result.reason = fault.outcome, fault.message, fault.reason
                self._touch(module, fault)
            else:
                self._judge_error(error, result)
        return self._fault_of(result)

    @staticmethod
    def _fault_of(result: CommandResult) -> _Fault:
        if result.outcome is Outcome.UNSUPPORTED:
            return _Fault(Outcome.UNSUPPORTED, result.message, result.reason)
        return _Fault(Outcome.FAIL, f"it needs the {result.kind} of line {result.line}, which failed")

    @staticmethod
    def _require(table: dict[str | None, _Instance], name: str | None) -> None:
        found = table.get(name)
        if found and found.fault:
            raise _Inherit(found.fault)

    def _act(self, action: dict) -> list[dict]:
        self._require(self.instances, action.get("module"))
        keys = {"module": action.get("module"), "field": action["field"]}
        if action["type"] == "invoke":
            keys["args"] = action.get("args", [])
        return self._ask(action["type"], **keys)["values"]

    # Commands that make something.

    @staticmethod
    def _store(table: dict[str | None, _Instance], name: str | None, fault: _Fault | None) -> None:
        table[None] = table[name] = _Instance(fault)

    def _create(self, command: dict, result: CommandResult, cmd: str, table: dict) -> None:
        name = command.get("name")
        try:
            fault = self._make(cmd, self._load(command), result, name)
        except _Inherit as inherit:
            self._store(table, name, inherit.fault)
            raise
        self._store(table, name, fault)

    def _do_module(self, command: dict, result: CommandResult) -> None:
        self._create(command, result, "module", self.instances)

    def _do_module_definition(self, command: dict, result: CommandResult) -> None:
        self._create(command, result, "define", self.definitions)

    def _do_module_instance(self, command: dict, result: CommandResult) -> None:
        name, definition = command.get("name"), command.get("definition")
        try:
            self._require(self.definitions, definition)
            self._ask("instantiate", definition=definition, name=name)
            self._store(self.instances, name, None)
        except _Inherit as inherit:
            self._store(self.instances, name, inherit.fault)
            raise
        except EngineError as error:
            self._judge_error(error, result)
            self._store(self.instances, name, self._fault_of(result))

    def _do_register(self, command: dict, result: CommandResult) -> None:
        name = command.get("name")
        self.registered[command["as"]] = self.instances.get(name, _Instance())
        self._require(self.instances, name)
        self._ask("register", name=name, **{"as": command["as"]})

    def _do_action(self, command: dict, result: CommandResult) -> None:
        self._act(command["action"])

    # Assertions on actions.

    def _do_assert_return(self, command: dict, result: CommandResult) -> None:
        actual = self._act(command["action"])
        expected = command.get("expected", [])
        if not results_match(expected, actual):
            self._fail(result, format_values(expected), format_values(in_lanes_of(expected, actual)))

    def _expect_kinds(self, result: CommandResult, kinds: tuple[str, ...], text: str | None, attempt) -> None:
        """`attempt` should be answered with an error of one of `kinds` whose message begins with `text`."""
        wanted = " or ".join(kinds) + (f": {text}" if text else "")
        try:
            values = attempt()
        except EngineError as error:
            if error.kind not in kinds or not self._text_fits(text, error.message):
                self._judge_wrong_error(error, result, wanted)
        else:
            self._fail(result, wanted, format_values(values) if isinstance(values, list) else "success")

    def _text_fits(self, text: str | None, message: str) -> bool:
        return not text or not self.adapter.compares_texts or text_matches(text, message)

    def _attempt(self, command: dict):
        """The action of an assertion, or its module's instantiation."""
        if "action" in command:
            return lambda: self._act(command["action"])
        module = self._load(command)
        return lambda: self._check(module, "instantiate")

    def _check(self, module: _Module, phase: str) -> None:
        try:
            self._ask("check", **module.keys, phase=phase)
        except EngineError as error:
            fault = self._lacking(module) if error.kind in ("malformed", "invalid") else None
            fault = fault or (self._missing_import(module) if error.kind == "unlinkable" else None)
            if fault:
                # A refusal for lack of a feature proves nothing, even if the script expects a refusal.
                self._touch(module, fault)
                raise _Inherit(fault) from None
            raise

    def _do_assert_trap(self, command: dict, result: CommandResult) -> None:
        self._expect_kinds(result, ("trap",), command.get("text"), self._attempt(command))

    def _do_assert_exhaustion(self, command: dict, result: CommandResult) -> None:
        self._expect_kinds(result, ("exhaustion",), command.get("text"), self._attempt(command))

    def _do_assert_exit(self, command: dict, result: CommandResult) -> None:
        wanted = f"exit: exit with code {command['code']}"
        try:
            values = self._act(command["action"])
        except EngineError as error:
            if f"{error.kind}: {error.message}" != wanted:
                self._judge_wrong_error(error, result, wanted)
        else:
            self._fail(result, wanted, format_values(values))

    def _do_assert_exception(self, command: dict, result: CommandResult) -> None:
        self._expect_kinds(result, ("exception",), None, self._attempt(command))

    # Assertions on modules.

    def _judge_module(self, command: dict, result: CommandResult, phase: str, kinds: tuple[str, ...], texts: bool):
        module = self._load(command)
        text = command.get("text") if texts else None
        self._expect_kinds(result, kinds, text, lambda: self._check(module, phase))

    def _do_assert_malformed(self, command: dict, result: CommandResult) -> None:
        kinds = ("malformed",) if self.adapter.tells_malformed else ("malformed", "invalid")
        self._judge_module(command, result, "decode", kinds, False)

    def _do_assert_invalid(self, command: dict, result: CommandResult) -> None:
        kinds = ("invalid",) if self.adapter.tells_malformed else ("malformed", "invalid")
        self._judge_module(command, result, "validate", kinds, False)

    def _do_assert_unlinkable(self, command: dict, result: CommandResult) -> None:
        self._judge_module(command, result, "instantiate", ("unlinkable",), False)

    def _do_assert_unloadable(self, command: dict, result: CommandResult) -> None:
        self._judge_module(command, result, "instantiate", ("unloadable",), True)

    def _do_assert_malformed_custom(self, command: dict, result: CommandResult) -> None:
        self._judge_custom(command, result, "decode", "malformed")

    def _do_assert_invalid_custom(self, command: dict, result: CommandResult) -> None:
        self._judge_custom(command, result, "validate", "invalid")

    def _judge_custom(self, command: dict, result: CommandResult, phase: str, kind: str) -> None:
        if "custom" in self.adapter.info.features:
            self._judge_module(command, result, phase, (kind,), False)
        else:
            self._unsupported(result, CUSTOM_SECTIONS, "the engine does not check custom sections")

    # Processes.

    def _process_request(self, command: dict) -> tuple[str, dict]:
        """The request for a command about processes, or for a registration."""
        kind = command["type"]
        if kind in ("switch", "end", "unload"):
            return kind, {"name": command.get("name")}
        if kind == "register":
            return kind, {"as": command["as"], "name": command.get("name")}
        if kind == "dictionary":
            return kind, {"entries": command["entries"]}
        if kind == "library":
            return kind, {"uri": command["uri"], **self._load(command).keys}
        keys = {key: command[key] for key in ("address", "pages", "stack", "limit") if key in command}
        return "process", {"name": command.get("name"), "dictionary": command.get("dictionary", []), **keys}

    def _do_process(self, command: dict, result: CommandResult) -> None:
        cmd, keys = self._process_request(command)
        try:
            self._ask(cmd, **keys)
        except EngineError as error:
            refused = cmd == "process" and error.kind == "refused" and error.message.startswith("extent")
            if refused and _is_large(command):
                self.place = _Fault(Outcome.UNSUPPORTED, f"the engine can't provide it: {error.message}", "extent")
                raise _Inherit(self.place) from None
            raise
        if cmd in ("process", "switch"):
            self.place = None
            # Each process has a last instance of its own, which only the engine knows.
            self.instances.pop(None, None)

    _do_switch = _do_end = _do_unload = _do_dictionary = _do_library = _do_process

    def _do_assert_refused(self, command: dict, result: CommandResult) -> None:
        inner = command["command"]

        def attempt() -> list[dict] | None:
            if inner["type"] in ("action", "invoke", "get"):
                return self._act(inner.get("action", inner))
            cmd, keys = self._process_request(inner)
            self._ask(cmd, **keys)
            return None

        self._expect_kinds(result, ("refused",), command.get("text"), attempt)
