#!/usr/bin/env python3
"""Makes the wasm64 script of each pair below process/ from the wasm32 one: NAME64.wast from NAME.wast.

    pairs.py [check]    prints TAP: a pair that has drifted is not ok
    pairs.py write      writes the wasm64 scripts

The wasm64 script is the wasm32 one with these changes:

- The types, constants and instructions of pointers are i64 instead of i32. An i64 in the place of a pointer, the wrong
  type in a test about wrong types, becomes i32.
- The same for address types: `(memory 16)` becomes `(memory i64 16)` if its addresses are pointers, and so do tables.
- Conversions between pointers and i64 are dropped: `(i64.extend_i32_u X)` becomes `X`.
- `features` lists memory64, and table64 if there is such a table.
- `X (;64: Y;)` becomes `Y`. Lines between a line `(;64:` and a line `;)` become part of the wasm64 script.

Pointers are the types that PLATFORM marks, globals of the GOT, exported globals of libraries, and types annotated as
`i32 (;ptr;)` or `(table (;ptr;) ...)`; and all types that validation requires to be the same as one of these. Exports,
imports and actions of one name have one type. Code must be folded, and branches carry no values.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections import defaultdict
from itertools import zip_longest
from pathlib import Path
from typing import NamedTuple

PROCESS = Path(__file__).resolve().parent / "process"

#: The metadata of scripts that are not made from another one (FORMAT.md).
_PAIR = re.compile(r"^;;; pair: (none|by hand), since ", re.M)

_TOKEN = re.compile(
    r"^\(;64:\n(?P<lines>.*?)^;\)\n| ?\(;64:(?P<note>.*?);\)| ?\(;(?P<ptr>ptr);\)|;;[^\n]*|\(;.*?;\)"
    r'|(?P<atom>"(?:[^"\\]|\\.)*"|[()]|[^\s()";]+)',
    re.M | re.S,
)

#: Operands and results of what the platform provides: `p` is a pointer, `i` an integer, `-` anything.
PLATFORM = {
    "memory": {"memory": "p:"},
    "table": {"__indirect_function_table": "p:"},
    "global": {"__memory_base": "p:", "__table_base": "p:", "__stack_pointer": "p:"},
    "func": {"mmap": "p-:p", "munmap": "p-:i", "discard": "p-:i", "load": "pp:i", "symbol": "ipp:p", "unload": "i:i", "error": "pp:p",
             "exit": "i:"},
}

#: Operands and results of instructions: `t` is the type in the instruction's name; `a` is the type of the local or
#: global that it accesses, or the address type of the memory or table.
INSTRUCTIONS = {
    r"(...|ref)\.(const|null|func|extern)": ":t",
    r"i..\.(add|sub|mul|and|or|xor|shl|(div|rem|shr)_[su])": "tt:t",
    r"i..\.(eq|ne|[lg][te]_[su])": "tt:i",
    r"i..\.eqz|ref\.is_null": "t:i",
    r"i64\.extend_i32_[su]": "t:-",
    r"i32\.wrap_i64": "-:t",
    r"...\.load\w*": "a:t",
    r"...\.store\w*": "at:",
    r"(local|global)\.get|(memory|table)\.size": ":a",
    r"(local|global)\.set": "a:",
    r"local\.tee|memory\.grow": "a:a",
    r"memory\.fill": "aia:",
    r"memory\.copy": "aaa:",
    r"memory\.init": "aii:",
    r"table\.get": "a:-",
    r"table\.set": "a-:",
    r"table\.grow": "-a:a",
    r"table\.fill": "a-a:",
    r"drop": "-:",
    r"br_if": "i:",
    r"br|nop|unreachable|data\.drop": ":",
}
_FIELDS = ("func", "global", "memory", "table")
_NOT_OPERANDS = ("param", "result", "local", "type", "import", "export", "mut", "table", "memory", "then", "else")


class Form:
    """An atom, or a list of forms in parentheses, and its place in the text."""

    def __init__(self, start: int, atom: str = "") -> None:
        self.start, self.end, self.atom = start, start + len(atom), atom
        self.items: list[Form] = []
        self.is_pointer = False

    def head(self, index: int = 0) -> str:
        """The first atom of a list, or another; empty if there is no such atom."""
        return self.items[index].atom if index < len(self.items) else ""

    def forms(self, *heads: str) -> list[Form]:
        """The lists in a list, or those with one of the heads."""
        return [item for item in self.items if not item.atom and (not heads or item.head() in heads)]

    def words(self) -> list[Form]:
        """The items of a list without its head, names, imports and exports."""
        return [item for item in self.items[1:] if item.atom[:1] != "$" and item.head() not in ("import", "export")]


class Type:
    """A type, which may turn out to be that of a pointer: an element of a union-find structure."""

    def __init__(self, is_known: bool = False) -> None:
        self.is_known, self.same = is_known, self

    def find(self) -> Type:
        """The representative of all types that are the same."""
        found = self
        while found.same is not found:
            found = found.same
        return found


POINTER, INTEGER = Type(True), Type(True)


class Shape(NamedTuple):
    """Types of operands and results. A global has its type as operand, a memory or table its address type."""

    ins: list[Type]
    outs: list[Type]


class Script:
    """A wasm32 script. Raises ValueError and LookupError."""

    def __init__(self, text: str) -> None:
        self.text = text
        #: Replacements in the text, each to be made if a type is a pointer.
        self.edits: list[tuple[Type, int, int, str]] = []
        self.types: dict[int, Type] = {}
        self.linked: defaultdict[tuple[str, str], list[Shape]] = defaultdict(list)
        for form in self.parse():
            self.command(form)

    def parse(self) -> list[Form]:
        """The forms of the script. Annotations become edits."""
        last = Form(0)
        stack = [Form(0)]
        for match in _TOKEN.finditer(self.text):
            kind, start, end = match.lastgroup, *match.span()
            if kind == "lines":
                self.edits.append((POINTER, start, end, match["lines"]))
            elif kind == "note":
                self.edits.append((POINTER, last.start, end, match["note"].strip()))
            elif kind == "ptr":
                last.is_pointer = True
                self.edits.append((POINTER, start, end, ""))
            elif match["atom"] == ")":
                stack.pop().end = end
            elif kind:
                last = Form(start, match["atom"].strip("("))
                stack[-1].items.append(last)
                stack += [] if last.atom else [last]
        return stack[0].items

    def wasm64(self) -> str:
        """The text of the wasm64 script."""
        text = self.text
        for kind, start, end, new in sorted(self.edits, key=lambda edit: edit[1:3], reverse=True):
            if kind.find() is POINTER:
                text = text[:start] + new + text[end:]
        words = ["memory64"] + ["table64"] * bool(re.search(r"\(table (\$\w+ )?(\([^()]*\) )*i64 ", text))
        if found := re.search(r"^;;; features: (.*)\n", text, re.M):
            words += [word for word in found[1].split(", ") if word not in ("memory64", "table64")]
            text = text.replace(found[0], "", 1)
        return text.replace(";;; description", f";;; features: {', '.join(words)}\n;;; description", 1)

    def error(self, message: str, at: Form) -> ValueError:
        """An error at a form."""
        return ValueError(f"line {self.text.count(chr(10), 0, at.start) + 1}: {message}: {self.text[at.start:at.end]}")

    # ---- Types

    def unify(self, some: list[Type], others: list[Type], at: Form) -> None:
        """Makes types the same, from the last on: after a branch the first may be missing."""
        for a, b in zip(reversed(some), reversed(others)):
            a, b = a.find(), b.find()
            if a is not b and a.is_known and b.is_known:
                raise self.error("a pointer is an integer", at)
            (b if a.is_known else a).same = a if a.is_known else b

    def number(self, atom: Form) -> Type:
        """The type that an atom names."""
        if atom.start not in self.types:
            kind = self.types[atom.start] = Type()
            if atom.atom in ("i32", "i64"):
                self.edits.append((kind, atom.start, atom.end, "i64" if atom.atom == "i32" else "i32"))
            self.unify([kind], [POINTER] * atom.is_pointer, atom)
        return self.types[atom.start]

    def address(self, form: Form) -> Type:
        """The address type of a memory or table."""
        kind, limit = Type(), form.words()[0]
        is_i64 = limit.atom == "i64"
        self.edits.append((kind, limit.start, limit.start + 4 * is_i64, "" if is_i64 else "i64 "))
        self.unify([kind], [POINTER] * form.items[0].is_pointer, form)
        return kind

    def signature(self, form: Form) -> Shape:
        """The type of a function, block or indirect call."""
        heads = ("param", "result")
        shape = Shape(*([self.number(item) for part in form.forms(head) for item in part.words()] for head in heads))
        for use in form.forms("type"):
            used = self.spaces["type"][use.head(1)]
            self.unify(shape.ins + shape.outs, used.ins + used.outs, form)
            return used
        return shape

    def accessed(self, space: str, form: Form) -> Type:
        """The type of the item that an instruction or segment accesses: named by an atom or `(table X)`, or item 0."""
        items = self.spaces[space]
        names = [item.atom or item.head() == space and item.head(1) for item in form.items]
        shape = next((items[name] for name in names if name in items), items.get("0"))
        return shape.ins[0] if shape else Type()

    def shape(self, row: str, own: Type, form: Form) -> Shape:
        """The types of a row of PLATFORM or INSTRUCTIONS."""
        space = form.head().partition(".")[0]
        kinds = {"p": POINTER, "i": INTEGER, "t": own}
        if "a" in row:
            kinds["a"] = self.accessed(space if space in self.spaces else "memory", form)
        return Shape(*([kinds.get(letter) or Type() for letter in part] for part in row.split(":")))

    def link(self, kind: str, name: str, shape: Shape, at: Form) -> None:
        """Makes everything of one name the same, as far as it has as many types."""
        known = self.linked[kind, name]
        if not known and name.strip('"') in PLATFORM[kind]:
            known.append(self.shape(PLATFORM[kind][name.strip('"')], Type(), at))
        for other in known:
            for some, others in zip(shape, other):
                if len(some) == len(others):
                    self.unify(some, others, at)
        known.append(shape)

    # ---- Commands and modules

    def command(self, form: Form) -> None:
        """A command, or a form within one."""
        if form.head() == "process":
            for memory in form.forms("memory"):
                self.unify([self.address(memory)], [POINTER], memory)
        elif form.head() == "module":
            if not {"binary", "quote", "instance"} & {item.atom for item in form.items}:
                self.module(form)
        elif form.head() == "assert_return":
            action, *results = form.forms()
            self.action(action, [kind for result in results for kind in self.run(result)])
        elif form.head() in ("invoke", "get"):
            self.action(form, [])
        else:
            for inner in form.forms():
                self.command(inner)

    def action(self, form: Form, outs: list[Type]) -> None:
        """A call of an export, or the value of one."""
        if form.head() == "invoke":
            self.link("func", form.words()[0].atom, Shape(self.operands(form), outs), form)
        else:
            self.link("global", form.words()[0].atom, Shape(outs, []), form)

    def module(self, form: Form) -> None:
        """A module in text form."""
        self.spaces: dict[str, dict[str, Shape]] = {kind: {} for kind in ("type", "local", *_FIELDS)}
        self.is_library = bool(form.forms("@dylink.0"))
        for field in form.forms("type"):
            self.declare("type", field.head(1), self.signature(field.forms("func", "struct", "array")[0]))
        for field in form.forms("import", *_FIELDS):
            source = field if field.head() == "import" else next(iter(field.forms("import")), None)
            self.field(field.items[3] if source is field else field, source)
        for field in form.forms("export"):
            kind, index = field.items[2].head(), field.items[2].head(1)
            if kind in _FIELDS:
                self.export(kind, field, self.spaces[kind][index])
        for field in form.forms("elem", "data"):
            target = self.accessed("table" if field.head() == "elem" else "memory", field)
            self.unify(self.operands(field)[:1], [target], field)
        for field in form.forms("func"):
            self.function(field)

    def declare(self, space: str, name: str, shape: Shape) -> None:
        """Gives something the next index of a space, and its name if it has one."""
        items = self.spaces[space]
        items[str(sum(key.isdigit() for key in items))] = shape
        if name.startswith("$"):
            items[name] = shape

    def field(self, form: Form, source: Form | None) -> None:
        """A function, global, memory or table, and its import or null."""
        kind = form.head()
        if kind not in _FIELDS:
            return
        if kind == "func":
            shape = self.signature(form)
        elif kind == "global":
            word = form.words()[0]
            shape = Shape([self.number(word.items[1] if word.head() == "mut" else word)], [])
            self.unify(self.operands(form), shape.ins, form)
        else:
            shape = Shape([self.address(form)], [])
        self.declare(kind, form.head(1), shape)
        if source and source.head(1).startswith('"GOT.'):
            self.unify(shape.ins, [POINTER] * (kind == "global"), form)
        elif source:
            self.link(kind, source.head(2), shape, form)
        for export in form.forms("export"):
            self.export(kind, export, shape)

    def export(self, kind: str, form: Form, shape: Shape) -> None:
        """An export. A library's globals are addresses of data."""
        if kind == "global" and self.is_library:
            self.unify(shape.ins, [POINTER], form)
        self.link(kind, form.head(1), shape, form)

    # ---- Code

    def function(self, form: Form) -> None:
        """The body of a function."""
        self.results = self.signature(form).outs
        self.spaces["local"] = {}
        for part in form.forms("param", "local"):
            for item in part.words():
                self.declare("local", part.head(1), Shape([self.number(item)], []))
        self.unify(self.operands(form), self.results, form)

    def operands(self, form: Form) -> list[Type]:
        """The types of the values that the instructions in a form leave."""
        if any(re.match(r"[a-z]\w*\.[a-z]", item.atom) for item in form.items[1:]):
            raise self.error("code is not folded", form)
        return [kind for inner in form.forms() if inner.head() not in _NOT_OPERANDS for kind in self.run(inner)]

    def run(self, form: Form) -> list[Type]:
        """The types of an instruction's results."""
        head, operands = form.head(), self.operands(form)
        if head in ("either", "offset", "item"):
            self.unify(operands[1:], operands[:-1], form)
            return operands[:1]
        if head in ("block", "loop", "if"):
            outs = self.signature(form).outs
            for arm in form.forms("then", "else"):
                self.unify(self.operands(arm), outs, form)
            self.unify(operands, [INTEGER] if head == "if" else outs, form)
            return outs
        if head in ("call", "return_call"):
            shape = self.spaces["func"][form.head(1)]
        elif head in ("call_indirect", "return_call_indirect"):
            shape = self.signature(form)
            shape = Shape(shape.ins + [self.accessed("table", form)], shape.outs)
        elif head in ("call_ref", "return_call_ref"):
            shape = self.spaces["type"][form.head(1)]
            shape = Shape(shape.ins + [Type()], shape.outs)
        else:
            shape = Shape(self.results, []) if head == "return" else self.plain(form)
        if len(operands) != len(shape.ins):
            raise self.error("code is not folded", form)
        self.unify(operands, shape.ins, form)
        return shape.outs

    def plain(self, form: Form) -> Shape:
        """The types of an instruction in INSTRUCTIONS."""
        own, head = Type(), form.items[0]
        row = next((row for pattern, row in INSTRUCTIONS.items() if re.fullmatch(pattern, head.atom)), None)
        if row is None:
            raise self.error("unknown instruction", form)
        if re.search("extend_i32|wrap_i64", head.atom):
            operand = form.forms()[0]
            self.edits += [(own, form.start, operand.start, ""), (own, operand.end, form.end, "")]
        elif head.atom.startswith("i32."):
            self.edits.append((own, head.start, head.start + 3, "i64"))
        return self.shape(row, own, form)


