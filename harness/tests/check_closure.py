#!/usr/bin/env python3
"""Holds that rules, code and tests say the same (wasmproc_conform.closure) of the interpreter that WASMPROC names."""

import sys

from check_support import need_packages, program


def main() -> int:
    need_packages()
    from wasmproc_conform import closure

    sys.argv[1:] = [program()]
    return closure.main()


if __name__ == "__main__":
    sys.exit(main())
