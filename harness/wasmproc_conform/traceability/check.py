"""The traceability check of a tree, with an interpreter that counts rules.

It holds that

- every rule of the interpreter's table is cited in the sources, stated in the specification, and named by a test or
  waived, and that each of these refers to rules of the table alone. The command line cites what it implements by
  `CLI_RULE()`, which no probe counts; such rules are waived;
- the metadata of every test is right, and its modules use the features that it declares;
- every rule fires in the tests that name it, unless `testsuite/waivers.toml` lists it as silent there;
- every rule that is not waived is asserted (fired.py) on each back end;
- links of Markdown files lead somewhere.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections import defaultdict
from pathlib import Path

from ..adapters.wasmproc import BACKENDS
from ..events import read_events
from ..features import MVP, Instructions, scan_module
from ..suites import ROOT
from .fired import Fired
from .links import check_links
from .metadata import check_metadata, read_metadata
from .places import check_places, read_places
from .waivers import Waiver, check_waivers, read_silent, read_waivers

#: Seconds that the interpreter may take for one script.
TIMEOUT = 300


class Traceability:
    """The check of one tree. `problems` is empty if everything agrees."""

    def __init__(self, wasmproc: str, root: Path = ROOT):
        """`wasmproc` is an interpreter with rule probes. Raises RuntimeError if it prints no tables."""
        self.wasmproc, self.root = wasmproc, root
        self.problems: list[str] = []
        #: By back end and test.
        self.fired: dict[str, dict[str, Fired]] = {backend: {} for backend in BACKENDS}
        tables = json.loads(self._run("tables", "--json"))
        #: The tests that name a rule.
        self.named: dict[str, list[str]] = defaultdict(list)
        #: The rules of the interpreter's table, in its order.
        self.rules: list[str] = [rule["id"] for rule in tables["rules"]]
        self.features = {feature["id"] for feature in tables["features"]} - {MVP}
        self.instructions = Instructions(tables)
        self.places = read_places(root)
        waivers = root / "testsuite" / "waivers.toml"
        self.waivers: dict[str, Waiver] = {waiver.rule: waiver for waiver in read_waivers(waivers)}
        #: Pairs of test and rule that are listed as silent and have not been found to be so.
        self.silent = {(entry.test, entry.rule) for entry in read_silent(waivers)}

    def _run(self, *arguments: str) -> str:
        done = subprocess.run([self.wasmproc, *arguments], capture_output=True, text=True, timeout=TIMEOUT)
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
            self.problems.append("no test names a rule")
        self.problems += [f"{test}: {rule} is listed as silent, but fires" for test, rule in sorted(self.silent)]
        self.problems += check_waivers([*self.waivers.values()], {*self.rules}, {*self.named}, self.root)
        self.problems += check_places(self.places, self.rules, self.waivers.keys() | self.named.keys())
        self.problems += check_links(self.root)
        self.check_rules()

    def check_script(self, script: Path, core: bool) -> None:
        """Check one test: its metadata, its features, and the rules that fire in it."""
        name = script.relative_to(self.root / "testsuite").as_posix()
        metadata = read_metadata(script.read_text("utf-8"))
        problems = check_metadata(metadata, set(self.rules), self.features, core)
        for backend in BACKENDS:
            events = read_events(self._run("wast", "--json", "--backend", backend, str(script)))
            if not events.complete:
                problems.append(f"no end event ({backend}): {events.error}")
            self.fired[backend][name] = fired = Fired()
            fired.add(events.commands)
        problems += self.check_features(script, set(metadata.words("features")))
        for rule in () if core else metadata.words("rules"):
            self.named[rule].append(name)
            problems += self.check_named(name, rule)
        self.problems += [f"{name}: {problem}" for problem in problems]

    def check_features(self, script: Path, declared: set[str]) -> list[str]:
        """The features that a test declares, against those that its modules use."""
        with tempfile.TemporaryDirectory() as folder:
            used = self.used_features(script, Path(folder))
        if used is None:
            return ["cannot be converted"]
        if used == declared:
            return []
        shown = [", ".join(sorted(features)) or "none" for features in (used, declared)]
        return [f"uses the features {shown[0]}, declares {shown[1]}"]

    def used_features(self, script: Path, folder: Path) -> set[str] | None:
        """The features that the modules of a script use, or None if it cannot be converted into `folder`."""
        target = folder / "script.json"
        argv = [self.wasmproc, "json-from-wast", str(script), "-o", str(target)]
        if subprocess.run(argv, capture_output=True, timeout=TIMEOUT).returncode != 0:
            return None
        used: set[str] = set()
        for file in folder.glob("*.wasm"):
            used |= scan_module(file.read_bytes(), self.instructions).features
        for command in json.loads(target.read_text("utf-8"))["commands"]:
            # A wasm64 process has a 64-bit memory even if no module imports it.
            if command.get("command", command).get("address") == "i64":
                used.add("memory64")
        return used

    def check_named(self, test: str, rule: str) -> list[str]:
        """A rule that a test names, against the rules that fired in it on each back end."""
        fired = {backend: self.fired[backend][test] for backend in BACKENDS}
        silent = [backend for backend in BACKENDS if rule not in fired[backend] and not fired[backend].is_partial]
        if rule not in self.rules or not silent:
            return []
        if (test, rule) in self.silent:
            self.silent.discard((test, rule))
            return []
        return [f"names {rule}, which does not fire in it ({', '.join(silent)})"]

    def check_rules(self) -> None:
        """Each rule that is not waived must be asserted on each back end."""
        for rule in self.rules:
            for backend in BACKENDS:
                if rule not in self.waivers and not self.total(rule, backend)[0]:
                    self.problems.append(f"no test asserts {rule} ({backend})")

    def total(self, rule: str, backend: str) -> tuple[int, int]:
        """The number of commands that asserted a rule on a back end, and the number that touched it."""
        fired = self.fired[backend].values()
        return sum(f.asserted[rule] for f in fired), sum(f.touched[rule] for f in fired)
