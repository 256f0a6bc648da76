"""The loader on random libraries: their imports, definitions, dependencies and code are drawn. No script may crash the
interpreter, or depend on the implementation of processes.

The results of a script are unknown, but they are the same on each back end, in this OS process and in others. No command
crashes, and a sanitizer reports nothing.
"""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest
from cli_support import Done, needs_program, wasmproc, write

pytestmark = needs_program

SEEDS = range(24)
LIBRARIES = FUNCTIONS = 6
STEPS = 14

#: The imports of every library. The script maps page 1 first, for names.
IMPORTS = """
  (import "env" "memory" (memory 1))
  (table $t (import "env" "__indirect_function_table") 0 funcref)
  (global $mb (import "env" "__memory_base") i32)
  (global $tb (import "env" "__table_base") i32)
  (func $load (import "process" "load") (param i32 i32) (result i32))
  (func $symbol (import "process" "symbol") (param i32 i32 i32) (result i32))
  (func $unload (import "process" "unload") (param i32) (result i32))
  (func $mmap (import "process" "mmap") (param i32 i64) (result i32))
"""

#: The definitions of every library.
OWN = "(global $handle (mut i32) (i32.const 0)) (func $own)"

HEAD = """
(module $owner (table (export "table") 4 funcref) (func (export "call") (param i32) (call_indirect (local.get 0))))
(register "shared" $owner)
(module (func $mmap (import "process" "mmap") (param i32 i64) (result i32))
  (func (export "map") (drop (call $mmap (i32.const 65536) (i64.const 65536)))))
(invoke "map")
"""

MODES = {
    "native": ("--backend=native",),
    "OS processes": ("--os-process",),
    "native OS processes": ("--os-process", "--backend=native"),
}


class Library:
    """The text of a random module."""

    def __init__(self, chance: random.Random, number: int, name: str = ""):
        self.chance = chance
        self.imports: list[str] = []  # before all definitions, as the text format demands
        self.definitions: list[str] = []
        self.weak: list[str] = []
        self.callable = ["$own"]
        self.got: list[str] = []
        self.exports: set[str] = set()
        self.shared = chance.random() < 0.3
        if self.shared:
            self.imports.append('(table $shared (import "shared" "table") 4 funcref)')
        for i in range(FUNCTIONS):
            self.draw_function(i)
        self.draw_segments()
        for export, odds in (("__wasm_call_ctors", 0.4), ("_initialize", 0.15), ("__wasm_apply_data_relocs", 0.15)):
            if chance.random() < odds:
                self.definitions.append(f'(func (export "{export}") {self.body(4)})')
        self.definitions.append(f'(func (export "go{number}") {self.body(8)})')
        needed = " ".join(f'"l{i}"' for i in range(LIBRARIES) if chance.random() < 0.25)
        section = f"(@dylink.0 (mem-info (memory {self.bytes} 2) (table {self.slots} 0)) (needed {needed}) {' '.join(self.weak)})"
        self.text = "\n  ".join([f"(module {name} {section}{IMPORTS}", *self.imports, OWN, *self.definitions]) + ")"

    def draw_function(self, i: int) -> None:
        """Function i is imported, defined or neither; its address may be asked for, and that of datum i."""
        which, name = self.chance.random(), f"f{i}"
        if which < 0.3:
            self.imports.append(f'(func $i{i} (import "env" "{name}"))')
            self.callable.append(f"$i{i}")
            self.note_weak(name)
            self.export(self.chance.choice([name, f"f{(i + 1) % FUNCTIONS}"]), 0.3, f"(func $i{i})")
        elif which < 0.6:
            self.callable.append(f"$f{i}")
            self.definitions.append(f"(func $f{i} {self.body(3)})")
            self.export(name, 0.8, f"(func $f{i})")
        if self.chance.random() < 0.25:
            self.imports.append(f'(global $g{i} (import "GOT.func" "{name}") (mut i32))')
            self.got.append(f"$g{i}")
            self.note_weak(name)
        if self.chance.random() < 0.15:
            self.imports.append(f'(global (import "GOT.mem" "d{i}") (mut i32))')
            self.note_weak(f"d{i}")
        elif self.chance.random() < 0.2:
            self.definitions.append(f'(global (export "d{i}") i32 (i32.const {4 * i}))')

    def note_weak(self, name: str) -> None:
        if self.chance.random() < 0.95:
            self.weak.append(f'(import-info "env" "{name}" binding-weak undefined)')

    def export(self, name: str, odds: float, what: str) -> None:
        if self.chance.random() < odds and name not in self.exports:
            self.exports.add(name)
            self.definitions.append(f'(export "{name}" {what})')

    def draw_segments(self) -> None:
        self.bytes, self.slots = self.chance.choice([0, 8, 70000]), self.chance.choice([0, 1, 3, 5])
        self.definitions.append("(elem declare func $own)")
        if self.slots:
            functions = " ".join(self.chance.choice(self.callable) for _ in range(self.slots))
            self.definitions.append(f"(elem (table $t) (global.get $tb) func {functions})")
        if self.shared:
            slot, function = self.chance.choice([0, 1, 2, 3, 3, 4]), self.chance.choice(self.callable)
            self.definitions.append(f"(elem (table $shared) (i32.const {slot}) func {function})")
        if self.bytes:
            self.definitions.append('(data (global.get $mb) "data")')

    def body(self, most: int) -> str:
        return " ".join(self.statement() for _ in range(self.chance.randrange(most)))

    def statement(self) -> str:
        number = self.chance.randrange
        write_name = "(i32.store8 (i32.const 65536) (i32.const {})) (i32.store8 (i32.const 65537) (i32.const {}))"
        choices = [
            f"(call {self.chance.choice(self.callable)})",
            f"(call_indirect $t (global.get {self.chance.choice(self.got)}))" if self.got else "",
            f"(call_indirect $t (i32.const {number(12)}))",
            f"(drop (table.grow $t (ref.null func) (i32.const {number(3)})))",
            write_name.format(ord("l"), ord("0") + number(LIBRARIES))
            + " (global.set $handle (call $load (i32.const 65536) (i32.const 2)))",
            "(drop (call $unload (global.get $handle)))",
            f"(drop (call $unload (i32.const {number(2, 20)})))",
            write_name.format(ord("f"), ord("0") + number(FUNCTIONS))
            + " (drop (call $symbol (global.get $handle) (i32.const 65536) (i32.const 2)))",
            f"(if (i32.lt_u (i32.const 8) (table.size $t)) (then (table.set $t (i32.const {number(1, 9)}) (ref.func $own))))",
            "(drop (call $mmap (i32.const 0) (i64.const 65536)))",
            "(unreachable)",
        ]
        return self.chance.choices(choices, [4, 3, 2, 2, 4, 2, 1, 1, 1, 1, 1])[0]


