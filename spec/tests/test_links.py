"""Links in the specification and in Markdown files are not broken, and the pages load no external resources."""

import pytest
from conftest import ROOT
from links import check_external, check_pages, check_text, css_urls, is_external, read_page, read_text

TEXTS = [
    "CONTRIBUTING.md",
    "README.md",
    "bench/README.md",
    "examples/README.md",
    "harness/PROTOCOL.md",
    "harness/README.md",
    "testsuite/FORMAT.md",
]


def test_links_in_the_pages(built):
    assert len(list(built.html.glob("*.html"))) > 10
    assert check_pages(built.html) == []


def test_the_pages_load_nothing_from_elsewhere(built):
    loaded = [link for path in built.html.rglob("*.html") for link in read_page(path).loaded]
    styles = list(built.html.rglob("*.css"))
    assert loaded and styles
    loaded += [link for path in styles for link in css_urls(path.read_text("utf-8"))]
    assert [link for link in loaded if is_external(link) and not link.startswith("data:")] == []


@pytest.mark.parametrize("name", TEXTS)
def test_links_in_texts(name):
    assert check_text(ROOT / name, ROOT) == []


def test_every_text_is_checked():
    folders = [".", "bench", "coverage", "doc", "examples", "harness", "polyfill", "spec", "testsuite"]
    found = [path.relative_to(ROOT).as_posix() for folder in folders for path in (ROOT / folder).glob("*.md")]
    assert sorted(found) == sorted(TEXTS)


# ---- The check itself ------------------------------------------------------------------------------------------------


def test_broken_links_of_pages_are_found(tmp_path):
    (tmp_path / "a.html").write_text(
        '<h1 id="x.y">a</h1><a href="#x.y">good</a><a href="#none">bad</a><a href="b.html#b">good</a>'
        '<a href="b.html#c">bad</a><a href="c.html">bad</a><a href="https://example.org/x">good</a><a href="ftp://x">bad</a>'
    )
    (tmp_path / "b.html").write_text('<p id="b">b</p><img src="none.png">')
    assert check_pages(tmp_path) == [
        "a.html: no such anchor: #none",
        "a.html: no such anchor: b.html#c",
        "a.html: no such file: c.html",
        "a.html: neither http nor https: ftp://x",
        "b.html: no such file: none.png",
    ]


def test_what_a_page_loads_is_found(tmp_path):
    path = tmp_path / "a.html"
    path.write_text(
        '<link rel="stylesheet" href="//cdn.example.org/a.css"><link rel="next" href="b.html"><a href="https://example.org">'
        '<script src="https://cdn.example.org/a.js"></script><p style="background: url(https://example.org/a.png)">'
    )
    assert read_page(path).loaded == [
        "//cdn.example.org/a.css",
        "https://cdn.example.org/a.js",
        "https://example.org/a.png",
    ]
    assert css_urls('@import "x.css"; a { background: url("y.png") }') == ["x.css", "y.png"]


def test_broken_links_of_texts_are_found(tmp_path):
    (tmp_path / "a.md").write_text(
        "# A `title`: 1.2\n\n[good](#a-title-12) [bad](#a) [good](b.md) [bad](b.md#x) [bad](c.md) [bad](../d.md)\n"
        "[bad](http://nowhere) [good](https://example.org/a) `[no link](e.md)`\n\n# Twice\n\n# Twice\n\n[good](#twice-1)\n"
    )
    (tmp_path / "b.md").write_text("b")
    assert check_text(tmp_path / "a.md", tmp_path) == [
        "no such anchor: #a",
        "no such anchor: b.md#x",
        "no such file: c.md",
        "no such file: ../d.md",
        "malformed address: http://nowhere",
    ]
    assert "twice-1" in read_text(tmp_path / "a.md").ids


def test_the_form_of_links_to_elsewhere():
    assert check_external("https://github.com/WebAssembly/design/issues/306") == ""
    assert check_external("https://exa mple.org")
