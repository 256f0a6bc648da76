"""Renders the text of a rule, which is reStructuredText with the roles of the specification, as HTML.

docutils parses it, and math_core converts formulas to MathML, which needs no JavaScript. Both are optional: without
them the page shows the source text.
"""

from __future__ import annotations

import re

from markupsafe import Markup, escape

try:
    from docutils import nodes
    from docutils.core import publish_parts
    from docutils.parsers.rst import Directive, directives, roles
    from math_core import LatexError, LatexToMathML
except ImportError:
    publish_parts = None

#: Roles whose text is a name in code, and roles whose text is prose.
_NAMES = ("rule", "csym", "cfile")
_PROSE = ("ref", "doc", "term", "numref")

_TITLED = re.compile(r"^(.*?)\s*<[^>]*>$", re.S)

_SETTINGS = {
    "report_level": 5, "halt_level": 5, "raw_enabled": False, "file_insertion_enabled": False, "_disable_config": True,
    "embed_stylesheet": False, "stylesheet_path": None,
}  # fmt: skip


def _mathml(latex: str, display: bool) -> str:
    """A formula as MathML, or its source if it cannot be converted."""
    try:
        return LatexToMathML(fancy_error=False).convert_with_local_state(" ".join(latex.split()), displaystyle=display)
    except LatexError:
        return str(Markup("<code>{}</code>").format(latex))


def _register() -> None:
    def name(role, rawtext, text, lineno, inliner, options=None, content=None):
        return [nodes.literal(rawtext, text)], []

    def prose(role, rawtext, text, lineno, inliner, options=None, content=None):
        titled = _TITLED.match(text)
        return [nodes.inline(rawtext, titled[1] if titled else text)], []

    def math(role, rawtext, text, lineno, inliner, options=None, content=None):
        latex = rawtext.split("`", 1)[1].rsplit("`", 1)[0]
        return [nodes.raw("", _mathml(latex, False), format="html")], []

    class Math(Directive):
        has_content = True
        option_spec = {"label": directives.unchanged, "nowrap": directives.flag}

        def run(self):
            latex = "\n".join(self.content)
            return [nodes.raw("", f'<div class="math">{_mathml(latex, True)}</div>', format="html")]

    for role in _NAMES:
        roles.register_local_role(role, name)
    for role in _PROSE:
        roles.register_local_role(role, prose)
    roles.register_local_role("math", math)
    directives.register_directive("math", Math)


if publish_parts:
    _register()


def to_html(text: str) -> Markup:
    """The text of a rule as HTML."""
    if not publish_parts:
        return Markup("<pre>{}</pre>").format(text)
    body = publish_parts(text, writer="html5", settings_overrides=_SETTINGS)["body"]
    return Markup(body) if body.strip() else escape(text)
