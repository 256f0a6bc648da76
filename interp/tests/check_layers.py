#!/usr/bin/env python3
"""Holds the layers of the interpreter: which folder may include what.

- core (with api, its door to the public header) includes core;
- text and process include core and themselves;
- script and wasi include the public header and themselves, cli these three: nothing else of the library.

Prints TAP, one point per source file. Exits with 1 if a file breaks a layer, or if there is nothing to check.
"""

import os
import re
import sys
from pathlib import Path

#: What each folder of interp/ may include, beside the public header, which is everybody's.
MAY_INCLUDE = {
    "api": {"api", "core", "text", "process"},
    "core": {"core"},
    "text": {"text", "core"},
    "process": {"process", "core"},
    "script": {"script"},
    "wasi": {"wasi"},
    "cli": {"cli", "script", "wasi"},
}

_INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"', re.MULTILINE)


def violations(file: Path, folder: str, interp: Path) -> list[str]:
    """The includes of one file that its folder may not have."""
    found = []
    for name in _INCLUDE.findall(file.read_text("utf-8")):
        target = (file.parent / name).resolve()
        if not target.is_file():
            found.append(f'"{name}" is no file beside {file.name}: includes are relative to the file')
        elif target != interp / "wasmproc.h" and target.parent.name not in MAY_INCLUDE[folder]:
            found.append(f'"{name}": {folder} may include {", ".join(sorted(MAY_INCLUDE[folder]))} and wasmproc.h')
    return found


def main() -> int:
    interp = Path(os.environ.get("srcdir", ".")).resolve() / "interp"
    count = failed = 0
    for folder in sorted(MAY_INCLUDE):
        for file in sorted((interp / folder).rglob("*.[chd]*")):
            count += 1
            found = violations(file, folder, interp)
            failed += bool(found)
            print(f"{'not ok' if found else 'ok'} {count} - {file.relative_to(interp.parent)} keeps its layer")
            for line in found:
                print(f"# {line}")
    unknown = {path.name for path in interp.iterdir() if path.is_dir()} - MAY_INCLUDE.keys() - {"tests"}
    count += 1
    failed += bool(unknown)
    print(f"{'not ok' if unknown else 'ok'} {count} - every folder of interp/ has a layer")
    for name in sorted(unknown):
        print(f"# not in MAY_INCLUDE: {name}")
    print(f"1..{count}")
    return 1 if failed or count == 1 else 0


if __name__ == "__main__":
    sys.exit(main())
