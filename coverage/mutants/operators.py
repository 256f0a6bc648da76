"""Mutants of a C source: small changes, made one at a time, each of which a test ought to notice.

Interface:
- mutants_of(source, name) lists them in the order of the text; Mutant.apply makes one. The text is not preprocessed: a macro
  is mutated where it is defined.
- With `facts`, the operators of the second list apply too, in place of negate, logic, and arithmetic where an operand can be
  omitted. They need a test that looks closely, and are for code that implements a rule. gather_facts(sources) finds the facts:
  enumerations, and names of integers.

Operators:

  condition   a condition is always true, or always false; it is still evaluated
  negate      an operand of && or ||, or a result, is negated; == becomes !=, < becomes >=
  boundary    < becomes <=, and so on
  logic       && becomes ||, and so on
  arithmetic  + becomes -, << becomes >>, & becomes |, ++ becomes --, and so on; - and ~ before an operand go away
  constant    an integer is one more or one less; a floating-point number is doubled or halved; true becomes false
  result      a function returns 0, or 1 if it returns a truth value, or another constant than it does; a call is made, but
              its value is 0
  statement   a statement goes away: an expression, break, continue, goto, or return without a value
  early       a function returns 0 at once, or nothing

Operators that need facts:

  omit        an operand of &&, ||, +, -, *, |, & or % goes away
  step        an integer that is passed, stored, returned or compared is one more or one less
  narrow      an integer of 64 bits that is passed, stored or returned keeps its lower 32 bits only
  enum        an enumerator becomes another of its enumeration
  text        a string begins with another character
  order       two statements change places
  once        a loop ends after its first iteration

With facts, calls that allocate or free memory are left as they are, and the conditions that report its lack.

Not mutated: comments, and strings that are formats (the operator `text` apart); types, casts and sizes, which the compiler and
the sanitizers check; preprocessor conditions; rule probes, code that serves probes only, and static assertions. The condition
of a loop is never always true: an endless loop is noticed by any test, and takes long.
"""

from __future__ import annotations

import hashlib
import itertools
import re
from collections import Counter
from collections.abc import Iterable, Iterator

import attrs
import tree_sitter_c
from tree_sitter import Language, Node, Parser

_PARSER = Parser(Language(tree_sitter_c.language()))

