"""The tables of the header: hashes as published for FNV-1a, texts without spaces, in order."""

from __future__ import annotations

import pytest

from opsieve.codegen.class_table import Entry, table, text_hash


# From the test vectors of draft-eastlake-fnv, section on FNV-1a 64.
@pytest.mark.parametrize(
    ("text", "published"),
    [("", 0xCBF29CE484222325), ("a", 0xAF63DC4C8601EC8C), ("foobar", 0x85944171F73967E8)],
)
def test_hash_is_fnv_1a(text: str, published: int) -> None:
    assert text_hash(text) == published


def test_texts_that_differ_in_spaces_are_one() -> None:
    assert table(["A<B, C>", "A<B,C>", " A <B,C> "]) == [Entry(text_hash("A<B,C>"), "A<B,C>")]


def test_only_spaces_are_left_out() -> None:
    assert {entry.text for entry in table(["A\tB", "A\nB", "A\u00a0B", "A B"])} == {"A\tB", "A\nB", "A\u00a0B", "AB"}


def test_rows_are_in_order_of_the_hash() -> None:
    hashes = [entry.hash for entry in table(f"Op{i}" for i in range(100))]
    assert hashes == sorted(hashes)
    assert len(hashes) == 100
