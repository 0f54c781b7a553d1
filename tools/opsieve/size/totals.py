"""Sums over the parts of an attribution."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from opsieve.size.attribution import Attribution, Owner


@dataclass(slots=True)
class Sizes:
    """In bytes, of the file and of memory."""

    file_size: int = 0
    loaded_size: int = 0


def by_owner(attribution: Attribution) -> list[tuple[Owner, Sizes]]:
    """Each owner that has bytes with them, the largest first."""
    totals = [Sizes() for _ in attribution.owners]
    for part in attribution.parts:
        total = totals[part.owner]
        total.file_size += part.file_size
        total.loaded_size += part.loaded_size
    rows = [
        (owner, total)
        for owner, total in zip(attribution.owners, totals, strict=True)
        if total.file_size or total.loaded_size
    ]
    return sorted(rows, key=lambda row: (-row[1].file_size, -row[1].loaded_size, row[0].kind, row[0].name))


def by_kind(attribution: Attribution) -> dict[str, Sizes]:
    """The sum of each kind of owners."""
    return _summed((owner.kind, sizes) for owner, sizes in by_owner(attribution))


def by_section(attribution: Attribution) -> dict[str, Sizes]:
    """The sum of each section, in the order of the file."""
    return _summed((part.section, Sizes(part.file_size, part.loaded_size)) for part in attribution.parts)


def _summed(rows: Iterable[tuple[str, Sizes]]) -> dict[str, Sizes]:
    totals: dict[str, Sizes] = {}
    for name, sizes in rows:
        total = totals.setdefault(name, Sizes())
        total.file_size += sizes.file_size
        total.loaded_size += sizes.loaded_size
    return totals
