#!/usr/bin/env python3
"""Times the interpreter: computation, memory in a process, the platform, decoding and validation, the official suite.

Each figure is the best of several runs in separate OS processes (user plus system time), alternating between the
engines, so that other load affects them alike. Ratios are over wabt's tools if installed: a ratio of 5 means five times
as fast. The exit status is 0 when everything ran and every checksum agreed, 1 otherwise, 2 for usage.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent

#: Compiler flags for the workloads in C: freestanding, so that no C library is needed.
CFLAGS = ["--target=wasm32-unknown-unknown", "-O2", "-ffreestanding", "-fno-builtin", "-nostdlib", "-c"]
LDFLAGS = ["--no-entry", "-z", "stack-size=65536"]

#: The files of the official suite. The counts that the interpreter prints exclude those with unsupported commands.
SUITE_GLOBS = ("*.wast", "custom/*.wast")


class Failed(Exception):
    """A failed measurement, with the reason."""


class Usage:
    """The cost of one run of a command: seconds of processor time, peak memory in bytes."""

    def __init__(self, seconds: float, peak: int, output: str):
        self.seconds, self.peak, self.output = seconds, peak, output


def run(argv: list[str], statuses: tuple[int, ...] = (0,)) -> Usage:
    """Runs a command to its end. Raises Failed for a status that is not among `statuses`."""
    with tempfile.TemporaryFile() as out:
        try:
            child = subprocess.Popen(argv, stdout=out, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
        except OSError as error:
            raise Failed(f"{argv[0]}: {error.strerror}") from None
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        text = out.read().decode("utf-8", "replace")
    if child.returncode not in statuses:
        raise Failed(f"{' '.join(argv)}: status {child.returncode}\n{text[:500]}")
    return Usage(used.ru_utime + used.ru_stime, used.ru_maxrss * 1024, text)


def best(usages: list[Usage]) -> Usage:
    """The fastest run."""
    return min(usages, key=lambda usage: usage.seconds)


def alternate(commands: list[list[str] | None], repeat: int) -> list[Usage | None]:
    """The best of `repeat` runs of each command, in turns. None stays None."""
    taken: list[list[Usage]] = [[] for _ in commands]
    for _ in range(repeat):
        for argv, usages in zip(commands, taken):
            if argv is not None:
                usages.append(run(argv))
    return [best(usages) if usages else None for usages in taken]


class Bench:
    """A run of all benchmarks: the tools, the options, and the results by name."""

    def __init__(self, options: argparse.Namespace, scratch: Path):
        self.options = options
        self.scratch = scratch
        self.ours = options.wasmproc
        self.results: dict[str, dict] = {}
        self.failures: list[str] = []
        self.interp = shutil.which("wasm-interp")
        self.validator = shutil.which("wasm-validate")

    def title(self, text: str) -> None:
        print(f"\n{text}", flush=True)

    def fail(self, what: str) -> None:
        self.failures.append(what)
        print(f"  FAILED: {what}", file=sys.stderr, flush=True)

    # ---- Computation ------------------------------------------------------------------------------------------

    def build(self, name: str) -> tuple[Path, str]:
        """The workload as a binary module, and the kind of its source."""
        out = self.scratch / f"{name}.wasm"
        compiler, linker = find_clang()
        if compiler and linker and not self.options.wat:
            code = self.scratch / f"{name}.o"
            run([compiler, *CFLAGS, str(HERE / "compute" / f"{name}.c"), "-o", str(code)])
            run([linker, *LDFLAGS, str(code), "-o", str(out)])
            return out, "C"
        run([self.ours, "parse", str(HERE / "compute" / f"{name}.wat"), "-o", str(out)])
        return out, "wat"

    def compute(self) -> None:
        """Computing workloads, compared with wabt's interpreter."""
        self.title("Computation (seconds; ratio: how many times as fast as wasm-interp)")
        print(f"  {'workload':12} {'from':4} {'wasmproc':>9} {'wasm-interp':>11} {'ratio':>6}")
        ratios = []
        for source in sorted((HERE / "compute").glob("*.wat")):
            name = source.stem
            module, origin = self.build(name)
            theirs = [self.interp, str(module), "--run-all-exports"] if self.interp else None
            mine, other = alternate([[self.ours, "run", str(module), "--invoke", "run"], theirs], self.options.repeat)
            row = {"from": origin, "wasmproc": mine.seconds, "result": last_number(mine.output)}
            text = f"  {name:12} {origin:4} {mine.seconds:9.3f}"
            if other is not None:
                row |= {"wasm-interp": other.seconds, "ratio": other.seconds / mine.seconds}
                ratios.append(row["ratio"])
                text += f" {other.seconds:11.3f} {row['ratio']:6.1f}"
                if last_number(other.output) != row["result"]:
                    self.fail(f"{name}: the results differ: {mine.output.strip()} and {other.output.strip()}")
            print(text, flush=True)
            self.results[f"compute/{name}"] = row
        if ratios:
            mean = math.exp(sum(map(math.log, ratios)) / len(ratios))
            self.results["compute"] = {"geometric mean": mean, "least": min(ratios)}
            print(f"  {'geometric mean':40} {mean:5.1f}   (least {min(ratios):.1f})")
        else:
            print("  wabt's wasm-interp is not installed: no ratios")

    # ---- Memory in a process, the platform -----------------------------------------------------------------------

    def platform(self) -> None:
        """The same code in a process and on plain memory, and the rates of mmap and munmap."""
        output = run([self.options.platform, str(HERE / "access.wat")]).output
        values: dict[str, dict[str, float]] = {}
        for kind, name, number, unit in (line.split() for line in output.splitlines()):
            self.results[f"{kind}/{name}"] = {"value": float(number), "unit": unit}
            values.setdefault(kind, {})[name] = float(number)
        self.access(values.pop("access"))
        self.native_pairs(values.pop("native"))
        self.title("mmap and munmap on the sparse backing (million pairs a second)")
        for kind, rates in values.items():
            for name, rate in rates.items():
                print(f"  {kind:10} {name:20} {rate / 1e6:8.2f}")

    def access(self, times: dict[str, float]) -> None:
        """Workloads on plain memory and in a process."""
        self.title("The same code on plain memory and in a process (milliseconds; ratio: time in a process over plain)")
        print(f"  {'workload':12} {'plain':>9} {'native':>9} {'ratio':>6} {'sparse':>9} {'ratio':>6}")
        worst = {"native": 0.0, "sparse": 0.0}
        for name in dict.fromkeys(key.split("/")[0] for key in times):
            plain, native, sparse = (times[f"{name}/{place}"] for place in ("plain", "native", "sparse"))
            ratios = {"native": native / plain, "sparse": sparse / plain}
            worst = {place: max(worst[place], ratio) for place, ratio in ratios.items()}
            self.results[f"access/{name}"] = ratios
            print(
                f"  {name:12} {plain:9.2f} {native:9.2f} {ratios['native']:6.3f} {sparse:9.2f} {ratios['sparse']:6.2f}",
                flush=True,
            )
        self.results["access"] = {"worst ratio": worst}
        print(f"  {'worst':12} {'':9} {'':9} {worst['native']:6.3f} {'':9} {worst['sparse']:6.2f}")

    def native_pairs(self, times: dict[str, float]) -> None:
        """mmap and munmap on the native backing, and the bare system calls."""
        self.title("mmap and munmap of a page, native backing (microseconds a pair; ratio: over the bare system calls)")
        print(f"  {'mappings':20} {'process':>9} {'bare':>9} {'ratio':>6}")
        for name in dict.fromkeys(key.rsplit("/", 1)[0] for key in times):
            process, bare = times[f"{name}/process"], times[f"{name}/bare"]
            self.results[f"native/{name}"] = {"ratio": process / bare}
            print(f"  {name:20} {process:9.2f} {bare:9.2f} {process / bare:6.2f}", flush=True)

    # ---- Decoding and validation -----------------------------------------------------------------------------------

    def validate(self) -> None:
        """Decoding and validation of large modules."""
        self.title("Decoding and validation (seconds, peak memory)")
        modules = [self.large_module()] + [Path(p) for p in self.options.module]
        for module in modules:
            size = module.stat().st_size
            theirs = [self.validator, "--enable-all", str(module)] if self.validator else None
            mine, other = alternate([[self.ours, "validate", str(module)], theirs], self.options.repeat)
            row = {"bytes": size, "seconds": mine.seconds, "peak": mine.peak}
            text = f"  {module.name:20} {size / 1e6:6.1f} MB   wasmproc {mine.seconds:6.3f} s {mine.peak / 1e6:6.1f} MB"
            if other is not None:
                row |= {"wabt seconds": other.seconds, "wabt peak": other.peak, "ratio": other.seconds / mine.seconds}
                text += f"   wasm-validate {other.seconds:6.3f} s {other.peak / 1e6:6.1f} MB   ratio {row['ratio']:.1f}"
            print(text, flush=True)
            self.results[f"validate/{module.name}"] = row

    def large_module(self) -> Path:
        """A module of several megabytes: the functions of the workload `mix`, over and over."""
        source, _ = self.build("mix")
        path = self.scratch / "large.wasm"
        path.write_bytes(repeat_functions(source.read_bytes(), 8 << 20))
        return path

    # ---- The official suite ------------------------------------------------------------------------------------------

    def suite(self) -> None:
        """The fully supported files of the official suite, in one OS process."""
        self.title("The official core suite, files without vectors, garbage collection and exceptions")
        folder = self.options.testsuite
        if folder is None or not folder.is_dir():
            print("  missing: name a checkout of WebAssembly/testsuite with --testsuite DIR or WASM_TESTSUITE=DIR")
            return
        files = [str(f) for pattern in SUITE_GLOBS for f in sorted(folder.glob(pattern))]
        whole = [f for f in files if self.supported(f)]
        if not whole:
            raise Failed(f"{folder} has no script that can be run")
        usage = best([run([self.ours, "wast", *whole]) for _ in range(self.options.repeat)])
        self.results["suite"] = {"files": len(whole), "of": len(files), "seconds": usage.seconds}
        print(f"  {len(whole)} of {len(files)} files: {usage.seconds:.2f} s")

    def supported(self, path: str) -> bool:
        """Whether a script passes without unsupported commands, by the counts that the interpreter prints."""
        usage = run([self.ours, "wast", "--json", path], (0, 1))
        ends = [json.loads(line) for line in usage.output.splitlines() if '"end"' in line and line.startswith("{")]
        ends = [event for event in ends if event.get("event") == "end"]
        return bool(ends) and ends[-1]["unsupported"] == 0 and ends[-1]["fail"] == 0


