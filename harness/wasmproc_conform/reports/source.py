"""Excerpts of scripts: the text of a command, for people to read, and its tokens for highlighting.

Interface:

- `excerpts` cuts commands out of a test's script;
- `tokens` splits text in the text format into classes that a page can colour.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from ..model import Test

#: An excerpt is cut after so many lines, and a line after so many characters.
LINES_KEPT = 16
COLUMNS_KEPT = 240


def excerpts(test: Test, lines: Iterable[int]) -> dict[int, str]:
    """The text of the commands that begin in `lines`, by line. A script that cannot be read yields none."""
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
    """Lines `first` up to but not including `end`, less the blank and comment lines that lead to what follows."""
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
    """Pairs of class and text that together are `text`. The class of what is nothing special is empty."""
    at = 0
    for match in _TOKENS.finditer(text):
        if match.start() > at:
            yield "", text[at : match.start()]
        yield match.lastgroup or "", match.group()
        at = match.end()
    if at < len(text):
        yield "", text[at:]
