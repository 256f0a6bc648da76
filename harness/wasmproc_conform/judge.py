"""Compares an engine's results with the expectations of a script, by bit pattern.

Values are those of PROTOCOL.md. A comparison never converts bits to a host floating point number, which would lose the
payloads of NaNs; `format_value` does, for people to read.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from typing import Any

#: Number of bits of each number type, and of each kind of lane.
_WIDTH = {"i8": 8, "i16": 16, "i32": 32, "i64": 64, "f32": 32, "f64": 64}

#: Of each float type: bits of the significand's fraction, and the exponent's mask in place.
_FRACTION = {"f32": 23, "f64": 52}
_EXPONENT = {"f32": 0x7F800000, "f64": 0x7FF0000000000000}

#: Reference types and the types above each, for expectations such as "any non-null eqref".
_ABOVE = {
    "i31ref": ("eqref", "anyref"),
    "structref": ("eqref", "anyref"),
    "arrayref": ("eqref", "anyref"),
    "eqref": ("anyref",),
    "anyref": (),
    "funcref": (),
    "externref": (),
    "exnref": (),
    "nullref": ("i31ref", "structref", "arrayref", "eqref", "anyref"),
    "nullfuncref": ("funcref",),
    "nullexternref": ("externref",),
    "nullexnref": ("exnref",),
}

#: The value of a reference whose exact type an engine cannot tell.
OPAQUE = "opaque"


class BadValue(ValueError):
    """Not a value of the protocol: an error of the engine or the converter, not a failed assertion."""


def matches(expected: dict, actual: dict) -> bool:
    """Whether `actual` matches `expected`. Raises BadValue if either is not a value of the protocol."""
    kind = _type(expected)
    if kind == "either":
        return any(matches(choice, actual) for choice in _list(expected, "values"))
    if kind in ("i32", "i64", "f32", "f64"):
        return _type(actual) == kind and _lane_matches(kind, _text(expected), _text(actual))
    if kind == "v128":
        return _type(actual) == "v128" and _vector_matches(expected, actual)
    return _reference_matches(expected, actual)


def results_match(expected: Sequence[dict], actual: Sequence[dict]) -> bool:
    """Whether results match expectations one by one."""
    return len(expected) == len(actual) and all(matches(e, a) for e, a in zip(expected, actual))


def text_matches(expected: str, message: str) -> bool:
    """Whether a failure's message begins with the text that a script expects."""
    return message.startswith(expected)


def _lane_matches(lane: str, expected: str, actual: str) -> bool:
    got = _bits(lane, actual)
    if expected == "nan:canonical":
        return _is_nan(lane, got) and _payload(lane, got) == 1 << (_FRACTION[lane] - 1)
    if expected == "nan:arithmetic":
        return _is_nan(lane, got) and bool(got >> (_FRACTION[lane] - 1) & 1)
    return _bits(lane, expected) == got


def _vector_matches(expected: dict, actual: dict) -> bool:
    lane = expected.get("lane_type")
    if lane not in _WIDTH:
        raise BadValue(f"unknown lane type {lane!r}")
    got = _split(_vector_bits(actual), _WIDTH[lane])
    want = _list(expected, "value")
    if len(want) != len(got):
        raise BadValue(f"a v128 of {lane} has {len(got)} lanes, not {len(want)}")
    return all(_lane_matches(lane, w, str(g)) for w, g in zip(want, got))


def _vector_bits(value: dict) -> int:
    lane = value.get("lane_type")
    if lane not in _WIDTH:
        raise BadValue(f"unknown lane type {lane!r}")
    lanes = _list(value, "value")
    if len(lanes) * _WIDTH[lane] != 128:
        raise BadValue(f"a v128 of {lane} cannot have {len(lanes)} lanes")
    return sum(_bits(lane, bits) << i * _WIDTH[lane] for i, bits in enumerate(lanes))


def _split(bits: int, width: int) -> list[int]:
    return [bits >> at & ((1 << width) - 1) for at in range(0, 128, width)]


def _reference_matches(expected: dict, actual: dict) -> bool:
    want, got = _type(expected), _type(actual)
    if got in ("i32", "i64", "f32", "f64", "v128", "either"):
        return False
    null = actual.get("value") == "null"
    if expected.get("value") == "null":
        return null and (want == "ref" or _one_hierarchy(want, got))
    if null:
        return False
    if "value" not in expected:
        return want == "ref" or _is_below(got, want) or (actual.get("value") == OPAQUE and _is_below(want, got))
    if actual.get("value") != expected["value"]:
        return False
    # (ref.host N) as an anyref and (ref.extern N) as an externref are the same host value of different types; a script
    # states the type.
    return _is_below(got, want) or _is_below(want, got)


