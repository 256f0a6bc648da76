#!/usr/bin/env python3
"""Checks that every C file has the form of .clang-format, by version 14 of clang-format (Debian's clang-format-14).

Prints TAP: a point per file. Skips all of it where the program is missing; CLANG_FORMAT names another path.
`check_format.py --write` reformats.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

#: Folders with C files of this project.
FOLDERS = ("bench", "examples", "harness", "interp")


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
        failed += done.returncode != 0
        print(f"{'not ok' if done.returncode else 'ok'} {number} - {file.relative_to(root)} has the form of .clang-format")
        for line in done.stderr.splitlines()[:3] if done.returncode else ():
            print(f"# {line}")
    print(f"1..{len(files)}")
    return 1 if failed or not files else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
