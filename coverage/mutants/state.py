"""Results of mutants, in a file of JSON lines: the last line for a mutant counts."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterable
from pathlib import Path

KILLED, SURVIVED, EQUIVALENT, BROKEN = "killed", "survived", "equivalent", "does not compile"


def digest_of(files: Iterable[Path]) -> str:
    """A digest of some files."""
    digest = hashlib.sha256()
    for file in sorted(files):
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()[:16]


def digest_of_all(root: Path) -> str:
    """A digest of everything that a survivor depends on."""
    files = [file for pattern in ("*.c", "*.h", "*.def") for file in (root / "interp").rglob(pattern)]
    return digest_of([*files, *(root / "testsuite").rglob("*.wast")])


class State:
    """The results of a campaign. Without a path they are kept in memory."""

    def __init__(self, path: Path | None, digest: str):
        self.path, self.digest, self.lock = path, digest, threading.Lock()
        self.known: dict[str, dict] = {}
        if path and path.is_file():
            for line in path.read_text("utf-8").splitlines():
                result = json.loads(line)
                self.known[result["key"]] = result

    def find(self, key: str) -> dict | None:
        """The result of a mutant, or None."""
        return self.known.get(key)

    def is_old_survivor(self, key: str) -> bool:
        """Whether a mutant survived other tests, or in other sources."""
        result = self.known.get(key)
        return result is not None and result["outcome"] == SURVIVED and result["digest"] != self.digest

    def keep(self, key: str, place: str, result: dict) -> None:
        """Records a result."""
        entry = {"key": key, "place": place, "digest": self.digest, **result}
        with self.lock:
            self.known[key] = entry
            if self.path:
                with self.path.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(entry) + "\n")
