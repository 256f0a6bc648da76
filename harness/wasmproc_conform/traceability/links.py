"""Checks the links of the repository's Markdown files."""

from __future__ import annotations

import re
from pathlib import Path

_LINK = re.compile(r"(?<!!)\[[^\]\n]*\]\(([^)\s]+)\)")
_FENCE = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)
_HEADING = re.compile(r"^#+ +(.*?) *#*$", re.MULTILINE)

#: Folders that are not part of the sources.
_NOT_SOURCES = {"build", ".git", "node_modules", "__pycache__"}


def anchors(text: str) -> set[str]:
    """The anchors of a Markdown text: its headings in lower case, with dashes for spaces, without punctuation."""
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
        if not _NOT_SOURCES & set(file.relative_to(root).parts) and "-build" not in file.as_posix()
    )


def check_links(root: Path) -> list[str]:
    """The links of Markdown files to files and headings that do not exist in the repository."""
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
                problems.append(f"{where} links to {target}, a heading that does not exist")
    return problems
