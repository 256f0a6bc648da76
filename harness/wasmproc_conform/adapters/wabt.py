"""wabt: scripts converted by wast2json, run by spectest-interp.

spectest-interp prints a line `FILE:LINE: message` per failure and a summary, nothing per success. So the results are
the converter's list of commands, of which the lines reported failed. The summary shows whether a failure was missed.
"""

from __future__ import annotations

import json
import re
import tempfile
from collections import defaultdict
from pathlib import Path

from ..model import CommandResult, Ending, Outcome, Test, Verdict
from ..process import Completed
from .base import Adapter, EngineInfo, abnormal_end, align, command_line, own_output, shorten, unsupported

_COMPLAINT = re.compile(r"^(?P<file>.+\.wast):(?P<line>\d+): (?P<message>.*)$")
_PRAISE = re.compile(r"assert_\w+ passed\b")
_SUMMARY = re.compile(r"^(\d+)/(\d+) tests passed\.$", re.MULTILINE)
_PARSE_ERROR = re.compile(r"^.+?:(\d+):\d+: error: (.*)$", re.MULTILINE)
_MODULE_ERROR = re.compile(r"^(?P<file>\S+\.wasm):[0-9a-f]+: error: (?P<message>.*)$", re.MULTILINE)
_MODULE_NAMED = re.compile(r'"([^"]+\.wasm)"')
_MISMATCH = re.compile(r"expected (?P<expected>.+?), got (?P<actual>.+)$")

#: All features that the tools know. Unknown ones show as scripts that cannot be converted.
_FLAGS = ["--enable-all"]


class Wabt(Adapter):
    """Debian's wabt, or any later one."""

    name = "wabt"
    title = "wabt"
    how_to_get = "apt install wabt"

    def find(self) -> EngineInfo:
        self.interp = self.look_up("spectest-interp")
        beside = Path(self.interp).with_name("wast2json")
        self.converter = str(beside) if beside.is_file() else self.look_up("wast2json", engine="wast2json")
        self.info = EngineInfo(self.interp, self.ask_version(self.interp))
        return self.info

    def run(self, test: Test) -> Verdict:
        flags = [*_FLAGS, *self.context.arguments.get(self.name, [])]
        convert = [self.converter, *flags, str(test.path), "-o"]
        interpret = [self.interp, *flags]
        by_hand = command_line([*convert, "script.json"], [*interpret, "script.json"])
        with tempfile.TemporaryDirectory(dir=self.context.scratch) as folder:
            out = Path(folder) / "script.json"
            done = self.execute([*convert, str(out)])
            verdict = self._converted(test, done) or self._interpreted(test, interpret, out)
            verdict.output = shorten(verdict.output.replace(folder + "/", ""))
            for result in verdict.commands:
                result.message = result.message.replace(folder + "/", "")
        verdict.by_hand = by_hand
        return verdict

    def _converted(self, test: Test, done: Completed) -> Verdict | None:
        """The verdict on a script that cannot be converted, or None: the interpreter has not run."""
        if done.status == 0:
            return None
        if done.timed_out:
            reason, message = "wast2json does not end", f"no end within {self.context.timeout:g} s"
        elif done.crashed:
            reason, message = "wast2json crashes", own_output(done)
        else:
            first = _PARSE_ERROR.search(done.stderr)
            reason = "wast2json cannot read it"
            message = f"line {first.group(1)}: {first.group(2)}" if first else own_output(done)
        verdict = unsupported(test, reason, message)
        verdict.output = own_output(done)
        return verdict

    def _interpreted(self, test: Test, argv: list[str], out: Path) -> Verdict:
        try:
            script = json.loads(out.read_text("utf-8", "replace"))
            commands = script["commands"]
        except (OSError, ValueError, KeyError, TypeError) as error:
            return Verdict(ending=Ending(Outcome.ERROR, f"wast2json wrote no usable JSON: {error}"))
        done = self.execute([*argv, str(out)])
        verdict = Verdict(output=own_output(done), ending=abnormal_end(done, self.context.timeout))
        if verdict.ending:
            # Successes print nothing, so only more runs can tell which commands passed before the end.
            if verdict.ending.outcome is Outcome.CRASH:
                verdict.commands = self._before_crash(argv, script, out)
            elif verdict.ending.outcome is Outcome.TIMEOUT:
                return verdict
        else:
            verdict.commands = _results(commands, done)
            verdict.ending = _check_summary(done.stdout, verdict.commands)
        return align(test, verdict)

    def _before_crash(self, argv: list[str], script: dict, out: Path) -> list[CommandResult]:
        """The results of the commands before the crash, found by bisection with shorter scripts."""
        commands, results = script["commands"], []
        good, bad = 0, len(commands)
        while bad - good > 1:
            middle = (good + bad) // 2
            out.write_text(json.dumps({**script, "commands": commands[:middle]}), "utf-8")
            done = self.execute([*argv, str(out)])
            if abnormal_end(done, self.context.timeout):
                bad = middle
            else:
                good, results = middle, _results(commands[:middle], done)
        return results


def _results(commands: list[dict], done: Completed) -> list[CommandResult]:
    complaints = _complaints(done)
    return [_result(command, complaints.get(command["line"])) for command in commands]


def _complaints(done: Completed) -> dict[int, list[str]]:
    """The engine's failure messages by line. Standard error adds why a module was rejected."""
    causes: dict[str, str] = {}
    for match in _MODULE_ERROR.finditer(done.stderr):
        causes.setdefault(Path(match["file"]).name, match["message"])
    found: dict[int, list[str]] = defaultdict(list)
    for line in done.stdout.splitlines():
        match = _COMPLAINT.match(line)
        if match and not _PRAISE.match(match["message"]):
            module = _MODULE_NAMED.search(match["message"])
            cause = causes.get(Path(module[1]).name) if module else None
            found[int(match["line"])].append(match["message"] + (f": {cause}" if cause else ""))
    return found


def _result(command: dict, complaints: list[str] | None) -> CommandResult:
    line, kind = command["line"], command["type"]
    if not complaints:
        return CommandResult(line, kind, Outcome.PASS)
    message = "; ".join(complaints)
    mismatch = _MISMATCH.search(complaints[0])
    return CommandResult(
        line,
        kind,
        Outcome.FAIL,
        message,
        expected=mismatch["expected"] if mismatch else None,
        actual=mismatch["actual"] if mismatch else None,
    )


def _check_summary(output: str, results: list[CommandResult]) -> Ending | None:
    summary = _SUMMARY.search(output)
    if not summary:
        return Ending(Outcome.ERROR, "spectest-interp printed no summary")
    failed = int(summary.group(2)) - int(summary.group(1))
    seen = sum(r.outcome is Outcome.FAIL for r in results)
    # The engine's count leaves out modules and bare actions, so it may be lower than the failures seen, but not higher.
    if seen < failed:
        return Ending(Outcome.ERROR, f"spectest-interp says {failed} commands failed, its complaints name {seen}")
    return None
