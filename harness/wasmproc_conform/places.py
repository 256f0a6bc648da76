"""Where each rule of the process model is: in the table, in the code, in the specification and in tests.

- The table is `interp/core/rule.def`.
- Code cites a rule as `RULE(cover, id)`, the command line as `CLI_RULE(id);`, in the sources below `interp/`, tests excluded.
- The specification states it by the directive `.. rule:: name`, in the files below `spec/`.
- Tests name it in their metadata (closure.py).

`check_places` says what is in one of them and not in another. Nothing has to be built for that: it reads files.
"""

from __future__ import annotations

import re
from collections import defaultdict
from functools import lru_cache
from pathlib import Path

import attrs

_CITATION = re.compile(r"\bRULE\s*\([^;]*,\s*([A-Za-z_0-9]+)\s*\)|\bCLI_RULE\s*\(([A-Za-z_0-9]+)\);")
_ROW = re.compile(r'^RULE_ROW\((\w+), "([^"]*)", "([^"]*)", "(.*)"\)$')
_DIRECTIVE = re.compile(r"^( *)\.\. rule:: *(\S*)")
_OPTION = re.compile(r"^ *:[a-z-]+:")

TABLE = Path("interp/core/rule.def")


def c_name(rule: str) -> str:
    """A rule as C sources cite it."""
    return rule.replace(".", "_").replace("-", "_")


@attrs.frozen
class Statement:
    """A rule as the specification states it: the file and line, and the lines of its text."""

    place: str
    text: str


@attrs.define
class Places:
    """What the four places have. Places in files are "file:line"; files are relative to the repository."""

    table: dict[str, list[str]] = attrs.field(factory=lambda: defaultdict(list))
    #: By the name that C has for a rule.
    code: dict[str, list[str]] = attrs.field(factory=lambda: defaultdict(list))
    spec: dict[str, list[Statement]] = attrs.field(factory=lambda: defaultdict(list))
    #: False while there is no specification in the tree.
    has_spec: bool = False
    #: What is wrong within one place.
    problems: list[str] = attrs.field(factory=list)


@lru_cache(maxsize=4096)
def _citations(text: str) -> list[tuple[int, str]]:
    lines = enumerate(text.splitlines(), 1)
    return [(number, match[1] or match[2]) for number, line in lines for match in _CITATION.finditer(line)]


@lru_cache(maxsize=256)
def _statements(text: str) -> list[tuple[int, str, str]]:
    """The rules that a file of the specification states: line, name and text."""
    found, lines = [], text.splitlines()
    for number, line in enumerate(lines):
        match = _DIRECTIVE.match(line)
        if not match:
            continue
        indent, body = len(match[1]), []
        for other in lines[number + 1 :]:
            if other.strip() and len(other) - len(other.lstrip()) <= indent:
                break
            body.append(other)
        # Options stand right below the directive.
        while body and _OPTION.match(body[0]):
            del body[0]
        least = min((len(other) - len(other.lstrip()) for other in body if other.strip()), default=0)
        found.append((number + 1, match[2], "\n".join(other[least:] for other in body).strip()))
    return found


def cited_rules(folder: Path) -> dict[str, list[str]]:
    """The ids that `RULE()` cites in the C sources below a folder, tests excluded, with the places."""
    places = defaultdict(list)
    for file in sorted(folder.rglob("*.[ch]")):
        if file.relative_to(folder).parts[0] == "tests" or file.name == "rule.h":
            continue
        for number, name in _citations(file.read_text("utf-8")):
            places[name].append(f"{file.relative_to(folder).as_posix()}:{number}")
    return dict(places)


def _read_table(root: Path, places: Places) -> None:
    for number, line in enumerate((root / TABLE).read_text("utf-8").splitlines(), 1):
        match = _ROW.match(line)
        if not match and line.startswith("RULE_ROW"):
            places.problems.append(f"{TABLE}:{number} is no row of the form that is described there")
        elif match:
            places.table[match[2]].append(f"{TABLE}:{number}")
            if match[1] != c_name(match[2]):
                places.problems.append(f"{TABLE}:{number} calls {match[2]} {match[1]}, not {c_name(match[2])}")


