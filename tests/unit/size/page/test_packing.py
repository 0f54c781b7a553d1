"""The page's data, read back by another reader than the page's."""

from __future__ import annotations

import base64
import json
import zlib
from typing import Any

from opsieve.size.attribution import KERNEL, Owner, Part
from opsieve.size.page.packing import MAX_LISTED, pack
from page.attributions import hostile, library, of, older


def _unpacked(packed: str) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(zlib.decompress(base64.b64decode(packed, validate=True), -15))
    return data


def _check(data: dict[str, Any]) -> None:
    """The tables fit together."""
    owners, units, symbols = data["owners"], data["units"], data["symbols"]
    for table in (owners, units, symbols):
        assert len({len(column) for column in table.values()}) == 1
    assert sum(owners["units"]) == len(units["name"])
    assert sum(units["symbols"]) == len(symbols["name"])
    for column in (owners["name"], units["name"], symbols["name"], symbols["section"]):
        assert all(-1 <= number < len(data["strings"]) for number in column)


def test_what_is_packed() -> None:
    owners = (
        Owner("MatMul/MatMulOp<float>", KERNEL, ("MatMul",), ("MatMulOp<float>",), ("DT_FLOAT",), ("mlp.pb",)),
        Owner("b.cc", "runtime"),
    )
    parts = (
        Part(0, 70, 70, ".text", "a.o", "a.cc", "Compute()", 0, ("Compute()", "Other()")),
        Part(70, 30, 30, ".text", "a.o", "a.cc", "Compute()", 0),
        Part(100, 0, 8, ".bss", "b.o", "b.cc", "counter", 1),
    )
    data = _unpacked(pack(of(*parts, owners=owners)))
    _check(data)
    strings = data["strings"]

    def named(numbers: list[int]) -> list[str]:
        return [strings[number] for number in numbers]

    assert named(data["owners"]["name"]) == ["MatMul/MatMulOp<float>", "b.cc"]
    assert [named(numbers) for numbers in data["owners"]["ops"]] == [["MatMul"], []]
    assert named(data["units"]["name"]) == ["a.cc", "b.cc"]
    assert named(data["symbols"]["name"]) == ["Compute()", "counter"]
    assert data["symbols"]["file"] == [100, 0]
    assert data["symbols"]["loaded"] == [100, 8]
    assert data["symbols"]["count"] == [2, 1]
    assert named(data["shared"]["0"]) == ["Compute()", "Other()"]
    assert data["before"] is None
    assert "fileBefore" not in data["symbols"]


def test_a_real_size_is_whole() -> None:
    after = library()
    data = _unpacked(pack(after))
    _check(data)
    assert data["threshold"] == 0
    assert sum(data["symbols"]["file"]) == after.file_size
    assert sum(data["symbols"]["loaded"]) == after.loaded_size


def test_more_than_fits_is_summed_up() -> None:
    after = library(owners=500, parts=8000)
    before = older(after)
    limit = len(pack(after, before)) // 6
    packed = pack(after, before, limit)
    assert limit // 3 < len(packed) <= limit
    data = _unpacked(packed)
    _check(data)
    assert data["threshold"] > 0
    assert -1 in data["symbols"]["name"]
    assert sum(data["symbols"]["file"]) == after.file_size
    assert sum(data["symbols"]["fileBefore"]) == before.file_size
    assert sum(data["symbols"]["loadedBefore"]) == before.loaded_size


def test_the_smallest_limit_leaves_the_kinds() -> None:
    after = library(owners=500, parts=8000)
    packed = pack(after, limit=5000)
    assert len(packed) <= 5000
    assert sum(_unpacked(packed)["symbols"]["file"]) == after.file_size


def test_long_lists_are_counted() -> None:
    ops = tuple(f"Op{number}" for number in range(MAX_LISTED + 5))
    data = _unpacked(pack(of(Part(0, 1, 1, "", "", "", "", 0), owners=(Owner("x", KERNEL, ops),))))
    assert data["owners"]["ops"][0][-1] == -5
    assert len(data["owners"]["ops"][0]) == MAX_LISTED + 1


def test_names_whose_shown_forms_are_equal_stay_apart() -> None:
    owner = (Owner("x", KERNEL),)
    one, other = "a" * 10_000 + "b" * 10_000, "a" * 10_001 + "b" * 9_999
    data = _unpacked(pack(of(*(Part(0, 5, 5, "", "", "s", name, 0) for name in (one, other)), owners=owner)))
    assert len(data["symbols"]["name"]) == 2
    assert len(set(data["symbols"]["name"])) == 2


def test_nothing_at_all() -> None:
    data = _unpacked(pack(of(owners=())))
    _check(data)
    assert data["symbols"]["name"] == []


def test_packed_data_cannot_end_its_element() -> None:
    assert not set(pack(hostile(), hostile())) & set("<>&\"'\n")
