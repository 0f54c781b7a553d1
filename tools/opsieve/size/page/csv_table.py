"""The parts as comma-separated values, for spreadsheets and databases."""

from __future__ import annotations

import csv
import io

from opsieve.size.attribution import Attribution
from opsieve.size.page.names import visible

COLUMNS = (
    "offset",
    "file_size",
    "loaded_size",
    "kind",
    "owner",
    "source",
    "object",
    "section",
    "symbol",
    "shared",
    "ops",
    "classes",
    "dtypes",
    "models",
)
# What makes a spreadsheet take a cell for a formula, which can run commands (OWASP, "CSV Injection").
_FORMULA = ("=", "+", "-", "@")
# Readers refuse longer ones: csv.field_size_limit of Python. What thousands of models share gets there.
_LONGEST = 131_072
_TAIL, _SAID = 400, 60


def render_csv(attribution: Attribution) -> bytes:
    """One row for each part, in order of its offset, under a row of COLUMNS; UTF-8 (RFC 4180).

    Sizes in bytes. Lists are joined by ``; ``. A name that a spreadsheet would take for a formula has an apostrophe
    before it, and characters that cannot be seen are spelled out. The middle of a cell that Python's reader would
    refuse as too long is left out, and how much is said.
    """
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    owners = [
        (
            (_cell(owner.kind), _cell(owner.name)),
            tuple(_joined(names) for names in (owner.ops, owner.classes, owner.dtypes, owner.models)),
        )
        for owner in attribution.owners
    ]
    for part in attribution.parts:
        who, what_for = owners[part.owner]
        place = (_cell(part.source), _cell(part.object), _cell(part.section), _cell(part.symbol))
        writer.writerow((part.offset, part.file_size, part.loaded_size, *who, *place, _joined(part.shared), *what_for))
    return stream.getvalue().encode()


def _joined(names: tuple[str, ...]) -> str:
    return _cell("; ".join(names))


def _cell(text: str) -> str:
    text = visible(text)
    if len(text) >= _LONGEST:
        head = _LONGEST - _TAIL - _SAID
        text = f"{text[:head]} … {len(text) - head - _TAIL:,} more characters … {text[-_TAIL:]}"
    return f"'{text}" if text.startswith(_FORMULA) else text
