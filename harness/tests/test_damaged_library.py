"""Libraries that clang compiled, with every byte of their dylink.0 section damaged (rule load.malformed): each load
succeeds, or fails with a place and cause and leaves the process unchanged (rule load.atomic)."""

from __future__ import annotations

import base64
import re
import shutil
import subprocess
from collections import Counter
from pathlib import Path

import pytest
from cli_support import PROGRAM, TIMEOUT, needs_program

from wasmproc_conform.driver_client import DriverClient, EngineError

OTHER = "int other_value;\nint other(int x) { return x + other_value; }\n"

LIBRARY = """
extern int other_value;
int other(int);
__attribute__((weak)) int maybe(int);
static int numbers[] = {1, 2, 3, 4, 5};
int *where = &numbers[2];
int (*which)(int) = other;
static int built;
__attribute__((constructor)) static void build(void) { built = 42; }
int get(void) { return *where + which(100) + other_value + built + (maybe ? maybe(1) : 0); }
"""

#: The result of get(): numbers[2], 100 and built.
ANSWER = 3 + 100 + 42

PAGES, PAGE = 64, 65536

#: Replacements of a byte, besides the byte with one bit flipped.
VALUES = (0x00, 0x01, 0x1F, 0x20, 0x3F, 0x40, 0x7F, 0x80, 0xFF)

pytestmark = [
    needs_program,
    pytest.mark.skipif(not (shutil.which("clang-19") and shutil.which("wasm-ld-19")), reason="needs clang-19 and lld-19"),
]


def build(name: str, source: str, bits: int, folder: Path, *libraries: Path) -> Path:
    """A shared library as clang and wasm-ld make it."""
    unit, target = folder / f"{name}.o", folder / name
    command = ["clang-19", f"--target=wasm{bits}", "-fPIC", "-fvisibility=default", "-O1", "-x", "c", "-c", "-", "-o", unit]
    subprocess.run(command, input=source.encode(), check=True, timeout=TIMEOUT)
    options = ["-shared", "--experimental-pic", "--export-dynamic", "--unresolved-symbols=import-dynamic"]
    options += ["--export-if-defined=__wasm_call_ctors", "-m", f"wasm{bits}"]
    done = subprocess.run(["wasm-ld-19", *options, unit, *libraries, "-o", target], capture_output=True, timeout=TIMEOUT)
    assert done.returncode == 0, done.stderr.decode()
    return target


def leb(number: int) -> bytes:
    """An unsigned number in LEB128."""
    out = bytearray()
    while number >= 0x80:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*out, number])


#: The section's name, which precedes the contents of dylink.0.
NAME = b"\x08dylink.0"


def take_apart(data: bytes) -> tuple[bytes, bytes]:
    """The contents of the first section, dylink.0, and the bytes after it."""
    assert data.startswith(b"\0asm\1\0\0\0\0")
    assert data[9] < 0x80
    assert data[10:].startswith(NAME)
    end = 10 + data[9]
    return data[10 + len(NAME):end], data[end:]


def put_together(contents: bytes, rest: bytes) -> bytes:
    """A module with these contents of the section, well-formed otherwise."""
    return b"\0asm\1\0\0\0\0" + leb(len(NAME) + len(contents)) + NAME + contents + rest


class Loader:
    """A process into which libraries are loaded; failed ones must leave no trace."""

    def __init__(self, client: DriverClient, bits: int):
        self.client, self.bits = client, bits
        dictionary = [["library", "test:library"], ["other", "test:other"]]
        client.process(name="$p", pages=PAGES, address=f"i{bits}", dictionary=dictionary)

    def publish(self, name: str, data: bytes) -> None:
        self.client.request("library", uri=f"test:{name}", bytes=base64.b64encode(data).decode())

    def load(self) -> str:
        """Load the library for a program. Returns the error, or None."""
        text = f"""(module (@dylink.0 (needed "library"))
                     (global (import "GOT.func" "get") (mut i{self.bits}))
                     (func $get (import "env" "get") (result i32))
                     (func (export "ask") (result i32) (call $get)))"""
        try:
            self.client.module(name="$m", text=text)
        except EngineError as error:
            return f"{error.kind}: {error.message}"
        return ""

    def check_and_unload(self) -> None:
        """The library works, and can be unloaded."""
        assert self.client.invoke("ask", module="$m") == [{"type": "i32", "value": str(ANSWER)}]
        self.client.request("unload", name="$m")

    def assert_nothing_is_left(self) -> None:
        """All pages but page 0 can be mapped in one piece, and nothing defines the library's symbols."""
        address = self.client.mmap(0, (PAGES - 1) * PAGE)
        assert address == PAGE
        assert self.client.munmap(address, (PAGES - 1) * PAGE)
        with pytest.raises(EngineError, match="unresolved symbol: env.other"):
            self.client.module(text='(module (import "env" "other" (func (param i32) (result i32))))')


