#!/usr/bin/env python3
"""Runs the fuzz targets on damaged modules and scripts of the suites.

roundtrip.c writes the modules, in binary and as text; each target takes some of them and damages each in many ways, the
same in each run. Prints TAP, a point per target. Without a checkout of the official core suite only the process corpus
is used. Skipped if the targets are programs of libFuzzer, which choose their own damage.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
#: The number of places to truncate each file at, and of changed copies.
DAMAGE = 60
#: One of so many files is taken, if it has at most so many bytes.
ONE_OF = 12
MOST_BYTES = 20000
SKIPPED = 77


def scripts() -> list[Path]:
    """The scripts of the official suite and of the corpus."""
    suite = os.environ.get("WASM_TESTSUITE")
    official = sorted(Path(suite).glob("*.wast")) if suite else []
    return official + sorted((HERE.parents[1] / "testsuite").rglob("*.wast"))


def sample(files: list[Path]) -> list[Path]:
    """Some of the files."""
    return [file for file in files if file.stat().st_size <= MOST_BYTES][::ONE_OF]


def is_libfuzzer(program: Path) -> bool:
    done = subprocess.run([str(program), "-help=1"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return "libFuzzer" in done.stdout


def run(program: Path, files: list[Path]) -> bool:
    """Runs a target on damaged files and prints its output. True if it passes."""
    command = [str(program), "--damage", str(DAMAGE), *map(str, files)]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          errors="replace")
    for line in done.stdout.splitlines():
        print(f"# {line}")
    return done.returncode == 0 and bool(files)


def main() -> int:
    programs = Path(sys.argv[1] if len(sys.argv) > 1 else "interp/tests").resolve()
    if is_libfuzzer(programs / "fuzz_decode"):
        print("1..0 # SKIP the targets are programs of libFuzzer")
        return SKIPPED
    failed = count = 0
    with tempfile.TemporaryDirectory() as name:
        folder, all_scripts = Path(name), scripts()
        subprocess.run([str(programs / "roundtrip"), "--write", name, *map(str, all_scripts)], stdout=subprocess.DEVNULL)
        binaries, texts = sorted(folder.glob("*.wasm")), sorted(folder.glob("*.wat"))
        for target, files in (("decode", binaries), ("run", binaries), ("text", texts), ("script", all_scripts)):
            taken = sample(files)
            count += 1
            passed = run(programs / f"fuzz_{target}", taken)
            failed += not passed
            print(f"{'ok' if passed else 'not ok'} {count} - fuzz_{target}: {len(taken)} files, damaged in many ways")
    print(f"1..{count}")
    return int(failed != 0)


if __name__ == "__main__":
    sys.exit(main())
