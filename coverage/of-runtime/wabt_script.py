#!/usr/bin/env python3
"""Runs one test script with wabt's programs, in the current folder; see wabt.py.

    wabt_script.py SCRIPT PROGRAMS WASMPROC

wast2json converts it, and spectest-interp runs it. `wasmproc json-from-wast` converts scripts that wast2json cannot read; then spectest-interp
gets the commands that it knows, and wasm-validate every module. The exit status is spectest-interp's.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

#: The commands that spectest-interp knows. It reads none of a script that has others.
COMMANDS = {
    "module", "action", "register", "assert_return", "assert_trap", "assert_exhaustion", "assert_malformed", "assert_invalid",
    "assert_unlinkable", "assert_uninstantiable",
}  # fmt: skip


def reduce(script: dict) -> dict:
    """A converted script with the commands that spectest-interp knows."""
    commands = [dict(command) for command in script["commands"] if command["type"] in COMMANDS]
    for command in commands:
        if command["type"] == "module":
            command.pop("module_type", None)
    return {"source_filename": script["source_filename"], "commands": commands}


def run(*command: str | Path) -> int:
    """Run a program that may fail."""
    return subprocess.run([str(word) for word in command], stdin=subprocess.DEVNULL).returncode


def main() -> int:
    script, programs, wasmproc = sys.argv[1], Path(sys.argv[2]), sys.argv[3]
    if run(programs / "wast2json", "--enable-all", script, "-o", "script.json") == 0:
        return run(programs / "spectest-interp", "--enable-all", "script.json")
    if run(wasmproc, "json-from-wast", script, "-o", "other.json") != 0:
        return 1
    Path("reduced.json").write_text(json.dumps(reduce(json.loads(Path("other.json").read_text("utf-8")))), "utf-8")
    status = run(programs / "spectest-interp", "--enable-all", "reduced.json")
    for module in sorted(Path().glob("*.wasm")):
        run(programs / "wasm-validate", "--enable-all", module)
    return status


if __name__ == "__main__":
    sys.exit(main())