def twin(source: Path) -> Path:
    """The wasm64 script of a pair, given the wasm32 one."""
    return source.with_name(f"{source.stem}64.wast")


def problem(source: Path, write: bool) -> str:
    """How a pair has drifted, or nothing. `write` mends it."""
    old = [file.read_text("utf-8") if file.is_file() else None for file in (source, twin(source))]
    kinds = {found and found[1] for text in old if text is not None for found in [_PAIR.search(text)]}
    if kinds != {None}:
        return "" if kinds == ({"none"} if None in old else {"by hand"}) else "the scripts do not agree on `pair`"
    if old[0] is None:
        return "no wasm32 script, and no `pair` that says why"
    try:
        new = Script(old[0]).wasm64()
    except (ValueError, LookupError) as error:
        return f"{source.name}: {error}"
    if write:
        twin(source).write_text(new, "utf-8")
        return ""
    lines = zip_longest((old[1] or "").splitlines(), new.splitlines(), fillvalue="(nothing)")
    for number, (have, want) in enumerate(lines, 1):
        if have != want:
            hint = f"Edit {source.name}, then run `pairs.py write`."
            return f"{twin(source).name}:{number} is {have}\nshould be {want}\n{hint}"
    return ""


def main() -> int:
    """The exit status is 1 if a pair has drifted."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("action", nargs="?", choices=("check", "write"), default="check", help="default: check")
    write = parser.parse_args().action == "write"
    stems = {re.sub(r"(64)?\.wast$", "", file.as_posix()) for file in PROCESS.rglob("*.wast")}
    problems = {stem: problem(Path(f"{stem}.wast"), write) for stem in sorted(stems)}
    print(f"1..{len(problems)}")
    for number, (stem, text) in enumerate(problems.items(), 1):
        print(f"{'not ok' if text else 'ok'} {number} - {Path(stem).relative_to(PROCESS.parent)}")
        print("".join(f"# {line}\n" for line in text.splitlines()), end="")
    return 1 if any(problems.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
