"""The builder of the examples: the steps that it runs or skips, and its error messages."""

import hashlib
import shutil
import sys

import pytest
import sources
from build import make
from conftest import EXAMPLES, run
from steps import Build, BuildError, Step


class Workshop:
    """A folder with a source, and a build that copies it."""

    def __init__(self, folder):
        self.folder = folder
        self.source = folder / "source"
        self.copy = folder / "out" / "copy"
        self.second = folder / "out" / "second"

    def build(self, *, ending="echo copied"):
        """Builds, and returns the outputs that were made."""
        said = []
        build = Build(2, said.append)
        script = f'{{ cat "$1"; {ending}; }} > "$2"'
        build.add(Step(self.copy, [self.source], ["sh", "-c", script, "copy", str(self.source), str(self.copy)]))
        build.add(Step(self.second, [self.copy], ["cp", str(self.copy), str(self.second)]))
        build.run()
        return said


@pytest.fixture
def workshop(tmp_path):
    made = Workshop(tmp_path)
    made.source.write_text("one\n", "utf-8")
    return made


def test_makes_what_is_due(workshop):
    """A file is made exactly when it is missing, or when its source or its command has changed."""
    assert workshop.build() == ["out/copy", "out/second"]
    assert workshop.second.read_text("utf-8") == "one\ncopied\n"
    assert workshop.build() == []
    workshop.source.touch()
    assert workshop.build() == []
    workshop.source.write_text("two\n", "utf-8")
    assert workshop.build() == ["out/copy", "out/second"]
    assert workshop.second.read_text("utf-8") == "two\ncopied\n"
    workshop.second.unlink()
    assert workshop.build() == ["out/second"]
    assert workshop.build(ending="echo again") == ["out/copy", "out/second"]
    assert workshop.second.read_text("utf-8") == "two\nagain\n"


def test_failed_step_is_made_again(workshop):
    """A file left by a failed command does not count as its output, and dependent steps do not run."""
    with pytest.raises(BuildError, match="copy: sh failed\nbroken"):
        workshop.build(ending="echo broken >&2; exit 1")
    assert workshop.copy.exists()
    assert not workshop.second.exists()
    assert workshop.build() == ["out/copy", "out/second"]


def test_error_names_the_place(built, tmp_path):
    """An error in a source is reported by the compiler's message, with file and line."""
    built("wide")
    copy = tmp_path / "examples"
    # Without permissions, since the sources may be read-only.
    shutil.copytree(EXAMPLES, copy, ignore=shutil.ignore_patterns("__pycache__"), copy_function=shutil.copyfile)
    broken = copy / "programs" / "wide" / "map.c"
    lines = broken.read_text("utf-8").splitlines(keepends=True)
    line = 1 + lines.index("int map_count;\n")
    lines[line - 1] = "int map_count = nothing;\n"
    broken.write_text("".join(lines), "utf-8")
    done = run(sys.executable, copy / "build.py", "--out", tmp_path / "out", "wide")
    assert done.status == 1
    assert f"map.c:{line}:" in done.err
    assert "nothing" in done.err
    assert "build.py: " in done.err


def test_unknown_program(tmp_path):
    """An unknown program is an error."""
    with pytest.raises(BuildError, match="no program 'nothing'; there are: libc, zlib"):
        make(tmp_path, ["nothing"])


def test_missing_compiler(tmp_path, monkeypatch):
    """The message for a missing tool names its package."""
    monkeypatch.setenv("WASM_CC", "no-such-clang")
    with pytest.raises(BuildError, match="no-such-clang is missing: it is Debian's package clang-19"):
        make(tmp_path, ["wide"])


# ---- Source packages -------------------------------------------------------------------------------------------------

DESCRIPTION = """\
-----BEGIN PGP SIGNED MESSAGE-----

Format: 3.0 (quilt)
Source: zlib
Version: {version}
Checksums-Sha1:
 0000000000000000000000000000000000000000 4 zlib.tar
Checksums-Sha256:
 {digest} {size} zlib.tar
Files:
 00000000000000000000000000000000 4 zlib.tar
"""


def describe(folder, *, version="1:1.2.13.dfsg-1", content=b"file", digest=None, size=4):
    """A package of one file. Returns its description."""
    (folder / "zlib.tar").write_bytes(content)
    path = folder / f"zlib_{version.partition(':')[2]}.dsc"
    digest = digest or hashlib.sha256(b"file").hexdigest()
    path.write_text(DESCRIPTION.format(version=version, digest=digest, size=size), "utf-8")
    return path


@pytest.mark.parametrize("version", ["1:1.2.13.dfsg-1", "1:1.3.1-2", "1:2.0-1"])
def test_good_package(tmp_path, version):
    """A package is accepted if it is new enough and its files match its description."""
    assert sources.check(sources.ZLIB, describe(tmp_path, version=version)) == version


@pytest.mark.parametrize("version", ["1:1.2.11.dfsg-2", "1:1.2-1", "0.9"])
def test_old_package(tmp_path, version):
    """Versions are compared as numbers, part by part."""
    with pytest.raises(BuildError, match=f"version {version} is older than 1.2.13"):
        sources.check(sources.ZLIB, describe(tmp_path, version=version))


def test_altered_package(tmp_path):
    """A file that differs from the description is rejected."""
    for content, size in ((b"fila", 4), (b"fil", 4), (b"file", 5)):
        with pytest.raises(BuildError, match="zlib.tar: is not the file"):
            sources.check(sources.ZLIB, describe(tmp_path, content=content, size=size))


def test_incomplete_package(tmp_path):
    """A missing file, another package name and a description without digests are errors."""
    path = describe(tmp_path)
    (tmp_path / "zlib.tar").unlink()
    with pytest.raises(BuildError, match="zlib.tar: is missing"):
        sources.check(sources.ZLIB, path)
    with pytest.raises(BuildError, match="does not describe sqlite3"):
        sources.check(sources.SQLITE, path)
    path.write_text(path.read_text("utf-8").replace("Checksums-Sha256", "Checksums-Sha999"), "utf-8")
    with pytest.raises(BuildError, match="has no Checksums-Sha256"):
        sources.check(sources.ZLIB, path)
