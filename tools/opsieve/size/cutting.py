"""Cuts a file into pieces that are one symbol's, or one object's, or one section's."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from opsieve.size.layout import Layout, Section, Symbol
from opsieve.size.link_map import Contribution, LinkMap

# Sections whose bytes have symbols.
NAMED = ("code", "constants", "data", "zero")
NOWHERE = -1
_LONGEST_SHARED = 1000


class Piece(NamedTuple):
    """Bytes that one symbol of one contribution has. ``start`` and ``end`` are addresses of its section's.

    ``contribution`` numbers the map's, :data:`NOWHERE` for none. ``symbol`` as the symbol table or the map has it, ""
    for none; ``others``: more symbols of the same bytes.
    """

    start: int
    end: int
    contribution: int
    symbol: str
    others: tuple[str, ...]


# Address, size (negative, so that the largest comes first), whether it is local, name.
_Row = tuple[int, int, bool, str]
# Start, end, name and other names. Stretches are disjoint and in order.
_Stretch = tuple[int, int, str, tuple[str, ...]]
_Tile = tuple[int, Contribution]


def cut(layout: Layout, link_map: LinkMap | None) -> Iterator[tuple[Section, list[Piece]]]:
    """The pieces of each section of one file, in order. They cover the section, in the file and in memory.

    Of symbols that overlap, the one that begins first has the bytes that both claim.
    """
    contributions = _by_section(link_map) if link_map is not None else {}
    mapped = _of_map(link_map) if link_map is not None and (layout.stripped or not layout.symbols) else {}
    ranges = _ranges(layout)
    for number, section in enumerate(layout.sections):
        extent = max(section.file_size, section.memory_size)
        if not extent:
            continue
        tiles = contributions.get(section.name, [])
        rows: list[_Row] = []
        if section.kind in NAMED:
            # A mark in data that has no size is not all that several objects have put behind it.
            exact = bool(tiles) and section.kind != "code"
            rows = mapped.get(section.name, []) if mapped else _of_table(layout.symbols, ranges.get(number), exact)
        stretches = _stretches(rows)
        yield section, list(_pieces(section.address, section.address + extent, tiles, stretches))


def _by_section(link_map: LinkMap) -> dict[str, list[_Tile]]:
    """The contributions of each output section, in order of address."""
    found: dict[str, list[_Tile]] = {}
    for number, contribution in enumerate(link_map.contributions):
        if contribution.size:
            found.setdefault(contribution.section, []).append((number, contribution))
    return found


def _ranges(layout: Layout) -> dict[int, tuple[int, int]]:
    """Where each section's symbols are among all."""
    ranges: dict[int, tuple[int, int]] = {}
    begin = 0
    symbols = layout.symbols
    for position in range(1, len(symbols) + 1):
        if position == len(symbols) or symbols[position].section != symbols[begin].section:
            ranges[symbols[begin].section] = (begin, position)
            begin = position
    return ranges


def _of_table(symbols: Sequence[Symbol], place: tuple[int, int] | None, exact: bool) -> list[_Row]:
    """``exact``: leave out symbols whose size the format does not say."""
    if place is None:
        return []
    return [
        (s.address, -s.size, s.local, s.name)
        for s in symbols[place[0] : place[1]]
        if s.size > 0 and (s.exact or not exact)
    ]


def _of_map(link_map: LinkMap) -> dict[str, list[_Row]]:
    found: dict[str, list[_Row]] = {}
    contributions = link_map.contributions
    for symbol in link_map.symbols:
        if symbol.size > 0:
            row = (symbol.address, -symbol.size, False, symbol.name)
            found.setdefault(contributions[symbol.contribution].section, []).append(row)
    return found


def _stretches(rows: list[_Row]) -> list[_Stretch]:
    rows.sort()
    stretches: list[_Stretch] = []
    position, count = 0, len(rows)
    covered = -1
    while position < count:
        address, size, _, name = rows[position]
        position += 1
        others: list[str] = []
        while position < count and rows[position][0] == address:
            if rows[position][1] == size:
                others.append(rows[position][3])
            position += 1
        start = max(address, covered)
        if address - size > start:
            covered = address - size
            names = tuple(dict.fromkeys(other for other in others if other != name))[:_LONGEST_SHARED]
            stretches.append((start, covered, name, names))
    return stretches


def _pieces(
    start: int,
    end: int,
    tiles: Sequence[_Tile],
    stretches: Sequence[_Stretch],
) -> Iterator[Piece]:
    tile, stretch = 0, 0
    tile_count, stretch_count = len(tiles), len(stretches)
    while start < end:
        while tile < tile_count and tiles[tile][1].address + tiles[tile][1].size <= start:
            tile += 1
        while stretch < stretch_count and stretches[stretch][1] <= start:
            stretch += 1
        stop = end
        contribution = NOWHERE
        if tile < tile_count:
            number, row = tiles[tile]
            if row.address <= start:
                contribution = number
                stop = min(stop, row.address + row.size)
            else:
                stop = min(stop, row.address)
        symbol: str = ""
        others: tuple[str, ...] = ()
        if stretch < stretch_count:
            first, last, name, more = stretches[stretch]
            if first <= start:
                symbol, others = name, more
                stop = min(stop, last)
            else:
                stop = min(stop, first)
        yield Piece(start, stop, contribution, symbol, others)
        start = stop
