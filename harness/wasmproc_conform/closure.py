"""Whether rules, code and tests say the same: the closure that `make check` holds.

- Every rule of the interpreter's table is cited by `RULE()` in its sources, stated by a directive `rule` in the specification,
  and named by a test or waived; nothing else is (places.py). So a rule that is deleted in one place alone is missed. The
  command line, which knows the public header alone, cites what it implements by `CLI_RULE()`: no probe counts these, so
  they are waived.
- Links of the Markdown files to files and headings lead somewhere.
- Every test says what it is about, in metadata that is right (testsuite/FORMAT.md).
- Every rule of sections 2 to 6 is named by a test, fires in every test that names it, and is *asserted*: it fired while a
  command ran whose assertion then passed. That holds on each back end of processes. `testsuite/waivers.toml` names the
  rules that no script can show, and those that do not fire in a test that is about them, with the reason.

    python -m wasmproc_conform.closure build/wasmproc-check

prints what it found as TAP, and per rule how many commands assert it, how many merely touch it, and how many tests
name it; with `--report FILE.html` also a page that has every rule's text, code, tests and counts (closure_page.py).
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
import tomllib
from collections import Counter, defaultdict
from pathlib import Path

import attrs

from .features import FEATURES, scan_module
from .places import check_links, check_places, read_places
from .suites import ROOT

#: Sections of the process model whose rules the corpus must assert.
SECTIONS = frozenset({"2", "3", "4", "5", "6"})

#: The back ends of processes; a rule must be asserted on each.
BACKENDS = ("sparse", "native")

#: Keys of a test's metadata, in the order in which they stand; those with True are required.
KEYS = {"rules": True, "profile": False, "features": False, "pair": False, "description": True}

PROFILES = frozenset({"strict"})

#: The value of `pair`, see testsuite/pairs.py.
_PAIR = re.compile(r"(none|by hand), since .+")

#: What `rules:` is in tests that are not about the process model.
CORE = "core"

_KEY = re.compile(r"^;;; ([a-z]+): (.*\S)\s*$")


@attrs.define
class Metadata:
    """What a test says of itself; `problems` are sentences without the file's name."""

    values: dict[str, str] = attrs.field(factory=dict)
    problems: list[str] = attrs.field(factory=list)

    def words(self, key: str) -> list[str]:
        """The value of a key that is a list."""
        return [word.strip() for word in self.values.get(key, "").split(",")] if key in self.values else []


def read_metadata(text: str) -> Metadata:
    """The `;;; key: value` lines at the start of a script."""
    found = Metadata()
    for line in text.splitlines():
        if not line.startswith(";;;"):
            break
        match = _KEY.match(line)
        if not match:
            found.problems.append(f"not `;;; key: value`: {line}")
            continue
        key, value = match.groups()
        if key not in KEYS:
            found.problems.append(f"unknown key: {key}")
        elif key in found.values:
            found.problems.append(f"given twice: {key}")
        found.values[key] = value
    found.problems += [f"no {key}" for key, required in KEYS.items() if required and key not in found.values]
    order = [key for key in found.values if key in KEYS]
    if order != [key for key in KEYS if key in order]:
        found.problems.append(f"the keys are not in order: {', '.join(order)}")
    return found


def check_metadata(metadata: Metadata, rules: set[str], core: bool) -> list[str]:
    """What is wrong with a test's metadata, given the names of all rules; `core` for tests that use no process."""
    problems = list(metadata.problems)
    named = metadata.words("rules")
    if core and named != [CORE]:
        problems.append(f"rules of a test in core/ must be `{CORE}`")
    elif not core:
        problems += [f"unknown rule: {name or '(nothing)'}" for name in named if name not in rules]
    problems += [f"named twice: {name}" for name, count in Counter(named).items() if count > 1]
    problems += [f"unknown feature: {name or '(nothing)'}" for name in metadata.words("features") if name not in FEATURES]
    if metadata.values.get("profile", "strict") not in PROFILES:
        problems.append(f"unknown profile: {metadata.values['profile']}")
    if "pair" in metadata.values and not _PAIR.fullmatch(metadata.values["pair"]):
        problems.append(f"pair without kind and reason: {metadata.values['pair']}")
    return problems


@attrs.frozen
class Waiver:
    """A rule that no script can show: why, and the file that shows it instead."""

    rule: str
    reason: str
    shown_by: str


