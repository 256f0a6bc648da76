"""wabt: scripts converted by wast2json, run by spectest-interp.

spectest-interp prints a line `FILE:LINE: message` per complaint and a summary, nothing per success; so a verdict is the
converter's list of commands, less the lines complained of. The summary is used to see that no complaint was missed.
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

_COMPLAINT = re.compile(r"^(?P<file>.+):(?P<line>\d+): (?P<message>.*)$")
_SUMMARY = re.compile(r"^(\d+)/(\d+) tests passed\.$", re.MULTILINE)
_PARSE_ERROR = re.compile(r"^.+?:(\d+):\d+: error: (.*)$", re.MULTILINE)
_MISMATCH = re.compile(r"expected (?P<expected>.+?), got (?P<actual>.+)$")

#: Everything that the tools know, on: what they do not know shows as scripts that cannot be converted.
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
        with tempfile.TemporaryDirectory(dir=self.context.scratch) as folder:
            out = Path(folder) / "script.json"
            convert = [self.converter, *_FLAGS, str(test.path), "-o", str(out)]
            interpret = [self.interp, *_FLAGS, str(out)]
            by_hand = command_line(
                [self.converter, *_FLAGS, str(test.path), "-o", "script.json"],
                [self.interp, *_FLAGS, "script.json"],
            )
            verdict = self._converted(test, self.execute(convert)) or self._interpreted(test, interpret, out)
            verdict.output = shorten(verdict.output.replace(folder + "/", ""))
            for result in verdict.commands:
                result.message = result.message.replace(folder + "/", "")
        verdict.by_hand = by_hand
        return verdict

    def _converted(self, test: Test, done: Completed) -> Verdict | None:
        """A verdict if the script cannot be converted: then the engine proper has had no chance to fail."""
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

    def _interpreted(self, test: Test, argv: list[str], script: Path) -> Verdict:
        try:
            commands = json.loads(script.read_text("utf-8", "replace"))["commands"]
        except (OSError, ValueError, KeyError) as error:
            return Verdict(ending=Ending(Outcome.ERROR, f"wast2json wrote no usable JSON: {error}"))
        done = self.execute(argv)
        complaints = _complaints(done.stdout)
        verdict = Verdict(output=own_output(done))
        verdict.ending = abnormal_end(done, self.context.timeout)
        if verdict.ending:
            # What passed before the end is not known: output of successes does not exist.
            return verdict
        verdict.commands = [_result(command, complaints.get(command["line"])) for command in commands]
        verdict.ending = _check_summary(done.stdout, verdict.commands)
        return align(test, verdict)


def _complaints(output: str) -> dict[int, list[str]]:
    found: dict[int, list[str]] = defaultdict(list)
    for line in output.splitlines():
        match = _COMPLAINT.match(line)
        if match and match["file"].endswith(".wast") and " passed" not in match["message"]:
            found[int(match["line"])].append(match["message"])
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
    # Modules and bare actions are not in the engine's count, so more failures may be seen than it says, not fewer.
    if seen < failed:
        return Ending(Outcome.ERROR, f"spectest-interp says {failed} commands failed, its complaints name {seen}")
    return None
