"""Rules: their statements, references to them, and their index.

    .. rule:: mmap.hint.free
       :untestable: the reason why no test can show it      (optional)

       The rule's text. Its first sentence is its summary in the index.

makes an anchor of the rule's id. An id that is stated twice, or that the interpreter's table lacks or has in another
chapter, is an error; so is a rule of the table that is not stated. `:rule:`mmap.hint.free`` links to the rule, and
`.. rule-index::` lists all of them by chapter.
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
from wasmproc_conform.traceability.places import summary

from . import tables

logger = logging.getLogger(__name__)


class rule(nodes.General, nodes.Element):
    """The statement of a rule."""


class rule_index(nodes.General, nodes.Element):
    """A placeholder for the index, until all pages have been read."""


# ---- Reading ---------------------------------------------------------------------------------------------------------


class RuleDirective(SphinxDirective):
    required_arguments = 1
    has_content = True
    option_spec = {"untestable": directives.unchanged_required}

    def run(self):
        name = self.arguments[0]
        chapter = tables.rules(self.env.app).get(name)
        if chapter != self.env.docname:
            raise self.error(f"the interpreter's table has no rule {name} in chapter {self.env.docname}")
        self.assert_has_content()
        stated = self.env.domaindata["wasmproc"]["rules"]
        if name in stated:
            docname, line = stated[name]["docname"], stated[name]["line"]
            raise self.error(f"the rule {name} is stated twice: also in {docname}, line {line}")
        reason = self.options.get("untestable", "")
        text = summary("\n".join(self.content))
        stated[name] = {"docname": self.env.docname, "line": self.lineno, "summary": text, "untestable": bool(reason)}
        return [self._node(name, reason)]

    def _node(self, name: str, reason: str):
        node = rule("", ids=[name], rule=name, classes=["rule"])
        self.set_source_info(node)
        self.state.document.note_explicit_target(node, node)
        node += self.parse_content_to_nodes()
        if reason:
            text, messages = self.parse_inline(reason)
            node += nodes.paragraph("", "", nodes.emphasis("", "Not testable: "), *text, classes=["untestable"])
            node += messages
        return node


class RuleIndexDirective(SphinxDirective):
    def run(self):
        return [rule_index()]


class RuleRole(XRefRole):
    """`:rule:`id``: a link to the statement of the rule."""

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
    """Checks that every rule of the table is stated."""
    for name in tables.rules(domain.env.app):
        if name not in domain.data["rules"]:
            logger.warning("the rule %s of the interpreter's table is not stated", name)


# ---- The index -------------------------------------------------------------------------------------------------------


def fill_index(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    for place in list(doctree.findall(rule_index)):
        place.replace_self(list(index_sections(app, docname)))


def index_sections(app: Sphinx, docname: str):
    """A definition list for every chapter that states rules, in the order of the text."""
    stated = app.env.get_domain("wasmproc").data["rules"]
    for chapter in [app.config.root_doc, *app.env.toctree_includes.get(app.config.root_doc, ())]:
        rules = sorted((place["line"], name) for name, place in stated.items() if place["docname"] == chapter)
        if rules:
            yield nodes.rubric("", app.env.titles[chapter].astext())
            items = (index_item(app, docname, name, stated[name]) for _, name in rules)
            yield nodes.definition_list("", *items, classes=["rule-index"])


def index_item(app: Sphinx, docname: str, name: str, stated: dict) -> nodes.definition_list_item:
    link = resolve(app.env.get_domain("wasmproc"), docname, app.builder, name, nodes.literal("", name))
    text = stated["summary"] + (" Not testable." if stated["untestable"] else "")
    return nodes.definition_list_item("", nodes.term("", "", link), nodes.definition("", nodes.paragraph("", text)))


# ---- Writing ---------------------------------------------------------------------------------------------------------


def visit_html(self, node) -> None:
    self.body.append(self.starttag(node, "div"))
    name = self.encode(node["rule"])
    self.body.append(
        f'<p class="rule-head"><span class="rule-id">{name}</span> '
        f'<a class="headerlink" href="#{name}" title="Link to this rule">¶</a></p>\n'
    )


def depart_html(self, node) -> None:
    self.body.append("</div>\n")


def visit_latex(self, node) -> None:
    name = self.encode(node["rule"])
    self.body.append(f"\n\\begin{{wprule}}{{{name}}}{{{self.hypertarget(node['ids'][0])}}}\n")


def depart_latex(self, node) -> None:
    self.body.append("\n\\end{wprule}\n")


def visit_text(self, node) -> None:
    self.new_state(0)
    self.add_text(f"Rule {node['rule']}")
    self.end_state()


def depart_text(self, node) -> None:
    pass


def setup(app: Sphinx) -> None:
    app.add_node(rule, html=(visit_html, depart_html), latex=(visit_latex, depart_latex), text=(visit_text, depart_text))
    app.add_node(rule_index)
    app.connect("doctree-resolved", fill_index)
