"""The shape of the modules that clang and wasm-ld make of the examples, and errors for wrong dictionaries."""

import json

import dylink
import pytest
from build import LIBRARIES, PROGRAMS
from conftest import KINDS, PROGRAM, Done, process_command, run

PLATFORM = {"env", "process", "GOT.mem", "GOT.func", "wasi_snapshot_preview1"}
BY_NAME = {library.name: library for library in LIBRARIES}
BUILDS = [(program.name, kind) for program in PROGRAMS for kind in program.kinds]


def modules_of(program, kind, folder):
    """The files of a program, each with the expected names in `needed`."""
    dictionary = json.loads((folder / kind / f"{program.name}.json").read_text("utf-8"))
    yield folder / kind / f"{program.name}.wasm", program.needs
    for name, uri in dictionary["imports"].items():
        yield folder / kind / uri, BY_NAME[name].needs


@pytest.mark.parametrize(("name", "kind"), BUILDS)
def test_shape(built, name, kind):
    """Each module can be loaded: position-independent, of the process's kind, without a memory of its own."""
    folder = built(name)
    program = next(program for program in PROGRAMS if program.name == name)
    for path, needs in modules_of(program, kind, folder):
        module = dylink.read(path)
        wide = kind == "wasm64"
        assert module.sections[0] == "dylink.0", path
        assert module.needed == list(needs), path
        assert {origin for origin, _ in module.imports} <= PLATFORM, path
        assert module.imports[("env", "memory")] == "memory", path
        assert module.memory64 is wide, path
        assert module.table64 in (wide, None), path
        assert module.exports.get("__wasm_call_ctors") == "func", path
        assert run(PROGRAM, "validate", path) == Done(0, "", ""), path


def test_shared_objects(built):
    """errno is one object for all modules: libc.so defines it, and all its users, including libc.so, import its
    address."""
    folder = built("libc")
    assert dylink.read(folder / "wasm32" / "libc.so").exports["errno"] == "global"
    for name in ("libc.so", "libc.wasm"):
        assert ("GOT.mem", "errno") in dylink.read(folder / "wasm32" / name).imports


@pytest.mark.parametrize("cut", ["libc.so", "liballoc.so"])
@pytest.mark.parametrize("kind", KINDS)
def test_missing_library(built, tmp_path, kind, cut):
    """A needed name that the dictionary lacks, directly or indirectly, fails the load before any code has run."""
    folder = built("libc")

    def change(document):
        del document["integrity"][document["imports"].pop(cut)]

    done = run(*altered(folder, tmp_path, kind, change))
    assert done.status != 0
    assert done.out == ""
    assert "unresolved library" in done.err
    assert cut in done.err


@pytest.mark.parametrize("kind", KINDS)
def test_other_bytes(built, tmp_path, kind):
    """A library that has changed since the dictionary was written is refused."""
    folder = built("libc")

    def change(document):
        digests = document["integrity"]
        digests["./libc.so"] = digests["./liballoc.so"]

    done = run(*altered(folder, tmp_path, kind, change))
    assert done.status != 0
    assert done.out == ""
    assert "integrity mismatch" in done.err
    assert "libc.so" in done.err


def altered(folder, tmp_path, kind, change):
    """The command that runs the program libc with an altered dictionary. URIs are relative to the dictionary's file."""
    document = json.loads((folder / kind / "libc.json").read_text("utf-8"))
    for name in ("libc.so", "liballoc.so"):
        (tmp_path / name).write_bytes((folder / kind / name).read_bytes())
    change(document)
    path = tmp_path / "altered.json"
    path.write_text(json.dumps(document), "utf-8")
    command = process_command("libc", kind, "sparse")
    command[command.index("--dict") + 1] = str(path)
    return command
