"""The oracle against expectations that were worked out by hand."""

from __future__ import annotations

import pytest
from oracle import FREE, GUARD, MAPPED, PAGE, PROTECTED, RESERVED, Space, pages_up, refusal


def space_of(pages: int, *mapped: tuple[int, int], bits: int = 32) -> Space:
    space = Space(bits, pages)
    for first, count in mapped:
        assert space.mmap(first * PAGE, count * PAGE, first * PAGE) is None
    return space


def test_lengths_round_up_in_exact_arithmetic():
    assert [pages_up(n) for n in (0, 1, PAGE - 1, PAGE, PAGE + 1)] == [0, 1, 1, 1, 2]
    assert pages_up(2**64 - 1) == 2**48


def test_what_is_refused():
    assert [refusal(32, pages, 0) for pages in (1, 2, 2**16, 2**16 + 1)] == ["extent", None, None, "extent"]
    assert [refusal(64, pages, 0) for pages in (0, 2**16 + 1, 2**48, 2**48 + 1)] == ["extent", None, None, "extent"]
    assert [refusal(32, 4, stack) for stack in (0, 1, 2, 3)] == [None, None, None, "reservation failed"]


def test_the_limit():
    assert [refusal(32, 8, stack, 3) for stack in (3, 4, 6, 7)] == [None, "limit", "limit", "reservation failed"]
    assert [refusal(32, 8, stack, 0) for stack in (0, 1)] == [None, "limit"]
    space = Space(32, 16, 5)
    assert space.place_stack(2, 16 * PAGE) is None
    assert space.mmap(PAGE, 4 * PAGE, PAGE) is not None
    assert space.mmap(PAGE, 4 * PAGE, 0) is None
    assert space.mmap(PAGE, 3 * PAGE, 0) is not None
    assert space.mmap(PAGE, 3 * PAGE, PAGE) is None
    assert space.mmap(5 * PAGE, 1, 0) is None
    assert space.discard(PAGE, PAGE)
    assert space.room() == 0
    assert space.munmap(PAGE, 2 * PAGE)
    assert space.room() == 2
    assert space.mmap(0, 1, 5 * PAGE) is None


def test_a_new_space_is_free_but_for_page_0():
    assert Space(32, 4).runs == [[0, 1, PROTECTED], [1, 4, FREE]]


def test_runs_are_cut_and_joined():
    space = space_of(16, (2, 8))
    assert space.munmap(4 * PAGE, 2 * PAGE)
    assert space.runs == [[0, 1, PROTECTED], [1, 2, FREE], [2, 4, MAPPED], [4, 6, FREE], [6, 10, MAPPED], [10, 16, FREE]]
    assert space.mmap(4 * PAGE, 2 * PAGE, 4 * PAGE) is None
    assert space.runs == [[0, 1, PROTECTED], [1, 2, FREE], [2, 10, MAPPED], [10, 16, FREE]]
    assert space.munmap(PAGE, 15 * PAGE)
    assert space.runs == [[0, 1, PROTECTED], [1, 16, FREE]]


@pytest.mark.parametrize(
    ("hint", "length", "answer", "wrong"),
    [
        (0, 0, 0, False),
        (0, 0, PAGE, True),
        (0, 15 * PAGE + 1, 0, False),
        (0, 2**64 - 1, 0, False),
        (0, 1, PAGE, False),
        (0, 1, 15 * PAGE, False),
        (0, 1, 0, True),
        (0, 1, PAGE + 1, True),
        (0, 1, 4 * PAGE, True),
        (0, 4 * PAGE, 3 * PAGE, True),
        (0, PAGE + 1, 15 * PAGE, True),
        (0, 9 * PAGE, 0, True),
        (0, 10 * PAGE, 0, False),
        (0, 10 * PAGE, 6 * PAGE, True),
        (8 * PAGE + 5, 1, 8 * PAGE, False),
        (8 * PAGE + 5, 1, 9 * PAGE, True),
        (4 * PAGE, 1, PAGE, False),
        (4 * PAGE, 1, 4 * PAGE, True),
        (15 * PAGE, 2 * PAGE, PAGE, False),
        (PAGE - 1, 1, 15 * PAGE, False),
        (2**32 - PAGE, 2 * PAGE, PAGE, False),
    ],
)
def test_answers_of_mmap(hint, length, answer, wrong):
    space = space_of(16, (4, 3))
    before = [list(run) for run in space.runs]
    assert (space.mmap(hint, length, answer) is not None) is wrong
    if wrong or answer == 0:
        assert space.runs == before


