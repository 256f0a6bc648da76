"""Renders the project's HTML pages. Each page is a single file; its styles and scripts are put into it."""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

_TEMPLATES = Path(__file__).resolve().parent / "templates"


def environment() -> Environment:
    """A new environment for templates, with the filters that all pages use.

    `asset(NAME)` is the text of a file beside the templates.
    """
    made = Environment(
        loader=FileSystemLoader(_TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    made.filters |= {
        "number": lambda n: f"{n:,}",
        "percent": lambda n, of: f"{100 * n / of:.3f}" if of else "0",
        "plural": lambda n, word: f"{n:,} {word}" if n == 1 else f"{n:,} {word}s",
    }
    made.globals["asset"] = lambda name: Markup((_TEMPLATES / name).read_text("utf-8"))
    return made