_NEGATED = {"==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}
_BOUNDARY = {"<": "<=", "<=": "<", ">": ">=", ">=": ">"}
_LOGIC = {"&&": "||", "||": "&&"}
_ARITHMETIC = {"+": "-", "-": "+", "*": "+", "/": "*", "%": "*", "&": "|", "|": "&", "^": "|", "<<": ">>", ">>": "<<"}
_ARITHMETIC |= {"++": "--", "--": "++"} | {f"{old}=": f"{new}=" for old, new in _ARITHMETIC.items()}
_OMITTED = {"&&", "||", "+", "-", "*", "|", "&", "%"}

#: Nodes that stay as they are, with everything below them.
_LEFT = {
    "comment", "string_literal", "concatenated_string", "char_literal", "type_descriptor", "sizeof_expression",
    "alignof_expression", "struct_specifier", "union_specifier", "type_definition", "parameter_list",
    "preproc_include", "preproc_call", "attribute_specifier", "gnu_asm_expression", "linkage_specification",
}  # fmt: skip
#: Calls that are not behaviour.
_PROBES = {"RULE", "CLI_RULE", "static_assert", "_Static_assert", "va_start", "va_end"}
#: Words of statements that handle the lack of memory, which is not a branch of a rule.
_NO_MEMORY = re.compile(r"fail_memory|NO_MEMORY|out_of_memory")
_LOOPS = ("while_statement", "do_statement", "for_statement")

_INTEGER = re.compile(r"(0[xX][0-9a-fA-F]+|[0-9]+)([uUlL]*)")
_FLOAT = re.compile(r"(0[xX])?[0-9a-fA-F]*\.?[0-9a-fA-F]*([eEpP][-+]?[0-9]+)?[fF]?")
_DEFINE = re.compile(rb"^[ \t]*#[ \t]*define[ \t]+(\w+)(\([^)]*\))?((?:[^\\\n]|\\.|\\\n)*)", re.M)

_WIDE = frozenset({"uint64_t", "int64_t"})
_INTEGERS = _WIDE | {"size_t", "uint32_t", "int32_t", "uint16_t", "uint8_t", "unsigned", "int", "long", "unsigned long long"}
#: The members of an enumeration whose members are all taken for each other.
_FEW = 7
#: Functions whose arguments are for people, by their names; those among them that begin a message; and those that manage memory.
_TO_PEOPLE = re.compile(r"fail|error|report|malformed|unresolved|\bbad\b")
_MESSAGE = re.compile(r"wp_\w*fail\w*|import_error")
_MEMORY = re.compile("alloc|free|grow|resize")

#: Characters of a label on each side of its change, and of the change itself.
_AROUND, _INSIDE = 40, 60


@attrs.frozen
class Mutant:
    """One change of a source."""

    name: str  #: of the source
    function: str  #: the function or macro, or "" outside of any
    operator: str
    label: str  #: FUNCTION: TEXT [OLD => NEW] TEXT, which tables quote
    line: int  #: of the change, counted from 1
    start: int  #: in the bytes of the source
    end: int
    text: bytes  #: the replacement; it has as many lines
    key: str  #: tells it from all others, and stays while the function is as it is

    def apply(self, source: bytes) -> bytes:
        """The source with the change."""
        return source[: self.start] + self.text + source[self.end :]


@attrs.frozen
class Edit:
    """A change before it is located: bytes, their replacement, and how a label shows it."""

    operator: str
    start: int
    end: int
    text: str
    shown: str | None = None
    around: tuple[int, int] = (0, 0)  #: the statement, header or macro that it changes


@attrs.frozen
class Facts:
    """Facts of all sources that operators need."""

    enums: dict[str, list[str]] = attrs.field(factory=dict, eq=False)  #: the others of each enumerator's enumeration
    types: dict[str, set[str]] = attrs.field(factory=dict, eq=False)  #: of fields and functions, by name


@attrs.frozen
class _Place:
    """The surroundings of a node."""

    truth: bool = False  #: the function's result is a truth value
    function: bool = False  #: in a function
    condition: bool = False  #: the node is a whole condition, or an operand of one that is mutated as a whole
    facts: Facts | None = None
    types: dict[str, set[str]] = attrs.field(factory=dict, eq=False)  #: of the function's variables, by name

    def is_integer(self, name: str, types: frozenset[str]) -> bool:
        """Whether all that have a name here are integers of some types."""
        found = self.types.get(name) or self.facts.types.get(name)
        return found is not None and found <= types


def mutants_of(source: bytes, name: str, facts: Facts | None = None) -> list[Mutant]:
    """All mutants of a source, in the order of its text."""
    plain = _DEFINE.sub(lambda define: _blank(define[0]), source)
    nodes = _PARSER.parse(plain).root_node.children
    place = _Place(facts=facts)
    probes = _probing_functions(nodes)
    found: list[Mutant] = []
    for node in nodes:
        unit = source[node.start_byte : node.end_byte]
        found += _mutants(source, name, _function_name(node), unit, _edits(node, place, probes))
    for define in _DEFINE.finditer(source):
        edits = _edits_of_macro(define[3], define.start(3), place)
        found += _mutants(source, name, define[1].decode(), define[0], edits)
    return sorted(found, key=lambda mutant: (mutant.start, mutant.end))


def parse(source: bytes) -> Node:
    """The syntax tree of a source."""
    return _PARSER.parse(source).root_node


def gather_facts(sources: Iterable[bytes]) -> Facts:
    """The facts of some sources."""
    facts = Facts()
    for root in map(parse, sources):
        _gather_types(root, facts.types, ("field_declaration",))
        for node in root.children:
            _gather_types(node, facts.types, ("declaration", "function_definition"), False)
        for node in _all_nodes(root):
            if node.type == "enumerator_list":
                names = [_text(child.child_by_field_name("name")) for child in node.named_children if child.type == "enumerator"]
                for number, name in enumerate(names):
                    others = names[number + 1 :] + names[:number]
                    facts.enums[name] = others if len(names) <= _FEW else others[:1]
    return facts


def _gather_types(root: Node, types: dict[str, set[str]], kinds: tuple[str, ...], deep: bool = True) -> None:
    """Adds the types of what declarations of some kinds declare, by name."""
    for node in _all_nodes(root) if deep else (root, *root.children):
        if node.type in kinds:
            for declarator in node.children_by_field_name("declarator"):
                name, pointer = _declared(declarator)
                types.setdefault(name, set()).add("*" if pointer else _text(node.child_by_field_name("type")))


def _declared(node: Node) -> tuple[str, bool]:
    """The name that a declarator declares, and whether it, or what its function returns, is a pointer or an array."""
    pointer = False
    while node.type not in ("identifier", "field_identifier"):
        pointer |= node.type in ("pointer_declarator", "array_declarator")
        below = node.child_by_field_name("declarator") or (node.named_children[0] if node.named_children else None)
        if below is None:
            break
        node = below
    return _text(node), pointer


def make_mutant(source: bytes, name: str, function: str, edit: Edit, unit: bytes = b"", number: int = 1) -> Mutant:
    """The mutant that an edit makes."""
    # As many lines as before, so that nothing that counts lines makes objects differ.
    text = edit.text.encode() + b"\n" * max(0, source.count(b"\n", edit.start, edit.end) - edit.text.count("\n"))
    label = _label(source, function, edit)
    key = hashlib.sha256(repr((name, one_line(unit), label, edit.operator, edit.text, number)).encode()).hexdigest()[:16]
    line = source.count(b"\n", 0, edit.start) + 1
    return Mutant(name, function, edit.operator, label, line, edit.start, edit.end, text, key)


def one_line(text: bytes) -> str:
    """A text without line breaks and comments, and with single spaces."""
    plain = re.sub(r"/\*.*?\*/", "", text.decode("utf-8").replace("\\\n", " "), flags=re.S)
    return " ".join(plain.split())


def _mutants(source: bytes, name: str, function: str, unit: bytes, edits: Iterator[Edit]) -> Iterator[Mutant]:
    seen: Counter = Counter()
    for edit in sorted(set(edits), key=lambda e: (e.start, e.end, e.operator, e.text)):
        label = _label(source, function, edit)
        seen[label, edit.operator, edit.text] += 1
        yield make_mutant(source, name, function, edit, unit, seen[label, edit.operator, edit.text])


def _label(source: bytes, function: str, edit: Edit) -> str:
    first, last = edit.around if edit.around != (0, 0) else (edit.start, edit.end)
    before, after = one_line(source[first : edit.start] + b"|")[:-1], one_line(b"|" + source[edit.end : max(last, edit.end)])[1:]
    old, new = one_line(source[edit.start : edit.end]), one_line((edit.text if edit.shown is None else edit.shown).encode())
    if len(before) > _AROUND:
        before = "…" + before[-_AROUND:]
    if len(after) > _AROUND:
        after = after[:_AROUND] + "…"
    old, new = (text if len(text) <= _INSIDE else f"{text[: _INSIDE // 2]}…{text[-_INSIDE // 2 :]}" for text in (old, new))
    return f"{function}: {before}[{old} => {new}]{after}"


def _blank(text: bytes) -> bytes:
    return re.sub(rb"[^\n]", b" ", text)


# ---- Parts of a source -------------------------------------------------------------------------------------------------


def _function_name(node: Node) -> str:
    """The function that a node of the top level defines, or the variable that it declares, or ""."""
    while (below := node.child_by_field_name("declarator")) is not None:
        node = below
    return node.text.decode() if node.type == "identifier" else ""


def _edits_of_macro(body: bytes, offset: int, place: _Place) -> Iterator[Edit]:
    """The edits of a macro's text, parsed as whichever fits best of statements, an expression and definitions."""
    text = body.replace(b"\\\n", b" \n").replace(b"##", b"$$")
    text = re.sub(rb"/\*.*?\*/", lambda comment: _blank(comment[0]), text, flags=re.S).replace(b"#", b"_")
    best = None
    for before, after in ((b"int f(void) { x = ", b"; }"), (b"int f(void) { ", b" ; }"), (b"", b"")):
        root = _PARSER.parse(before + text + after).root_node
        errors = sum(1 for node in _all_nodes(root) if node.type == "ERROR" or node.is_missing)
        if best is None or errors < best[0]:
            best = (errors, len(before), len(text), root)
    _, skipped, length, root = best
    shift, whole = offset - skipped, (offset, offset + len(body))
    for edit in _edits(root, place):
        # Nothing of the frame around the text: neither its start nor the whole of it.
        if skipped < edit.start < edit.end <= skipped + length and edit.operator != "early" or not skipped:
            text = edit.text.replace("$$", "##")
            yield attrs.evolve(edit, start=edit.start + shift, end=edit.end + shift, text=text, around=whole)


def _all_nodes(root: Node) -> Iterator[Node]:
    stack = [root]
    while stack:
        node = stack.pop()
        yield node
        stack.extend(reversed(node.children))


# ---- Operators ---------------------------------------------------------------------------------------------------------


def _edits(root: Node, place: _Place, probes: set[str] = _PROBES) -> Iterator[Edit]:
    """All edits below a node, except in code that serves probes only."""
    stack = [(root, place, None)]
    while stack:
        node, place, around = stack.pop()
        if place.facts and node.type == "string_literal":
            yield from _string(node, around)
        if node.type in _LEFT or _is_probe(node, probes):
            continue
        if place.facts and _manages_memory(node):
            continue
        if place.facts and _handles_no_memory(node):
            # The attempt is a branch; the lack of memory is not.
            if condition := node.child_by_field_name("condition"):
                stack.append((condition, attrs.evolve(place, condition=True), _header(node)))
            continue
        if node.type == "function_definition":
            truth = _text(node.child_by_field_name("type")) == "bool"
            types: dict[str, set[str]] = {}
            _gather_types(node, types, ("declaration", "parameter_declaration"))
            place = attrs.evolve(place, truth=truth, function=True, types=types)
            yield from _early(node)
        around = _header(node) or around
        for edit in _of_node(node, place):
            yield edit if around is None or edit.around != (0, 0) else attrs.evolve(edit, around=around)
        for number, child in enumerate(node.children):
            field = node.field_name_for_child(number)
            if field == "type" or (node.type == "array_declarator" and field == "size"):
                continue
            if node.type == "argument_list" and not place.facts and any(map(_is_format, node.children[:number])):
                continue
            if node.type in ("preproc_if", "preproc_ifdef", "preproc_elif") and field in ("condition", "name"):
                continue
            whole = field == "condition" or (place.condition and node.type == "parenthesized_expression")
            stack.append((child, attrs.evolve(place, condition=whole), around))


def _header(node: Node) -> tuple[int, int] | None:
    """The text that a label shows for changes in a statement: up to its body, if it has one."""
    if not (node.type.endswith("_statement") or node.type in ("declaration", "function_definition", "enumerator")):
        return None
    body = next((node.child_by_field_name(field) for field in ("consequence", "body") if node.child_by_field_name(field)), None)
    return None if node.type == "compound_statement" else (node.start_byte, body.start_byte if body else node.end_byte)


def _manages_memory(node: Node) -> bool:
    """Whether it is a call that allocates or frees memory: the sanitizers check these."""
    call = node.named_children[0] if node.type == "expression_statement" and node.named_children else node
    return call.type == "call_expression" and _MEMORY.search(_text(call.child_by_field_name("function"))) is not None


def _handles_no_memory(node: Node) -> bool:
    if node.type == "if_statement":
        consequence = node.child_by_field_name("consequence")
        return node.child_by_field_name("alternative") is None and _NO_MEMORY.search(_text(consequence)) is not None
    return node.type == "return_statement" and _text(node).count("(") == 1 and _NO_MEMORY.search(_text(node)) is not None


def _of_node(node: Node, place: _Place) -> Iterator[Edit]:
    for operators, applies in ((_OPERATORS, True), (_BREAKING, place.facts is not None)):
        if applies and node.type in operators:
            yield from operators[node.type](node, place)
    condition = node.child_by_field_name("condition")
    if condition is not None and not node.type.startswith("preproc") and node.type != "switch_statement":
        yield from _condition(node, condition)


def _text(node: Node | None) -> str:
    return "" if node is None else node.text.decode("utf-8")


def _replace(operator: str, node: Node, text: str, shown: str | None = None) -> Edit:
    return Edit(operator, node.start_byte, node.end_byte, text, shown)


def _is_format(node: Node) -> bool:
    return node.type in ("string_literal", "concatenated_string") and "%" in _text(node)


def _is_probe(node: Node, probes: set[str]) -> bool:
    """Whether a statement, or a function, is a probe or serves probes only."""
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


def _probing_functions(nodes: list[Node]) -> set[str]:
    """Probes, and the functions that serve probes only."""
    functions = [node for node in nodes if node.type == "function_definition"]
    return _PROBES | {_function_name(node) for node in functions if _is_probe(node, _PROBES)}


def _is_truth(node: Node) -> bool:
    """Whether an expression can only be a truth value."""
    if node.type == "parenthesized_expression" and node.named_child_count == 1:
        return _is_truth(node.named_children[0])
    operator = _text(node.child_by_field_name("operator"))
    return node.type in ("true", "false") or operator in _NEGATED or operator in _LOGIC or operator == "!"


def _inner(condition: Node) -> Node:
    one = condition.type == "parenthesized_expression" and condition.named_child_count == 1
    return condition.named_children[0] if one else condition


def _condition(node: Node, condition: Node) -> Iterator[Edit]:
    inner = _inner(condition)
    if inner.type in ("number_literal", "true", "false"):
        return
    yield from _forced(condition, ("0",) if node.type in _LOOPS else ("1", "0"))


def _forced(condition: Node, values: tuple[str, ...] = ("1", "0")) -> Iterator[Edit]:
    for value in values:
        yield _replace("condition", condition, f"(({_text(_inner(condition))}), {value})", value)


def _binary(node: Node, place: _Place) -> Iterator[Edit]:
    sign = node.child_by_field_name("operator")
    old = _text(sign)
    if place.facts:
        yield from _broken_binary(node, sign, old, place)
        return
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


def _operator(node: Node, place: _Place) -> Iterator[Edit]:
    sign = node.child_by_field_name("operator")
    if sign is not None and _text(sign) in _ARITHMETIC:
        yield _replace("arithmetic", sign, _ARITHMETIC[_text(sign)])


def _lost_operator(node: Node, place: _Place) -> Iterator[Edit]:
    # An operator that is an argument of a macro is not an expression.
    if _text(node) in _BOUNDARY:
        yield _replace("boundary", node, _BOUNDARY[_text(node)])
        yield _replace("negate", node, _NEGATED[_text(node)])


def _unary(node: Node, place: _Place) -> Iterator[Edit]:
    sign, operand = node.child_by_field_name("operator"), _text(node.child_by_field_name("argument"))
    if _text(sign) == "!" and not place.condition and not place.facts:
        yield _replace("negate", node, f"({operand})")
    if _text(sign) in ("-", "~"):
        yield _replace("arithmetic", node, f"({operand})")


def _number(node: Node, place: _Place) -> Iterator[Edit]:
    text = _text(node)
    if number := _INTEGER.fullmatch(text):
        value = int(number[1], 8 if re.fullmatch("0[0-7]+", number[1]) else 0)
        for changed in (value + 1, value - 1):
            if changed >= 0:
                yield _replace("constant", node, f"{changed}{number[2]}")
    elif _FLOAT.fullmatch(text):
        yield _replace("constant", node, f"({text} * 2)")
        yield _replace("constant", node, f"({text} / 2)")


def _truth(node: Node, place: _Place) -> Iterator[Edit]:
    yield _replace("constant", node, "false" if node.type == "true" else "true")


def _call(node: Node, place: _Place) -> Iterator[Edit]:
    # Elsewhere other operators change the use of the value.
    if not place.function or place.condition or node.parent.type in ("expression_statement", "return_statement"):
        return
    name = _text(node.child_by_field_name("function"))
    if name != name.upper() and _text(node.parent.child_by_field_name("operator")) not in ("&&", "||", "!"):
        yield _replace("result", node, f"({_text(node)}, 0)", "0")


def _result(node: Node, place: _Place) -> Iterator[Edit]:
    if not node.named_child_count:
        yield from _statement(node, place)
        return
    value = node.named_children[0]
    text = _text(value)
    if value.type in ("true", "false", "null", "number_literal", "compound_literal_expression"):
        return
    if place.facts and text in place.facts.enums:
        return
    if value.type == "identifier" and text.upper() == text or re.fullmatch("WP_[A-Za-z_]+", text):
        yield _replace("result", value, f"{text} + 1")
        return
    yield _replace("result", value, f"(({text}), 0)", "0")
    if place.truth or _is_truth(value):
        yield _replace("result", value, f"(({text}), 1)", "1")


def _statement(node: Node, place: _Place) -> Iterator[Edit]:
    if place.function and node.named_child_count + (node.type != "expression_statement"):
        yield _replace("statement", node, ";")


def _early(node: Node) -> Iterator[Edit]:
    body, declarator = node.child_by_field_name("body"), node.child_by_field_name("declarator")
    statements = [child for child in body.named_children if child.type != "comment"]
    if not statements or statements[0].type == "return_statement":
        return
    nothing = _text(node.child_by_field_name("type")) == "void" and declarator.type == "function_declarator"
    if nothing and len(statements) == 1 and statements[0].type == "expression_statement":
        return
    text = "return;" if nothing else "return 0;"
    yield Edit("early", body.start_byte, body.start_byte + 1, f"{{ {text} ", f"{{ {text}", (node.start_byte, body.start_byte + 1))


# ---- Operators for code that implements a rule -------------------------------------------------------------------------


def _broken_binary(node: Node, sign: Node, old: str, place: _Place) -> Iterator[Edit]:
    left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
    if old in _OMITTED:
        for kept in (left, right):
            yield _replace("omit", node, f"({_text(kept)})", _text(kept))
    elif old in _ARITHMETIC:
        yield _replace("arithmetic", sign, _ARITHMETIC[old])
    elif old in _NEGATED and _is_of_loop(node):
        # A loop that goes too far is undefined, and need not be noticed.
        yield from _steps(right, place, (-1,))
    elif old in _BOUNDARY:
        yield _replace("boundary", sign, _BOUNDARY[old])
    elif old in _NEGATED:
        yield from _steps(right, place)


def _is_of_loop(condition: Node) -> bool:
    above = condition.parent if condition.parent.type != "parenthesized_expression" else condition.parent.parent
    return above.type in _LOOPS


def _is_integer(value: Node, place: _Place, types: frozenset[str] = _INTEGERS) -> bool:
    """Whether an expression is known for an integer, or for one of some types."""
    if _is_truth(value):
        return False
    if value.type in ("parenthesized_expression", "binary_expression"):
        operands = [child for child in value.named_children if child.type not in ("comment", "number_literal") and not _text(child).isupper()]
        known = [_is_integer(operand, place, types) for operand in operands]
        return bool(known) and (any(known) if types is _WIDE else all(known))
    if value.type == "conditional_expression":
        return any(_is_integer(value.child_by_field_name(field), place, types) for field in ("consequence", "alternative"))
    if value.type == "call_expression":
        value = value.child_by_field_name("function")
    if value.type == "field_expression":
        value = value.child_by_field_name("field")
        return place.facts.types.get(_text(value), {"?"}) <= types
    return value.type == "identifier" and place.is_integer(_text(value), types)


def _steps(value: Node, place: _Place, steps: tuple[int, ...] = (1, -1)) -> Iterator[Edit]:
    if _is_integer(value, place):
        for step in steps:
            sign, text = "+" if step > 0 else "-", _text(value)
            yield _replace("step", value, f"(({text}) {sign} 1)", f"{text} {sign} 1")


def _values(value: Node | None, place: _Place) -> Iterator[Edit]:
    if value is not None and value.type != "comment":
        yield from _steps(value, place)
        operator = _text(value.parent.child_by_field_name("operator"))
        if _is_integer(value, place, _WIDE) and operator in ("", "="):
            yield _replace("narrow", value, f"((uint32_t)({_text(value)}))", f"(uint32_t)({_text(value)})")


def _arguments(node: Node, place: _Place) -> Iterator[Edit]:
    if place.function and not (node.type == "argument_list" and _TO_PEOPLE.search(_text(node.parent.child_by_field_name("function")))):
        for number, child in enumerate(node.named_children):
            if not any(map(_is_format, node.named_children[:number])):
                yield from _values(child, place)


def _stored(node: Node, place: _Place) -> Iterator[Edit]:
    value = node.child_by_field_name("value") or node.child_by_field_name("right")
    if place.function and value is not None:
        yield from _values(value, place)
        if _is_truth(value) and value.type not in ("true", "false"):
            yield from _forced(value)


def _returned(node: Node, place: _Place) -> Iterator[Edit]:
    if node.named_child_count and not place.truth:
        yield from _values(node.named_children[0], place)


def _enumerator(node: Node, place: _Place) -> Iterator[Edit]:
    if node.parent.type != "case_statement":
        for other in place.facts.enums.get(_text(node), ()):
            yield _replace("enum", node, other)


def _string(node: Node, around: tuple[int, int] | None) -> Iterator[Edit]:
    call = node.parent.parent if node.parent.type == "argument_list" else None
    name = "" if call is None else _text(call.child_by_field_name("function"))
    # Tests compare how a message begins, not its other parts.
    is_part = _TO_PEOPLE.search(name) and not _MESSAGE.fullmatch(name) or _text(node).startswith('"%')
    if around and len(_text(node)) > 2 and node.parent.type not in ("concatenated_string", "conditional_expression") and not is_part:
        yield Edit("text", node.start_byte, node.start_byte + 1, '"!', '"!', around)


def _is_call(statement: Node) -> bool:
    return statement.type == "expression_statement" and [child.type for child in statement.named_children][:1] == ["call_expression"]


def _exchange(node: Node, place: _Place) -> Iterator[Edit]:
    later = node.next_named_sibling
    if place.function and _is_call(node) and later is not None and _is_call(later):
        text = f"{_text(later)} {_text(node)}"
        yield Edit("order", node.start_byte, later.end_byte, text, text, (node.start_byte, later.end_byte))


def _once(node: Node, place: _Place) -> Iterator[Edit]:
    body = node.child_by_field_name("body")
    if body is not None and place.function:
        around = (node.start_byte, body.start_byte)
        yield Edit("once", body.start_byte, body.end_byte, f"{{ {_text(body)} break; }}", "once", around)


_OPERATORS = {
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
_BREAKING = {
    "argument_list": _arguments,
    "initializer_list": _arguments,
    "init_declarator": _stored,
    "assignment_expression": _stored,
    "return_statement": _returned,
    "identifier": _enumerator,
    "expression_statement": _exchange,
    "for_statement": _once,
    "while_statement": _once,
}
