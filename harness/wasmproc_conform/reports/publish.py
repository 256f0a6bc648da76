"""Writes reports atomically: a reader finds the old set of files or the new one, never a part of a file.

Every file is first written under a temporary name beside its path. After the last one, all are renamed. A complete
results file that is replaced is kept as `previous.json`, so that the last good results survive an interrupted run, and
two runs can be compared.
"""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path


class Unwritable(Exception):
    """A report cannot be written. The message names it and the cause."""


def check_writable(path: Path) -> None:
    """Raise Unwritable unless a file can be created at `path`. Creates the folder, but leaves no file."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.is_dir():
            raise Unwritable(f"cannot write {path}: it is a folder")
        if path.exists() and not path.is_file():
            raise Unwritable(f"cannot write {path}: it is not a regular file, and could not be replaced by one")
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}."):
            pass
    except OSError as error:
        raise Unwritable(f"cannot write {path}: {error.strerror}") from None


def publish(files: dict[Path, str], keep: Path | None = None) -> None:
    """Write texts to their paths: all, or none if one cannot be written. Raises Unwritable.

    `keep` is the results file among `files`; the file that it replaces becomes `previous.json` beside it.
    """
    written: dict[Path, Path] = {}
    path = None
    try:
        for path, text in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            # A link stays a link: its target is replaced.
            path = path.resolve()
            written[path] = _write_beside(path, text)
        if keep is not None and _is_complete(keep):
            path = keep.with_name("previous.json")
            os.replace(keep, path)
        for path, temporary in list(written.items()):
            os.replace(temporary, path)
            del written[path]
    except OSError as error:
        raise Unwritable(f"cannot write {path}: {error.strerror}") from None
    finally:
        for temporary in written.values():
            temporary.unlink(missing_ok=True)


def _write_beside(path: Path, text: str) -> Path:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace", newline="\n") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        # A temporary file is private; a report has the default permissions of a new file.
        temporary.chmod(0o666 & ~_umask())
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
    return temporary


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _is_complete(path: Path) -> bool:
    """Whether `path` has the results of a run that was not interrupted."""
    try:
        return json.loads(path.read_text("utf-8")).get("partial") is False
    except (OSError, ValueError, AttributeError, RecursionError):
        return False