def damages(contents: bytes) -> list[bytes]:
    """The contents cut off after every byte, and with every byte replaced."""
    found = [contents[:size] for size in range(len(contents))]
    for i, byte in enumerate(contents):
        values = {*VALUES, *(byte ^ 1 << bit for bit in range(8))} - {byte}
        found += [contents[:i] + bytes([value]) + contents[i + 1:] for value in sorted(values)]
    return found


@pytest.mark.parametrize("backend", ["sparse", "native"])
@pytest.mark.parametrize("bits", [32, 64])
def test_damaged_section(bits, backend, tmp_path):
    other = build("other", OTHER, bits, tmp_path)
    contents, rest = take_apart(build("library", LIBRARY, bits, tmp_path, other).read_bytes())
    outcomes = Counter()
    with DriverClient([PROGRAM, "driver", "--backend", backend], timeout=TIMEOUT) as client:
        loader = Loader(client, bits)
        loader.publish("other", other.read_bytes())
        loader.publish("library", put_together(contents, rest))
        assert loader.load() == ""
        loader.check_and_unload()
        loader.assert_nothing_is_left()
        for damaged in damages(contents):
            loader.publish("library", put_together(damaged, rest))
            problem = loader.load()
            if not problem:
                loader.client.request("unload", name="$m")
            else:
                assert problem.startswith("unloadable: "), (damaged, problem)
                if place := re.search("malformed dylink.0: .*, at byte ([0-9]+) of the module, test:library$", problem):
                    first = len(put_together(damaged, rest)) - len(rest) - len(damaged)
                    assert first <= int(place[1]) <= first + len(damaged), (damaged, problem)
                else:
                    assert re.search("unresolved library|unresolved symbol|reservation failed|outside reservation", problem)
            outcomes[re.split("[:(]", problem.removeprefix("unloadable: "))[0].strip()] += 1
            loader.assert_nothing_is_left()
        loader.publish("library", put_together(contents, rest))
        assert loader.load() == ""
        loader.check_and_unload()
    wanted = {"", "malformed dylink.0", "unresolved library", "reservation failed", "data segment outside reservation"}
    assert wanted <= outcomes.keys(), outcomes


@pytest.mark.parametrize("bits", [32, 64])
def test_cut_off_module(bits, tmp_path):
    """A truncated library is malformed, and the error has the place, unless the rest is a module."""
    other = build("other", OTHER, bits, tmp_path)
    data = build("library", LIBRARY, bits, tmp_path, other).read_bytes()
    errors = 0
    with DriverClient([PROGRAM, "driver"], timeout=TIMEOUT) as client:
        loader = Loader(client, bits)
        loader.publish("other", other.read_bytes())
        for size in range(len(data)):
            loader.publish("library", data[:size])
            problem = loader.load()
            if problem:
                # After a whole section it is a module that lacks the sections cut off.
                wanted = r"(malformed|invalid) library: .* \(at byte [0-9]+ of test:library\)|unresolved symbol"
                assert problem.startswith("unloadable: "), (size, problem)
                assert re.search(wanted, problem), (size, problem)
                errors += 1
            else:
                loader.client.request("unload", name="$m")
            loader.assert_nothing_is_left()
        loader.publish("library", data)
        assert loader.load() == ""
        loader.check_and_unload()
    assert errors > len(data) - 10
