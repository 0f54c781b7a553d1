"""Sizes as people write them."""

from __future__ import annotations

import re
from decimal import Decimal

from opsieve.size.page.names import size_text

# How much of a text that is wrong is said.
_MOST = 80
UNITS = {"B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}
_AMOUNT = re.compile(r"(?P<number>[0-9]{1,15}(?:\.[0-9]{1,6})?)\s*(?P<unit>[A-Za-z]*)")
_PERCENT = re.compile(r"(?P<number>[0-9]{1,6}(?:\.[0-9]{1,6})?)\s*%")


def parse_amount(text: str) -> int:
    """The bytes of ``3.6 MB``, ``500 KiB`` or ``1200``; a part of a byte counts not.

    Raises:
        ValueError: it is no such size; says why.
    """
    found = _AMOUNT.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"{text[:_MOST]!r} is not a size; write bytes, or a number and one of {', '.join(UNITS)}")
    unit = found["unit"] or "B"
    if unit not in UNITS:
        raise ValueError(f"{unit[:_MOST]!r} is not a unit of size; use one of {', '.join(UNITS)}")
    if unit == "B" and "." in found["number"]:
        raise ValueError(f"{text!r}: there is no part of a byte")
    return int(Decimal(found["number"]) * UNITS[unit])


def parse_percent(text: str) -> Decimal | None:
    """5.5 of ``5.5 %``; None when it is no percentage."""
    found = _PERCENT.fullmatch(text.strip())
    return Decimal(found["number"]) if found else None


def change(size: int) -> str:
    """A difference for people: ``+41.2 KiB``, ``−3 B``, ``±0``."""
    return f"{'−' if size < 0 else '+'}{size_text(abs(size))}" if size else "±0"
