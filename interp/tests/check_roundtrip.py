#!/usr/bin/env python3
"""Takes every module of the official core suite and of the process corpus through text and binary and back.

- roundtrip.c does it: a point per script, and the encoding of every valid module as a file.
- wabt's wasm-validate must accept each of these files, but for the differences that wabt_differences.toml explains. An
  unlisted refusal is an error, and so is a listed one that does not occur. The list names scripts of the official suite;
  in the corpus its causes apply anywhere.

Prints TAP. Without a checkout of the official suite only the corpus is used; without the version of wabt that the list is
for, wasm-validate is not run. Such points are skipped.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).resolve().parent
#: Not the proposals and the legacy exception handling, which the encoder does not support.
SUITE = ("*.wast", "custom/*.wast")


class Points:
    """Points of TAP."""

    def __init__(self) -> None:
        self.count = 0
        self.failed = 0

    def add(self, passed: bool, text: str) -> None:
        self.count += 1
        self.failed += not passed
        print(f"{'ok' if passed else 'not ok'} {self.count} - {text}")


def scripts() -> tuple[list[Path], list[Path]]:
    """The scripts of the official suite, and those of the corpus."""
    suite = os.environ.get("WASM_TESTSUITE")
    official = sorted(file for pattern in SUITE for file in Path(suite).glob(pattern)) if suite else []
    return official, sorted((HERE.parents[1] / "testsuite").rglob("*.wast"))


def round_trip(program: Path, files: list[Path], folder: Path, points: Points) -> None:
    """Runs the program and passes its points on. It must give one for each file."""
    command = [str(program), "--write", str(folder), *map(str, files)]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, errors="replace")
    count = 0
    for line in done.stdout.splitlines():
        if point := re.fullmatch(r"(not )?ok \d+ - (.*)", line):
            count += 1
            points.add(point[1] is None, point[2])
        elif not line.startswith("1.."):
            print(line)
    if done.returncode not in (0, 1) or count != len(files):
        points.add(False, f"{program.name} ended with status {done.returncode} after {count} of {len(files)} scripts")


def refusal(file: Path) -> str | None:
    """The message with which wasm-validate refuses a file; None if it accepts it."""
    command = ["wasm-validate", "--enable-all", str(file)]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode == 0:
        return None
    first = done.stdout.strip().splitlines()[0] if done.stdout.strip() else f"status {done.returncode}"
    return first.removeprefix(f"{file}:")


def compare(folder: Path, differences: list[dict], exact: bool, points: Points) -> None:
    """Compares the refusals of wasm-validate with the known ones; exact: script by script, too."""
    files = sorted(folder.glob("*.wasm"))
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        refusals = list(pool.map(refusal, files))
    used, unknown = set(), []
    for file, message in zip(files, refusals):
        if message is None:
            continue
        script = file.name.split(".")[0]
        causes = [k for k, d in enumerate(differences) if re.search(d["message"], message)]
        causes = [k for k in causes if not exact or script in differences[k]["scripts"]]
        used.update((k, script) for k in causes)
        if not causes:
            unknown.append(f"{file.name}: {message}")
    accepted = refusals.count(None)
    for line in unknown:
        print(f"# {line}")
    text = f"wasm-validate accepts {accepted} of {len(files)} modules, and refuses others only for known causes"
    points.add(accepted > 0 and not unknown, text)
    for k, difference in enumerate(differences if exact else []):
        stale = [script for script in difference["scripts"] if (k, script) not in used]
        points.add(not stale, f"known cause: {difference['reason']}")
        if stale:
            print(f"# it refuses nothing for this cause in {', '.join(stale)}")


def wabt_version() -> str | None:
    """The version of wasm-validate, if it is installed."""
    if shutil.which("wasm-validate") is None:
        return None
    return subprocess.run(["wasm-validate", "--version"], stdout=subprocess.PIPE, text=True).stdout.strip()


def main() -> int:
    program = Path(sys.argv[1] if len(sys.argv) > 1 else "interp/tests/roundtrip").resolve()
    official, corpus = scripts()
    known = tomllib.loads((HERE / "wabt_differences.toml").read_text("utf-8"))
    version = wabt_version()
    points = Points()
    for files in (official, corpus):
        with tempfile.TemporaryDirectory() as folder:
            if files:
                round_trip(program, files, Path(folder), points)
            if files and version == known["wabt"]:
                compare(Path(folder), known["difference"], files is official, points)
    if not official:
        points.add(True, "the official suite # SKIP no checkout")
    if version != known["wabt"]:
        points.add(True, f"wasm-validate # SKIP wabt {known['wabt']} is not installed")
    print(f"1..{points.count}")
    return int(points.failed != 0)


if __name__ == "__main__":
    sys.exit(main())
