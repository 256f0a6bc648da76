"""Debian's source packages, fetched when they are built and kept in the build folder, never in the repository.

apt does the fetching, with a configuration of its own: the machine's archives, as `deb-src`, and lists of packages that
are kept beside the packages. So neither the machine's configuration is changed, nor is a user's right to change it
needed. apt checks the signature of the archive and with it the package's description, `.dsc`; the digests of the files
are checked here against that description once more, since they may have been lying in the folder for long.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from steps import BuildError, Unavailable

KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")


@dataclass(frozen=True)
class Package:
    """A source package: its name, and the oldest version of the program that these examples are known to build with."""

    name: str
    oldest: tuple[int, ...]


ZLIB = Package("zlib", (1, 2, 13))
SQLITE = Package("sqlite3", (3, 40, 1))


def unpack(package: Package, folder: Path, given: Path | None, say) -> Path:
    """The unpacked sources, in `folder`. `given` is a folder that has the package's files already, or None."""
    tree = folder / package.name
    if (tree / "debian").is_dir():
        return tree
    _need("dpkg-source", "dpkg-dev")
    files = given or folder
    description = _find_description(package, files)
    if description is None and given is not None:
        raise BuildError(f"{given} has no {package.name}_*.dsc")
    if description is None:
        say(f"fetching Debian's source package {package.name}")
        _fetch(package, folder)
        description = _find_description(package, folder)
    if description is None:
        raise BuildError(f"apt-get source {package.name} left no {package.name}_*.dsc in {folder}")
    check(package, description)
    # A tree that is complete has its name; one that is not must not be taken for it.
    part = folder / f"{package.name}.part"
    shutil.rmtree(part, ignore_errors=True)
    _run(["dpkg-source", "--no-check", "-x", str(description), str(part)], folder)
    part.rename(tree)
    return tree


def check(package: Package, description: Path) -> str:
    """Check the version and the files that a description names. Returns the version."""
    text = description.read_text("utf-8")
    fields = dict(re.findall(r"^(Source|Version): *(\S+)$", text, re.MULTILINE))
    if fields.get("Source") != package.name or "Version" not in fields:
        raise BuildError(f"{description}: does not describe {package.name}")
    upstream = re.match(r"(?:\d+:)?([\d.]*\d)", fields["Version"])
    if upstream is None or tuple(map(int, upstream[1].split("."))) < package.oldest:
        oldest = ".".join(map(str, package.oldest))
        raise BuildError(f"{description}: version {fields['Version']} is older than {oldest}")
    files = re.search(r"^Checksums-Sha256: *\n((?: .*\n)+)", text, re.MULTILINE)
    if files is None:
        raise BuildError(f"{description}: has no Checksums-Sha256")
    for line in files[1].splitlines():
        digest, size, name = line.split()
        _check_file(description.parent / name, digest, int(size))
    return fields["Version"]


def _check_file(path: Path, digest: str, size: int) -> None:
    if not path.is_file():
        raise BuildError(f"{path}: is missing, and the package's description names it")
    data = path.read_bytes()
    if len(data) != size or hashlib.sha256(data).hexdigest() != digest:
        raise BuildError(f"{path}: is not the file that the package's description names; delete it to fetch it again")


def _find_description(package: Package, folder: Path) -> Path | None:
    """The newest description in a folder."""
    found = sorted(folder.glob(f"{package.name}_*.dsc"), key=lambda path: path.stat().st_mtime)
    return found[-1] if found else None


# ---- apt -------------------------------------------------------------------------------------------------------------


def _fetch(package: Package, folder: Path) -> None:
    _need("apt-get", "apt, and so a Debian system")
    apt = folder / "apt"
    for name in ("lists/partial", "cache/archives/partial"):
        (apt / name).mkdir(parents=True, exist_ok=True)
    sources = apt / "sources.list"
    sources.write_text(_source_lines(), "utf-8")
    options = ["-o", f"Dir::Etc::sourcelist={sources}", "-o", "Dir::Etc::sourceparts=/dev/null"]
    options += ["-o", f"Dir::State::lists={apt / 'lists'}", "-o", f"Dir::Cache={apt / 'cache'}"]
    if os.geteuid() == 0:
        # Where apt would lay its rights down for a user who can't write here.
        options += ["-o", "APT::Sandbox::User=root"]
    try:
        _run(["apt-get", *options, "-qq", "--error-on=any", "update"], folder)
        _run(["apt-get", *options, "-qq", "source", "--download-only", package.name], folder)
    except BuildError as error:
        raise Unavailable(
            f"Debian's archive did not give the source package {package.name}; `--sources DIR` names a folder with its "
            f"files\n{error}"
        ) from error


def _source_lines() -> str:
    """The machine's Debian archives, as sources.list has archives of sources."""
    release = dict(
        line.split("=", 1) for line in Path("/etc/os-release").read_text("utf-8").splitlines() if "=" in line
    )
    if release.get("ID", "").strip('"') != "debian":
        raise Unavailable(
            "the sources of zlib and SQLite come from Debian's archive, and this is no Debian system;\n"
            "`--sources DIR` names a folder with the files of the source packages zlib and sqlite3"
        )
    codename = release.get("VERSION_CODENAME", "sid").strip('"')
    query = ["apt-get", "indextargets", "--format", "$(REPO_URI) $(RELEASE) $(COMPONENT)", "Created-By: Packages"]
    found = {line for line in _run(query, None).splitlines() if line.split()[1].startswith(codename)}
    # Of two archives that have the same version, apt takes the one it reads of first. The archive of security updates
    # drops what has gone into a release, so the release is first.
    targets = sorted(found, key=lambda line: (line.split()[1] != codename, line))
    if not targets:
        raise Unavailable(f"apt knows no archive of Debian {codename}: is it in /etc/apt/sources.list.d?")
    key = f"[signed-by={KEYRING}] " if KEYRING.is_file() else ""
    return "".join(f"deb-src {key}{target}\n" for target in targets)


def _run(command: list[str], folder: Path | None) -> str:
    done = subprocess.run(command, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode != 0:
        raise BuildError(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}".rstrip())
    return done.stdout


def _need(program: str, package: str) -> None:
    if shutil.which(program) is None:
        raise Unavailable(f"{program} is missing: it is Debian's package {package}")
