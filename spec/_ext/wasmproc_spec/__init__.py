"""The specification's Sphinx extension: rules, tables of the interpreter, and checked names of its sources.

- tables.py: the interpreter's tables (`wasmproc tables --json`).
- rules.py: the directive `rule`, the role `:rule:` and the index of rules.
- instructions.py: the indexes of instructions and of limits.
- sources.py: the roles `:csym:` and `:cfile:`, for names of C symbols and of files.
- mathml.py: formulas as MathML, which needs no JavaScript.

A mismatch is a warning, and warnings are errors in `make spec-html`.
"""

from __future__ import annotations

from sphinx.application import Sphinx
from sphinx.domains import Domain

from . import instructions, mathml, rules, sources, tables


class ProcessDomain(Domain):
    """The domain of names that the specification defines, which are rules."""

    name = "wasmproc"
    label = "WebAssembly process model"
    object_types = rules.OBJECT_TYPES
    directives = {**rules.DIRECTIVES, **instructions.DIRECTIVES}
    roles = {**rules.ROLES, **sources.ROLES}
    dangling_warnings = {"rule": "no such rule in the text: %(target)s"}
    initial_data = {"rules": {}}

    def clear_doc(self, docname):
        rules.clear(self, docname)

    def merge_domaindata(self, docnames, otherdata):
        rules.merge(self, docnames, otherdata)

    def resolve_xref(self, env, fromdocname, builder, typ, target, node, contnode):
        return rules.resolve(self, fromdocname, builder, target, contnode)

    def resolve_any_xref(self, env, fromdocname, builder, target, node, contnode):
        found = rules.resolve(self, fromdocname, builder, target, contnode)
        return [("wasmproc:rule", found)] if found is not None else []

    def get_objects(self):
        return rules.objects(self)

    def check_consistency(self):
        rules.check(self)


def setup(app: Sphinx) -> dict:
    tables.setup(app)
    rules.setup(app)
    sources.setup(app)
    mathml.setup(app)
    app.add_domain(ProcessDomain)
    return {"version": "1", "env_version": 1, "parallel_read_safe": True, "parallel_write_safe": True}