# ---- Helpers -----------------------------------------------------------------------------------------------------------


def find_clang() -> tuple[str | None, str | None]:
    """The newest clang that can compile to WebAssembly, and its linker; or None."""
    suffixes = ["", "-19", "-18", "-17", "-16", "-15", "-14"]
    compilers = [shutil.which("clang" + s) for s in suffixes]
    linkers = [shutil.which("wasm-ld" + s) for s in suffixes]
    return next(filter(None, compilers), None), next(filter(None, linkers), None)


def last_number(text: str) -> int | None:
    """The last integer that a command printed, as an unsigned 32-bit number."""
    numbers = re.findall(r"-?\d+", text)
    return int(numbers[-1]) & 0xFFFFFFFF if numbers else None


def read_u32(data: bytes, at: int) -> tuple[int, int]:
    """An unsigned LEB128 integer and where it ends."""
    value = shift = 0
    while True:
        value |= (data[at] & 0x7F) << shift
        shift += 7
        at += 1
        if data[at - 1] < 0x80:
            return value, at


def write_u32(value: int) -> bytes:
    """An unsigned LEB128 integer."""
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def repeat_functions(module: bytes, size: int) -> bytes:
    """The module with its functions repeated until the code section has about `size` bytes. It stays valid."""
    out, at = bytearray(module[:8]), 8
    times = 1
    sections = []
    while at < len(module):
        kind = module[at]
        length, start = read_u32(module, at + 1)
        sections.append((kind, module[start : start + length]))
        at = start + length
    code = next(body for kind, body in sections if kind == 10)
    times = max(1, size // len(code))
    for kind, body in sections:
        if kind in (3, 10):
            count, start = read_u32(body, 0)
            body = write_u32(count * times) + body[start:] * times
        elif kind == 0:
            continue
        out += bytes([kind]) + write_u32(len(body)) + body
    return bytes(out)


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench.py", description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--wasmproc", required=True, help="the interpreter")
    parser.add_argument("--platform", required=True, help="the program made from bench.c")
    parser.add_argument("--testsuite", type=Path, default=os.environ.get("WASM_TESTSUITE"), help="the official suite")
    parser.add_argument("--module", action="append", default=[], help="a further module to decode and validate")
    parser.add_argument("--repeat", type=int, default=3, help="runs of each measurement (default 3)")
    parser.add_argument("--wat", action="store_true", help="use the .wat workloads even if clang is installed")
    parser.add_argument("--only", choices=["compute", "platform", "validate", "suite"], action="append")
    parser.add_argument("--json", type=Path, help="write the results to this file too")
    options = parser.parse_args()
    if options.repeat < 1:
        parser.error("--repeat must be at least 1")
    options.testsuite = Path(options.testsuite) if options.testsuite else None
    return options


def main() -> int:
    options = parse_arguments()
    with tempfile.TemporaryDirectory(prefix="wasmproc-bench-") as folder:
        bench = Bench(options, Path(folder))
        for name in options.only or ["compute", "platform", "validate", "suite"]:
            try:
                getattr(bench, name)()
            except Failed as error:
                bench.fail(str(error))
    if options.json:
        options.json.write_text(json.dumps(bench.results, indent=1) + "\n")
    return 1 if bench.failures else 0


if __name__ == "__main__":
    sys.exit(main())
