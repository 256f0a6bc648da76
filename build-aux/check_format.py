#!/usr/bin/env python3
"""Checks that every C file has the form of .clang-format, by version 14 of clang-format (Debian's clang-format-14).

Also rejects a list in a comment whose items are not indented: clang-format breaks an item that is too long that way.

Prints TAP: a point per file. Skips all of it where the program is missing; CLANG_FORMAT names another path.
`check_format.py --write` reformats.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

#: Folders with C files of this project.
FOLDERS = ("bench", "examples", "harness", "interp")


def unindented(text: str) -> list[int]:
    """The lines that continue an item of a list ("* - ITEM") without its indent."""
    found, in_item = [], False
    for number, line in enumerate(text.splitlines(), 1):
        if re.match(r"\s*\* - ", line):
            in_item = True
        elif in_item and not re.match(r"\s*\*   \S", line):
            if re.match(r"\s*\* +[^\s/]", line):
                found.append(number)
            in_item = False
    return found


def main(arguments: list[str]) -> int:
    root = Path(os.environ.get("srcdir") or Path(__file__).resolve().parent.parent).resolve()
    program = os.environ.get("CLANG_FORMAT") or shutil.which("clang-format-14")
    if program is None:
        print("1..0 # SKIP clang-format-14 is not installed")
        return 77
    files = [file for folder in FOLDERS for file in sorted((root / folder).rglob("*.[ch]"))]
    if arguments == ["--write"]:
        return subprocess.run([program, "-i", "--style=file", *files], check=False).returncode
    failed = 0
    for number, file in enumerate(files, 1):
        done = subprocess.run([program, "-n", "--Werror", "--style=file", file], capture_output=True, text=True, check=False)
        problems = done.stderr.splitlines()[:3] if done.returncode else []
        problems += [f"{file}:{line}: an item of a list continues without its indent" for line in unindented(file.read_text("utf-8"))]
        failed += bool(problems)
        print(f"{'not ok' if problems else 'ok'} {number} - {file.relative_to(root)} has the form of .clang-format")
        for line in problems:
            print(f"# {line}")
    print(f"1..{len(files)}")
    return 1 if failed or not files else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