@pytest.mark.parametrize(
    ("address", "length", "expected"),
    [
        (4 * PAGE, PAGE, True),
        (4 * PAGE, 0, False),
        (4 * PAGE + 1, PAGE, False),
        (PAGE, PAGE, True),
        (PAGE, 15 * PAGE, False),
        (0, PAGE, False),
        (15 * PAGE, PAGE + 1, False),
        (4 * PAGE, 2**64 - 4 * PAGE, False),
        (16 * PAGE, PAGE, False),
        (10 * PAGE, 1, False),
        (9 * PAGE, 3 * PAGE, False),
    ],
)
def test_results_of_munmap(address, length, expected):
    space = space_of(16, (4, 3))
    assert space.place_stack(1, 12 * PAGE) is None
    assert space.munmap(address, length) is expected


@pytest.mark.parametrize(
    ("address", "length", "expected"),
    [
        (4 * PAGE, PAGE, True),
        (4 * PAGE, 2 * PAGE + 1, True),
        (11 * PAGE, 1, True),
        (4 * PAGE, 0, False),
        (4 * PAGE + 1, PAGE, False),
        (4 * PAGE, 3 * PAGE + 1, False),
        (3 * PAGE, 2 * PAGE, False),
        (0, 5 * PAGE, False),
        (10 * PAGE, PAGE, False),
        (15 * PAGE, PAGE + 1, False),
        (4 * PAGE, 2**64 - 4 * PAGE, False),
        (16 * PAGE, PAGE, False),
    ],
)
def test_results_of_discard(address, length, expected):
    space = space_of(16, (4, 3), (15, 1))
    assert space.place_stack(1, 12 * PAGE) is None
    before = [list(run) for run in space.runs]
    for page in (4, 5, 6, 11, 15):
        space.write(page * PAGE, b"x")
    assert space.discard(address, length) is expected
    assert space.runs == before
    cleared = range(address // PAGE, address // PAGE + pages_up(length)) if expected else ()
    assert [space.read(page * PAGE, 1) for page in (4, 5, 6, 11, 15)] == [
        b"\0" if page in cleared else b"x" for page in (4, 5, 6, 11, 15)
    ]


def test_the_stack_has_a_guard_page_and_is_at_the_top_of_its_pages():
    space = Space(32, 16)
    assert space.place_stack(2, 16 * PAGE) is None
    assert space.runs == [[0, 1, PROTECTED], [1, 13, FREE], [13, 14, GUARD], [14, 16, RESERVED]]
    assert Space(32, 16).place_stack(0, 0) is None
    for stack, pointer in ((0, 16), (2, 0), (2, 3 * PAGE), (2, 16 * PAGE - 16), (2, 17 * PAGE), (2, 8 * PAGE + 8)):
        assert Space(32, 16).place_stack(stack, pointer) is not None
    assert Space(32, 2**16).place_stack(2, 2**32 - 16) is None


def test_bytes_and_accesses():
    space = space_of(16, (2, 2), (5, 1))
    space.write(3 * PAGE - 2, b"abcd")
    assert space.read(3 * PAGE - 3, 6) == b"\0abcd\0"
    assert space.accessible(4 * PAGE - 8, 8)
    assert not space.accessible(4 * PAGE - 7, 8)
    assert not space.accessible(2 * PAGE - 1, 1)
    assert not space.accessible(3 * PAGE, 3 * PAGE)
    assert not space.accessible(16 * PAGE - 1, 2)
    assert space.bulk_accessible(0, 0)
    assert space.bulk_accessible(16 * PAGE, 0)
    assert not space.bulk_accessible(16 * PAGE + 1, 0)
    assert not space.bulk_accessible(4 * PAGE, 1)
    space.munmap(3 * PAGE, PAGE)
    space.mmap(3 * PAGE, PAGE, 3 * PAGE)
    assert space.read(3 * PAGE - 2, 4) == b"ab\0\0"
