#!/usr/bin/env python3
"""Holds that rules, code and tests say the same (wasmproc_conform.closure) of the interpreter that WASMPROC names."""

import sys

from check_support import need_packages, program


def main() -> int:
    need_packages()
    from wasmproc_conform import closure

    # The page is for people: it is left in the folder where the tests run.
    sys.argv[1:] = [program(), "--report", "closure.html"]
    return closure.main()


if __name__ == "__main__":
    sys.exit(main())
