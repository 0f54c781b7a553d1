"""Sizes as people write them."""

from __future__ import annotations

import pytest

from opsieve.size.amounts import change, parse_amount


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("0", 0), ("12", 12), ("12 B", 12), ("3.6 MB", 3_600_000), ("3.6MB", 3_600_000), ("500 KiB", 512_000),
        ("0.1 KB", 100), ("1 GiB", 1 << 30), ("1.000001 GB", 1_000_001_000), (" 7 KB ", 7000),
    ],
)  # fmt: skip
def test_amounts(text: str, size: int) -> None:
    assert parse_amount(text) == size


@pytest.mark.parametrize(
    "text", ["", "MB", "1,5 MB", "-1", "+1", "1 kB", "1 K", "1e3", "0x10", "1.5", "１", "1 MB 2", "9" * 40]
)
def test_what_is_none(text: str) -> None:
    with pytest.raises(ValueError, match=r"size|unit|byte"):
        parse_amount(text)


def test_changes() -> None:
    assert [change(size) for size in (0, 5, -5, 42_189, -3_600_000)] == ["±0", "+5 B", "−5 B", "+41.2 KiB", "−3.43 MiB"]
