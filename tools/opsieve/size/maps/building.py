"""Puts together what a reader finds in a map, so that every byte of an output section is somebody's, once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from opsieve.size.link_map import FILL, LINKER, Contribution, LinkMap, MappedSymbol
from opsieve.size.maps.lines import Lines

# For a symbol whose size the map does not say.
UNSAID = -1
_MOST = 1_000_000
_NO_ROW = -1

# Input sections that are memory only: GNU ld's names, gold's for common symbols and copied data, Mach-O's.
_ZERO = frozenset(
    (
        *(".bss", ".tbss", ".sbss", ".lbss", ".dynbss", ".dynsbss", ".noinit", ".bss.rel.ro", ".relro_padding"),
        *("COMMON", ".tcommon", ".scommon", "LARGE_COMMON", "dynbss"),
        *("__bss", "__common", "__thread_bss", "__huge"),
    )
)
_ZERO_STARTS = (
    *(".bss.", ".tbss.", ".sbss.", ".lbss.", ".noinit.", ".gnu.linkonce.b.", ".gnu.linkonce.tb."),
    *(".gnu.linkonce.sb.", ".gnu.linkonce.lb."),
)


@dataclass(slots=True)
class _Section:
    name: str
    address: int
    size: int
    loaded: bool
    rows: list[int] = field(default_factory=list)


class Builder:
    """Takes output sections, what is in them and its symbols, in the order of the map.

    Rows may overlap or reach over their section's end: GNU ld gives strings that it merged into another object's with
    the size that they had. A byte belongs to the row that begins last before it.
    """

    def __init__(self, lines: Lines) -> None:
        self.sections: list[_Section] = []
        self._lines = lines
        self._addresses: list[int] = []
        self._sizes: list[int] = []
        self._objects: list[str] = []
        self._inputs: list[str] = []
        self._names: list[str] = []
        self._values: list[int] = []
        self._extents: list[int] = []
        self._holders: list[int] = []
        self._interned: dict[str, str] = {}
        self._past_start = False

    def section(self, name: str, address: int, size: int) -> None:
        """An output section. Those that are not loaded have the address 0 and come after the others."""
        self._past_start |= address > 0
        self.sections.append(_Section(name, address, size, address > 0 or not self._past_start))
        if len(self.sections) > _MOST:
            raise self._lines.error(f"more than {_MOST} sections")

    def add(self, address: int, size: int, owner: str, input_section: str, section: int = -1) -> None:
        """A row of the last section, or of the one of that number."""
        self.sections[section].rows.append(len(self._addresses))
        self._addresses.append(address)
        self._sizes.append(size)
        self._objects.append(self._interned.setdefault(owner, owner))
        self._inputs.append(input_section)
        if len(self._addresses) > _MOST:
            raise self._lines.error(f"more than {_MOST} input sections")

    def symbol(self, name: str, address: int, size: int) -> None:
        """A symbol of the last row."""
        self._names.append(name)
        self._values.append(address)
        self._extents.append(size)
        self._holders.append(len(self._addresses) - 1)
        if len(self._names) > _MOST:
            raise self._lines.error(f"more than {_MOST} symbols")

    @property
    def end(self) -> int:
        """Where the last section's last row ends, or the section begins."""
        section = self.sections[-1]
        if not section.rows:
            return section.address
        return self._addresses[section.rows[-1]] + self._sizes[section.rows[-1]]

    def clear_lowest_bits(self, starts: tuple[str, ...]) -> None:
        """Of the addresses of symbols in input sections that start so: there the bit says that it is Thumb code."""
        for number, holder in enumerate(self._holders):
            if self._inputs[holder].startswith(starts):
                self._values[number] &= ~1

    def map(self, linker: str, folded: dict[int, tuple[str, ...]] | None = None) -> LinkMap:
        """All of it."""
        self._work_out_extents()
        loaded: list[tuple[Contribution, int]] = []
        others: list[tuple[Contribution, int]] = []
        with_symbols = set(self._holders)
        for section in self.sections:
            (loaded if section.loaded else others).extend(self._tiles(section, with_symbols))
        # Memory of each thread has the addresses of what follows it.
        loaded.sort(key=lambda tile: tile[0].address)
        loaded += others
        places = {row: place for place, (_, row) in enumerate(loaded) if row != _NO_ROW}
        symbols = tuple(
            MappedSymbol(name, address, size, places[holder])
            for name, address, size, holder in zip(self._names, self._values, self._extents, self._holders, strict=True)
        )
        return LinkMap(linker, tuple(contribution for contribution, _ in loaded), symbols, folded or {})

    def _tiles(self, section: _Section, with_symbols: set[int]) -> Iterator[tuple[Contribution, int]]:
        """What a section consists of, each with its row or :data:`_NO_ROW`; sizes sum to the section's."""
        addresses, sizes = self._addresses, self._sizes
        file_bytes = not self._is_zero(section)
        end = section.address + section.size
        place = section.address

        def tile(start: int, stop: int, row: int, made: str = "") -> tuple[Contribution, int]:
            owner, name = (LINKER, made) if row == _NO_ROW else (self._objects[row], self._inputs[row])
            return Contribution(section.name, start, stop - start, owner, name, file_bytes, section.loaded), row

        rows = sorted(section.rows, key=addresses.__getitem__)
        # Where the next row that has bytes begins.
        limits = [end] * len(rows)
        limit = end
        for number in range(len(rows) - 1, -1, -1):
            limits[number] = limit
            if sizes[rows[number]]:
                limit = min(limit, addresses[rows[number]])
        for number, row in enumerate(rows):
            start = max(addresses[row], place)
            stop = min(addresses[row] + sizes[row], limits[number])
            if stop > start:
                if start > place:
                    yield tile(place, start, _NO_ROW, FILL)
                yield tile(start, stop, row)
                place = stop
            elif row in with_symbols:
                yield tile(addresses[row], addresses[row], row)
        if place < end:
            # No alignment ends a section: these are stubs, or a section that the linker made whole.
            yield tile(place, end, _NO_ROW)

    def _is_zero(self, section: _Section) -> bool:
        """Whether a section has no bytes in the file: everything in it is memory only."""
        names = {self._inputs[row] for row in section.rows if self._sizes[row]} - {FILL, ""}
        names = names or {section.name.rpartition(",")[2]}
        return all(name in _ZERO or name.startswith(_ZERO_STARTS) for name in names)

    def _work_out_extents(self) -> None:
        """Of symbols without a size: up to the row's next symbol, or the row's end."""
        extents, values, holders = self._extents, self._values, self._holders
        if UNSAID not in extents:
            return
        first = 0
        while first < len(holders):
            row = holders[first]
            last = first
            while last < len(holders) and holders[last] == row:
                last += 1
            start, end = self._addresses[row], self._addresses[row] + self._sizes[row]
            following = end
            previous = end
            for number in sorted(range(first, last), key=values.__getitem__, reverse=True):
                value = values[number]
                if value != previous:
                    following, previous = previous, value
                if extents[number] != UNSAID:
                    continue
                if start <= value <= end:
                    extents[number] = min(following, end) - value
                else:
                    # Of memory of each thread, gold's maps have the offset in that.
                    extents[number] = end - start if last - first == 1 else 0
            first = last
