#!/usr/bin/env python3
"""Measures the coverage of a runtime, built with gcov or llvm-cov, by test scripts.

    measure.py --suite core=DIR --suite ours=DIR --build DIR --sources DIR -o STATE -- COMMAND...

runs COMMAND for every script of every suite, and writes a tracefile of lcov for each suite, STATE/NAME.info, which report.py puts side
by side. In the words of COMMAND, {script} is the script and {folder} a new folder to work in. The output and the status of a command do
not matter; commands that end with status 0 are counted.

The runtime is built beforehand: with `--coverage` for gcov (--build names the folder that has the .gcno files), or with
`-fprofile-instr-generate -fcoverage-mapping` for llvm-cov (--llvm names its programs and libraries).

An interrupted measurement resumes from STATE. Scripts are run again if the list of a suite's scripts, the command or the runtime has
changed, or with --again.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor, as_completed
from glob import glob
from pathlib import Path

LCOV = ["lcov", "--quiet", "--rc", "lcov_branch_coverage=1"]


class Failure(Exception):
    """An error that ends a measurement."""


def run_tool(command: list[str], **options) -> None:
    """Run a program that must succeed."""
    if shutil.which(command[0]) is None:
        raise Failure(f"{command[0]} is missing")
    done = subprocess.run(command, capture_output=True, text=True, **options)
    if done.returncode != 0:
        raise Failure(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}".rstrip())


class Gcov:
    """A runtime built by `--coverage`. Its counters go to a folder of the suite, not beside its objects."""

    def __init__(self, build: Path):
        self.build = build.resolve()
        if not any(self.build.rglob("*.gcno")):
            raise Failure(f"{build} has no .gcno files: is the runtime built with --coverage?")

    def identity(self) -> str:
        """A text that differs between builds of the runtime."""
        return "\n".join(f"{file} {file.stat().st_mtime_ns}" for file in sorted(self.build.rglob("*.gcno")))

    def environment(self, counters: Path) -> dict[str, str]:
        return {"GCOV_PREFIX": str(counters.resolve()), "GCOV_PREFIX_STRIP": "0"}

    def capture(self, counters: Path, target: Path) -> None:
        """Make a tracefile of the counters. gcov wants its notes beside them."""
        found = False
        for file in counters.rglob("*.gcda"):
            notes = Path("/") / file.relative_to(counters).with_suffix(".gcno")
            link = file.with_suffix(".gcno")
            if notes.is_file() and not link.exists():
                link.symlink_to(notes)
            found = True
        if not found:
            raise Failure(f"the command has left no counters in {counters}")
        run_tool([*LCOV, "--capture", "--directory", str(counters), "--output-file", str(target)])


class Llvm:
    """A runtime built by `-fprofile-instr-generate -fcoverage-mapping`."""

    def __init__(self, objects: list[Path], suffix: str):
        self.objects, self.suffix = objects, suffix
        for file in objects:
            if not file.is_file():
                raise Failure(f"{file} does not exist")

    def identity(self) -> str:
        return "\n".join(f"{file} {file.stat().st_mtime_ns}" for file in self.objects)

    def environment(self, counters: Path) -> dict[str, str]:
        # %m: one file per program, to which each run adds.
        return {"LLVM_PROFILE_FILE": str(counters.resolve() / "%m.profraw")}

    def capture(self, counters: Path, target: Path) -> None:
        raw = sorted(map(str, counters.glob("*.profraw")))
        if not raw:
            raise Failure(f"the command has left no counters in {counters}")
        merged = counters / "all.profdata"
        run_tool([f"llvm-profdata{self.suffix}", "merge", "-sparse", *raw, "-o", str(merged)])
        first, *others = map(str, self.objects)
        command = [f"llvm-cov{self.suffix}", "export", "--format=lcov", f"--instr-profile={merged}", first]
        command += [word for name in others for word in ("--object", name)]
        with open(target, "w", encoding="utf-8") as out:
            done = subprocess.run(command, stdout=out, stderr=subprocess.PIPE, text=True)
        if done.returncode != 0:
            raise Failure(f"{' '.join(command)} failed:\n{done.stderr}".rstrip())


def keep_sources(tracefile: Path, sources: Path) -> int:
    """Keeps the sources below a folder in a tracefile. Returns their number."""
    kept, record, count, wanted = [], [], 0, False
    for line in tracefile.read_text("utf-8", "replace").splitlines():
        record.append(line)
        if line.startswith("SF:"):
            wanted = Path(line[3:]).is_relative_to(sources)
        elif line == "end_of_record":
            kept += record if wanted else []
            count += wanted
            record, wanted = [], False
    tracefile.write_text("".join(line + "\n" for line in kept), "utf-8")
    return count


def find_scripts(place: str) -> list[Path]:
    """The scripts below a folder, or those that a pattern names. Paths are absolute."""
    folder = Path(place)
    found = folder.rglob("*.wast") if folder.is_dir() else map(Path, glob(place))
    scripts = sorted(path.resolve() for path in found)
    if not scripts:
        raise Failure(f"{place} has no scripts")
    return scripts


class Suite:
    """The scripts of one suite, and their results."""

    def __init__(self, name: str, scripts: list[Path], state: Path):
        self.name, self.scripts = name, scripts
        self.counters = state / f"{name}.counters"
        self.done = state / f"{name}.done"
        self.target = state / f"{name}.info"

    def identity(self) -> str:
        """A text that differs if the scripts do."""
        return "\n".join(f"{script} {hashlib.sha256(script.read_bytes()).hexdigest()}" for script in self.scripts)

    def prepare(self, identity: str, again: bool) -> dict[str, str]:
        """Drops outdated results. Returns the scripts that are done, with their outcomes."""
        head, *lines = self.done.read_text("utf-8").splitlines() if self.done.is_file() else [""]
        if again or head != identity:
            shutil.rmtree(self.counters, ignore_errors=True)
            self.target.unlink(missing_ok=True)
            lines = []
            self.done.write_text(identity + "\n", "utf-8")
        self.counters.mkdir(parents=True, exist_ok=True)
        return dict(reversed(line.split(" ", 1)) for line in lines)


def run_script(command: list[str], script: Path, environment: dict[str, str], timeout: float) -> str:
    """Run the command for one script. Returns its exit status, "timeout", or the signal as "signal N"."""
    with tempfile.TemporaryDirectory() as folder:
        words = [word.replace("{script}", str(script)).replace("{folder}", folder) for word in command]
        try:
            done = subprocess.run(
                words, cwd=folder, env=os.environ | environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL, timeout=timeout,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            return "timeout"
    return str(done.returncode) if done.returncode >= 0 else f"signal {-done.returncode}"


def measure(suite: Suite, tool: Gcov | Llvm, options: argparse.Namespace) -> None:
    """Runs the remaining scripts of a suite, and makes its tracefile."""
    parts = (suite.identity(), tool.identity(), "\0".join(options.command))
    identity = hashlib.sha256("\n\n".join(parts).encode()).hexdigest()
    ended = suite.prepare(identity, options.again)
    left = [script for script in suite.scripts if str(script) not in ended]
    if left:
        suite.target.unlink(missing_ok=True)
    environment = tool.environment(suite.counters)
    with ThreadPoolExecutor(options.jobs) as pool, open(suite.done, "a", encoding="utf-8") as done:
        runs = {pool.submit(run_script, options.command, script, environment, options.timeout): script for script in left}
        try:
            for number, future in enumerate(as_completed(runs), 1):
                name = str(runs[future])
                ended[name] = future.result()
                done.write(f"{ended[name].replace(' ', '-')} {name}\n")
                done.flush()
                if sys.stderr.isatty():
                    print(f"\r{suite.name}: {number}/{len(left)}", end="", file=sys.stderr)
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    if not suite.target.is_file():
        part = suite.target.with_suffix(".part")
        tool.capture(suite.counters, part)
        if not keep_sources(part, options.sources.resolve()):
            raise Failure(f"the runtime has no sources below {options.sources}")
        part.rename(suite.target)
    good = sum(status == "0" for status in ended.values())
    print(f"{suite.name}: {len(ended)} scripts, {good} with status 0; {suite.target}")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="measure.py", description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--suite", action="append", required=True, metavar="NAME=DIR", help="scripts below a folder, or of a pattern; may be given several times")
    parser.add_argument("--build", type=Path, metavar="DIR", help="gcov: the folder that the runtime was built in")
    parser.add_argument("--llvm", action="append", type=Path, metavar="FILE", help="llvm-cov: a program or library of the runtime")
    parser.add_argument("--llvm-suffix", default="", metavar="-19", help="what the names of LLVM's programs end with")
    parser.add_argument("--sources", type=Path, required=True, metavar="DIR", help="count sources below this folder alone")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="STATE", help="where results are kept")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="how many scripts to run at a time")
    parser.add_argument("--timeout", type=float, default=120, help="seconds that one script may take (default 120)")
    parser.add_argument("--again", action="store_true", help="begin anew")
    parser.add_argument("command", nargs="+", help="what runs a script")
    options = parser.parse_args()
    if bool(options.build) == bool(options.llvm):
        parser.error("give --build or --llvm")
    return options


def main() -> int:
    options = arguments()
    options.output.mkdir(parents=True, exist_ok=True)
    try:
        tool = Gcov(options.build) if options.build else Llvm(options.llvm, options.llvm_suffix)
        suites: dict[str, list[Path]] = {}
        for word in options.suite:
            name, _, place = word.partition("=")
            if not name or not place or "/" in name:
                raise Failure(f"--suite takes NAME=DIR, not '{word}'")
            suites.setdefault(name, []).extend(find_scripts(place))
        for name, scripts in suites.items():
            measure(Suite(name, scripts, options.output), tool, options)
    except (Failure, OSError) as error:
        print(f"measure.py: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("measure.py: interrupted; the same command resumes", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
