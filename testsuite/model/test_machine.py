"""The engine against the oracle: some hundred sequences, the same each time.

MODEL_MINUTES=10 runs ever new ones for so long, for each pointer type. MODEL_SHRINK=no shows a difference as it was found,
without looking for a shorter sequence.
"""

from __future__ import annotations

import os

import machine
import pytest

#: Outcomes that must occur in the sequences, lest their agreement be empty.
MUST_HAPPEN = """create made,create extent,create reservation failed,create limit,end,size and trap,mmap 0,mmap at hint,
    mmap elsewhere,mmap over the limit,munmap 0,munmap 1,discard 0,discard 1,load False,load True,store False,store True,
    fill False,fill True,copy False,copy True,init False,init True,host False,host True"""

SHRINK = os.environ.get("MODEL_SHRINK") != "no"
MINUTES = float(os.environ.get("MODEL_MINUTES", "0"))


@pytest.mark.timeout(300 + 150 * MINUTES)
@pytest.mark.parametrize("bits", [32, 64])
def test_sequences(bits, engine):
    if MINUTES:
        done = machine.campaign(bits, engine, MINUTES * 60)
    else:
        done = machine.run(bits, engine, examples=150, steps=50, fresh=False, shrink=SHRINK)
    assert [what for what in (name.strip() for name in MUST_HAPPEN.split(",")) if not done[what]] == []
