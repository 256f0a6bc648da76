#!/usr/bin/env python3
"""Rejects calques: turns of phrase that a native writer of English would not use in this place.

CALQUES has one row per calque: a regular expression and the replacement. A space in an expression also matches a line
break with the leader of a comment after it. The whole text of a file is searched: prose, comments, messages and names.
FIXED lists texts that programs compare, or that other projects wrote.

    check_prose.py                  the check: TAP, one point per file of the sources
    check_prose.py PATH...          lists the hits in files and folders, clean or not; exits with 1 if there are any
    check_prose.py --count PATH...  the same, as a table of calques and how often each occurs
"""

import argparse
import os
import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

#: (expression, what to write instead). Letters match in both cases, except in (?-i:...).
CALQUES = [
    # Clauses in place of a noun.
    (r"(?-i:\bWhat) (?![^.?!]{0,200}\?)", "the noun"),
    (r"(?-i:\bWho) (?![^.?!]{0,200}\?)", "the role: the caller, the embedder, a runner"),
    (r"(?:[.;:] |[*#;] )(?-i:One|one) (?:that|which|who|whose) ", "the noun"),
    (r"\bthat which\b", "the noun"),
    (r"\bthat there (?:is|are)\b(?! (?:no|a|an|any|some)\b)", "existing, known, present"),
    # Agents without a role.
    (r"\b(?:no|some|any|every)bod(?:y|ies)\b(?!')", "the role, or the passive"),
    (r"\b(?:no|some|any|every)body's\b", "the role: the caller's, unowned, shared"),
    (r"\b(?:some|any|every)one(?:'s)?\b", "the role, or the passive"),
    (r"\bwho(?:m|se)?(?:so)?ever\b", "the role: a caller that …"),
    # Negation and absence.
    (r"(?<!\w)(?!there\b)\w+[^\s\w]* (?:is|are|was|were|be) no "
     r"(?!longer|more|less|fewer|other|one\b|such|greater|larger|smaller|later|earlier|better|worse|way\b)[a-z]",
     "is not a …; invalid, unknown"),
    (r"\b(?:is|are|was|were|be) (?-i:none)\b", "does not exist, is absent, is empty; null if absent"),
    (r"\bthere (?:is|are|was|were) not\b(?! (?:a|an|any|enough|room)\b)", "does not exist"),
    (r"\bnot there\b", "absent, missing"),
    (r"\b(?:it|they|that|which|these|those) (?:is|are|was|were) there\b", "exists, is present, is installed"),
    (r"\b(?:has|have|had|needs?|ought) to be there\b", "must exist"),
    (r"\bmay not be\b", "must not be, or might not be"),
    (r"\bfor want of\b", "for lack of; when out of memory"),
    # Sayings.
    (r"\b(?:is|are|was|were|be|been|being) said\b", "is stated, reported, printed, specified"),
    (r"\b(?:says?|said|saying) so\b", "reports it"),
    (r"\b(?:says?|said|tells?|told|speaks?) of\b", "describes, reports"),
    (r"\bas it were\b", "nothing"),
    # Memory and resources.
    (r"\b(?:memory|storage|space|stack)(?: that)? (?:is|was|runs?|ran|were) short\b", "out of memory"),
    (r"\bshort of (?:memory|storage)\b", "out of memory"),
    (r"\b(?:take|takes|taken|taking|took) (?:\w+ )?back\b", "roll back; withdraw; reclaim"),
    (r"\b(?:give|gives|given|giving|gave) (?:\w+ )?back\b", "free, release, return"),
    (r"\b(?:a|one|another|two|three|four|last|first|the|no|of|its|caller's) holds?\b(?! on\b)|(?:->|\.)holds\b",
     "reference; reference count"),
    (r"\b(?:let|lets|letting) go\b|\blet(?:s|ting)? \S+ go\b", "release; drop the reference"),
    (r"\b(?:let|lets|letting) be\b", "leave unchanged; accept"),
    (r"\bin hand\b", "spare, reserved, in stock"),
    (r"\b(?:be|been) had\b", "be obtained, be available"),
    # Names.
    (r"\blately\b", "recent; lookaside entry"),
    (r"\bsettl(?:e|es|ed|ing)\b", "commit; decide; reach a fixed point"),
    (r"(?-i:\bFAR_)|\bfar_variant", "general path"),
    (r"\b(?:the )?two ways of\b|(?:->|\.)ways\b|\bnways\b|\bways (?:by|lead|out|on)\b", "branch outcomes"),
    # Idioms.
    (r"\b(?:give|gives|given|giving|gave) out\b", "allocate, hand out"),
    (r"\bin the beginning\b", "initially"),
    (r"\bin a circle\b", "a cycle, cyclic"),
    (r"\b(?:go|goes|gone|going|went) on\b(?! line)", "continue"),
    (r"\bat last\b", "finally, last"),
    (r"\blikewise\b", "also; the same; repeat the fact"),
    (r"\bmoreover\b", "also"),
    (r"\b(?:of|no) use\b(?! of)", "useful, useless, used"),
    (r"\bby chance\b", "at random"),
    (r"\b(?:come|comes|came|coming) to be\b", "is created; exists"),
    (r"\bse(?:e|es|en|eing) to (?:it|that|this)\b", "ensures"),
    (r"\bfor ever\b", "forever"),
    (r"\botherwise than\b", "unlike; in another way than"),
    (r"\bbecomes? of\b", "result, fate, effect"),
    (r"\ball the same\b", "anyway, still"),
    (r"\bin vain\b", "without effect; unsuccessful"),
    (r"\bwithout a need\b", "unnecessarily"),
    (r"\bonce for all\b", "once"),
]

