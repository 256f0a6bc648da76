#!/usr/bin/env python3
"""Measures the coverage of wabt by the official core suite and the suites of this repository, as a model for other runtimes.

    wabt.py --wasmproc build/wasmproc --testsuite DIR

fetches Debian's source package (as the examples do theirs), builds wast2json, spectest-interp and wasm-validate with --coverage, runs
both suites by measure.py, and makes a table and a page by report.py; all of it in the folder that -o names. It can be interrupted and
started again. It needs apt-get, dpkg-dev, cmake, make, a C++ compiler and lcov.

A script is converted by wast2json and run by spectest-interp. Of one that wast2json cannot read, such as those with processes,
spectest-interp gets the commands that it knows, and wasm-validate every module (wabt_script.py): so a runtime without processes
still reads the modules of the process corpus.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path[:0] = [str(ROOT / "examples" / "tools")]

from sources import Package, check, unpack  # noqa: E402
from steps import BuildError, Unavailable  # noqa: E402

WABT = Package("wabt", (1, 0, 30))
PROGRAMS = ["wast2json", "spectest-interp", "wasm-validate"]
FLAGS = "--coverage -O1"

def run(*command: str | Path, **options) -> None:
    """Runs a step, and shows its last lines if it fails."""
    if shutil.which(str(command[0])) is None:
        raise BuildError(f"{command[0]} is missing")
    done = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options)
    if done.returncode != 0:
        raise BuildError(f"{' '.join(map(str, command))} failed:\n" + "\n".join(done.stdout.splitlines()[-20:]))


def build(tree: Path, folder: Path, jobs: int) -> Path:
    """Build the programs, unless they are up to date. Returns their folder."""
    if not (folder / "Makefile").is_file():
        run(
            "cmake", "-G", "Unix Makefiles", "-S", tree, "-B", folder, "-DBUILD_TESTS=OFF", "-DBUILD_LIBWASM=OFF",
            "-DBUILD_FUZZ_TOOLS=OFF", "-DCMAKE_BUILD_TYPE=Debug", f"-DCMAKE_CXX_FLAGS={FLAGS}", f"-DCMAKE_C_FLAGS={FLAGS}",
            "-DCMAKE_EXE_LINKER_FLAGS=--coverage",
        )  # fmt: skip
    run("make", "-C", folder, f"-j{jobs}", *PROGRAMS)
    return folder


def main() -> int:
    parser = argparse.ArgumentParser(prog="wabt.py", description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--wasmproc", type=Path, required=True, help="the program wasmproc, to convert scripts")
    parser.add_argument("--testsuite", type=Path, default=os.environ.get("WASM_TESTSUITE"), help="the official core suite (WASM_TESTSUITE)")
    parser.add_argument("--sources", type=Path, help="a folder that has the source package's files")
    parser.add_argument("-o", "--output", type=Path, default=Path("of-wabt"), help="where all of it is kept (of-wabt)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="how many compilers or scripts to run at a time")
    parser.add_argument("--again", action="store_true", help="run the suites anew")
    options = parser.parse_args()
    if not options.testsuite:
        parser.error("--testsuite DIR, or WASM_TESTSUITE, names a checkout of WebAssembly/testsuite")
    output = options.output.resolve()
    output.mkdir(parents=True, exist_ok=True)
    try:
        tree = unpack(WABT, output, options.sources, print)
        version = check(WABT, sorted((options.sources or output).glob("wabt_*.dsc"))[-1])
        programs = build(tree, output / "build", options.jobs)
    except (BuildError, Unavailable, OSError) as error:
        print(f"wabt.py: {error}", file=sys.stderr)
        return 1
    official = Path(options.testsuite).resolve()
    measure = [
        sys.executable, HERE / "measure.py", "--suite", f"official={official}/*.wast", "--suite", f"official={official}/custom/*.wast",
        "--suite", f"ours={ROOT / 'testsuite'}",
        "--build", programs, "--sources", tree / "src", "-o", output / "state", "--jobs", str(options.jobs),
        *(["--again"] if options.again else []),
        "--", sys.executable, HERE / "wabt_script.py", "{script}", programs, options.wasmproc.resolve(),
    ]  # fmt: skip
    report = [
        sys.executable, HERE / "report.py", *(f"{name}={output / 'state' / name}.info" for name in ("official", "ours")),
        "--sources", tree, "-o", output / "index.html", "--title", f"Coverage of wabt {version} by two suites",
        "--facts", f"Measured on {date.today()} by coverage/of-runtime/wabt.py; gcc's --coverage, -O1.",
    ]  # fmt: skip
    for command in (measure, report):
        status = subprocess.run([str(word) for word in command]).returncode
        if status != 0:
            return status
    print(f"{output / 'index.html'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
