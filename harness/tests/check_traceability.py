#!/usr/bin/env python3
"""The traceability check (wasmproc_conform.traceability) of the interpreter that WASMPROC names; prints TAP."""

import sys

from check_support import need_packages, program


def main() -> int:
    need_packages()
    from wasmproc_conform.traceability.__main__ import main as check

    # The page, for people, stays in the folder where the tests run.
    return check([program(), "--report", "traceability.html"])


if __name__ == "__main__":
    sys.exit(main())
