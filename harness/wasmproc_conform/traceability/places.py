"""The places of each rule of the process model: in the code, and in the specification.

- Code cites a rule as `RULE(engine, id)`, the command line as `CLI_RULE(id);`, in the sources below `interp/`, tests
  excluded. The id is the rule's name with `_` for `.` and `-`.
- The specification states it by the directive `.. rule:: name`, in the files below `spec/`.

`check_places` compares these with the interpreter's table (`wasmproc tables --json`) and with the rules that tests
name.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator
from functools import lru_cache
from pathlib import Path

import attrs

_CITATION = re.compile(r"\bRULE\s*\([^;]*,\s*([A-Za-z_0-9]+)\s*\)|\bCLI_RULE\s*\(([A-Za-z_0-9]+)\);")
#: The definition of the macros, and comments that describe them.
_NOT_CODE = ("#define", "/*", "*")
_DIRECTIVE = re.compile(r"^( *)\.\. rule:: *(\S*)")
_OPTION = re.compile(r"^ *:[a-z-]+:")
_UNDERLINE = re.compile(r"^([^\w\s])\1+$")
#: References in parentheses, which a summary leaves out.
_ASIDE = re.compile(r" \((?:(?::(?:ref|rule):`[^`]+`|reduction rules?[\d a-z]+)(?:, | and )?)+\)")
_ROLE = re.compile(r":[a-z]+:`([^`<]*?)(?: <[^`]*)?`")
_SENTENCE = re.compile(r".*?[.](?= |$)|.*")


def c_name(rule: str) -> str:
    """A rule as C sources cite it."""
    return rule.replace(".", "_").replace("-", "_")


@attrs.frozen
class Statement:
    """A rule as the specification states it. `place` is "file:line"; `chapter` is the title of the file."""

    place: str
    chapter: str
    text: str


@attrs.define
class Places:
    """Citations and statements. Places are "file:line", with files relative to the repository."""

    #: By the id that C has for a rule.
    code: dict[str, list[str]] = attrs.field(factory=lambda: defaultdict(list))
    spec: dict[str, list[Statement]] = attrs.field(factory=lambda: defaultdict(list))

    @property
    def has_spec(self) -> bool:
        """Whether the tree has a specification that states rules."""
        return bool(self.spec)


def read_places(root: Path) -> Places:
    """The citations and statements of a tree."""
    places = Places()
    for name, cited in cited_rules(root / "interp").items():
        places.code[name] = [f"interp/{place}" for place in cited]
    places.spec.update(read_statements(root))
    return places


def read_statements(root: Path) -> dict[str, list[Statement]]:
    """The rules that the specification of a tree states, by name; empty if the tree has none."""
    found = defaultdict(list)
    for file in sorted((root / "spec").rglob("*.rst")):
        lines = file.read_text("utf-8").splitlines()
        for line, name, text in _statements(lines):
            place = f"{file.relative_to(root).as_posix()}:{line}"
            found[name].append(Statement(place, _title(lines), text))
    return found


def cited_rules(folder: Path) -> dict[str, list[str]]:
    """The ids that the C sources below a folder cite, tests excluded, each with the places."""
    places = defaultdict(list)
    for file in sorted(folder.rglob("*.[ch]")):
        if file.relative_to(folder).parts[0] != "tests":
            for number, name in _citations(file.read_text("utf-8")):
                places[name].append(f"{file.relative_to(folder).as_posix()}:{number}")
    return dict(places)


@lru_cache(maxsize=4096)
def _citations(text: str) -> list[tuple[int, str]]:
    return [
        (number, match[1] or match[2])
        for number, line in enumerate(text.splitlines(), 1)
        if not line.lstrip().startswith(_NOT_CODE)
        for match in _CITATION.finditer(line)
    ]


def _statements(lines: list[str]) -> Iterator[tuple[int, str, str]]:
    """The rules that a file of the specification states: line, name and text."""
    for number, line in enumerate(lines, 1):
        match = _DIRECTIVE.match(line)
        if match:
            yield number, match[2], _body(lines[number:], len(match[1]))


def _body(lines: list[str], indent: int) -> str:
    """The text of a directive that is indented by `indent`, given the lines after it."""
    body = []
    for line in lines:
        if line.strip() and len(line) - len(line.lstrip()) <= indent:
            break
        body.append(line)
    # Options stand right below the directive.
    while body and _OPTION.match(body[0]):
        del body[0]
    least = min((len(line) - len(line.lstrip()) for line in body if line.strip()), default=0)
    return "\n".join(line[least:] for line in body).strip()


def summary(text: str) -> str:
    """The first sentence of a rule's text, without markup."""
    first = " ".join(text.partition("\n\n")[0].split())
    plain = re.sub(r"``|\*", "", _ROLE.sub(r"\1", _ASIDE.sub("", first)))
    return _SENTENCE.match(plain)[0]


def _title(lines: list[str]) -> str:
    """The title of a reStructuredText file: its first line that is underlined."""
    return next((line for line, below in zip(lines, lines[1:]) if line.strip() and _UNDERLINE.match(below)), "")


def check_places(places: Places, table: Collection[str], tested: Collection[str]) -> list[str]:
    """The disagreements between places, the interpreter's table, and the rules that tests or waivers name."""
    known = {c_name(rule): rule for rule in table}
    problems = [] if table else ["the interpreter's table has no rules"]
    problems += [f"{rule} is in the interpreter's table twice" for rule, count in Counter(table).items() if count > 1]
    unknown = places.code.keys() - known.keys()
    problems += [f"{places.code[name][0]} cites an unknown rule: {name}" for name in sorted(unknown)]
    problems += [f"rule without a citation in interp/: {known[n]}" for n in sorted(known.keys() - places.code.keys())]
    if places.has_spec:
        problems += _check_spec(places, set(table))
    problems += [f"no test names {rule}" for rule in sorted(set(table) - set(tested))]
    return problems


def _check_spec(places: Places, table: set[str]) -> list[str]:
    problems = []
    for name, stated in places.spec.items():
        if name not in table:
            problems.append(f"{stated[0].place} states an unknown rule: {name or '(no name)'}")
        if len(stated) > 1:
            problems.append(f"{stated[1].place} states {name}, which {stated[0].place} has stated")
        if not stated[0].text:
            problems.append(f"{stated[0].place} states {name}, but says nothing")
    problems += [f"rule that spec/ does not state: {rule}" for rule in sorted(table - places.spec.keys())]
    return problems
