#!/usr/bin/env python3
"""Builds the examples from C: modules for a process with their dictionaries, and the same programs for the host, whose
output is the reference.

    build.py [--out DIR] [--sources DIR] [--jobs N] [PROGRAM...]

A second run rebuilds only changed targets. Contents of the output folder:

    wasm32/ wasm64/   libraries (.so) and programs (.wasm) for processes of either kind,
                      and a dictionary for each program (.json)
    plain/            the same programs as single modules that define their memory, for any engine
    native/           the same programs for the host
    src/ gen/ obj/    fetched sources, generated sources, objects

This file lists the targets. tools/modules.py defines how they are compiled and linked, tools/steps.py runs the steps,
and tools/sources.py fetches the sources of zlib and SQLite.
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

# No warnings for third-party code.
NO_WARNINGS = ("-w",)

OWN = ("-std=c17", *WARNINGS)

# Otherwise the compiler would turn parts of the C library into calls of themselves.
LIBC = (*OWN, "-fno-builtin")

# SQLite for one thread, on the operating system memvfs.c, with arithmetic of doubles: a long double has 80 bits on some
# hosts and 128 on others and in WebAssembly, so results would differ.
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

# The libraries of a program with a C library.
C = ("libc.so", "liballoc.so")

# Paths are relative to this folder, or begin with @zlib or @sqlite for those sources. A library follows those that it
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
    # This program tests unusual formats.
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
    """Builds the named programs, or all of them. Raises BuildError."""
    known = {program.name: program for program in PROGRAMS}
    for name in names:
        if name not in known:
            raise BuildError(f"there is no program '{name}'; there are: {', '.join(known)}")
    out = out.resolve()
    out.mkdir(parents=True, exist_ok=True)
    with open(out / "lock", "w", encoding="utf-8") as lock:
        # One build at a time per folder; a second one waits and then finds everything built.
        fcntl.flock(lock, fcntl.LOCK_EX)
        build = Build(jobs or len(os.sched_getaffinity(0)), say)
        examples = Examples(HERE, out, LIBRARIES, given, build, say)
        for name in names or list(known):
            examples.add(known[name])
        build.run()


def main() -> int:
    parser = argparse.ArgumentParser(description="Builds the examples.")
    parser.add_argument("programs", nargs="*", metavar="PROGRAM", help="a program to build (default: all)")
    parser.add_argument("--out", type=Path, default=Path("build/examples"), help="output folder (default: build/examples)")
    parser.add_argument("--sources", type=Path, help="a folder with the source packages zlib and sqlite3 of Debian")
    parser.add_argument("--jobs", type=int, help="the number of parallel steps (default: the number of processors)")
    options = parser.parse_args()
    try:
        make(options.out, options.programs, options.sources, options.jobs)
    except BuildError as error:
        print(f"build.py: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
