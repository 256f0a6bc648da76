"""Mutants of a C source: small changes, one at a time, of which a test ought to notice each.

Interface:
- mutants_of(text, name) lists them, in the order of the text. The text is not preprocessed: what macros stand for is
  mutated where they are defined.

The operators, by the names that reports use:

  condition   a condition is always true, or always false; it is evaluated all the same
  negate      an operand of && or || or of a result is negated; == becomes !=, < becomes >=
  boundary    < becomes <=, and so on
  logic       && becomes ||, and so on
  arithmetic  + becomes -, << becomes >>, & becomes |, ++ becomes --, and so on; - and ~ before an operand go away
  constant    an integer is one more or one less; a floating-point number is doubled or halved; true becomes false
  result      a function returns 0, or 1 where that is a truth value, or another constant than it does; a call's value
              is 0, though it is made
  statement   a statement goes away: an expression, break, continue, goto, or return without a value
  early       a function returns 0 at once, or nothing

What is left as it is, and why: comments, strings and characters, and what a text is filled in with (texts of errors are not
normative beyond the prefixes that tests compare); types, casts, and sizes of types and arrays (the compiler, and the
sanitizers, hold these); preprocessor conditions; probes of rules, what is there for them alone, and assertions of the compiler
(they are no behaviour; that each rule is counted where it should be is what the closure check is about); the conditions of
loops to true (a loop without end is noticed by any test, and takes long).
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator

import attrs
import tree_sitter_c
from tree_sitter import Language, Node, Parser

_PARSER = Parser(Language(tree_sitter_c.language()))

_NEGATED = {"==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}
_BOUNDARY = {"<": "<=", "<=": "<", ">": ">=", ">=": ">"}
_LOGIC = {"&&": "||", "||": "&&"}
_ARITHMETIC = {"+": "-", "-": "+", "*": "+", "/": "*", "%": "*", "&": "|", "|": "&", "^": "|", "<<": ">>", ">>": "<<"}
_ARITHMETIC |= {"++": "--", "--": "++"} | {f"{old}=": f"{new}=" for old, new in _ARITHMETIC.items()}

#: Nodes that are left as they are, with all below them.
_LEFT = {
    "comment", "string_literal", "concatenated_string", "char_literal", "type_descriptor", "sizeof_expression",
    "alignof_expression", "struct_specifier", "union_specifier", "type_definition", "parameter_list",
    "preproc_include", "preproc_call", "attribute_specifier", "gnu_asm_expression", "linkage_specification",
}  # fmt: skip
#: Calls that are no behaviour.
_PROBES = {"RULE", "static_assert", "_Static_assert", "va_start", "va_end"}

_INTEGER = re.compile(r"(0[xX][0-9a-fA-F]+|[0-9]+)([uUlL]*)")
_FLOAT = re.compile(r"(0[xX])?[0-9a-fA-F]*\.?[0-9a-fA-F]*([eEpP][-+]?[0-9]+)?[fF]?")
_DEFINE = re.compile(rb"^[ \t]*#[ \t]*define[ \t]+(\w+)(\([^)]*\))?((?:[^\\\n]|\\.|\\\n)*)", re.M)


@attrs.frozen
class Mutant:
    """One change of a source."""

    name: str  #: of the source
    function: str  #: the function or macro, or "" outside of any
    operator: str
    old: str  #: the lines that change, with single spaces
    new: str  #: what they become
    line: int  #: of the first of them, counted from 1
    start: int  #: where in the bytes of the source
    end: int
    text: bytes  #: what stands there then; it has as many lines
    key: str  #: tells it from all others, and stays while the function is as it is

    def apply(self, source: bytes) -> bytes:
        """The source with the change."""
        return source[: self.start] + self.text + source[self.end :]


@attrs.frozen
class _Edit:
    operator: str
    start: int
    end: int
    text: str


@attrs.frozen
class _Place:
    """What a node stands in."""

    truth: bool  #: the function's result is a truth value
    function: bool = False  #: in a function
    condition: bool = False  #: the node is a whole condition, or an operand of one that is mutated as a whole


def mutants_of(source: bytes, name: str) -> list[Mutant]:
    """All mutants of a source, in the order of its text."""
    plain = _DEFINE.sub(lambda define: _blank(define[0]), source)
    parts = [("", 0, node, None) for node in _PARSER.parse(plain).root_node.children]
    probes = _probing_functions(parts)
    parts += [(define[1].decode(), define.start(3), None, define) for define in _DEFINE.finditer(source)]
    found: list[Mutant] = []
    for part, offset, node, define in parts:
        if define is None:
            function, unit = _function_name(node), source[node.start_byte : node.end_byte]
            edits = _edits(node, probes)
        else:
            function, unit = part, define[0]
            edits = _edits_of_macro(define[3], offset)
        seen: Counter = Counter()
        for edit in sorted(set(edits), key=lambda e: (e.start, e.end, e.operator, e.text)):
            found.append(_mutant(source, name, function, unit, edit, seen))
    return sorted(found, key=lambda mutant: (mutant.start, mutant.end))


def _mutant(source: bytes, name: str, function: str, unit: bytes, edit: _Edit, seen: Counter) -> Mutant:
    # As many lines as before, so that nothing that counts lines makes objects differ.
    text = edit.text.encode() + b"\n" * (source.count(b"\n", edit.start, edit.end) - edit.text.count("\n"))
    first = source.rfind(b"\n", 0, edit.start) + 1
    last = source.find(b"\n", edit.end)
    last = len(source) if last < 0 else last
    old = _one_line(source[first:last])
    new = _one_line(source[first : edit.start] + text + source[edit.end : last])
    seen[old, new] += 1
    key = hashlib.sha256(repr((name, function, unit, old, new, seen[old, new])).encode()).hexdigest()[:16]
    line = source.count(b"\n", 0, edit.start) + 1
    return Mutant(name, function, edit.operator, old, new, line, edit.start, edit.end, text, key)


def _one_line(text: bytes) -> str:
    return " ".join(text.decode("utf-8").replace("\\\n", " ").split())


def _blank(text: bytes) -> bytes:
    return re.sub(rb"[^\n]", b" ", text)


# ---- Parts of a source -------------------------------------------------------------------------------------------------


def _function_name(node: Node) -> str:
    """The function that a node of the top level defines, or the variable that it declares, or ""."""
    while (below := node.child_by_field_name("declarator")) is not None:
        node = below
    return node.text.decode() if node.type == "identifier" else ""


def _edits_of_macro(body: bytes, offset: int) -> Iterator[_Edit]:
    """What a macro stands for is parsed as statements, as an expression or as definitions: what fits best."""
    text = body.replace(b"\\\n", b" \n").replace(b"##", b"$$")
    text = re.sub(rb"/\*.*?\*/", lambda comment: _blank(comment[0]), text, flags=re.S).replace(b"#", b"_")
    best = None
    for before, after in ((b"int f(void) { x = ", b"; }"), (b"int f(void) { ", b" ; }"), (b"", b"")):
        root = _PARSER.parse(before + text + after).root_node
        errors = sum(1 for node in _all_nodes(root) if node.type == "ERROR" or node.is_missing)
        if best is None or errors < best[0]:
            best = (errors, len(before), len(text), root)
    _, skipped, length, root = best
    for edit in _edits(root):
        # Nothing of what was put around it: its start, or the whole of it.
        if skipped < edit.start < edit.end <= skipped + length and edit.operator != "early" or not skipped:
            shift = offset - skipped
            yield attrs.evolve(edit, start=edit.start + shift, end=edit.end + shift, text=edit.text.replace("$$", "##"))


def _all_nodes(root: Node) -> Iterator[Node]:
    stack = [root]
    while stack:
        node = stack.pop()
        yield node
        stack.extend(reversed(node.children))


# ---- Operators ---------------------------------------------------------------------------------------------------------


def _edits(root: Node, probes: set[str] = _PROBES) -> Iterator[_Edit]:
    """All changes below a node, but for what is there for probes alone."""
    stack = [(root, _Place(False))]
    while stack:
        node, place = stack.pop()
        if node.type in _LEFT or _is_probe(node, probes):
            continue
        if node.type == "function_definition":
            place = _Place(_text(node.child_by_field_name("type")) == "bool", True)
            yield from _early(node)
        yield from _of_node(node, place)
        for number, child in enumerate(node.children):
            field = node.field_name_for_child(number)
            if field == "type" or (node.type == "array_declarator" and field == "size"):
                continue
            if node.type == "argument_list" and any(_is_format(before) for before in node.children[:number]):
                continue
            if node.type in ("preproc_if", "preproc_ifdef", "preproc_elif") and field in ("condition", "name"):
                continue
            whole = field == "condition" or (place.condition and node.type == "parenthesized_expression")
            stack.append((child, attrs.evolve(place, condition=whole)))


def _of_node(node: Node, place: _Place) -> Iterator[_Edit]:
    operators = {
        "binary_expression": _binary,
        "assignment_expression": _operator,
        "update_expression": _operator,
        "unary_expression": _unary,
        "number_literal": _number,
        "true": _truth,
        "false": _truth,
        "call_expression": _call,
        "return_statement": _result,
        "expression_statement": _statement,
        "break_statement": _statement,
        "continue_statement": _statement,
        "goto_statement": _statement,
        "ERROR": _lost_operator,
    }
    if node.type in operators:
        yield from operators[node.type](node, place)
    condition = node.child_by_field_name("condition")
    if condition is not None and not node.type.startswith("preproc") and node.type != "switch_statement":
        yield from _condition(node, condition)


def _text(node: Node | None) -> str:
    return "" if node is None else node.text.decode("utf-8")


def _replace(operator: str, node: Node, text: str) -> _Edit:
    return _Edit(operator, node.start_byte, node.end_byte, text)


def _is_format(node: Node) -> bool:
    """Whether it is a text that is filled in."""
    return node.type in ("string_literal", "concatenated_string") and "%" in _text(node)


def _is_probe(node: Node, probes: set[str]) -> bool:
    """Whether a statement, or a function, is a probe, or is there for probes alone."""
    if node.type == "call_expression":
        return _text(node.child_by_field_name("function")) in probes
    below = [child for child in node.named_children if child.type != "comment"]
    if node.type == "if_statement":
        return all(_is_probe(child, probes) for child in below[1:])
    if node.type == "function_definition":
        statements = [child for child in node.child_by_field_name("body").named_children if child.type != "comment"]
        left = [child for child in statements if child.type != "declaration"]
        return bool(left) and all(_is_probe(child, probes) for child in left)
    if node.type in ("expression_statement", "compound_statement", "else_clause"):
        return bool(below) and all(_is_probe(child, probes) for child in below)
    return False


def _probing_functions(parts: list[tuple]) -> set[str]:
    """Probes, and the functions that only hold probes."""
    found = set(_PROBES)
    return found | {_function_name(node) for _, _, node, _ in parts if node.type == "function_definition" and _is_probe(node, found)}


def _is_truth(node: Node) -> bool:
    """Whether an expression can only be a truth value."""
    if node.type == "parenthesized_expression" and node.named_child_count == 1:
        return _is_truth(node.named_children[0])
    operator = _text(node.child_by_field_name("operator"))
    return node.type in ("true", "false") or operator in _NEGATED or operator in _LOGIC or operator == "!"


def _condition(node: Node, condition: Node) -> Iterator[_Edit]:
    values = ("0",) if node.type in ("while_statement", "do_statement", "for_statement") else ("1", "0")
    inner = condition
    if condition.type == "parenthesized_expression" and condition.named_child_count == 1:
        inner = condition.named_children[0]
    if inner.type in ("number_literal", "true", "false"):
        return
    for value in values:
        yield _replace("condition", condition, f"(({_text(inner)}), {value})")


def _binary(node: Node, place: _Place) -> Iterator[_Edit]:
    sign = node.child_by_field_name("operator")
    old = _text(sign)
    if old in _BOUNDARY:
        yield _replace("boundary", sign, _BOUNDARY[old])
    if old in _NEGATED and not place.condition:
        yield _replace("negate", sign, _NEGATED[old])
    if old in _LOGIC:
        yield _replace("logic", sign, _LOGIC[old])
        for side in ("left", "right"):
            operand = node.child_by_field_name(side)
            if not _is_truth(operand):
                yield _replace("negate", operand, f"!({_text(operand)})")
    if old in _ARITHMETIC:
        yield _replace("arithmetic", sign, _ARITHMETIC[old])


def _operator(node: Node, place: _Place) -> Iterator[_Edit]:
    sign = node.child_by_field_name("operator")
    if sign is not None and _text(sign) in _ARITHMETIC:
        yield _replace("arithmetic", sign, _ARITHMETIC[_text(sign)])


def _lost_operator(node: Node, place: _Place) -> Iterator[_Edit]:
    # An operator that is an argument of a macro is no expression.
    if _text(node) in _BOUNDARY:
        yield _replace("boundary", node, _BOUNDARY[_text(node)])
        yield _replace("negate", node, _NEGATED[_text(node)])


def _unary(node: Node, place: _Place) -> Iterator[_Edit]:
    sign, operand = node.child_by_field_name("operator"), _text(node.child_by_field_name("argument"))
    if _text(sign) == "!" and not place.condition:
        yield _replace("negate", node, f"({operand})")
    if _text(sign) in ("-", "~"):
        yield _replace("arithmetic", node, f"({operand})")


def _number(node: Node, place: _Place) -> Iterator[_Edit]:
    text = _text(node)
    if number := _INTEGER.fullmatch(text):
        value = int(number[1], 8 if re.fullmatch("0[0-7]+", number[1]) else 0)
        for changed in (value + 1, value - 1):
            if changed >= 0:
                yield _replace("constant", node, f"{changed}{number[2]}")
    elif _FLOAT.fullmatch(text):
        yield _replace("constant", node, f"({text} * 2)")
        yield _replace("constant", node, f"({text} / 2)")


def _truth(node: Node, place: _Place) -> Iterator[_Edit]:
    yield _replace("constant", node, "false" if node.type == "true" else "true")


def _call(node: Node, place: _Place) -> Iterator[_Edit]:
    # Elsewhere other operators change what becomes of the value.
    if not place.function or place.condition or node.parent.type in ("expression_statement", "return_statement"):
        return
    name = _text(node.child_by_field_name("function"))
    if name != name.upper() and _text(node.parent.child_by_field_name("operator")) not in ("&&", "||", "!"):
        yield _replace("result", node, f"({_text(node)}, 0)")


def _result(node: Node, place: _Place) -> Iterator[_Edit]:
    if not node.named_child_count:
        yield from _statement(node, place)
        return
    value = node.named_children[0]
    text = _text(value)
    if value.type in ("true", "false", "null", "number_literal", "compound_literal_expression"):
        return
    if value.type == "identifier" and text.upper() == text or re.fullmatch("WP_[A-Z_]+", text):
        yield _replace("result", value, f"{text} + 1")
        return
    yield _replace("result", value, f"(({text}), 0)")
    if place.truth or _is_truth(value):
        yield _replace("result", value, f"(({text}), 1)")


def _statement(node: Node, place: _Place) -> Iterator[_Edit]:
    if place.function and node.named_child_count + (node.type != "expression_statement"):
        yield _replace("statement", node, ";")


def _early(node: Node) -> Iterator[_Edit]:
    body, declarator = node.child_by_field_name("body"), node.child_by_field_name("declarator")
    statements = [child for child in body.named_children if child.type != "comment"]
    if not statements or statements[0].type == "return_statement":
        return
    nothing = _text(node.child_by_field_name("type")) == "void" and declarator.type == "function_declarator"
    if nothing and len(statements) == 1 and statements[0].type == "expression_statement":
        return
    yield _Edit("early", body.start_byte, body.start_byte + 1, "{ return; " if nothing else "{ return 0; ")
