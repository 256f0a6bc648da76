"""Excerpts of scripts, and their tokens for highlighting.

Interface:

- `excerpts` cuts commands out of a test's script;
- `tokens` splits script text into tokens with a class each.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from ..model import Test

#: The most lines of an excerpt, and the most characters of a line.
LINES_KEPT = 16
COLUMNS_KEPT = 240


def excerpts(test: Test, lines: Iterable[int]) -> dict[int, str]:
    """The text of the commands that begin in `lines`, by line; empty if the script cannot be read."""
    wanted = sorted(set(lines))
    if not wanted:
        return {}
    try:
        text = test.path.read_text("utf-8", "replace").split("\n")
    except OSError:
        return {}
    starts = sorted({command.line for command in test.commands})
    return {line: _cut(text, line, _next_start(starts, line, len(text))) for line in wanted if 0 < line <= len(text)}


def _next_start(starts: list[int], line: int, last: int) -> int:
    return next((start for start in starts if start > line), last + 1)


def _cut(text: list[str], first: int, end: int) -> str:
    """Lines `first` up to, not including, `end`, without trailing blank lines and comments."""
    chosen = [line.rstrip() for line in text[first - 1 : end - 1]]
    while len(chosen) > 1 and (not chosen[-1] or chosen[-1].lstrip().startswith(";;")):
        chosen.pop()
    left_out = len(chosen) - LINES_KEPT
    if left_out > 0:
        chosen = [*chosen[:LINES_KEPT], f";; … {left_out} more lines"]
    return "\n".join(line if len(line) <= COLUMNS_KEPT else line[:COLUMNS_KEPT] + " …" for line in chosen)


_TOKENS = re.compile(
    r"""
      (?P<comment> ;;[^\n]* | \(;.*?;\) )
    | (?P<string> "(?:[^"\\\n]|\\.)*"? )
    | (?P<name> \$[^\s()";]+ )
    | (?P<number> [+-]?(?:0x[0-9a-fA-F][0-9a-fA-F_.pP+-]*|[0-9][0-9_.eE+-]*|inf|nan(?::[0-9a-zA-Z_]+)?)(?=[\s()";]|$) )
    | (?P<command> (?<=\()(?:assert_\w+|module|invoke|get|register|process|switch|end|library|unload|dictionary)\b )
    | (?P<word> [a-zA-Z@][^\s()";]* )
    """,
    re.VERBOSE | re.DOTALL,
)


def tokens(text: str) -> Iterator[tuple[str, str]]:
    """The text as pairs of class and part. The class is empty between tokens."""
    at = 0
    for match in _TOKENS.finditer(text):
        if match.start() > at:
            yield "", text[at : match.start()]
        yield match.lastgroup or "", match.group()
        at = match.end()
    if at < len(text):
        yield "", text[at:]
