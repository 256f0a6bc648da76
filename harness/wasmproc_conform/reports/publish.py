"""Writes reports whole: a reader finds the old set of files or the new one, never half a file.

Every file is written beside its place under a temporary name first. When all are written, all are renamed. A results
file that is replaced and was complete is kept as `previous.json`, so that a run which was interrupted, or a bad day,
does not cost the last good results, and two runs can be compared.
"""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path


class Unwritable(Exception):
    """A report cannot be written. The message says which, and why."""


def check_writable(path: Path) -> None:
    """Raise Unwritable unless a file can be put at `path`. Makes the folder; leaves no file."""
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
    """Write texts to their paths, all or, if one cannot be written, none. Raises Unwritable.

    `keep` is the results file among `files` whose predecessor is kept as `previous.json` beside it.
    """
    written: dict[Path, Path] = {}
    path = None
    try:
        for path, text in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            # A link stays a link: what it leads to is replaced.
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
        # A temporary file is its owner's alone; a report is for whoever may read the folder.
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
    """Whether there are results at `path` that are not those of an interrupted run."""
    try:
        return json.loads(path.read_text("utf-8")).get("partial") is False
    except (OSError, ValueError, AttributeError, RecursionError):
        return False
