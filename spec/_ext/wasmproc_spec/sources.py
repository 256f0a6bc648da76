"""Names of the interpreter's sources in the text: `:csym:` a C symbol, `:cfile:` a file or folder.

Both are checked: interp/ defines the symbol, and the path exists relative to the root of the sources.
"""

from __future__ import annotations

import functools
import re
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.docutils import SphinxRole

logger = logging.getLogger(__name__)

ROOT = Path(__file__).resolve().parents[3]

#: Definitions at file scope. Matching lines suffices, since the layout of the sources is uniform (.clang-format).
_DEFINITIONS = re.compile(
    r"^#\s*define\s+(\w+)"  # a macro
    r"|^typedef\s[^;{]*?\b(\w+);"  # a type of one line
    r"|^typedef\s[^;{]*\(\*(\w+)\)\("  # the type of a function
    r"|^}\s*(\w+);"  # a type of several lines
    r"|^(?:typedef\s+)?(?:struct|union|enum)\s+(\w+)\s*{"  # a tag
    r"|^(?!typedef\b|return\b|else\b)[A-Za-z_][\w\s*]*?\b(\w+)\([^;]*[;{,)\n]?",  # a function
    re.MULTILINE,
)
_ENUMERATION = re.compile(r"\benum\b[^;{(]*{(.*?)}", re.DOTALL)
_CONSTANT = re.compile(r"(?:^|,)\s*([A-Z]\w*)\s*(?==|,|$)", re.MULTILINE)
_COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)


def defined_in(text: str) -> set[str]:
    """The names that a C source defines or declares at file scope, enumeration constants included."""
    text = _COMMENT.sub(" ", text)
    found = {name for match in _DEFINITIONS.finditer(text) for name in match.groups() if name}
    for body in _ENUMERATION.findall(text):
        found.update(_CONSTANT.findall(body))
    return found


@functools.cache
def symbols() -> frozenset[str]:
    """All names that interp/ defines, tests excluded."""
    interp = ROOT / "interp"
    files = [path for path in interp.rglob("*.[ch]") if path.relative_to(interp).parts[0] != "tests"]
    return frozenset().union(*(defined_in(path.read_text("utf-8")) for path in files))


class SymbolRole(SphinxRole):
    def run(self):
        if self.text not in symbols():
            logger.warning("interp/ defines no C symbol %s", self.text, location=(self.env.docname, self.lineno))
        return [nodes.literal(self.rawtext, self.text, classes=["csym"])], []


class FileRole(SphinxRole):
    def run(self):
        path = Path(self.text)
        if path.is_absolute() or ".." in path.parts or not (ROOT / path).exists():
            logger.warning("no such file in the sources: %s", self.text, location=(self.env.docname, self.lineno))
        return [nodes.literal(self.rawtext, self.text, classes=["cfile"])], []


ROLES = {"csym": SymbolRole(), "cfile": FileRole()}


def setup(app: Sphinx) -> None:
    symbols.cache_clear()