def read_waivers(path: Path) -> list[Waiver]:
    """The entries of a file of waivers. Raises ValueError."""
    entries = tomllib.loads(path.read_text("utf-8")).get("waiver", []) if path.is_file() else []
    for entry in entries:
        if entry.keys() != {"rule", "reason", "shown-by"} or not all(str(v).strip() for v in entry.values()):
            raise ValueError(f"{path}: a waiver has rule, reason and shown-by: {entry}")
    return [Waiver(entry["rule"], entry["reason"], entry["shown-by"]) for entry in entries]


def check_waivers(waivers: list[Waiver], rules: set[str], named: set[str], root: Path) -> list[str]:
    """What is wrong with waivers, given all rules and those that tests name."""
    problems = []
    for waiver in waivers:
        shown_by = root / waiver.shown_by
        if waiver.rule not in rules:
            problems.append(f"waiver of an unknown rule: {waiver.rule}")
        elif waiver.rule in named:
            problems.append(f"waiver of a rule that a test names: {waiver.rule}")
        elif not shown_by.is_file() or waiver.rule not in shown_by.read_text("utf-8"):
            problems.append(f"waiver of {waiver.rule}: {waiver.shown_by} does not name it")
    return problems


@attrs.frozen
class Silent:
    """A rule that a test is about though it does not fire in it, in this interpreter: why."""

    test: str
    rule: str
    reason: str


def read_silent(path: Path) -> list[Silent]:
    """The entries for rules that do not fire, of a file of waivers. Raises ValueError."""
    entries = tomllib.loads(path.read_text("utf-8")).get("silent", []) if path.is_file() else []
    for entry in entries:
        if entry.keys() != {"test", "rule", "reason"} or not all(str(v).strip() for v in entry.values()):
            raise ValueError(f"{path}: a silent rule has test, rule and reason: {entry}")
    return [Silent(entry["test"], entry["rule"], entry["reason"]) for entry in entries]


@attrs.define
class Fired:
    """Which rules fired in a script: in commands that assert something and passed, and in others."""

    asserted: Counter = attrs.field(factory=Counter)
    touched: Counter = attrs.field(factory=Counter)
    #: Some command was not supported: the host has no addresses for an extent (rule process.extent.min).
    is_partial: bool = False

    def __contains__(self, rule: str) -> bool:
        """Whether a rule fired at all."""
        return bool(self.asserted[rule] or self.touched[rule])


def read_events(text: str) -> Fired:
    """What the events of `wasmproc wast --json` say about rules."""
    fired = Fired()
    for line in text.splitlines():
        event = json.loads(line)
        if event.get("event") == "command":
            good = event["kind"].startswith("assert_") and event["outcome"] == "pass"
            fired.is_partial |= event["outcome"] == "unsupported"
            (fired.asserted if good else fired.touched).update(event.get("rules", []))
    return fired


def used_features(wasmproc: str, script: Path, folder: Path) -> set[str] | None:
    """The features that the modules of a script use, or None if it can't be converted."""
    target = folder / "script.json"
    done = subprocess.run([wasmproc, "json-from-wast", str(script), "-o", str(target)], capture_output=True)
    if done.returncode != 0:
        return None
    used: set[str] = set()
    for file in folder.glob("*.wasm"):
        used |= scan_module(file.read_bytes()).features
    for command in json.loads(target.read_text("utf-8"))["commands"]:
        # A wasm64 process has a 64-bit memory, whether or not a module imports it.
        if command.get("command", command).get("address") == "i64":
            used.add("memory64")
    return used


