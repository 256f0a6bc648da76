"""wasmproc-conform: runs WebAssembly conformance suites against engines and says who conforms."""

__version__ = "0.1.0"