def script(seed: int) -> str:
    """Libraries, and commands that load, unload, register and call."""
    chance = random.Random(seed)
    names = " ".join(f'("l{i}" "test:l{i}")' for i in range(LIBRARIES))
    lines = [f'(library "test:l{i}" {Library(chance, i).text})' for i in range(LIBRARIES)]
    lines += [f"(process (memory 64) (dictionary {names}))", HEAD]
    for i in range(STEPS):
        other = chance.randrange(max(i, 1))
        choices = [
            Library(chance, LIBRARIES + i, f"$m{i}").text,
            f'(invoke $m{other} "go{LIBRARIES + other}")',
            f"(unload $m{other})",
            f'(invoke $owner "call" (i32.const {chance.randrange(4)}))',
            f'(register "shared" $m{other})',
        ]
        lines.append(chance.choices(choices, [10, 5, 4, 1, 1])[0])
    # The module may have been unloaded.
    lines += [f'(invoke $owner "call" (i32.const {i}))' for i in range(4)]
    return "\n".join(lines) + "\n"


def without_places(done: Done) -> list[str]:
    """The output without the places of errors, which OS processes do not report."""
    return [re.sub(r" \(at (byte )?[0-9:]+( of [^()]*)?\)", "", line) for line in done.out.splitlines()]


def run(path: Path, seed: int, *more: str) -> Done:
    limit = random.Random(seed).choice([16, 24, 40, 1000])
    return wasmproc("wast", "--fuel=10000", f"--limit=table_elements={limit}", *more, write(path, script(seed)))


@pytest.mark.parametrize("seed", SEEDS)
def test_libraries_by_chance(tmp_path, seed):
    path = tmp_path / "chance.wast"
    done = run(path, seed)
    assert done.status in (0, 1), done
    assert done.err == "", done
    assert not re.search("crash|malformed|invalid", done.out), done.out
    for mode, more in MODES.items():
        assert without_places(run(path, seed, *more)) == without_places(done), mode


def test_chance_is_worth_it(tmp_path):
    """Many libraries load, run and unload: more commands pass than the five that begin every script."""
    text = "".join(run(tmp_path / "chance.wast", seed).out for seed in SEEDS)
    assert sum(int(passed) - 5 for passed in re.findall(r"(\d+) passed", text)) > 3 * len(SEEDS)
    for message in ("trap: function of a library that was unloaded", "reservation failed"):
        assert message in text, message