def read_places(root: Path) -> Places:
    """All of it, but the tests."""
    places = Places()
    _read_table(root, places)
    for name, cited in cited_rules(root / "interp").items():
        places.code[name] = [f"interp/{place}" for place in cited]
    for file in sorted((root / "spec").rglob("*.rst")):
        for line, name, text in _statements(file.read_text("utf-8")):
            places.has_spec = True
            places.spec[name].append(Statement(f"{file.relative_to(root).as_posix()}:{line}", text))
    return places


def check_places(places: Places, program: set[str] | None, tested: set[str]) -> list[str]:
    """What does not fit: the rules of a built program (None: there is none) and those that tests name or that a waiver
    names, against the other places."""
    problems = list(places.problems)
    known = {c_name(rule): rule for rule in places.table}
    if not known:
        problems.append(f"{TABLE} has no rules")
    problems += [f"{rule} is in {TABLE} twice" for rule, rows in places.table.items() if len(rows) > 1]
    for rule in sorted((program or set()) ^ set(places.table) if program is not None else ()):
        where = "the program's table, not in" if rule in (program or ()) else "not in the program's table, but in"
        problems.append(f"{rule} is in {where} {TABLE}: is the program built from these sources?")
    for name, cited in places.code.items():
        if name not in known:
            problems.append(f"{cited[0]} cites an unknown rule: {name}")
    problems += [f"rule without a citation in interp/: {known[n]}" for n in sorted(known.keys() - places.code.keys())]
    if places.has_spec:
        problems += _check_spec(places)
    problems += [f"no test names {rule}" for rule in sorted(places.table.keys() - tested)]
    return problems


def _check_spec(places: Places) -> list[str]:
    problems = []
    for name, stated in places.spec.items():
        if name not in places.table:
            problems.append(f"{stated[0].place} states an unknown rule: {name or '(no name)'}")
        if len(stated) > 1:
            problems.append(f"{stated[1].place} states {name}, which {stated[0].place} has stated")
        if not stated[0].text:
            problems.append(f"{stated[0].place} states {name}, but says nothing")
    problems += [f"rule that spec/ does not state: {rule}" for rule in sorted(places.table.keys() - places.spec.keys())]
    return problems


# ---- Links -----------------------------------------------------------------------------------------------------------

_LINK = re.compile(r"(?<!!)\[[^\]\n]*\]\(([^)\s]+)\)")
_FENCE = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)
_HEADING = re.compile(r"^#+ +(.*?) *#*$", re.MULTILINE)

#: Folders that are not part of the sources.
_NOT_SOURCES = {"build", ".git", "node_modules", "__pycache__"}


def anchors(text: str) -> set[str]:
    """The anchors of a Markdown text: its headings in lower case, spaces as dashes, without other punctuation."""
    found: set[str] = set()
    for heading in _HEADING.findall(_FENCE.sub("", text)):
        plain = re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        number = 0
        while (name := f"{plain}-{number}" if number else plain) in found:
            number += 1
        found.add(name)
    return found


def markdown_files(root: Path) -> list[Path]:
    """The Markdown files of the repository."""
    return sorted(
        file
        for file in root.rglob("*.md")
        if not _NOT_SOURCES & {part for part in file.relative_to(root).parts} and "-build" not in file.as_posix()
    )


def check_links(root: Path) -> list[str]:
    """Links of Markdown files to files of the repository and to headings in them that are not there."""
    problems = []
    for file in markdown_files(root):
        for target in _LINK.findall(_FENCE.sub("", file.read_text("utf-8"))):
            if re.match(r"[a-z]+:", target):
                continue
            path, _, anchor = target.partition("#")
            found = (file.parent / path) if path else file
            where = file.relative_to(root).as_posix()
            if not found.exists():
                problems.append(f"{where} links to {path}, which does not exist")
            elif anchor and found.suffix == ".md" and anchor not in anchors(found.read_text("utf-8")):
                problems.append(f"{where} links to {target}, but there is no such heading")
    return problems
