"""Expectations that hold for some versions of an engine."""

import pytest

from wasmproc_conform.adapters import ADAPTERS
from wasmproc_conform.expect import BadExpectations, load_expectations, version_fits
from wasmproc_conform.suites import HARNESS, LOADERS

ENTRY = '[[expect]]\nsuite = "core"\nfile = "x.wast"\noutcome = "fail"\nreason = "why"\n'


@pytest.mark.parametrize("conditions, version, fits", [
    ("", "", True),
    (" ", "anything", True),
    (">=20", "20.20.2 (V8 11.3)", True),
    (">=20", "19.9", False),
    (">20", "20.1", False),
    (">20", "21", True),
    ("<23", "22.99.1", True),
    ("<23", "23.0", False),
    ("<=1.0", "1.0.32", True),
    ("<=1.0", "1.1", False),
    ("==1.0.32", "wabt 1.0.32 (git)", True),
    ("==1.0.32", "1.0.3", False),
    ("!=23", "23.1", False),
    ("!=23", "2.3", True),
    (">=20, <23", "22", True),
    (">=20, <23", "24.1", False),
    (">=20.10", "20.9", False),
    (">=20.0", "20", True),
    (">=20", "unknown", False),
    ("!=20", "unknown", False),
])  # fmt: skip
def test_conditions(conditions, version, fits):
    assert version_fits(conditions, version) is fits


@pytest.mark.parametrize("conditions", [">=", "20", ">=20 <23", ">=20,", "~=1.0", ">=1.x", ">= 1.0."])
def test_conditions_that_are_none(conditions, tmp_path):
    with pytest.raises(ValueError, match="not a list of comparisons"):
        version_fits(conditions, "20")
    (tmp_path / "e.toml").write_text(f'{ENTRY}versions = "{conditions}"\n', "utf-8")
    with pytest.raises(BadExpectations, match="entry 1: versions must be comparisons"):
        load_expectations("e", tmp_path, "20")


def test_conditions_must_be_text(tmp_path):
    (tmp_path / "e.toml").write_text(f"{ENTRY}versions = 20\n", "utf-8")
    with pytest.raises(BadExpectations, match="entry 1: versions must be"):
        load_expectations("e", tmp_path, "20")


def test_entries_for_other_versions_are_left_out(tmp_path):
    (tmp_path / "e.toml").write_text(f'{ENTRY}{ENTRY}versions = ">=24"\nlines = 3\n', "utf-8")
    assert [e.lines for e in load_expectations("e", tmp_path, "22.1")] == [None]
    assert [e.lines for e in load_expectations("e", tmp_path, "24.0")] == [None, (3, 3)]


def test_the_projects_own_expectations_can_be_read():
    files = sorted((HARNESS / "expect").glob("*.toml"))
    assert {path.stem for path in files} <= set(ADAPTERS)
    for path in files:
        for version in ("1.0.32", "1.0.42", "22", "26"):
            assert all(entry.suite in LOADERS for entry in load_expectations(path.stem, HARNESS / "expect", version))
