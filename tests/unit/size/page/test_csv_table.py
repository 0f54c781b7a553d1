"""The parts as CSV, read back by Python's reader."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import pytest

from opsieve.size.attribution import KERNEL, Attribution, Owner, Part
from opsieve.size.page import render_csv
from opsieve.size.page.csv_table import COLUMNS
from page.attributions import HOSTILE, hostile, library


def _rows(attribution: Attribution) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(render_csv(attribution).decode(), newline=""), strict=True))


def test_each_part_is_a_row() -> None:
    made = library(owners=100, parts=1000)
    rows = _rows(made)
    assert tuple(rows[0]) == COLUMNS
    assert len(rows) == len(made.parts)
    assert sum(int(row["file_size"]) for row in rows) == made.file_size
    assert sum(int(row["loaded_size"]) for row in rows) == made.loaded_size
    for row, part in zip(rows, made.parts, strict=True):
        assert (row["symbol"], row["owner"]) == (part.symbol, made.owners[part.owner].name)
        assert (row["source"], row["section"]) == (part.source, part.section)


def test_no_name_is_a_formula_or_hidden() -> None:
    rows = _rows(hostile())
    assert len(rows) == len(HOSTILE)
    for row in rows:
        for text in row.values():
            assert not text.startswith(("=", "+", "-", "@", "\t", "\r"))
            assert text.isprintable()
    assert rows[HOSTILE.index("=cmd|' /C calc'!A0")]["symbol"] == "'=cmd|' /C calc'!A0"


@pytest.mark.parametrize("length", [131_071, 131_072, 131_073, 1_000_000])
@pytest.mark.parametrize("start", ["a", "="])
def test_no_cell_is_longer_than_what_readers_take(length: int, start: str) -> None:
    name = start + "b" * (length - 2) + "c"
    models = tuple(f"models/{number:06}.pb" for number in range(length // 20))
    owner = Owner(name, KERNEL, ("MatMul",), (), (), models)
    part = Part(0, 5, 5, ".text", name, name, name, 0, (name, "other"))
    rows = _rows(replace(library(owners=1, parts=1), owners=(owner,), parts=(part,)))
    assert len(rows) == 1
    row = rows[0]
    if length < 131_072:
        assert row["symbol"].removeprefix("'") == name
        return
    assert row["symbol"].removeprefix("'").startswith(f"{start}bbb")
    assert row["symbol"].endswith("bbbc")
    assert " more characters … " in row["symbol"]
    told = int(row["symbol"].partition(" … ")[2].partition(" more")[0].replace(",", ""))
    kept = row["symbol"].removeprefix("'").replace(f" … {told:,} more characters … ", "")
    assert len(kept) + told == length
    assert row["models"].startswith("models/000000.pb; models/000001.pb")
