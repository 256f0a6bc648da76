"""The specification builds without a warning, and an error in it causes one."""

import json
import stat
import sys

import pytest
from conftest import ROOT, SPEC, build

TABLES = {
    "rules": [
        {"id": "mmap.zero", "chapter": "index"},
        {"id": "munmap.free", "chapter": "index"},
    ],
    "limits": [{"name": "nesting", "value": 100000, "unit": "levels", "text": "nested blocks"}],
    "features": [{"id": "mvp", "supported": True, "text": "WebAssembly 1.0"}],
    "instructions": [
        {"prefix": 0, "code": 106, "mnemonic": "i32.add", "signature": "ii:i", "feature": "mvp", "supported": True},
        {"prefix": 252, "code": 8, "mnemonic": "memory.init", "signature": "*", "feature": "mvp", "supported": False},
    ],
}

RULE = """.. rule:: mmap.zero

   New pages *shall* read as ``0`` (:rule:`munmap.free`). Always.
"""

GOOD = f"""
Title
=====

{RULE}
.. rule:: munmap.free
   :untestable: it is *beyond* a script

   See :rule:`mmap.zero`, :csym:`wp_process_new`, :cfile:`interp/process/space/space.c`, :math:`\\mathsf{{ab}} \\leq E`.

.. rule-index::

.. instruction-index::

.. limit-index::
"""


@pytest.fixture
def small(tmp_path):
    """Builds a specification of one page with tables like those above."""
    program = tmp_path / "wasmproc"
    program.touch(stat.S_IRWXU)
    source = tmp_path / "source"
    source.mkdir()
    (source / "conf.py").write_text(
        f"import sys\nsys.path[:0] = [{str(SPEC / '_ext')!r}, {str(ROOT / 'harness')!r}]\n"
        "extensions = ['wasmproc_spec']\nprimary_domain = 'wasmproc'\nhtml_math_renderer = 'mathml'\n"
    )

    def run(text, tables=TABLES):
        program.write_text(f"#!{sys.executable}\nprint({json.dumps(json.dumps(tables))})\n")
        (source / "index.rst").write_text(text)
        return build(source, tmp_path / "out", str(program), "-W", "--keep-going")

    return run


def test_the_specification_builds_without_a_warning(built):
    assert not built.output and built.status == 0, built.output


def test_every_rule_has_its_anchor_and_is_in_the_index(built):
    index = (built.html / "rules.html").read_text("utf-8")
    assert 'href="platform.html#mmap.hint.free"' in index
    assert 'id="mmap.hint.free"' in (built.html / "platform.html").read_text("utf-8")


def test_what_a_small_specification_becomes(small):
    done = small(GOOD)
    assert (done.output, done.status) == ("", 0)
    page = (done.html / "index.html").read_text("utf-8")
    assert '<div class="rule" id="mmap.zero">' in page and 'href="#mmap.zero"' in page
    assert "Not testable:" in page and "<em>beyond</em>" in page
    assert "<p>New pages shall read as 0.</p>" in page and "i32.add" in page and "by context" in page
    assert "100,000" in page
    assert "<math>" in page and ">ab</mi>" in page and "MathJax" not in page


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (".. rule:: mmap.zero\n", ".. rule:: mmap.none\n", "table has no rule mmap.none"),
        (".. rule:: mmap.zero\n", ".. rule:: munmap.free\n", "the rule munmap.free is stated twice"),
        (RULE, "", "the rule mmap.zero of the interpreter's table is not stated"),
        (RULE.partition("\n\n")[2], "", "Content block expected"),
        (":rule:`mmap.zero`", ":rule:`mmap.none`", "table has no rule mmap.none"),
        (":untestable: it is *beyond* a script", ":untestable:", "argument required"),
        ("wp_process_new", "wp_process_old", "interp/ defines no C symbol wp_process_old"),
        ("process/space/space.c", "process/spice.c", "no such file in the sources: interp/process/spice.c"),
        ("interp/process", "../interp/process", "no such file in the sources"),
        ("\\leq", "\\lequal", "a formula can't be converted to MathML"),
        ("Title\n=====", "Title\n====", "Title underline too short"),
    ],
)
def test_a_mistake_is_an_error(small, old, new, message):
    assert old in GOOD
    done = small(GOOD.replace(old, new))
    assert done.status != 0 and message in done.output


def test_a_rule_in_another_chapter_is_an_error(small):
    done = small(GOOD, TABLES | {"rules": [{"id": "mmap.zero", "chapter": "loader"}, *TABLES["rules"][1:]]})
    assert done.status != 0 and "table has no rule mmap.zero in chapter index" in done.output


def test_without_tables_nothing_is_built(tmp_path):
    done = build(SPEC, tmp_path, str(tmp_path / "none"))
    assert done.status != 0 and "can't be read" in done.output
