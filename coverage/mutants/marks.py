"""The places in the sources that implement the branches of rules, and the breakages of each rule.

Two things mark a place:

- a comment that ends with `rule: ID` or `rules: ID, ID`. On a line of its own it marks the statement, function or macro that
  follows; at the end of a line, the statement that the line is part of; after `{`, the function, or the condition of the block;
- a probe, `RULE(engine, id)`. It marks the rest of its block, and the condition of the block; or, at the top of a function, the
  statement that follows.

Each operator of operators.py is applied to marked code. breakages.toml has further breakages, written by hand:

    ["mmap.hint.free"]
    "a hint counts only if the page below it is free" = "is_free(s, hint, count) => is_free(s, hint - 1, count + 1)"

The text before `=>` occurs once in the code that the rule marks; white space and comments do not matter, and `…` stands for any text. After it,
`…` stands for the text that was found. A list has several such changes, which are made together. `[variants]` has tables of the same
form: other ways to do what a rule leaves open, on which no script may fail; those of `[polyfill]` hold in that profile only.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import attrs
from tree_sitter import Node

from .operators import Facts, Mutant, gather_facts, mutants_of, parse

_COMMENT = re.compile(r"\brules?: +([a-z][a-z0-9.,\s*-]*?)\s*\*/$")
_PROBE = re.compile(r"RULE\(.*[,\s](\w+)\)")
_DEFINE = re.compile(rb"[ \t]*#[ \t]*define[ \t](?:[^\\\n]|\\.|\\\n)*")
_ROW = re.compile(r'^RULE_ROW\((\w+), "([^"]+)"', re.M)
#: Nodes that a mark at the end of a line reaches back to.
_UNITS = re.compile(r".*_statement|declaration|else_clause|function_definition|field_declaration|enumerator")

#: Tables of breakages.toml that are not named after a rule.
TESTS, VARIANTS, POLYFILL = "tests", "variants", "polyfill"


class BadTable(Exception):
    """A table, or a mark, does not fit the sources."""


@attrs.frozen
class Mark:
    """A place that implements rules."""

    file: str
    line: int
    rules: tuple[str, ...]
    regions: tuple[tuple[int, int], ...]  #: of the source's bytes

    def contains(self, start: int, end: int) -> bool:
        """Whether a range lies in the mark."""
        return any(first <= start and end <= last for first, last in self.regions)


@attrs.frozen
class Breakage:
    """A change of the sources that a test of its rules must notice; or a variant, which none may."""

    rules: tuple[str, ...]
    label: str
    edits: tuple[tuple[str, int, int, bytes], ...]  #: file, start, end, replacement
    key: str
    place: str  #: FILE:LINE
    kind: str = ""  #: VARIANTS or POLYFILL
    derived: bool = False

    @property
    def files(self) -> set[str]:
        """The files that change, below interp/."""
        return {file for file, *_ in self.edits}


class Sources:
    """The sources below interp/, their marks, and what can be done to them."""

    def __init__(self, root: Path):
        folder = root / "interp"
        paths = [p for pattern in ("*.c", "*.h", "*.def") for p in sorted(folder.rglob(pattern)) if "tests" not in p.parts]
        self.texts = {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}
        table = next((text for name, text in self.texts.items() if name.endswith("rule.def")), b"")
        #: The names of rules by their identifiers in C.
        self.rules = dict(_ROW.findall(table.decode("utf-8")))
        self.facts: Facts = gather_facts(text for name, text in self.texts.items() if not name.endswith(".def"))
        self.problems: list[str] = []
        self.marks = [mark for name in self.texts for mark in self._marks(name)]

    def _marks(self, name: str) -> Iterator[Mark]:
        source = self.texts[name]
        if b"rule" not in source and b"RULE(" not in source:
            return
        stack = [parse(_DEFINE.sub(lambda define: re.sub(rb"[^\n]", b" ", define[0]), source))]
        while stack:
            node = stack.pop()
            stack += reversed(node.children)
            found, regions, is_comment = None, (), node.type == "comment"
            if is_comment and (found := _COMMENT.search(_text(node))):
                rules = tuple(word.strip(" *\n") for word in found[1].split(","))
                regions = _of_comment(node, source)
            elif node.type == "call_expression" and (found := _PROBE.fullmatch(_text(node))):
                rules = (self.rules.get(found[1], found[1]),)
                regions = _of_probe(node)
            if found:
                line = node.start_point[0] + 1
                unknown = [rule for rule in rules if rule not in self.rules.values()]
                self.problems += [f"{name}:{line}: no such rule: {rule}" for rule in unknown]
                if is_comment and not regions:
                    self.problems.append(f"{name}:{line}: the mark has nothing to mark")
                yield Mark(name, line, rules, tuple(regions))

    def derived(self) -> list[Breakage]:
        """The breakages of what is marked."""
        found = []
        for name in sorted({mark.file for mark in self.marks}):
            marks = [mark for mark in self.marks if mark.file == name]
            for mutant in mutants_of(self.texts[name], name, self.facts):
                rules = sorted({rule for mark in marks if mark.contains(mutant.start, mutant.end) for rule in mark.rules})
                if rules:
                    found.append(_breakage(tuple(rules), mutant))
        return found

    def find(self, rule: str, text: str) -> tuple[str, int, int]:
        """Where a text is, in what a rule marks: file, start, end. Raises BadTable."""
        places = set()
        for mark in self.marks:
            for first, last in mark.regions if rule in mark.rules else ():
                for match in _pattern(text).finditer(self.texts[mark.file], first, last):
                    places.add((mark.file, match.start(), match.end()))
        if len(places) != 1:
            raise BadTable(f"{rule}: the text occurs {len(places)} times in what the rule marks: {text}")
        return places.pop()

    def written(self, rule: str, what: str, changes: list[str], kind: str = "") -> Breakage:
        """A breakage of breakages.toml. Raises BadTable."""
        edits = []
        for change in changes:
            old, arrow, new = re.sub(r"\s+", " ", change).partition(" =>")
            if not arrow:
                raise BadTable(f"{rule}: {what}: not OLD => NEW: {change}")
            file, start, end = self.find(rule, old.strip())
            source = self.texts[file]
            text = new.strip().encode().replace("…".encode(), source[start:end])
            lines = b"\n" * max(0, source.count(b"\n", start, end) - text.count(b"\n"))
            edits.append((file, start, end, text + lines))
        key = hashlib.sha256(repr((rule, what, changes, kind)).encode()).hexdigest()[:16]
        file, start, *_ = edits[0]
        line = self.texts[file].count(b"\n", 0, start) + 1
        return Breakage((rule,), what, tuple(sorted(edits)), key, f"{file}:{line}", kind)


@attrs.define
class Table:
    """breakages.toml."""

    breakages: list[Breakage] = attrs.Factory(list)
    tests: dict[str, list[str]] = attrs.Factory(dict)  #: files of pytest that are asked too, by rule
    problems: list[str] = attrs.Factory(list)


def read_table(path: Path, sources: Sources) -> Table:
    """The breakages that are written by hand; `problems` has those that do not fit the sources."""
    rows, table = tomllib.loads(path.read_text("utf-8")), Table()
    table.tests = rows.pop(TESTS, {})
    groups = [("", rows), *((kind, rows.pop(kind, {})) for kind in (VARIANTS, POLYFILL))]
    for kind, tables in groups:
        for rule, entries in tables.items():
            for what, changes in entries.items():
                try:
                    table.breakages.append(sources.written(rule, what, [changes] if isinstance(changes, str) else changes, kind))
                except BadTable as error:
                    table.problems.append(f"{path.name}: {error}")
    known = set(sources.rules.values())
    table.problems += [f"{path.name}: no such rule: {rule}" for rule in [*table.tests, *rows] if rule not in known]
    return table


def redundant(written: list[Breakage], derived: list[Breakage], sources: Sources) -> list[str]:
    """The breakages that are written though an operator makes the same change."""
    made = {(file, _plain(sources.texts[file], edits)) for b in derived for file, *_ in b.edits[:1] for edits in [b.edits]}
    return [f"{b.rules[0]}: {b.label}: an operator does the same" for b in written
            if len(b.edits) == 1 and (b.edits[0][0], _plain(sources.texts[b.edits[0][0]], b.edits)) in made]  # fmt: skip


def _plain(source: bytes, edits: tuple) -> bytes:
    _, start, end, text = edits[0]
    before, after = source[:start], source[end:]
    # The line's surroundings decide; blanks and parentheses around an operand do not.
    first, last = before.rfind(b";") + 1, after.find(b";")
    return b"%d:" % start and re.sub(rb"[\s()]", b"", before[first:] + text + after[: last + 1]) + b"@%d" % source.count(b"\n", 0, first)


def _breakage(rules: tuple[str, ...], mutant: Mutant) -> Breakage:
    edits = ((mutant.name, mutant.start, mutant.end, mutant.text),)
    key = hashlib.sha256(repr((rules, mutant.key)).encode()).hexdigest()[:16]
    return Breakage(rules, mutant.label, edits, key, f"{mutant.name}:{mutant.line}", derived=True)


def _text(node: Node) -> str:
    return node.text.decode("utf-8")


def _pattern(text: str) -> re.Pattern[bytes]:
    """Matches a text with any white space between its tokens."""
    found = ""
    for token in re.findall(r"…|\w+|[^\w\s…]", text):
        word = rf"\b{token}\b" if token[0].isalnum() or token[0] == "_" else re.escape(token)
        found += ".*?" if token == "…" else rf"(?:\s|/\*.*?\*/)*{word}" if found else word
    return re.compile(found.encode(), re.S)


# ---- Regions -------------------------------------------------------------------------------------------------------------


def _of_comment(comment: Node, source: bytes) -> list[tuple[int, int]]:
    start = comment.start_byte
    line = source.rfind(b"\n", 0, start) + 1
    if source[line:start].strip():
        return _of_line(comment, source, line)
    if (define := _DEFINE.match(source, comment.end_byte + len(source[comment.end_byte :]) - len(source[comment.end_byte :].lstrip()))):
        return [define.span()]
    following = comment.next_named_sibling
    while following is not None and following.type == "comment":
        following = following.next_named_sibling
    if following is not None and (_UNITS.fullmatch(following.type) or following.type.startswith("preproc")):
        return [(following.start_byte, following.end_byte)]
    # A table of macro calls is not C by itself: the row on the next line is marked.
    row = re.compile(rb"[^\n]*\n([^\n]+)").match(source, comment.end_byte)
    return [row.span(1)] if row else []


def _of_line(comment: Node, source: bytes, line: int) -> list[tuple[int, int]]:
    """The statement that the code before a comment on its line is part of."""
    if define := _DEFINE.match(source, line):
        return [(define.start(), comment.start_byte)]
    root = comment
    while root.parent is not None:
        root = root.parent
    position = len(source[: comment.start_byte].rstrip()) - 1
    node = root.descendant_for_byte_range(position, position + 1)
    if node.type == "{":
        owner = node.parent.parent
        return [(owner.start_byte, owner.end_byte if owner.type == "function_definition" else comment.start_byte)]
    while node.parent is not None and not _UNITS.fullmatch(node.type):
        node = node.parent
    # One line may hold several: a case and its statements.
    while node.parent is not None and node.parent.start_point[0] == node.start_point[0] and _UNITS.fullmatch(node.parent.type):
        node = node.parent
    consequence = node.child_by_field_name("consequence")
    end = comment.start_byte if node.type == "case_statement" else consequence.end_byte if consequence else node.end_byte
    return [(node.start_byte, end)]


def _of_probe(call: Node) -> list[tuple[int, int]]:
    statement = call
    while statement.parent is not None and not statement.type.endswith("_statement"):
        statement = statement.parent
    block = statement.parent
    owner = block.parent if block.type == "compound_statement" else block
    last = block
    if owner.type == "function_definition":
        last = statement.next_named_sibling
        while last is not None and (last.type == "comment" or _PROBE.search(_text(last)) and last.type == "expression_statement"):
            last = last.next_named_sibling
    regions = [(statement.end_byte, last.end_byte)] if block.type in ("compound_statement", "case_statement") and last is not None else []
    if owner.type == "else_clause":
        owner = owner.parent
    condition = owner.child_by_field_name("condition") if owner.type in ("if_statement", "while_statement") else None
    if condition is not None:
        regions.append((condition.start_byte, condition.end_byte))
    return regions
