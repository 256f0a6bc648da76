"""A fake engine that obeys comments in scripts, and speaks interface A of PROTOCOL.md.

    (assert_return (invoke "f"))  ;; good: fail; bad: crash

makes the engine named `good` fail that command, and the engine `bad` crash at it; all other commands pass. Words of
comments: `fail`, `unsupported REASON`, `rules ID…` (passes, and reports that rules fired), `mismatch` (fails with
expected and actual), `crash`, `hang`, `garbage` (prints a line that is not an event), `loud` (prints much, passes),
`short` (does not report the command), `parse` (at the first command: the whole script fails), `noise` (writes to
standard error, passes).
"""

import json
import os
import re
import signal
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from wasmproc_conform.scan import scan_script  # noqa: E402


def say(event, **keys):
    print(json.dumps({"event": event, **keys}), flush=True)


def told(text, line, name):
    match = re.search(rf";;.*?\b{name}: ([^;\n]*)", text.split("\n")[line - 1])
    word, _, rest = match.group(1).strip().partition(" ") if match else ("pass", "", "")
    return word, rest


def run(name, path):
    text = Path(path).read_text("utf-8")
    say("start", file=path)
    failed = 0
    for command in scan_script(text):
        keys = {"file": path, "line": command.line, "column": 2, "kind": command.kind, "outcome": "pass"}
        word, rest = told(text, command.line, name)
        if word == "parse":
            say("command", file=path, line=command.line, kind="script", outcome="fail", message="cannot be parsed")
            say("end", file=path, commands=0)
            return 1
        if word == "crash":
            print("about to crash", file=sys.stderr, flush=True)
            os.kill(os.getpid(), signal.SIGABRT)
        if word == "hang":
            time.sleep(600)
        if word == "garbage":
            print("Segmentation fault, or so", flush=True)
            return 0
        if word == "short":
            continue
        if word == "noise":
            print("a word of the engine's own", file=sys.stderr)
        if word == "loud":
            print("x" * 200_000, file=sys.stderr)
        if word == "rules":
            keys["rules"] = rest.split()
        if word in ("fail", "mismatch"):
            failed += 1
            keys |= {"outcome": "fail", "message": f'it fails <here> & "there"\x07 {rest}'.rstrip()}
        if word == "mismatch":
            keys |= {"expected": "(i32.const 1)", "actual": "(i32.const 2)"}
        if word == "unsupported":
            keys |= {"outcome": "unsupported", "message": f"unsupported: {rest}", "reason": rest}
        say("command", **keys)
    say("end", file=path)
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(run(sys.argv[1], sys.argv[-1]))
