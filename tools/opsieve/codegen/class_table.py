"""The tables that ``ops_to_register.h`` searches at compile time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

# FNV-1a, 64 bit (http://www.isthe.com/chongo/tech/comp/fnv/). The header computes the same over the queried text.
FNV_OFFSET = 0xCBF29CE484222325
FNV_PRIME = 0x100000001B3

_MASK = (1 << 64) - 1


@dataclass(frozen=True, slots=True, order=True)
class Entry:
    """A text of a table, without spaces, and its hash."""

    hash: int
    text: str


def table(texts: Iterable[str]) -> list[Entry]:
    """The texts, each once, as the header searches them: in order of their hash.

    Two texts that differ in spaces only are one, since TensorFlow compares with spaces ignored, wherever they stand,
    and no other character ignored (``skip`` and ``isequal`` of get_header_from_ops_and_kernels in
    tensorflow/python/tools/selective_registration_header_lib.py).
    """
    return sorted(Entry(text_hash(text), text) for text in {without_spaces(text) for text in texts})


def without_spaces(text: str) -> str:
    return text.replace(" ", "")


def text_hash(text: str) -> int:
    """FNV-1a over the bytes of ``text``, which has no spaces."""
    value = FNV_OFFSET
    for byte in text.encode("utf-8", "surrogateescape"):
        value = ((value ^ byte) * FNV_PRIME) & _MASK
    return value
