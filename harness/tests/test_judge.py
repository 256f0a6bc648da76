"""Judging values by bit pattern, exhaustively over kinds of values."""

import itertools

import pytest

from wasmproc_conform.judge import (
    OPAQUE,
    BadValue,
    format_value,
    format_values,
    in_lanes_of,
    matches,
    results_match,
    text_matches,
)

NAN = {
    # type: (quiet bit alone, quiet with payload, signalling, infinity, sign bit)
    "f32": (0x7FC00000, 0x7FC00001, 0x7F800001, 0x7F800000, 1 << 31),
    "f64": (0x7FF8000000000000, 0x7FF8000000000001, 0x7FF0000000000001, 0x7FF0000000000000, 1 << 63),
}


def number(kind, bits):
    return {"type": kind, "value": str(bits)}


def vector(lane, *values):
    return {"type": "v128", "lane_type": lane, "value": [str(value) for value in values]}


def ref(kind, value=None):
    return {"type": kind} if value is None else {"type": kind, "value": value}


@pytest.mark.parametrize("kind", ["i32", "i64", "f32", "f64"])
def test_numbers_match_by_bits(kind):
    width = int(kind[1:])
    values = [0, 1, (1 << width) - 1, 1 << (width - 1), (1 << (width - 1)) - 1]
    for one, other in itertools.product(values, values):
        assert matches(number(kind, one), number(kind, other)) == (one == other)


@pytest.mark.parametrize(("one", "other"), list(itertools.permutations(["i32", "i64", "f32", "f64"], 2)))
def test_numbers_of_another_type_never_match(one, other):
    assert not matches(number(one, 0), number(other, 0))


@pytest.mark.parametrize("kind", ["f32", "f64"])
def test_zeroes_of_either_sign_differ(kind):
    assert not matches(number(kind, 0), number(kind, NAN[kind][4]))


@pytest.mark.parametrize("kind", ["f32", "f64"])
@pytest.mark.parametrize("negative", [False, True])
def test_nan_patterns(kind, negative):
    quiet, payload, signalling, infinity, sign = NAN[kind]
    sign = sign if negative else 0
    table = {  # bits: (canonical, arithmetic)
        quiet: (True, True),
        payload: (False, True),
        signalling: (False, False),
        infinity: (False, False),
        0: (False, False),
    }
    for bits, (canonical, arithmetic) in table.items():
        assert matches({"type": kind, "value": "nan:canonical"}, number(kind, bits | sign)) == canonical
        assert matches({"type": kind, "value": "nan:arithmetic"}, number(kind, bits | sign)) == arithmetic
        assert matches(number(kind, bits | sign), number(kind, bits | sign))


@pytest.mark.parametrize(("lane", "count"), [("i8", 16), ("i16", 8), ("i32", 4), ("i64", 2), ("f32", 4), ("f64", 2)])
def test_vectors_match_lane_by_lane(lane, count):
    lanes = list(range(1, count + 1))
    assert matches(vector(lane, *lanes), vector(lane, *lanes))
    for index in range(count):
        other = lanes.copy()
        other[index] ^= 0x40
        assert not matches(vector(lane, *lanes), vector(lane, *other))


def test_vectors_of_other_lanes_are_the_same_bits():
    assert matches(vector("i8", 1, *[0] * 15), vector("i32", 1, 0, 0, 0))
    assert matches(vector("i64", 0x0000_0002_0000_0001, 0), vector("i32", 1, 2, 0, 0))
    assert not matches(vector("i64", 1, 0), vector("i32", 0, 1, 0, 0))


def test_nan_patterns_in_lanes():
    expected = {"type": "v128", "lane_type": "f32", "value": ["nan:canonical", "nan:arithmetic", "0", "1"]}
    quiet, payload, signalling, _, _ = NAN["f32"]
    assert matches(expected, vector("f32", quiet, payload, 0, 1))
    assert matches(expected, vector("i32", quiet, payload, 0, 1))
    assert not matches(expected, vector("f32", payload, payload, 0, 1))
    assert not matches(expected, vector("f32", quiet, signalling, 0, 1))
    assert not matches(expected, number("i32", 0))


def test_either():
    either = {
        "type": "either",
        "values": [number("i32", 1), number("i64", 2), {"type": "f32", "value": "nan:canonical"}],
    }
    assert matches(either, number("i32", 1))
    assert matches(either, number("i64", 2))
    assert matches(either, number("f32", NAN["f32"][0]))
    assert not matches(either, number("i32", 2))
    assert not matches({"type": "either", "values": []}, number("i32", 1))


ABOVE = {
    "i31ref": {"eqref", "anyref"}, "structref": {"eqref", "anyref"}, "arrayref": {"eqref", "anyref"},
    "eqref": {"anyref"}, "anyref": set(), "funcref": set(), "externref": set(), "exnref": set(),
    "nullref": {"i31ref", "structref", "arrayref", "eqref", "anyref"}, "nullfuncref": {"funcref"},
    "nullexternref": {"externref"}, "nullexnref": {"exnref"},
}  # fmt: skip
TOP = {
    kind: next((t for t in ("anyref", "funcref", "externref", "exnref") if t in above), kind)
    for kind, above in ABOVE.items()
}


@pytest.mark.parametrize(("want", "got"), list(itertools.product(ABOVE, ABOVE)))
def test_references(want, got):
    below = want == got or want in ABOVE[got]
    # Null matches null of the same hierarchy, for any exact type.
    assert matches(ref(want, "null"), ref(got, "null")) == (TOP[want] == TOP[got])
    # "Any non-null reference of this type": of it or of one below.
    assert matches(ref(want), ref(got, "func")) == below
    assert not matches(ref(want), ref(got, "null"))
    assert not matches(ref(want, "null"), ref(got, "func"))
    # An engine that does not know the exact type may name one above.
    assert matches(ref(want), ref(got, OPAQUE)) == (below or got in ABOVE[want])
    # A host value by its number.
    assert matches(ref(want, "7"), ref(got, "7")) == (below or got in ABOVE[want])
    assert not matches(ref(want, "7"), ref(got, "8"))


