"""Checks links of built pages and of Markdown files."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import attrs
from markdown_it import MarkdownIt

#: Attributes whose target a browser fetches when it shows the page.
LOADED = {("img", "src"), ("script", "src"), ("iframe", "src"), ("source", "src"), ("link", "href")}

#: Relations of <link> that fetch nothing.
NOT_FETCHED = {"index", "search", "next", "prev", "canonical", "author"}

_CSS_URL = re.compile(r"""@import\s+["']([^"']+)|url\(\s*["']?([^"')]+)""")


@attrs.define
class Page(HTMLParser):
    """The anchors of a page, its links, and the resources that it loads."""

    ids: set[str] = attrs.field(factory=set)
    links: list[str] = attrs.field(factory=list)
    loaded: list[str] = attrs.field(factory=list)

    def __attrs_pre_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, found: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in found}
        if "id" in values:
            self.ids.add(values["id"])
        for name in ("href", "src"):
            if name not in values:
                continue
            self.links.append(values[name])
            if (tag, name) in LOADED and not NOT_FETCHED & set(values.get("rel", "").split()):
                self.loaded.append(values[name])
        self.loaded += css_urls(values.get("style", ""))


def read_page(path: Path) -> Page:
    page = Page()
    page.feed(path.read_text("utf-8"))
    return page


def css_urls(text: str) -> list[str]:
    """The addresses that a style sheet loads."""
    return [first or second for first, second in _CSS_URL.findall(text)]


def is_external(link: str) -> bool:
    return link.startswith("//") or bool(urlsplit(link).scheme)


def check_external(link: str) -> str:
    """The error in the form of an external link; empty if it is well-formed."""
    parts = urlsplit(link)
    if parts.scheme not in ("http", "https"):
        return f"neither http nor https: {link}"
    if not re.fullmatch(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+", parts.netloc) or re.search(r"[\s<>\"]", link):
        return f"malformed address: {link}"
    return ""


def check_pages(folder: Path) -> list[str]:
    """The broken links of the pages in a folder."""
    pages = {path: read_page(path) for path in sorted(folder.rglob("*.html"))}
    problems = []
    for path, page in pages.items():
        for link in page.links:
            problem = check_external(link) if is_external(link) else _check_local(path, link, pages)
            if problem:
                problems.append(f"{path.relative_to(folder)}: {problem}")
    return problems


def _check_local(path: Path, link: str, pages: dict[Path, Page]) -> str:
    parts = urlsplit(link)
    target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
    anchor = unquote(parts.fragment)
    if not target.is_file():
        return f"no such file: {link}"
    if anchor and (target not in pages or anchor not in pages[target].ids):
        return f"no such anchor: {link}"
    return ""


# ---- Markdown --------------------------------------------------------------------------------------------------------


@attrs.frozen
class Text:
    """The anchors that GitHub gives the headings of a Markdown file, and its links."""

    ids: frozenset[str]
    links: tuple[str, ...]


def read_text(path: Path) -> Text:
    tokens = MarkdownIt("commonmark").enable("table").parse(path.read_text("utf-8"))
    ids: dict[str, int] = {}
    anchors, links = set(), []
    for i, token in enumerate(tokens):
        if token.type == "heading_open":
            anchor = slug("".join(child.content for child in tokens[i + 1].children or []))
            count = ids[anchor] = ids.get(anchor, -1) + 1
            anchors.add(f"{anchor}-{count}" if count else anchor)
        for child in token.children or []:
            links += [value for name in ("href", "src") if (value := child.attrGet(name))]
    return Text(frozenset(anchors), tuple(str(link) for link in links))


def slug(heading: str) -> str:
    """The anchor that GitHub gives a heading."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def check_text(path: Path, root: Path) -> list[str]:
    """The links of a Markdown file that are broken or lead out of the repository."""
    problems = []
    for link in read_text(path).links:
        if is_external(link):
            problem = check_external(link)
        else:
            problem = _check_relative(path, link, root)
        if problem:
            problems.append(problem)
    return problems


def _check_relative(path: Path, link: str, root: Path) -> str:
    parts = urlsplit(link)
    target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
    if not target.is_relative_to(root) or not target.exists():
        return f"no such file: {link}"
    if parts.fragment and (target.suffix != ".md" or unquote(parts.fragment) not in read_text(target).ids):
        return f"no such anchor: {link}"
    return ""
