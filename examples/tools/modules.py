"""Compiles and links libraries and programs: for processes, as modules without a process, and natively.

A module for a process is position-independent and declares in a section, `dylink.0`, its memory and the libraries that
it needs. It is made with `-fPIC` and `-shared`; programs are linked like libraries.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import shlex
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import sources
from steps import Build, BuildError, Step, Unavailable


@dataclass(frozen=True)
class Library:
    """A shared library."""

    #: Its name in `needed` and in the dictionary.
    name: str
    sources: tuple[str, ...]
    flags: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    #: The name of its file, if different.
    file: str | None = None


@dataclass(frozen=True)
class Program:
    """A program: its sources, the libraries that it is linked with, and those that it loads at run time."""

    name: str
    sources: tuple[str, ...]
    flags: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    loads: tuple[str, ...] = ()
    #: The kinds of process for which it is built.
    kinds: tuple[str, ...] = ("wasm32", "wasm64")
    #: Whether it also runs without a process.
    stands_alone: bool = True
    #: Whether it has main and a C library; otherwise the host calls its exports.
    has_libc: bool = True


# No multiplication is fused with an addition: the native build rounds as WebAssembly does.
COMMON = ("-O2", "-ffp-contract=off")

# Everything that is not static or hidden is exported. The headers are those of this C library and of the compiler,
# never the host's. The driver only compiles, since for linking it would call wasm-opt if installed.
COMPILE = (*COMMON, "-fPIC", "-fvisibility=default", "-nostdlibinc", "-mbulk-memory", "-mnontrapping-fptoint")

# Undefined names are errors when linking, not only when the module is loaded.
LINK = ("--experimental-pic", "-shared", "--no-entry", "--unresolved-symbols=report-all")

# wasm-ld collects a module's constructors in a function for the loader to call, and exports it on request.
LINK += ("--export-if-defined=__wasm_call_ctors",)

# A module without a process: one memory with a stack in it, and _start for the host.
LINK_PLAIN = ("--entry=_start", "--export-memory", "-z", "stack-size=1048576", "--stack-first")


def _tool(variable: str, name: str, package: str) -> str:
    """The path of a program of the toolchain, or of the one that an environment variable names. Raises Unavailable."""
    chosen = os.environ.get(variable) or name
    if shutil.which(shlex.split(chosen)[0]) is None:
        raise Unavailable(f"{chosen} is missing: it is Debian's package {package}; {variable} names another")
    return chosen


class Examples:
    """Adds the steps for programs and their dependencies to a build."""

    def __init__(
        self, here: Path, out: Path, libraries: tuple[Library, ...], given: Path | None, build: Build, say
    ) -> None:
        self._here = here
        self._out = out
        self._libraries = {library.name: library for library in libraries}
        self._given = given
        self._build = build
        self._say = say
        self._clang = shlex.split(_tool("WASM_CC", "clang-19", "clang-19"))
        self._linker = shlex.split(_tool("WASM_LD", "wasm-ld-19", "lld-19"))
        self._cc = shlex.split(_tool("CC", "cc", "gcc"))
        self._places: dict[str, Path] = {}

    def add(self, program: Program) -> None:
        """Adds a program in all its forms."""
        for kind in program.kinds:
            self._add_for_process(program, kind)
        if program.stands_alone and program.has_libc:
            self._add_plain(program)
        if program.stands_alone:
            self._add_native(program)

    # ---- For processes ----

    def _add_for_process(self, program: Program, kind: str) -> None:
        named = dict.fromkeys([*program.needs, *program.loads])
        for name in self._closure(tuple(named)):
            self._add_library(name, kind)
        objects = self._compile(program.name, program.sources, program.flags, kind)
        if program.has_libc:
            objects += self._compile("start", ("libc/src/start.c",), ("-std=c17",), kind)
        output = self._out / kind / f"{program.name}.wasm"
        self._link(output, objects, program.needs, kind)
        self._add_dictionary(program, kind)

    def _closure(self, names: tuple[str, ...]) -> list[str]:
        """Libraries and their dependencies, in the order of the libraries."""
        wanted, reached = list(names), set()
        while wanted:
            name = wanted.pop()
            if name not in reached:
                reached.add(name)
                wanted += self._libraries[name].needs
        return [name for name in self._libraries if name in reached]

    def _add_library(self, name: str, kind: str) -> None:
        library = self._libraries[name]
        objects = self._compile(library.file or name, library.sources, library.flags, kind)
        self._link(self._file(name, kind), objects, library.needs, kind)

    def _file(self, name: str, kind: str) -> Path:
        return self._out / kind / (self._libraries[name].file or name)

    def _named(self, name: str, kind: str) -> Path:
        """A library under the name by which it is needed. wasm-ld records the name of the file that it links, so a
        library whose file has another name is copied."""
        file = self._file(name, kind)
        if file.name == name:
            return file
        copy = self._out / "gen" / kind / name
        return self._build.add(Step(copy, [file], ["cp", str(file), str(copy)]))

    def _link(self, output: Path, objects: list[Path], needs: tuple[str, ...], kind: str) -> None:
        libraries = [self._named(name, kind) for name in needs]
        command = [*self._linker, *LINK, f"-m{kind}", "-o", output]
        self._build.add(Step(output, objects + libraries, _words(command, objects, libraries)))

    def _add_dictionary(self, program: Program, kind: str) -> None:
        """The dictionary of a program: the name of each direct and indirect dependency, and the digest of its file. The
        form is that of a web import map [dict.format]."""
        output = self._out / kind / f"{program.name}.json"
        names = self._closure(program.needs + program.loads)
        files = {name: self._file(name, kind) for name in names}

        def write() -> None:
            document = {"imports": {}, "integrity": {}}
            for name, file in files.items():
                digest = base64.b64encode(hashlib.sha256(file.read_bytes()).digest()).decode()
                document["imports"][name] = f"./{file.name}"
                document["integrity"][f"./{file.name}"] = f"sha256-{digest}"
            output.write_text(json.dumps(document, indent=2) + "\n", "utf-8")

        self._build.add(Step(output, list(files.values()), function=write, about=repr(names)))

    # ---- Without a process ----

    def _add_plain(self, program: Program) -> None:
        objects = self._compile(program.name, program.sources, program.flags, "wasm32")
        objects += self._compile("start", ("libc/src/start.c",), ("-std=c17",), "wasm32")
        objects += self._compile("plain", ("plain/platform.c",), ("-std=c17",), "wasm32")
        for name in self._closure(program.needs):
            library = self._libraries[name]
            objects += self._compile(library.file or name, library.sources, library.flags, "wasm32")
        output = self._out / "plain" / f"{program.name}.wasm"
        command = [*self._linker, *LINK_PLAIN, "-o", output]
        self._build.add(Step(output, objects, _words(command, objects)))

    def _add_native(self, program: Program) -> None:
        """The program for the host. The host's C library replaces libc.so and liballoc.so."""
        objects = self._compile(program.name, program.sources, program.flags, "native")
        for name in self._closure(program.needs):
            library = self._libraries[name]
            if name not in ("libc.so", "liballoc.so"):
                objects += self._compile(name, library.sources, library.flags, "native")
        output = self._out / "native" / program.name
        self._build.add(Step(output, objects, _words([*self._cc, "-o", output], objects, ["-lm"])))

    # ---- Compiling ----

    def _compile(self, name: str, files: tuple[str, ...], flags: tuple[str, ...], kind: str) -> list[Path]:
        return [self._compile_one(name, file, flags, kind) for file in files]

    def _compile_one(self, name: str, file: str, flags: tuple[str, ...], kind: str) -> Path:
        source = self._place(file)
        output = self._out / "obj" / kind / name / f"{source.stem}.o"
        depfile = output.with_suffix(".d")
        if kind == "native":
            command = [*self._cc, *COMMON]
        else:
            headers = ["-isystem", self._here / "libc/include", "-isystem", self._here / "include"]
            command = [*self._clang, f"--target={kind}-unknown-unknown", *COMPILE, *headers]
        # Third-party headers are included as system headers.
        for flag in flags:
            command += ["-isystem", self._place(flag[2:])] if flag.startswith("-I") else [flag]
        command += ["-MMD", "-MF", depfile, "-c", source, "-o", output]
        return self._build.add(Step(output, [source], _words(command), depfile=depfile))

    # ---- Sources ----

    def _place(self, path: str) -> Path:
        """The path of a source; @zlib and @sqlite are fetched and built on first use."""
        if not path.startswith("@"):
            return self._here / path
        package, _, rest = path[1:].partition("/")
        if package not in self._places:
            self._places[package] = {"zlib": self._zlib, "sqlite": self._sqlite}[package]()
        return self._places[package] / rest

    def _fetched(self, package: sources.Package) -> Path:
        folder = self._out / "src"
        folder.mkdir(parents=True, exist_ok=True)
        return sources.unpack(package, folder, self._given, self._say)

    def _zlib(self) -> Path:
        return self._fetched(sources.ZLIB)

    def _sqlite(self) -> Path:
        """SQLite in one file, made by its makefile, together with the texts of the program sql."""
        tree, folder = self._fetched(sources.SQLITE), self._out / "gen" / "sqlite"
        if not folder.is_dir():
            self._say("making SQLite's single source file")
            for program, package in (("tclsh", "tcl"), ("make", "make")):
                _tool(program.upper(), program, package)
            part = folder.with_name("sqlite.part")
            shutil.rmtree(part, ignore_errors=True)
            part.mkdir(parents=True)
            self._run(["sh", str(tree / "configure"), "--disable-tcl", "--disable-readline"], part)
            self._run(["make", "sqlite3.c"], part)
            part.rename(folder)
        texts = [self._here / "programs" / "sql" / f"{name}.sql" for name in ("schema", "queries")]
        self._build.add(Step(folder / "texts.c", texts, function=lambda: _embed(texts, folder / "texts.c")))
        return folder

    def _run(self, command: list[str], folder: Path) -> None:
        done = subprocess.run(command, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True)
        if done.returncode != 0:
            raise BuildError(f"{shlex.join(command)} failed in {folder}\n{done.stdout}{done.stderr}".rstrip())


def _words(*parts: list) -> list[str]:
    return [str(word) for part in parts for word in part]


def _embed(files: list[Path], output: Path) -> None:
    """C source with files as strings: schema.sql becomes `const char schema_sql[]`."""
    lines = ["/* Made from .sql files; see there. */"]
    for file in files:
        lines.append(f"extern const char {file.stem}_sql[];")
        lines.append(f"const char {file.stem}_sql[] =")
        for line in file.read_text("utf-8").splitlines():
            escaped = line.replace("\\", "\\\\").replace('"', '\\"').replace("?", "\\?")
            lines.append(f'    "{escaped}\\n"')
        lines[-1] += ";"
    output.write_text("\n".join(lines) + "\n", "utf-8")
