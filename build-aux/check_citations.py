#!/usr/bin/env python3
"""Checks that what comments and documents cite exists.

- A rule id after "rule" or "rules" is stated in spec/ by `.. rule::`. A comment that a mark ("rule: ID") ends does not
  cite the rule of the mark again.
- A file name ends the path of a file of the sources, or is in OTHERS.
- A label after "label" is a label of spec/ (`.. _NAME:`).
- A title in quotes after "specification" or "chapter" is a chapter of the WebAssembly specification (CHAPTERS).
- A section or a chapter has no number, which could move, unless a published standard (STANDARDS) is named beside it.

Comments of C, Python, shell, make and Promela, whole Markdown and TOML files, the manual page, and the metadata and
comments of scripts are searched. The specification checks itself (spec/check_spec.py). Prints TAP: a point per file that
cites, each problem with its line. Exits with 1 if a point fails or no citation is found.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

#: Parts and chapters of the WebAssembly specification, as its table of contents has them.
CHAPTERS = {
    "Structure", "Validation", "Execution", "Binary Format", "Text Format", "Appendix",
    "Structure: Conventions", "Structure: Values", "Structure: Types", "Structure: Instructions", "Structure: Modules",
    "Validation: Conventions", "Validation: Types", "Validation: Matching", "Validation: Instructions",
    "Validation: Modules",
    "Execution: Conventions", "Execution: Runtime Structure", "Execution: Numerics", "Execution: Types",
    "Execution: Values", "Execution: Instructions", "Execution: Modules",
    "Binary Format: Conventions", "Binary Format: Values", "Binary Format: Types", "Binary Format: Instructions",
    "Binary Format: Modules",
    "Text Format: Conventions", "Text Format: Lexical Format", "Text Format: Values", "Text Format: Types",
    "Text Format: Instructions", "Text Format: Modules",
    "Embedding", "Profiles", "Implementation Limitations", "Type Soundness", "Type System Properties",
    "Validation Algorithm", "Custom Sections and Annotations", "Change History",
}  # fmt: skip

#: Files of other projects, of the build folder, and of examples; capitals stand for a part of a name.
OTHERS = {
    "config.h", "libwasmproc.sym", "report.html", "traceability.html", "results.json", "results.tap", "junit.xml",
    "wasmproc.pc", "index.html", "module.wasm", "program.wasm", "out.info", "esbuild.wasm", "mutation.json",
    "a.c", "a.h", "b.c", "link.md", "b.md", "c.md", "hello.c", "most.c", "most.h", "pan.c", "wc.c", "x.c",
}  # fmt: skip

STANDARDS = re.compile(r"\b(?:RFC|FIPS|DWARF|IEEE)\b")

SUFFIXES = {".c", ".h", ".def", ".py", ".md", ".am", ".ac", ".toml", ".pml", ".1", ".wast", ".mjs", ".j2", ".css"}
NAMES = {"bootstrap"}
SKIPPED = {"build", "autom4te.cache", "__pycache__", "shared"}

#: The parts of a file that are prose, by suffix; other files are prose as a whole.
_COMMENTS = {
    suffix: re.compile(pattern, re.DOTALL | re.MULTILINE)
    for suffixes, pattern in [
        ((".c", ".h", ".def", ".pml", ".mjs", ".css"), r"/\*.*?\*/|//[^\n]*"),
        ((".py",), r'""".*?"""|#[^\n]*'),
        ((".am", ".ac", ""), r"^\s*#[^\n]*|\bdnl [^\n]*"),
        ((".wast",), r";;[^\n]*|\(;.*?;\)"),
    ]
    for suffix in suffixes
}
_GAP = r"(?:\s*\n\s*[*#;]+\s*|\s)+"
_RULE = re.compile(rf"\b[Rr]ules?{_GAP}((?:[a-z]+\.[a-z.-]+[a-z](?:,{_GAP}|{_GAP}and{_GAP})?)+)")
_MARK = re.compile(rf"\brules?:{_GAP}((?:[a-z]+\.[a-z.-]+[a-z](?:,{_GAP})?)+)")
_RULE_ID = re.compile(r"[a-z]+\.[a-z.-]+[a-z]")
_FILE = re.compile(r"(?<![\w*/<{.$-])((?:[\w-]+/)*[\w-]+\.(?:c|h|def|py|md|toml|pml|rst|am|mjs|j2))\b(?![\w*>(}/-]|\.\w)")
_LABEL = re.compile(r"\blabel ([a-z]+(?:-[a-z]+)+)\b")
_TITLE = re.compile(rf'(?:specification|[Cc]hapters?),?{_GAP}(?:(?:chapters?|appendix){_GAP})?"([^"]+)"')
_NUMBER = re.compile(rf"\b(?:[Ss]ections?|[Cc]hapters?){_GAP}\d+(?:\.\d+)*\b|§{_GAP}?\d")


def sources(root: Path) -> Iterator[Path]:
    """The files that may cite, in order."""
    for entry in sorted(root.iterdir()):
        if entry.is_dir():
            if entry.name not in SKIPPED and not entry.name.startswith(".") and not (entry / "config.status").exists():
                yield from sources(entry)
        elif (entry.suffix in SUFFIXES or entry.name in NAMES) and entry.name not in ("LICENSE", "aclocal.m4"):
            yield entry


def prose(path: Path) -> Iterator[tuple[int, str]]:
    """The prose of a file, in pieces, each with the number of its first line."""
    text = path.read_text("utf-8", "replace")
    pattern = _COMMENTS.get(path.suffix)
    if pattern is None:
        yield 1, text
        return
    # Adjacent comments of a line each are one piece.
    start = end = -1
    for match in pattern.finditer(text):
        if start >= 0 and text[end : match.start()].strip() == "":
            end = match.end()
            continue
        if start >= 0:
            yield text.count("\n", 0, start) + 1, text[start:end]
        start, end = match.span()
    if start >= 0:
        yield text.count("\n", 0, start) + 1, text[start:end]


class Citable:
    """The citable rules, labels and files."""

    def __init__(self, root: Path):
        spec = "\n".join(file.read_text("utf-8") for file in sorted((root / "spec").rglob("*.rst")))
        self.rules = set(re.findall(r"^\.\. rule:: (\S+)", spec, re.MULTILINE))
        self.labels = set(re.findall(r"^\.\. _([\w.-]+):", spec, re.MULTILINE))
        self.files: dict[str, list[str]] = {}
        for folder, folders, names in os.walk(root):
            folders[:] = [f for f in folders if f not in SKIPPED and not f.startswith(".")]
            for name in names:
                path = (Path(folder) / name).relative_to(root).as_posix()
                self.files.setdefault(name, []).append(path)

    def has_file(self, name: str) -> bool:
        base = name.rpartition("/")[2]
        return base in OTHERS or re.search(r"NAME|ENGINE|CHAPTER", base) is not None or any(f"/{path}".endswith(f"/{name}") for path in self.files.get(base, []))


def problems(path: Path, citable: Citable) -> tuple[int, list[str]]:
    """The number of citations of a file, and those that do not hold."""
    count, found = 0, []

    def check(holds: bool, line: int, what: str) -> None:
        nonlocal count
        count += 1
        if not holds:
            found.append(f"{line}: {what}")

    for first, text in prose(path):
        found_marks = _MARK.finditer(text) if path.suffix in (".c", ".h", ".def") else ()
        marks = {rule for match in found_marks for rule in _RULE_ID.findall(match[1])}

        def line_of(match: re.Match[str], first: int = first, text: str = text) -> int:
            return first + text.count("\n", 0, match.start())

        for match in _RULE.finditer(text):
            for rule in _RULE_ID.findall(match[1]):
                if rule.rpartition(".")[2] not in ("c", "h", "py", "def", "md", "toml"):
                    check(rule in citable.rules, line_of(match), f"no rule {rule}")
                    check(rule not in marks, line_of(match), f"the mark below cites rule {rule} already")
        for match in _FILE.finditer(text):
            check(citable.has_file(match[1]), line_of(match), f"no file {match[1]}")
        for match in _LABEL.finditer(text):
            check(match[1] in citable.labels, line_of(match), f"no label {match[1]}")
        for match in _TITLE.finditer(text):
            title = re.sub(_GAP, " ", match[1])
            check(title in CHAPTERS or title.lower() == title, line_of(match), f'no chapter "{title}"')
        for match in _NUMBER.finditer(text):
            beside = text[max(0, match.start() - 80) : match.end() + 80]
            check(STANDARDS.search(beside) is not None, line_of(match), f"{re.sub(_GAP, ' ', match[0])}: cite a rule, a label or a title")
    return count, found


def main(arguments: list[str]) -> int:
    root = Path(os.environ.get("srcdir") or Path(__file__).resolve().parent.parent).resolve()
    citable = Citable(root)
    points = failed = 0
    for path in map(Path, arguments) if arguments else sources(root):
        count, found = problems(path.resolve(), citable)
        if count == 0:
            continue
        points += 1
        failed += bool(found)
        print(f"{'not ok' if found else 'ok'} {points} - {os.path.relpath(path, root)}: {count} citations")
        for line in found:
            print(f"# {os.path.relpath(path, root)}:{line}")
    print(f"1..{points}")
    return 1 if failed or points == 0 else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
