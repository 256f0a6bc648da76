"""Formulas in HTML as MathML Core, made by math_core: no JavaScript, no fonts from elsewhere."""

from __future__ import annotations

import re

from docutils import nodes
from math_core import LatexError, LatexToMathML
from sphinx.application import Sphinx
from sphinx.util import logging

logger = logging.getLogger(__name__)

_converter = LatexToMathML(fancy_error=False)

#: Alphabets that the library writes as mathematical alphanumeric symbols, which few fonts have: the code points of "A",
#: "a" and "0" in each, by the class for which spec.css gives ordinary letters the same look.
_ALPHABETS = {"sans": (0x1D5A0, 0x1D5BA, 0x1D7E2), "mono": (0x1D670, 0x1D68A, 0x1D7F6)}


def _plain_letters(upper: int, lower: int, digit: int) -> dict[int, str]:
    letters = {upper + i: chr(ord("A") + i) for i in range(26)}
    letters.update({lower + i: chr(ord("a") + i) for i in range(26)})
    letters.update({digit + i: chr(ord("0") + i) for i in range(10)})
    return letters


_PLAIN = {name: _plain_letters(*starts) for name, starts in _ALPHABETS.items()}
_IDENTIFIER = re.compile(r"<mi>([^<&]+)</mi>")


def _with_ordinary_letters(match: re.Match) -> str:
    text = match[1]
    for name, letters in _PLAIN.items():
        if ord(text[0]) in letters:
            return f'<mi class="{name}" mathvariant="normal">{text.translate(letters)}</mi>'
    return match[0]


def mathml(node: nodes.Element, display: bool) -> str:
    """The MathML of a formula; empty, with a warning, if it can't be converted."""
    latex = " ".join(node.astext().split())
    # A control space at the end of the formula: astext() has stripped its blank.
    latex = re.sub(r"(?<!\\)((?:\\\\)*)\\$", r"\1\\ ", latex)
    try:
        found = _converter.convert_with_local_state(latex, displaystyle=display)
    except LatexError as error:
        logger.warning("a formula can't be converted to MathML: %s: %s", latex, error, location=node)
        return ""
    return _IDENTIFIER.sub(_with_ordinary_letters, found)


def visit_inline(self, node) -> None:
    self.body.append(mathml(node, display=False))
    raise nodes.SkipNode


def visit_block(self, node) -> None:
    self.body.append(self.starttag(node, "div", CLASS="math-block"))
    self.body.append(mathml(node, display=True))
    if node.get("number"):
        self.body.append(f'<span class="eqno">({node["number"]})</span>')
    self.body.append("</div>\n")
    raise nodes.SkipNode


def setup(app: Sphinx) -> None:
    app.add_html_math_renderer("mathml", inline_renderers=(visit_inline, None), block_renderers=(visit_block, None))
