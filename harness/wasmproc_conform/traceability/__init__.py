"""The traceability check: specification, interpreter, tests and waivers agree on the rules of the process model.

    python -m wasmproc_conform.traceability build/wasmproc-check --report traceability.html

- `places.py` finds the rules in sources and specification, and compares them with the interpreter's table;
- `metadata.py` reads what tests declare, `waivers.py` the exceptions, `fired.py` counts the rules that fire;
- `links.py` checks the links of Markdown files;
- `check.py` runs every test and puts all of it together; `page.py` shows it.
"""

from .check import Traceability
from .metadata import read_metadata

__all__ = ["Traceability", "read_metadata"]
