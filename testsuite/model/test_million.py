"""The engine against the oracle by numbers: a hundred thousand and more random operations, the same each time.

MODEL_OPERATIONS=1000000 does so many, and MODEL_SEED=7 others. They are shared out evenly to the ways in which the
driver is started.
"""

from __future__ import annotations

import os

import million
import pytest
from wasmproc_conform.driver_client import DriverClient

OPERATIONS = int(os.environ.get("MODEL_OPERATIONS", "160000"))
SEED = int(os.environ.get("MODEL_SEED", "1"))

#: Outcomes that must occur, lest the agreement be empty.
MUST_HAPPEN = """create made,create extent,create reservation failed,create limit,mmap 0,mmap at hint,mmap elsewhere,
    mmap over the limit,munmap 0,munmap 1,discard 0,discard 1,load done,load trap,store done,store trap,peek done,peek error,poke done,poke error,fill done,fill trap"""

#: How the driver is started. Native memory takes addresses of the host's, too few for the largest extents.
WAYS = [[f"--backend={backend}", *aslr] for backend in ("sparse", "native") for aslr in ([], ["--aslr=7"])]


@pytest.mark.timeout(300 + OPERATIONS / 500)
@pytest.mark.parametrize("options", WAYS, ids=" ".join)
def test_operations(options):
    path = os.environ.get("WASMPROC")
    if not path:
        pytest.skip("WASMPROC does not name an interpreter")
    with DriverClient([path, "driver", *options], timeout=120) as engine:
        run = million.Run(engine, SEED, limited="--backend=native" in options)
        run.run(OPERATIONS // len(WAYS))
    assert [what for what in (name.strip() for name in MUST_HAPPEN.split(",")) if not run.done[what]] == []


def test_a_wrong_oracle_is_found(engine, monkeypatch):
    """The comparison can fail: here the oracle is mistaken about a hint that is not aligned."""
    right = million.Space.mmap
    monkeypatch.setattr(million.Space, "mmap", lambda self, hint, *rest: right(self, hint + million.PAGE - 1, *rest))
    with pytest.raises(million.Difference, match="mmap"):
        million.Run(engine, SEED).run(OPERATIONS)
