"""The interpreter's tables in the text: `.. instruction-index::`, by opcode, and `.. limit-index::`."""

from __future__ import annotations

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from . import tables

#: The titles of the tables of opcodes, by prefix byte.
PAGES = {0x00: "Opcodes of one byte", 0xFB: "Prefix FB", 0xFC: "Prefix FC", 0xFD: "Prefix FD"}

#: Value types by letter; `a` is the address type of the memory that the instruction accesses.
TYPES = {"i": "i32", "I": "i64", "f": "f32", "F": "f64", "v": "v128", "a": "addr"}

#: Heading and relative width of each column.
COLUMNS = (("Opcode", 12), ("Instruction", 36), ("Type", 30), ("Feature", 22))
LIMIT_COLUMNS = (("Name", 20), ("Default", 15), ("Unit", 20), ("Description", 45))


class InstructionIndexDirective(SphinxDirective):
    def run(self):
        all_tables = tables.of(self.env.app)
        features = {feature["id"]: feature["text"] for feature in all_tables["features"]}
        found = []
        for prefix in sorted({row["prefix"] for row in all_tables["instructions"]}):
            rows = [row for row in all_tables["instructions"] if row["prefix"] == prefix]
            found.append(nodes.rubric("", PAGES.get(prefix, f"Prefix {prefix:02X}")))
            found.append(table(COLUMNS, [cells(row, features) for row in sorted(rows, key=lambda row: row["code"])]))
        return found


class LimitIndexDirective(SphinxDirective):
    def run(self):
        return [table(LIMIT_COLUMNS, [limit_cells(limit) for limit in tables.of(self.env.app)["limits"]])]


def limit_cells(limit: dict) -> tuple[nodes.Node, ...]:
    value = nodes.Text(f"{limit['value']:,}")
    return nodes.literal("", limit["name"]), value, nodes.Text(limit["unit"]), nodes.Text(limit["text"])


def cells(row: dict, features: dict[str, str]) -> tuple[nodes.Node, ...]:
    code = f"{row['code']:02X}" if row["prefix"] == 0 else f"{row['prefix']:02X} {row['code']}"
    return (
        nodes.literal("", code),
        nodes.literal("", row["mnemonic"]),
        signature(row["signature"]),
        nodes.Text(features.get(row["feature"], row["feature"]) + ("" if row["supported"] else " (unsupported)")),
    )


def signature(text: str) -> nodes.Node:
    """A type. The table has a letter for each operand, a colon, and a letter for each result; `*` depends on context."""
    if text == "*":
        return nodes.Text("by context")
    operands, results = (" ".join(TYPES[letter] for letter in part) for part in text.split(":"))
    return nodes.literal("", f"{operands} → {results}".strip())


def table(columns, rows: list[tuple[nodes.Node, ...]]) -> nodes.table:
    group = nodes.tgroup(cols=len(columns))
    group += [nodes.colspec(colwidth=width) for _, width in columns]
    group += nodes.thead("", table_row([nodes.Text(head) for head, _ in columns]))
    group += nodes.tbody("", *(table_row(row) for row in rows))
    return nodes.table("", group, classes=["longtable", "colwidths-given", "generated"])


def table_row(contents) -> nodes.row:
    return nodes.row("", *(nodes.entry("", nodes.paragraph("", "", content)) for content in contents))


DIRECTIVES = {"instruction-index": InstructionIndexDirective, "limit-index": LimitIndexDirective}
