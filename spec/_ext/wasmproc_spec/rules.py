"""Rules: where the text states them, references to them, and their index.

    .. rule:: mmap.hint.free
       :untestable: why no test can show it      (only where that is so)

       The rule's text.

makes an anchor of the rule's id. An id that the interpreter's table lacks, or that stands twice, is an error; so is a rule
of the table that the text does not state. `:rule:`mmap.hint.free`` links to it, and `.. rule-index::` lists all.
"""

from __future__ import annotations

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.domains import ObjType
from sphinx.roles import XRefRole
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective
from sphinx.util.nodes import make_refnode

from . import tables

logger = logging.getLogger(__name__)

#: What the sections of the process model are called, by the numbers of the interpreter's table.
SECTIONS = {"2": "process", "3": "platform API", "4": "access", "5": "loader", "6": "dictionary"}


class rule(nodes.General, nodes.Element):
    """A rule as the text states it."""


class rule_index(nodes.General, nodes.Element):
    """The place of the index, until all pages have been read."""


# ---- Reading ---------------------------------------------------------------------------------------------------------


class RuleDirective(SphinxDirective):
    required_arguments = 1
    has_content = True
    option_spec = {"untestable": directives.unchanged_required}

    def run(self):
        name = self.arguments[0]
        known = tables.rules(self.env.app).get(name)
        if known is None:
            raise self.error(f"the interpreter's table has no rule {name}")
        self.assert_has_content()
        stated = self.env.domaindata["wasmproc"]["rules"]
        if name in stated:
            docname, line = stated[name]["docname"], stated[name]["line"]
            raise self.error(f"the rule {name} is stated twice: also in {docname}, line {line}")
        reason = self.options.get("untestable", "")
        stated[name] = {"docname": self.env.docname, "line": self.lineno, "untestable": reason}
        return [self._node(name, known["chapter"], reason)]

    def _node(self, name: str, chapter: str, reason: str):
        node = rule("", ids=[name], rule=name, section=section_name(chapter), classes=["rule"])
        self.set_source_info(node)
        self.state.document.note_explicit_target(node, node)
        node += self.parse_content_to_nodes()
        if reason:
            text, messages = self.parse_inline(reason)
            node += nodes.paragraph("", "", nodes.emphasis("", "Not testable: "), *text, classes=["untestable"])
            node += messages
        return node


def section_name(chapter: str) -> str:
    return SECTIONS.get(chapter, f"section {chapter}")


class RuleIndexDirective(SphinxDirective):
    def run(self):
        return [rule_index()]


class RuleRole(XRefRole):
    """`:rule:`id``: a link to the place where the rule is stated."""

    def process_link(self, env, refnode, has_explicit_title, title, target):
        if target not in tables.rules(env.app):
            logger.warning("the interpreter's table has no rule %s", target, location=refnode)
        refnode["refwarn"] = True
        return title, target


# ---- The domain's part -----------------------------------------------------------------------------------------------

OBJECT_TYPES = {"rule": ObjType("rule", "rule")}
DIRECTIVES = {"rule": RuleDirective, "rule-index": RuleIndexDirective}
ROLES = {"rule": RuleRole(innernodeclass=nodes.literal)}


def clear(domain, docname: str) -> None:
    stated = domain.data["rules"]
    for name in [name for name, place in stated.items() if place["docname"] == docname]:
        del stated[name]


def merge(domain, docnames, otherdata) -> None:
    for name, place in otherdata["rules"].items():
        if place["docname"] not in docnames:
            continue
        if name in domain.data["rules"]:
            first = domain.data["rules"][name]["docname"]
            logger.warning("the rule %s is stated twice: also in %s", name, first, location=(place["docname"], place["line"]))
        domain.data["rules"][name] = place


def resolve(domain, fromdocname, builder, target, contnode):
    place = domain.data["rules"].get(target)
    if place is None:
        return None
    return make_refnode(builder, fromdocname, place["docname"], target, contnode, target)


def objects(domain):
    for name, place in domain.data["rules"].items():
        yield name, name, "rule", place["docname"], name, 1


def check(domain) -> None:
    """Every rule of the table is stated."""
    for name in tables.rules(domain.env.app):
        if name not in domain.data["rules"]:
            logger.warning("the rule %s of the interpreter's table is stated nowhere", name)


# ---- The index -------------------------------------------------------------------------------------------------------


def fill_index(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    for place in list(doctree.findall(rule_index)):
        place.replace_self(list(index_sections(app, docname)))


def index_sections(app: Sphinx, docname: str):
    """A definition list for every section of the process model."""
    by_section: dict[str, list[dict]] = {}
    for entry in tables.rules(app).values():
        by_section.setdefault(entry["chapter"], []).append(entry)
    for chapter, entries in by_section.items():
        title = section_name(chapter)
        yield nodes.rubric("", title[0].upper() + title[1:])
        yield nodes.definition_list("", *(index_item(app, docname, entry) for entry in entries), classes=["rule-index"])


def index_item(app: Sphinx, docname: str, entry: dict) -> nodes.definition_list_item:
    name = entry["id"]
    domain = app.env.get_domain("wasmproc")
    shown = nodes.literal("", name)
    link = resolve(domain, docname, app.builder, name, shown)
    text = nodes.paragraph("", entry["text"])
    reason = domain.data["rules"].get(name, {}).get("untestable")
    if reason:
        text += nodes.Text(" Not testable.")
    return nodes.definition_list_item("", nodes.term("", "", link if link is not None else shown),
                                      nodes.definition("", text))


# ---- Writing ---------------------------------------------------------------------------------------------------------


def visit_html(self, node) -> None:
    self.body.append(self.starttag(node, "div"))
    name = self.encode(node["rule"])
    self.body.append(
        f'<p class="rule-head"><span class="rule-id">{name}</span> '
        f'<span class="rule-section">{self.encode(node["section"])}</span>'
        f'<a class="headerlink" href="#{name}" title="Link to this rule">¶</a></p>\n'
    )


def depart_html(self, node) -> None:
    self.body.append("</div>\n")


def visit_latex(self, node) -> None:
    name, section = self.encode(node["rule"]), self.encode(node["section"])
    self.body.append(f"\n\\begin{{wprule}}{{{name}}}{{{section}}}{{{self.hypertarget(node['ids'][0])}}}\n")


def depart_latex(self, node) -> None:
    self.body.append("\n\\end{wprule}\n")


def visit_text(self, node) -> None:
    self.new_state(0)
    self.add_text(f"Rule {node['rule']} ({node['section']})")
    self.end_state()


def depart_text(self, node) -> None:
    pass


def setup(app: Sphinx) -> None:
    app.add_node(rule, html=(visit_html, depart_html), latex=(visit_latex, depart_latex), text=(visit_text, depart_text))
    app.add_node(rule_index)
    app.connect("doctree-resolved", fill_index)