@pytest.mark.parametrize("got", list(ABOVE))
def test_any_reference_at_all(got):
    assert matches(ref("ref", "null"), ref(got, "null"))
    assert not matches(ref("ref", "null"), ref(got, "func"))
    assert matches(ref("ref"), ref(got, "func"))
    assert not matches(ref("ref"), ref(got, "null"))


@pytest.mark.parametrize("got", [number("i32", 0), number("f64", 0), vector("i64", 0, 0)])
def test_a_number_is_no_reference(got):
    for want in (ref("funcref", "null"), ref("externref"), ref("ref", "null"), ref("externref", "1")):
        assert not matches(want, got)
        if got["type"] != "v128":
            assert not matches(got, want | {"value": "0"})


@pytest.mark.parametrize(
    ("expected", "actual"),
    [
        ({}, number("i32", 0)),
        ("i32", number("i32", 0)),
        ({"type": 3}, number("i32", 0)),
        (number("i32", 0), None),
        (number("i32", 0), {"type": "i32"}),
        (number("i32", 0), {"type": "i32", "value": 0}),
        (number("i32", 0), {"type": "i32", "value": "-1"}),
        (number("i32", 0), {"type": "i32", "value": "0x1"}),
        (number("i32", 0), {"type": "i32", "value": ""}),
        (number("i32", 0), {"type": "i32", "value": "\N{SUPERSCRIPT TWO}"}),
        (number("i32", 0), {"type": "i32", "value": "4294967296"}),
        (number("i32", 1 << 32), number("i32", 0)),
        (number("f32", 0), {"type": "f32", "value": "nan:canonical"}),
        (vector("i8", 0), vector("i8", *[0] * 16)),
        (vector("i32", 0, 0, 0, 0), vector("i32", 0, 0, 0)),
        (vector("i32", 0, 0, 0, 0), vector("i7", 0, 0, 0, 0)),
        (vector("i7", 0), vector("i32", 0, 0, 0, 0)),
        (vector("i32", 0, 0, 0, 0), {"type": "v128", "lane_type": "i32", "value": "0"}),
        ({"type": "either"}, number("i32", 0)),
    ],
)
def test_what_is_no_value_is_an_error_and_not_a_mismatch(expected, actual):
    with pytest.raises(BadValue):
        matches(expected, actual)


def test_results_match():
    one, two = number("i32", 1), number("i32", 2)
    assert results_match([], [])
    assert results_match([one, two], [one, two])
    assert not results_match([one], [])
    assert not results_match([], [one])
    assert not results_match([one, two], [two, one])


def test_texts_match_as_prefixes():
    assert text_matches("out of bounds", "out of bounds memory access")
    assert text_matches("", "anything")
    assert not text_matches("out of bounds memory access", "out of bounds")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (number("i32", 4294967295), "(i32.const -1)"),
        (number("i64", 1 << 63), "(i64.const -9223372036854775808)"),
        (number("f32", 0x3F800000), "(f32.const 0x1.0000000000000p+0)"),
        (number("f64", 1 << 63), "(f64.const -0x0.0p+0)"),
        (number("f32", 0xFF800000), "(f32.const -inf)"),
        (number("f32", 0x7FC00000), "(f32.const nan:0x400000)"),
        (number("f64", 0xFFF0000000000001), "(f64.const -nan:0x1)"),
        ({"type": "f32", "value": "nan:canonical"}, "(f32.const nan:canonical)"),
        (vector("i8", *[255] * 16), "(v128.const i8x16" + " -1" * 16 + ")"),
        (vector("f64", 0, 0x7FF8000000000000), "(v128.const f64x2 0x0.0p+0 nan:0x8000000000000)"),
        ({"type": "either", "values": [number("i32", 1), number("i32", 2)]}, "(either (i32.const 1) (i32.const 2))"),
        (ref("externref", "null"), "(ref.null extern)"),
        (ref("ref", "null"), "(ref.null)"),
        (ref("externref", "7"), "(ref.extern 7)"),
        (ref("anyref", "7"), "(ref.host 7)"),
        (ref("funcref", "func"), "(ref.func)"),
        (ref("structref"), "(ref.struct)"),
        (ref("i31ref", OPAQUE), "(ref.i31)"),
    ],
)
def test_format_value(value, text):
    assert format_value(value) == text


@pytest.mark.parametrize(
    "value", [None, 3, {}, {"type": "i32"}, number("i32", "x"), vector("i9", 1), {"type": "either"}]
)
def test_format_never_fails(value):
    assert isinstance(format_value(value), str)


def test_vectors_are_shown_in_the_lanes_that_the_script_uses():
    bits = vector("i8", 1, *[0] * 15)
    assert in_lanes_of([vector("i32", 2, 0, 0, 0)], [bits]) == [vector("i32", 1, 0, 0, 0)]
    either = {"type": "either", "values": [vector("i64", 0, 0)]}
    assert in_lanes_of([either], [bits]) == [vector("i64", 1, 0)]
    assert in_lanes_of([number("i32", 0)], [bits]) == [bits]
    assert in_lanes_of([], [bits]) == [bits]
    assert in_lanes_of([vector("i64", 0, 0)], [number("i32", 7)]) == [number("i32", 7)]


def test_format_values():
    assert format_values([]) == "(no results)"
    assert format_values([number("i32", 1), number("i32", 2)]) == "(i32.const 1) (i32.const 2)"
