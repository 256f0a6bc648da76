#!/usr/bin/env python3
"""Builds the examples: modules for a process from C, the dictionaries that tie them together, and the same programs for
this machine, whose output is what the others are compared with.

    build.py [--out DIR] [--sources DIR] [--jobs N] [PROGRAM...]

A second run makes only what has changed. In the output folder:

    wasm32/ wasm64/   libraries (.so) and programs (.wasm) for processes of either kind,
                      and for each program the dictionary that it is run with (.json)
    plain/            the same programs as single modules with a memory of their own, for any engine
    native/           the same programs for this machine
    src/ gen/ obj/    fetched sources, generated sources, objects

This file says what is made of what. tools/modules.py says how, tools/steps.py does it, and tools/sources.py fetches the
sources of zlib and SQLite.
"""

from __future__ import annotations

import argparse
import fcntl
import os
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "tools"))

from modules import Examples, Library, Program  # noqa: E402
from steps import Build, BuildError  # noqa: E402

WARNINGS = ("-Wall", "-Wextra", "-Wshadow", "-Wconversion")

# Code of others is not ours to warn about.
NO_WARNINGS = ("-w",)

OWN = ("-std=c17", *WARNINGS)

# A C library that is compiled as if it knew the functions of C would be made of calls to itself.
LIBC = (*OWN, "-fno-builtin")

# SQLite for one thread, on the operating system memvfs.c, with arithmetic of doubles: a long double has 80 bits on one
# machine and 128 on another, and so in WebAssembly, and results would differ by it.
SQLITE = (
    "-DSQLITE_OS_OTHER=1",
    "-DSQLITE_THREADSAFE=0",
    "-DSQLITE_TEMP_STORE=3",
    "-DSQLITE_OMIT_LOAD_EXTENSION",
    "-DSQLITE_OMIT_LOCALTIME",
    "-DLONGDOUBLE_TYPE=double",
    "-I@sqlite",
)

LIBC_FILES = (
    *("ctype", "decimal", "errno", "exit", "math", "printf"),
    *("stdio", "stdlib", "string", "strtod", "strtol", "time"),
)

# zlib without its functions for files.
ZLIB_FILES = ("adler32", "compress", "crc32", "deflate", "inffast", "inflate", "inftrees", "trees", "uncompr", "zutil")

# What a program with a C library is linked with.
C = ("libc.so", "liballoc.so")

# Paths begin in this folder, or with @zlib and @sqlite, where those sources are. A library stands behind those that it
# needs.
LIBRARIES = (
    Library("liballoc.so", ("alloc/malloc.c",), LIBC),
    Library("libc.so", tuple(f"libc/src/{name}.c" for name in LIBC_FILES), LIBC, needs=("liballoc.so",)),
    Library("libz.so", tuple(f"@zlib/{name}.c" for name in ZLIB_FILES), NO_WARNINGS, needs=C),
    Library("libsqlite3.so", ("@sqlite/sqlite3.c", "sqlite/memvfs.c"), (*SQLITE, *NO_WARNINGS), needs=C),
    Library("libfoo v1", ("programs/versions/foo1.c",), OWN, file="libfoo-1.so"),
    Library("libfoo v2", ("programs/versions/foo2.c",), OWN, file="libfoo-2.so"),
    Library("plugin reverse", ("programs/plugin/reverse.c",), OWN, needs=C, file="reverse.so"),
    Library("plugin upper", ("programs/plugin/upper.c",), OWN, needs=C, file="upper.so"),
    Library("libmap.so", ("programs/wide/map.c",), OWN, needs=("liballoc.so",)),
)

PROGRAMS = (
    # Odd formats are what this program is for.
    Program("libc", ("programs/libc/main.c",), ("-std=gnu17", *NO_WARNINGS), needs=C),
    Program("zlib", ("programs/zlib/main.c",), (*OWN, "-I@zlib"), needs=("libz.so", *C)),
    Program("sql", ("programs/sql/main.c", "@sqlite/texts.c"), (*OWN, "-I@sqlite"), needs=("libsqlite3.so", *C)),
    Program(
        "versions",
        ("programs/versions/main.c",),
        OWN,
        needs=("libfoo v1", *C),
        loads=("libfoo v2",),
        stands_alone=False,
    ),
    Program(
        "plugin",
        ("programs/plugin/main.c",),
        OWN,
        needs=C,
        loads=("plugin reverse", "plugin upper"),
        stands_alone=False,
    ),
    Program(
        "wide",
        ("programs/wide/main.c",),
        OWN,
        needs=("libmap.so", "liballoc.so"),
        kinds=("wasm64",),
        has_libc=False,
    ),
)


def make(out: Path, names: list[str], given: Path | None = None, jobs: int | None = None, say=print) -> None:
    """Build programs, or all of them where none is named. Raises BuildError."""
    known = {program.name: program for program in PROGRAMS}
    for name in names:
        if name not in known:
            raise BuildError(f"there is no program '{name}'; there are: {', '.join(known)}")
    out = out.resolve()
    out.mkdir(parents=True, exist_ok=True)
    with open(out / "lock", "w", encoding="utf-8") as lock:
        # One build at a time in a folder; another waits, and then finds everything made.
        fcntl.flock(lock, fcntl.LOCK_EX)
        build = Build(jobs or len(os.sched_getaffinity(0)), say)
        examples = Examples(HERE, out, LIBRARIES, given, build, say)
        for name in names or list(known):
            examples.add(known[name])
        build.run()


def main() -> int:
    parser = argparse.ArgumentParser(description="Builds the examples.")
    parser.add_argument("programs", nargs="*", metavar="PROGRAM", help="what to build (default: everything)")
    parser.add_argument("--out", type=Path, default=Path("build/examples"), help="where to (default: build/examples)")
    parser.add_argument("--sources", type=Path, help="a folder with the source packages zlib and sqlite3 of Debian")
    parser.add_argument("--jobs", type=int, help="how much to do at once (default: as many as there are processors)")
    options = parser.parse_args()
    try:
        make(options.out, options.programs, options.sources, options.jobs)
    except BuildError as error:
        print(f"build.py: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
