"""Finds the commands of a script without understanding them.

The scan knows parentheses, strings and comments, nothing else. It gives the harness a count of what a script holds
that no engine's reading of the script can lower.
"""

from __future__ import annotations

import re
from bisect import bisect_right

from .model import Command

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|;;[^\n]*|\(;|;\)|\(@"(?:[^"\\]|\\.)*"|\(|\)', re.DOTALL)
_WORD = re.compile(r"(?:\s|;;[^\n]*\n|\(;.*?;\))*([^\s()\";]+)", re.DOTALL)
_METADATA = re.compile(r"^;;;[ \t]*([a-z-]+):[ \t]*(.*?)[ \t]*$")

#: Forms that are module fields: a script may hold them bare, and a run of them is one module.
_FIELDS = frozenset("type rec import func table memory global export start elem data tag".split())

#: Forms whose kind is two words.
_TWO_WORDS = {"module": ("definition", "instance")}


def scan_script(text: str) -> tuple[Command, ...]:
    """The commands of a script in order. Never fails: unbalanced text yields what was found before its end."""
    lines = [0] + [m.end() for m in re.finditer("\n", text)]
    commands: list[Command] = []
    in_fields = False
    for start in _top_level(text):
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
    """The `;;; key: value` lines before the first other line. A key given twice joins its values with a space."""
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


def _top_level(text: str):
    """Offsets of the opening parentheses of top-level forms."""
    depth = comment = 0
    for match in _TOKEN.finditer(text):
        token = match.group()
        if token == "(;":
            comment += 1
        elif token == ";)" and comment:
            comment -= 1
        elif comment:
            # Strings and line comments mean nothing in a block comment, but delimiters inside them do.
            comment += token.count("(;") - token.count(";)")
            comment = max(0, comment)
        elif token[0] == "(":
            if depth == 0:
                yield match.start()
            depth += 1
        elif token in (")", ";)"):
            # In an annotation a semicolon may stand alone, before the parenthesis that ends the annotation.
            depth = max(0, depth - 1)


def _kind(text: str, at: int) -> str:
    first = _WORD.match(text, at)
    if not first:
        return ""
    word = first.group(1)
    second = _WORD.match(text, first.end())
    if second and second.group(1) in _TWO_WORDS.get(word, ()):
        return f"{word} {second.group(1)}"
    return word
