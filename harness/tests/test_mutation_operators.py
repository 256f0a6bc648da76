"""Operators of mutation: the mutants of a C source."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

sys.path.insert(0, str(ROOT / "coverage"))
operators = importlib.import_module("mutants.operators")

FACTS = operators.gather_facts(
    [b"enum colour { RED, GREEN, BLUE };\nstruct s { uint64_t pages; uint32_t id; struct s *next; };\nuint64_t count(void);\n"]
)


def lines(text: bytes, start: int, end: int) -> str:
    """The lines that hold a range, on one line with single spaces."""
    first, last = text.rfind(b"\n", 0, start) + 1, text.find(b"\n", end)
    return " ".join(text[first : len(text) if last < 0 else last].decode().replace("\\\n", " ").split())


def changes(text: str, facts=None) -> set[tuple[str, str, str]]:
    """The operators of all mutants, with the lines before and after."""
    source, found = text.encode(), set()
    for mutant in operators.mutants_of(source, "process/sample.c", facts):
        new = mutant.apply(source)
        changed = mutant.end + len(new) - len(source)
        found.add((mutant.operator, lines(source, mutant.start, mutant.end), lines(new, mutant.start, changed)))
    return found


def in_function(text: str, result: str = "int", facts=None) -> set[tuple[str, str]]:
    """The operators on one line of a function, with the line after."""
    frame = f"{result} f(int a, int b) {{\n    return g();\n}}\n{result} g(struct s *s, int a, int b) {{\n    return h();\n    {text}\n}}\n"
    return {(operator, new) for operator, old, new in changes(frame, facts) if old == text}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("if (a < b) {}", {("condition", "if ((a < b), 1) {}"), ("condition", "if ((a < b), 0) {}"), ("boundary", "if (a <= b) {}")}),
        ("while (a == b) {}", {("condition", "while ((a == b), 0) {}")}),
        ("a = !b;", {("statement", ";"), ("negate", "a = (b);")}),
        ("a += ~b;", {("statement", ";"), ("arithmetic", "a -= ~b;"), ("arithmetic", "a += (b);")}),
        ("a = 07u;", {("statement", ";"), ("constant", "a = 8u;"), ("constant", "a = 6u;")}),
        ("a = 0;", {("statement", ";"), ("constant", "a = 1;")}),
        ("a = 0x1p3;", {("statement", ";"), ("constant", "a = (0x1p3 * 2);"), ("constant", "a = (0x1p3 / 2);")}),
        ("a = true;", {("statement", ";"), ("constant", "a = false;")}),
        ("f(a << b);", {("statement", ";"), ("arithmetic", "f(a >> b);")}),
        ("a = f(b);", {("statement", ";"), ("result", "a = (f(b), 0);")}),
        ("return NULL;", set()),
        ("return WP_OK;", {("result", "return WP_OK + 1;")}),
        ("return f(a);", {("result", "return ((f(a)), 0);")}),
        ("return a || b;", {
            ("result", "return ((a || b), 0);"), ("result", "return ((a || b), 1);"), ("logic", "return a && b;"),
            ("negate", "return !(a) || b;"), ("negate", "return a || !(b);"),
        }),
        ("return a != b;", {("result", "return ((a != b), 0);"), ("result", "return ((a != b), 1);"), ("negate", "return a == b;")}),
        ("goto end;", {("statement", ";")}),
        ("RULE(engine, mmap_zero);", set()),
        ("if (a < b) { RULE(engine, mmap_zero); }", set()),
        ("if (a < b) RULE(engine, mmap_zero); else RULE(engine, mmap_hint);", set()),
        ('f(1, "%d of", a + 1, b);', {("statement", ";"), ("constant", 'f(2, "%d of", a + 1, b);'), ("constant", 'f(0, "%d of", a + 1, b);')}),
        ("char text[16];", set()),
        ("a = sizeof(b + 1);", {("statement", ";")}),
    ],
)  # fmt: skip
def test_operators(text, expected):
    assert in_function(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("if (p && q) {}", {("omit", "if ((p)) {}"), ("omit", "if ((q)) {}")}),
        ("f(s->pages);", {("step", "f(((s->pages) + 1));"), ("step", "f(((s->pages) - 1));"), ("narrow", "f(((uint32_t)(s->pages)));")}),
        ("f(s->id);", {("step", "f(((s->id) + 1));"), ("step", "f(((s->id) - 1));")}),
        ("f(s->next, unknown);", set()),
        ("wp_free(s->pages);", set()),
        ("s->pages = count() * PAGE;", {
            ("step", "s->pages = ((count() * PAGE) + 1);"), ("step", "s->pages = ((count() * PAGE) - 1);"),
            ("narrow", "s->pages = ((uint32_t)(count() * PAGE));"),
            ("omit", "s->pages = (count());"), ("omit", "s->pages = (PAGE);"),
        }),
        ("if (a == b) {}", {("step", "if (a == ((b) + 1)) {}"), ("step", "if (a == ((b) - 1)) {}")}),
        ("while (a < b) {}", {("step", "while (a < ((b) - 1)) {}"), ("once", "while (a < b) { {} break; }")}),
        ("a = GREEN;", {("enum", "a = BLUE;"), ("enum", "a = RED;")}),
        ('f("text");', {("text", 'f("!text");')}),
        ("if (n == NULL) return wp_fail_memory(diag);", set()),
    ],
)  # fmt: skip
def test_operators_that_need_facts(text, expected):
    assert in_function(text, facts=FACTS) - in_function(text) == expected


def test_calls_change_places():
    found = changes("void f(void) {\n    g();\n    h();\n    x = 1;\n}\n", FACTS)
    assert {(old, new) for operator, old, new in found if operator == "order"} == {("g(); h();", "h(); g();")}


def test_statements_about_the_lack_of_memory_are_no_branches_of_rules():
    text = "if (n == NULL) return SPACE_NO_MEMORY;"
    assert in_function(text) and not in_function(text, facts=FACTS)


def test_a_function_with_a_truth_value_returns_the_other():
    assert ("result", "return ((a), 1);") in in_function("return a;", "bool")
    assert ("result", "return ((a), 1);") not in in_function("return a;", "int")


def test_functions_return_early():
    assert ("early", "void f(void) {", "void f(void) { return;") in changes("void f(void) {\n    g();\n    h();\n}\n")
    assert ("early", "int *f(void) {", "int *f(void) { return 0;") in changes("int *f(void) {\n    g();\n    return p;\n}\n")


def test_code_that_serves_probes_only_stays():
    note = "static void note(int a) {\n    int b = a + 1;\n    if (b < 2)\n        RULE(engine, x);\n}\n"
    assert changes(note) == set()
    assert {new for _, _, new in changes(note + "int f(void) {\n    note(1);\n    return 0;\n}\n")} == {"int f(void) { return 0;", "return 1;"}


def test_macros_are_mutated_where_they_are_defined():
    even, stop = "#define EVEN(x) (x##_low % 2 == 0)", "#define STOP(x) do { x = a##x; } while (0)"
    found = {(old, new) for _, old, new in changes(f"{even}\n{stop}\n")}
    assert {(even, even.replace("==", "!=")), (even, even.replace("2", "3"))} < found
    assert (stop, "#define STOP(x) do { ; } while (0)") in found
    nan = '#define NAN_OF(T) to_##T(__builtin_nan("") + 1)'
    found = {(old, new) for _, old, new in changes(f"{nan}\n")}
    assert {(nan, nan.replace("+", "-")), (nan, '#define NAN_OF(T) to_##T((__builtin_nan(""), 0) + 1)')} < found


def test_comments_and_strings_stay():
    assert changes('/* a < b */\n#include "a.h"\nconst char *text = "a < b";\n') == set()


def test_mutants_keep_the_number_of_lines_and_have_keys_of_their_own():
    text = "int f(int a) {\n    g(a,\n      1);\n    a++; a++;\n    return a;\n}\n"
    found = operators.mutants_of(text.encode(), "f.c")
    assert "f: [g(a, 1); => ;]" in {mutant.label for mutant in found}
    assert all(mutant.apply(text.encode()).count(b"\n") == text.count("\n") for mutant in found)
    assert len({mutant.key for mutant in found}) == len(found)
    assert sum("++" in mutant.label for mutant in found) == 4


def test_keys_and_labels_outlast_changes_elsewhere():
    def found(text: str) -> set[tuple[str, str]]:
        return {(m.key, m.label) for m in operators.mutants_of(text.encode(), "f.c")}

    function = "int f(int a) {\n    return a + 1;\n}\n"
    before, changed = found(function), found(function.replace("int a", "long a"))
    assert before == found(f"int x;\n\n{function}")
    assert not {key for key, _ in before} & {key for key, _ in changed}
    assert {label for _, label in before} == {label for _, label in changed}


def test_labels_do_not_depend_on_the_breaking_of_lines():
    one = "int f(int a) {\n    return first_of(a, a + 1) && a;\n}\n"
    other = one.replace("(a, a + 1) && a", "(a, /* more */\n                    a + 1) &&\n           a")
    assert {m.label for m in operators.mutants_of(one.encode(), "f.c")} == {m.label for m in operators.mutants_of(other.encode(), "f.c")}


def test_long_labels_are_cut():
    text = "int f(int a) {\n    call_of_a_function_with_a_long_name(a, 1, " + ", ".join(["argument"] * 20) + ");\n}\n"
    (label,) = {m.label for m in operators.mutants_of(text.encode(), "f.c") if "[1 => 2]" in m.label}
    assert len(label) < 120 and label.startswith("f: ") and "…" in label
