"""Debian's source packages, fetched when they are built and kept in the build folder, never in the repository.

apt fetches them with a private configuration: the machine's archives, as `deb-src`, and lists of packages in the build
folder. This requires neither a change to the machine's configuration nor root. apt checks the signature of the archive
and with it the package's description, `.dsc`. The digests of the files are checked against the description on every
use.
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
    """A source package: its name, and the oldest upstream version with which the examples are known to build."""

    name: str
    oldest: tuple[int, ...]


ZLIB = Package("zlib", (1, 2, 13))
SQLITE = Package("sqlite3", (3, 40, 1))


def unpack(package: Package, folder: Path, given: Path | None, say) -> Path:
    """Returns the unpacked sources, in `folder`. `given` is a folder with the package's files, or None. Raises
    BuildError."""
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
    # The tree gets its name when it is complete.
    part = folder / f"{package.name}.part"
    shutil.rmtree(part, ignore_errors=True)
    _run(["dpkg-source", "--no-check", "-x", str(description), str(part)], folder)
    part.rename(tree)
    return tree


def check(package: Package, description: Path) -> str:
    """Checks the version and the files that a description names. Returns the version."""
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
        # Otherwise apt would drop privileges to a user who can't write to this folder.
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
    """The lines of a sources.list for the source archives of the machine's Debian archives."""
    release = dict(
        line.split("=", 1) for line in Path("/etc/os-release").read_text("utf-8").splitlines() if "=" in line
    )
    if release.get("ID", "").strip('"') != "debian":
        raise Unavailable(
            "the sources of zlib and SQLite come from Debian's archive, and this is not a Debian system;\n"
            "`--sources DIR` names a folder with the files of the source packages zlib and sqlite3"
        )
    codename = release.get("VERSION_CODENAME", "sid").strip('"')
    query = ["apt-get", "indextargets", "--format", "$(REPO_URI) $(RELEASE) $(COMPONENT)", "Created-By: Packages"]
    found = {line for line in _run(query, None).splitlines() if line.split()[1].startswith(codename)}
    # Of two archives with the same version, apt takes the first. The release precedes the archive of security updates,
    # which drops packages that have gone into a release.
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