class Closure:
    """The check of one tree with one interpreter that counts rules. `problems` is empty when all is closed."""

    def __init__(self, wasmproc: str, root: Path = ROOT):
        self.wasmproc, self.root = wasmproc, root
        self.problems: list[str] = []
        #: By back end and test.
        self.fired: dict[str, dict[str, Fired]] = {backend: {} for backend in BACKENDS}
        self.named: dict[str, list[str]] = defaultdict(list)
        tables = json.loads(self._run("tables", "--json"))
        #: Tests and rules of which it was said that they do not fire, less those of which it was found to be so.
        self.silent = {(s.test, s.rule) for s in read_silent(root / "testsuite" / "waivers.toml")}
        self.rules: list[dict] = tables["rules"]
        self.sections = {rule["id"]: rule["chapter"] for rule in self.rules}
        self.places = read_places(root)
        self.waivers: dict[str, Waiver] = {}

    def _run(self, *arguments: str) -> str:
        done = subprocess.run([self.wasmproc, *arguments], capture_output=True, text=True, timeout=300)
        if not done.stdout:
            raise RuntimeError(f"{self.wasmproc} {' '.join(arguments)}: {done.stderr.strip() or 'printed nothing'}")
        return done.stdout

    def check(self) -> None:
        """Do all of it."""
        suite = self.root / "testsuite"
        for folder in ("process", "core"):
            for script in sorted((suite / folder).rglob("*.wast")):
                self.check_script(script, folder == "core")
        if not self.named:
            self.problems.append("there are no tests")
        waivers = read_waivers(suite / "waivers.toml")
        self.problems += [f"{name}: says that {rule} does not fire in it, but it does" for name, rule in sorted(self.silent)]
        self.waivers = {waiver.rule: waiver for waiver in waivers}
        self.problems += check_waivers(waivers, set(self.sections), set(self.named), self.root)
        self.problems += check_places(self.places, set(self.sections), self.waivers.keys() | self.named.keys())
        self.problems += check_links(self.root)
        self.check_rules(set(self.waivers))

    def check_script(self, script: Path, core: bool) -> None:
        """One test: its metadata, and what happens when it runs."""
        name = script.relative_to(self.root / "testsuite").as_posix()
        metadata = read_metadata(script.read_text("utf-8"))
        problems = check_metadata(metadata, set(self.sections), core)
        for backend in BACKENDS:
            self.fired[backend][name] = read_events(self._run("wast", "--json", "--backend", backend, str(script)))
        with tempfile.TemporaryDirectory() as folder:
            used = used_features(self.wasmproc, script, Path(folder))
        declared = set(metadata.words("features"))
        if used is None:
            problems.append("cannot be converted")
        elif used != declared:
            problems.append(f"uses the features {', '.join(sorted(used)) or 'none'}, declares {', '.join(sorted(declared)) or 'none'}")
        if not core:
            for rule in metadata.words("rules"):
                self.named[rule].append(name)
                problems += self.check_named(name, rule)
        self.problems += [f"{name}: {problem}" for problem in problems]

    def check_named(self, name: str, rule: str) -> list[str]:
        """A rule that a test names, against what fired in it on each back end."""
        fired = {backend: self.fired[backend][name] for backend in BACKENDS}
        silent = [backend for backend in BACKENDS if rule not in fired[backend] and not fired[backend].is_partial]
        if rule not in self.sections or not silent:
            return []
        if (name, rule) in self.silent:
            self.silent.discard((name, rule))
            return []
        return [f"names {rule}, which does not fire in it ({', '.join(silent)})"]

    def check_rules(self, waived: set[str]) -> None:
        """Each rule against all tests."""
        for rule, section in self.sections.items():
            if section not in SECTIONS or rule in waived:
                continue
            for backend in BACKENDS:
                if not self.total(rule, backend)[0]:
                    self.problems.append(f"no test asserts {rule} ({backend})")

    def total(self, rule: str, backend: str) -> tuple[int, int]:
        """How many commands asserted a rule on a back end, and how many merely touched it."""
        fired = self.fired[backend].values()
        return sum(f.asserted[rule] for f in fired), sum(f.touched[rule] for f in fired)


def main() -> int:
    """The exit status is 1 where something is not closed."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("wasmproc", help="an interpreter with rule probes: wasmproc-check")
    parser.add_argument("--report", type=Path, metavar="FILE.html", help="write a page about every rule")
    arguments = parser.parse_args()
    closure = Closure(arguments.wasmproc)
    closure.check()
    if arguments.report:
        from .closure_page import to_html

        arguments.report.write_text(to_html(closure), "utf-8")
    if not closure.places.has_spec:
        print("# there is no specification in spec/: what it states is not checked")
    print("# asserted and touched: " + ", ".join(BACKENDS))
    for rule in closure.sections:
        counts = [f"{asserted:8} {touched:8}" for asserted, touched in (closure.total(rule, b) for b in BACKENDS)]
        print(f"#{' |'.join(counts)} | {len(closure.named[rule]):3} tests | {rule}")
    print(f"1..{max(1, len(closure.problems))}")
    for number, problem in enumerate(closure.problems, 1):
        print(f"not ok {number} - {problem}")
    if not closure.problems:
        print(f"ok 1 - {len(closure.sections)} rules, {len(closure.fired['sparse'])} tests: rules, code and tests are closed")
    return 1 if closure.problems else 0


if __name__ == "__main__":
    sys.exit(main())
