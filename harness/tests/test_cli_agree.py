"""The interpreter's script runner and the harness, which drives it command by command, agree.

Verdicts and reasons are compared command by command, over every script of the process corpus and, if present, of the
official core suite.
"""

import os
from pathlib import Path

import pytest
from cli_support import PROGRAM, TIMEOUT, needs_program

from wasmproc_conform.adapters.base import Context
from wasmproc_conform.adapters.wasmproc import Wasmproc, WasmprocDriver
from wasmproc_conform.process import ProcessTable
from wasmproc_conform.suites import load_core, load_process

pytestmark = needs_program

_CORE = os.environ.get("WASM_TESTSUITE")
TESTS = load_process(None).tests + (load_core(Path(_CORE)).tests if _CORE else [])


@pytest.fixture(scope="module")
def engines(tmp_path_factory):
    def engine(adapter):
        scratch = tmp_path_factory.mktemp(adapter.name)
        found = adapter(Context(ProcessTable(), TIMEOUT, scratch, {"wasmproc": Path(PROGRAM), adapter.name: Path(PROGRAM)}))
        found.find()
        return found

    return engine(Wasmproc), engine(WasmprocDriver)


@pytest.mark.parametrize("test", TESTS, ids=lambda test: f"{test.suite}/{test.name}")
def test_agree(test, engines):
    own, driven = (engine.run(test) for engine in engines)
    assert own.ending is None
    assert driven.ending is None
    assert len(own.commands) == len(test.commands) == len(driven.commands)
    for ours, theirs in zip(own.commands, driven.commands):
        assert (ours.line, ours.outcome, ours.reason) == (theirs.line, theirs.outcome, theirs.reason), (ours, theirs)