def _is_below(low: str, high: str) -> bool:
    return low == high or high in _ABOVE.get(low, ())


def _one_hierarchy(a: str, b: str) -> bool:
    def top(name: str) -> str:
        return (_ABOVE.get(name, ()) or (name,))[-1]

    return top(a) == top(b)


def _type(value: dict) -> str:
    kind = value.get("type") if isinstance(value, dict) else None
    if not isinstance(kind, str):
        raise BadValue(f"not a value: {value!r}")
    return kind


def _text(value: dict) -> str:
    text = value.get("value")
    if not isinstance(text, str):
        raise BadValue(f"a value without bits: {value!r}")
    return text


def _list(value: dict, key: str) -> list:
    items = value.get(key)
    if not isinstance(items, list):
        raise BadValue(f"no list {key!r} in {value!r}")
    return items


def _bits(lane: str, text: Any) -> int:
    if not isinstance(text, str) or not text.isascii() or not text.isdigit():
        raise BadValue(f"not an unsigned decimal string: {text!r}")
    bits = int(text)
    if bits >> _WIDTH[lane]:
        raise BadValue(f"{text} does not fit {lane}")
    return bits


def _is_nan(lane: str, bits: int) -> bool:
    return bits & _EXPONENT[lane] == _EXPONENT[lane] and _payload(lane, bits) != 0


def _payload(lane: str, bits: int) -> int:
    return bits & ((1 << _FRACTION[lane]) - 1)


def in_lanes_of(expected: Sequence[dict], actual: Sequence[dict]) -> list[dict]:
    """Actual results, with vectors in the lanes of the script, so that people can compare them."""
    if len(expected) != len(actual):
        return list(actual)
    return [_relane(want, got) for want, got in zip(expected, actual)]


def _relane(expected: dict, actual: dict) -> dict:
    while expected.get("type") == "either" and expected.get("values"):
        expected = expected["values"][0]
    lane = expected.get("lane_type")
    if actual.get("type") != "v128" or lane not in _WIDTH:
        return actual
    lanes = [str(bits) for bits in _split(_vector_bits(actual), _WIDTH[lane])]
    return {"type": "v128", "lane_type": lane, "value": lanes}


def format_values(values: Sequence[dict]) -> str:
    """Results as a script would write them."""
    return " ".join(format_value(value) for value in values) or "(no results)"


def format_value(value: dict) -> str:
    """One value as a script would write it. Never raises: an invalid value is shown as it is."""
    try:
        return _FORMAT.get(_type(value), _format_reference)(value)
    except (BadValue, KeyError, TypeError):
        return repr(value)


def _format_number(value: dict) -> str:
    return f"({value['type']}.const {_format_lane(value['type'], _text(value))})"


def _format_vector(value: dict) -> str:
    lane = value["lane_type"]
    lanes = " ".join(_format_lane(lane, text) for text in _list(value, "value"))
    return f"(v128.const {lane}x{128 // _WIDTH[lane]} {lanes})"


def _format_lane(lane: str, text: str) -> str:
    if text.startswith("nan:"):
        return text
    bits = _bits(lane, text)
    if lane not in _FRACTION:
        top = 1 << (_WIDTH[lane] - 1)
        return str(bits - 2 * top if bits & top else bits)
    sign = "-" if bits >> (_WIDTH[lane] - 1) else ""
    if _is_nan(lane, bits):
        return f"{sign}nan:0x{_payload(lane, bits):x}"
    if bits & _EXPONENT[lane] == _EXPONENT[lane]:
        return f"{sign}inf"
    number = struct.unpack("<f" if lane == "f32" else "<d", bits.to_bytes(_WIDTH[lane] // 8, "little"))[0]
    return number.hex()


def _format_either(value: dict) -> str:
    return "(either " + " ".join(format_value(choice) for choice in _list(value, "values")) + ")"


def _format_reference(value: dict) -> str:
    kind, what = _type(value).removesuffix("ref") or "any", value.get("value")
    if what == "null":
        return f"(ref.null {kind})" if value["type"] != "ref" else "(ref.null)"
    if what is None or what in ("func", OPAQUE):
        return f"(ref.{kind})"
    return f"(ref.{'extern' if kind == 'extern' else 'host'} {what})"


_FORMAT: dict[str, Callable[[dict], str]] = {
    "i32": _format_number,
    "i64": _format_number,
    "f32": _format_number,
    "f64": _format_number,
    "v128": _format_vector,
    "either": _format_either,
}
