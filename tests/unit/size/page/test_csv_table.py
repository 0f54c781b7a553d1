"""The parts as CSV, read back by Python's reader."""

from __future__ import annotations

import csv
import io

from opsieve.size.attribution import Attribution
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
