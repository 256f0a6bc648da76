"""`python3 -m wasmproc_conform` is the console script."""

from .cli import main

main()
