"""Finds the commands of a script.

The scan knows parentheses, strings and comments, nothing else. It gives the harness a count of commands that does not
depend on an engine's reading of the script.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator

from .model import Command

#: Tokens that structure depends on. A line comment ends at a line feed or a carriage return.
_STRUCTURE = re.compile(r'"(?:[^"\\]|\\.)*"|;;[^\n\r]*|\(;|\(|\)', re.DOTALL)
_DELIMITER = re.compile(r"\(;|;\)")

#: White space or a line comment, then the beginning of a block comment or of an annotation, or a word.
_LEADING = re.compile(r"""(?:\s|;;[^\n\r]*)*(\(;|\(@|[^\s()";]+)""")

_METADATA = re.compile(r"^;;;[ \t]*([a-z-]+):[ \t]*(.*?)[ \t]*$")

#: Forms that are module fields: a script may hold them bare, and a run of them is one module.
_FIELDS = frozenset("type rec import func table memory global export start elem data tag".split())

#: Forms whose kind is two words.
_TWO_WORDS = {"module": ("definition", "instance")}


def scan_script(text: str) -> tuple[Command, ...]:
    """The commands of a script in order. Never raises: unbalanced text yields the commands up to its end."""
    lines = [0] + [m.end() for m in re.finditer("\n", text)]
    commands: list[Command] = []
    in_fields = False
    for start, _ in _forms(text, 0):
        kind = _kind(text, start + 1)
        if kind.startswith("@"):
            continue
        field = kind in _FIELDS
        if field and in_fields:
            continue
        in_fields = field
        commands.append(Command(bisect_right(lines, start), "module" if field else kind))
    return tuple(commands)


def scan_metadata(text: str) -> dict[str, str]:
    """The `;;; key: value` lines before the first form. The values of a repeated key are joined with a space."""
    found: dict[str, str] = {}
    for line in text.splitlines():
        if not line.startswith(";;"):
            if line.strip():
                break
            continue
        match = _METADATA.match(line)
        if match:
            key, value = match.groups()
            found[key] = f"{found[key]} {value}" if key in found else value
    return found


def _forms(text: str, at: int) -> Iterator[tuple[int, int]]:
    """The start and end of each outermost form from `at` on."""
    depth = start = 0
    while match := _STRUCTURE.search(text, at):
        token, at = match.group(), match.end()
        if token == "(;":
            at = _after_comment(text, at)
        elif token == "(":
            depth += 1
            start = match.start() if depth == 1 else start
        elif token == ")" and depth:
            depth -= 1
            if depth == 0:
                yield start, at
    if depth:
        yield start, len(text)


def _after_comment(text: str, at: int) -> int:
    """The end of a block comment whose inside begins at `at`. Block comments nest."""
    depth = 1
    for match in _DELIMITER.finditer(text, at):
        depth += 1 if match.group() == "(;" else -1
        if depth == 0:
            return match.end()
    return len(text)


def _kind(text: str, at: int) -> str:
    """The kind of the form whose inside begins at `at`."""
    words = _leading_words(text, at)
    first = next(words, "")
    if first in _TWO_WORDS:
        second = next(words, "")
        if second in _TWO_WORDS[first]:
            return f"{first} {second}"
    return first


def _leading_words(text: str, at: int) -> Iterator[str]:
    """The words from `at` on, up to the first token that is not a word, a comment or an annotation."""
    while match := _LEADING.match(text, at):
        at = match.end()
        if match.group(1) == "(;":
            at = _after_comment(text, at)
        elif match.group(1) == "(@":
            _, at = next(_forms(text, match.start(1)))
        elif match.group(1):
            yield match.group(1)