#: Texts that programs compare or that other projects wrote, in the form they have in the files.
FIXED = [
    "tables may not be 64-bit",
]

SUFFIXES = {
    ".1", ".ac", ".am", ".c", ".css", ".def", ".h", ".in", ".j2", ".js", ".m4", ".md", ".mjs", ".pml", ".py", ".rst",
    ".sh", ".sql", ".toml", ".txt", ".wast", ".wat", ".yml",
}
NAMES = {"bootstrap", "run"}
#: Texts of others, generated files, and the list above.
_EXCLUDED = re.compile(r"LICENSE|requirements\.txt|Makefile\.in|aclocal\.m4|(libtool|lt.*)\.m4|ltmain\.sh"
                       r"|check_prose\.py")

#: A space of an expression: blanks, or a line break and the leader of a comment, a string or a list.
_GAP = r'(?:[ \t]+|[ \t]*(?:\\n)?"?[ \t]*\\?\n[ \t]*(?:(?:\*|//+[/!]?|#+[:.]?|;+|dnl|"|\.\\"|f")[ \t]*)?)'
_PATTERNS = [(re.compile(expression.replace(" ", _GAP), re.IGNORECASE | re.MULTILINE), expression, instead)
             for expression, instead in CALQUES]
_FIXED = re.compile("|".join(map(re.escape, FIXED)))


def files(path: Path) -> Iterator[Path]:
    """The text files at or below a path, in order. Hidden folders and build folders (with a Makefile) are skipped."""
    if path.is_file():
        if not _EXCLUDED.fullmatch(path.name) and (path.suffix in SUFFIXES or path.name in NAMES):
            yield path
        return
    for entry in sorted(path.iterdir()):
        hidden = entry.name.startswith((".", "__")) or entry.name.endswith((".egg-info", ".cache"))
        built = entry.is_dir() and ((entry / "Makefile").exists() or entry.name == "build")
        if not hidden and not built and not entry.is_symlink():
            yield from files(entry)


def hits(path: Path) -> list[tuple[int, str, str, str]]:
    """The calques of a file: line, the text found, what to write instead, and the expression."""
    text = path.read_text("utf-8", errors="replace")
    text = _FIXED.sub(lambda match: "x" * len(match[0]), text)
    found = []
    for pattern, expression, instead in _PATTERNS:
        for match in pattern.finditer(text):
            start = match.start() + len(match[0]) - len(match[0].lstrip())
            found.append((text.count("\n", 0, start) + 1, " ".join(match[0].split()), instead, expression))
    return sorted(found)


def list_hits(paths: list[Path], count: bool) -> int:
    total: Counter[str] = Counter()
    for path in paths:
        for file in files(path):
            for line, found, instead, expression in hits(file):
                total[expression] += 1
                if not count:
                    print(f"{file}:{line}: {found}: write {instead}")
    if count:
        for expression, times in total.most_common():
            print(f"{times:5} {expression}")
    print(f"{total.total()} calques", file=sys.stderr)
    return 1 if total else 0


def check(root: Path) -> int:
    number = failed = 0
    for file in files(root):
        number += 1
        found = hits(file)
        failed += bool(found)
        print(f"{'not ok' if found else 'ok'} {number} - {file.relative_to(root)} has no calques")
        for line, text, instead, _ in found:
            print(f"# line {line}: {text}: write {instead}")
    print(f"1..{number}")
    return 1 if failed or number == 0 else 0


def main() -> int:
    parser = argparse.ArgumentParser(description="Rejects calques in comments, messages and prose.")
    parser.add_argument("--count", action="store_true", help="print how often each calque occurs")
    parser.add_argument("path", nargs="*", type=Path, help="list the hits in this file or folder")
    options = parser.parse_args()
    if options.path:
        return list_hits(options.path, options.count)
    return check(Path(os.environ.get("srcdir", ".")).resolve())


if __name__ == "__main__":
    sys.exit(main())
