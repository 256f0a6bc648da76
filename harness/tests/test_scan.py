"""Finding the commands of scripts, and their metadata."""

import pytest

from wasmproc_conform.scan import scan_metadata, scan_script


def found(text):
    return [(command.line, command.kind) for command in scan_script(text)]


@pytest.mark.parametrize(
    ("text", "commands"),
    [
        ("", []),
        ("(module)", [(1, "module")]),
        ('\n\n  (module)\n(invoke "f")', [(3, "module"), (4, "invoke")]),
        ("(module) (module)", [(1, "module"), (1, "module")]),
        # Comments may have any content.
        (";; (module)\n(module)", [(2, "module")]),
        (';; "\n(module)', [(2, "module")]),
        ("(; (module) ;)(module)", [(1, "module")]),
        ("(; (; ;) (module) ;)\n(module)", [(2, "module")]),
        ('(; " ;)\n(module)\n(; " ;)\n(invoke "x")', [(2, "module"), (4, "invoke")]),
        ("(; ;; ;)(module)", [(1, "module")]),
        (";; (;\n(module)\n;; ;)\n(module)", [(2, "module"), (4, "module")]),
        ("(module) (; never closed (module)", [(1, "module")]),
        # A line comment also ends at a carriage return.
        (";; comment\r(module)", [(1, "module")]),
        (";; comment\r\n(module)\r\n(module)", [(2, "module"), (3, "module")]),
        # Strings may have any content.
        ('(module (data "(;")) (module)', [(1, "module"), (1, "module")]),
        ('(module (data ";;")) (module)', [(1, "module"), (1, "module")]),
        ('(module quote "(module" ")")\n(module)', [(1, "module"), (2, "module")]),
        ('(module (data "\\"(")) (module)', [(1, "module"), (1, "module")]),
        ('(module (data "\\\\")) (module)', [(1, "module"), (1, "module")]),
        ('(invoke "a\nb")\n(module)', [(1, "invoke"), (3, "module")]),
        ('(invoke "\N{GREEK SMALL LETTER LAMDA}") (module)', [(1, "invoke"), (1, "module")]),
        ('(invoke $"a)b" "f") (module)', [(1, "invoke"), (1, "module")]),
        # The keyword need not follow the parenthesis immediately.
        ("( module)", [(1, "module")]),
        ("(\n;; now\nmodule\n)", [(1, "module")]),
        ("((; a (; b ;) ;)module)", [(1, "module")]),
        ('((@a (x) ")") module)', [(1, "module")]),
        ("(@a (module)) (module)", [(1, "module")]),
        ('(@"a b" (module)) (module)', [(1, "module")]),
        ("(@a ;)) (module)", [(1, "module")]),
        # Kinds of two words.
        ("(module definition $m)", [(1, "module definition")]),
        ("(module (; c ;) instance $i $m)", [(1, "module instance")]),
        ("(module definitions)", [(1, "module")]),
        ("(module $definition)", [(1, "module")]),
        ('(module binary "")', [(1, "module")]),
        # Module fields without a module are one module.
        (
            '(func)\n(memory 1)\n(assert_return (invoke "f"))\n(func)',
            [(1, "module"), (3, "assert_return"), (4, "module")],
        ),
        ("(func) (module) (func)", [(1, "module"), (1, "module"), (1, "module")]),
        # Malformed scripts.
        ("(module", [(1, "module")]),
        (")\n)(module)", [(2, "module")]),
        ("(module (func)", [(1, "module")]),
        ("()", [(1, "")]),
        ('(module "unclosed)', [(1, "module")]),
        ('(assert_invalid (module) "x")(assert_trap (invoke "f") "y")', [(1, "assert_invalid"), (1, "assert_trap")]),
    ],
)
def test_scan(text, commands):
    assert found(text) == commands


def test_deep_nesting_takes_no_recursion():
    assert found("(module " + "(" * 200_000 + ")" * 200_000 + ")\n(module)") == [(1, "module"), (2, "module")]
    assert found("(;" * 100_000 + ";)" * 100_000 + "(module)") == [(1, "module")]


def test_assertions_are_counted():
    commands = scan_script('(module)(assert_return (invoke "f"))(invoke "f")(assert_invalid (module) "")')
    assert [command.asserts for command in commands] == [False, True, False, True]


@pytest.mark.parametrize(
    ("text", "metadata"),
    [
        ("", {}),
        (";;; rules: a, b\n;;; profile: strict\n(module)", {"rules": "a, b", "profile": "strict"}),
        ("\n;; about\n;;; rules: a\n", {"rules": "a"}),
        (";;; rules: a\n;;; rules: b\n", {"rules": "a b"}),
        ("(module)\n;;; rules: a\n", {}),
        (";;; Not metadata\n;;rules: a\n;;;  features:  x  \n", {"features": "x"}),
        (";;; description: a: b\n", {"description": "a: b"}),
    ],
)
def test_metadata(text, metadata):
    assert scan_metadata(text) == metadata
