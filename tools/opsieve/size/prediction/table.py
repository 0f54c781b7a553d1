"""Sizes of kernels that were measured in libraries: plain data and its JSON, compressed with gzip (schema 1)."""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from opsieve.errors import OpsieveError
from opsieve.size.cost.registrations import Registration

_SCHEMA = 1
_LARGEST = 1 << 26
# No library has that many bytes.
_MOST_BYTES = 1 << 48


@dataclass(frozen=True, slots=True)
class MeasuredTarget:
    """How the bytes of a target's files relate to those of the table, which are the first target's.

    ``program`` and ``library`` are for ``stripped/run_model`` and the stripped shared library: the bytes that are there
    whatever is selected, and what a byte of the table becomes. ``error``: the largest error that was measured, as a
    part of the size.
    """

    name: str
    program: tuple[int, float]
    library: tuple[int, float]
    error: float


@dataclass(frozen=True, slots=True)
class SizeTable:
    """``version`` is TensorFlow's, ``basis`` says from what it was measured. Sizes in bytes of a stripped file.

    ``rows``: for each registration its source, the bytes that it alone needs, and those of the many small things that
    it needs together with others. ``groups``: larger things with the registrations that need them, by number.
    """

    version: str
    basis: str
    targets: tuple[MeasuredTarget, ...]
    rows: dict[Registration, tuple[str, int, int]]
    groups: tuple[tuple[tuple[int, ...], int], ...]


def write_table(table: SizeTable) -> bytes:
    """The same table gives the same bytes."""
    sources = sorted({source for source, _, _ in table.rows.values()})
    number = {source: place for place, source in enumerate(sources)}
    document = {
        "schema": _SCHEMA,
        "tensorflow": table.version,
        "basis": table.basis,
        "targets": [
            {"name": each.name, "program": each.program, "library": each.library, "error": each.error}
            for each in table.targets
        ],
        "sources": sources,
        "registrations": [
            [what.op, what.class_text, number[source], alone, together]
            for what, (source, alone, together) in table.rows.items()
        ],
        "groups": [[size, *members] for members, size in table.groups],
    }
    return gzip.compress(json.dumps(document, separators=(",", ":")).encode("utf-8"), mtime=0)


def read_table(path: Path) -> SizeTable:
    """
    Raises:
        OpsieveError: it cannot be read, or is no such table.
    """
    try:
        with gzip.open(path) as stream:
            content = stream.read(_LARGEST + 1)
    except (OSError, EOFError, ValueError) as error:
        raise _no_table(path, str(error)) from error
    except Exception as error:  # zlib.error has no public name in gzip's documentation
        raise _no_table(path, str(error)) from error
    if len(content) > _LARGEST:
        raise _no_table(path, f"more than {_LARGEST >> 20} MB when unpacked")
    try:
        return _table(json.loads(content))
    except (ValueError, KeyError, TypeError, IndexError, AttributeError, OverflowError, RecursionError) as error:
        raise _no_table(path, f"{type(error).__name__}: {error}") from error


def _no_table(path: Path, why: str) -> OpsieveError:
    return OpsieveError(
        f"{path}: not a table of measured sizes: {why}", hint="opsieve size measure makes one from a library"
    )


def _table(document: dict[str, Any]) -> SizeTable:
    if document["schema"] != _SCHEMA:
        raise ValueError(f"schema {document['schema']!r}, and this opsieve reads {_SCHEMA}")
    sources = [str(source) for source in document["sources"]]
    rows = {
        Registration(str(op), str(text)): (sources[_number(source, len(sources))], _number(alone), _number(together))
        for op, text, source, alone, together in document["registrations"]
    }
    if len(rows) < len(document["registrations"]):
        raise ValueError("a registration that it has twice")
    groups = tuple((tuple(int(each) for each in members), _number(size)) for size, *members in document["groups"])
    if any(not 0 <= each < len(rows) for members, _ in groups for each in members):
        raise ValueError("a group of registrations that it does not have")
    return SizeTable(
        str(document["tensorflow"]), str(document["basis"]), tuple(map(_target, document["targets"])), rows, groups
    )


def _target(row: dict[str, Any]) -> MeasuredTarget:
    program, library = (
        (_number(row[name][0], low=-_MOST_BYTES), _part(row[name][1])) for name in ("program", "library")
    )
    return MeasuredTarget(str(row["name"]), program, library, _part(row["error"]))


def _number(value: Any, most: int = _MOST_BYTES, *, low: int = 0) -> int:
    found = int(value)
    if not low <= found < most:
        raise ValueError(f"the number {str(value)[:40]}, which can be none of that kind")
    return found


def _part(value: Any) -> float:
    found = float(value)
    if not 0 <= found < _MOST_BYTES:
        raise ValueError(f"the number {str(value)[:40]}, which can be none of that kind")
    return found
