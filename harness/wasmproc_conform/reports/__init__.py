"""Reports: the results document, and the formats that are made from it."""

from .document import BadResults, build, dump, load
from .html import to_html
from .junit import to_junit
from .publish import Unwritable, check_writable, publish
from .tap import to_tap

#: Every format by name: its file in an output folder, and the function that makes it from the document.
FORMATS = {
    "json": ("results.json", dump),
    "junit": ("junit.xml", to_junit),
    "tap": ("results.tap", to_tap),
    "html": ("report.html", to_html),
}

__all__ = ["FORMATS", "BadResults", "Unwritable", "build", "check_writable", "dump", "load", "publish"]
