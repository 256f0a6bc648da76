"""The command line: `wasmproc wast --operands`, the instructions that ran and their operands. Counts were made by hand."""

import json

import pytest
from cli_support import PROGRAM, needs_program, tables, wasmproc, write

pytestmark = needs_program

#: A value of each class, in the order of the classes.
VALUES = {
    "i": ["0", "1", "-1", "0x80000000", "0x7fffffff", "-2", "7"],
    "I": ["0", "1", "-1", "0x8000000000000000", "0x7fffffffffffffff", "-2", "0x80000000"],
    "f": ["0", "-0", "1", "0x1p-149", "0x1.fffffep127", "inf", "-inf", "nan", "nan:0x400001", "nan:0x1", "-1.5", "0x1p-126"],
    "F": [
        "0", "-0", "1", "-0x1p-1074", "-0x1.fffffffffffffp1023", "inf", "-inf", "-nan", "nan:0x8000000000001", "-nan:0x1", "-1",
        "0x1p-1022",
    ],
}  # fmt: skip
TYPES = {"i": "i32", "I": "i64", "f": "f32", "F": "f64"}
NAMES = {
    "i": ["0", "1", "-1", "least", "greatest", "negative", "positive"],
    "f": [
        "0", "-0", "1", "subnormal", "greatest", "inf", "-inf", "canonical NaN", "arithmetic NaN", "signalling NaN", "negative",
        "positive",
    ],
    "v": ["0", "all ones", "other"],
    "a": ["0", "2^32 - 1", "2^64 - 1", "other"],
}  # fmt: skip
NAMES |= {"I": NAMES["i"], "F": NAMES["f"]}

#: Whether this program counts: an installed one does not.
COUNTS = PROGRAM is not None and "--operands takes" in wasmproc("wast", "--operands", "", "x").err
needs_counts = pytest.mark.skipif(not COUNTS, reason="this build does not count operands")


def operands(folder, text: str, *options: str) -> dict[str, dict]:
    """The counts of a script, which must pass, by mnemonic of the instructions that ran."""
    script, target = write(folder / "a.wast", text), folder / "out.json"
    done = wasmproc("wast", "--operands", target, *options, script)
    assert done.status == 0, done
    found = json.loads(target.read_text())
    by_type: dict[str, list[str]] = {}
    for entry in found["classes"]:
        by_type.setdefault(entry["type"], []).append(entry["name"])
    assert by_type == NAMES
    assert [(i["mnemonic"], i["supported"]) for i in found["instructions"]] == [(i["mnemonic"], i["supported"]) for i in tables()["instructions"]]
    return {i["mnemonic"]: i for i in found["instructions"] if i["count"]}


@needs_counts
@pytest.mark.parametrize("letter", VALUES)
def test_every_class_of_a_type(tmp_path, letter):
    kind, values = TYPES[letter], VALUES[letter]
    unary = "eqz" if letter in "iI" else "abs"
    text = "".join(f'(invoke "f" ({kind}.const {value}))' for value in values)
    module = f'(module (func (export "f") (param {kind}) (drop ({kind}.{unary} (local.get 0)))))'
    found = operands(tmp_path, module + text)
    assert found[f"{kind}.{unary}"]["operands"] == [[1] * len(NAMES[letter])]
    assert found["local.get"]["count"] == found["drop"]["count"] == len(values)
    assert found["drop"]["operands"] == []


@needs_counts
def test_operands_in_order_and_addresses(tmp_path):
    found = operands(
        tmp_path,
        """(module (memory 1) (memory $m i64 1)
          (func (export "f") (param i32 i64)
            (i32.store (local.get 0) (i32.const 1))
            (drop (i64.load $m (local.get 1)))
            (drop (i64.sub (i64.const 0) (local.get 1)))))
        (invoke "f" (i32.const 0) (i64.const 8))
        (assert_trap (invoke "f" (i32.const -1) (i64.const 8)) "out of bounds memory access")
        (assert_trap (invoke "f" (i32.const 8) (i64.const -1)) "out of bounds memory access")""",
    )
    assert found["i32.store"]["operands"] == [[1, 1, 0, 1], [0, 3, 0, 0, 0, 0, 0]]
    assert found["i64.load"]["operands"] == [[0, 0, 1, 1]]
    assert found["i64.sub"]["operands"] == [[1, 0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0, 1]]


@needs_counts
def test_counts_of_several_files_and_beside_coverage(tmp_path):
    script = write(tmp_path / "a.wast", '(module (func (export "f") nop)) (invoke "f")')
    target = tmp_path / "out.json"
    done = wasmproc("wast", "--operands", target, "--cover", tmp_path / "out.info", script, script)
    assert done.status == 0
    (nop,) = (i for i in json.loads(target.read_text())["instructions"] if i["mnemonic"] == "nop")
    assert nop["count"] == 2
    assert "DA:1,2\n" in (tmp_path / "out.info").read_text()


@needs_counts
def test_mistakes(tmp_path):
    assert wasmproc("wast", "--operands", "-", "a.wast").err.startswith("wasmproc wast: --operands takes the name of a file, not '-'\n")
    done = wasmproc("wast", "--operands", "o.json", "--os-process", "a.wast")
    assert done.err.startswith("wasmproc wast: --operands can't count in processes that are OS processes: leave --os-process out\n")


@pytest.mark.skipif(COUNTS, reason="this build counts operands")
def test_a_build_that_does_not_count_says_so():
    done = wasmproc("wast", "--operands", "o.json", "a.wast")
    assert done.status == 2
    assert done.err.startswith("wasmproc wast: --operands: this build does not count them, the program that 'make check' builds does\n")

