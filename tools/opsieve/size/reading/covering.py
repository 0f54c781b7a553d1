"""Sections that cover a file exactly, whatever its tables claim."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from opsieve.errors import OpsieveError
from opsieve.size.layout import Section

_CHUNK = 1 << 20
# Code is filled up with one instruction again and again, or with a few long ones that do nothing.
_PERIOD, _SHORT = 4, 64


@dataclass(frozen=True, slots=True)
class Mapped:
    """Bytes of the file that are in memory, too."""

    offset: int
    size: int
    address: int


class Memory:
    """Where the file's bytes are loaded. Where mappings overlap, the one that starts first counts."""

    def __init__(self, mappings: Iterable[Mapped], size: int) -> None:
        self._mappings: list[Mapped] = []
        end = 0
        for mapping in sorted(mappings, key=lambda m: m.offset):
            start, stop = max(mapping.offset, end), min(mapping.offset + mapping.size, size)
            if start < stop:
                self._mappings.append(Mapped(start, stop - start, mapping.address + start - mapping.offset))
                end = stop
        self._starts = [mapping.offset for mapping in self._mappings]

    def placed(self, name: str, kind: str, offset: int, size: int) -> Iterator[Section]:
        """Bytes of the file as sections: those that are loaded, and those that are not."""
        end = offset + size
        found = max(bisect_right(self._starts, offset) - 1, 0)
        while offset < end:
            mapping = self._mappings[found] if found < len(self._mappings) else Mapped(end, 0, 0)
            if offset < mapping.offset:
                stop, address = min(mapping.offset, end), None
            else:
                stop, address = min(mapping.offset + mapping.size, end), mapping.address + offset - mapping.offset
            if stop > offset:
                loaded = stop - offset if address is not None else 0
                yield Section(name, kind, offset, stop - offset, address or 0, loaded)
                offset = stop
            if address is not None:
                found += 1


def cover(
    claims: Sequence[Section], data: memoryview, memory: Memory, name: str, rest: str = "padding"
) -> tuple[tuple[Section, ...], list[int]]:
    """Sections in order of offset that have each byte of the file once, and where each claim is among them.

    Bytes that two claim belong to the one that starts first; of two that start alike, to the one that is named first.
    The other loses them in the file and in memory. What nobody claims is padding when it repeats itself, else
    ``unclaimed``; ``rest`` names it where all of it is something else.

    Raises:
        OpsieveError: a claim lies beyond the file's end.
    """
    sections: list[Section] = []
    numbers = [0] * len(claims)
    covered = 0
    for i in sorted(range(len(claims)), key=lambda i: (min(claims[i].offset, len(data)), i)):
        claim = claims[i]
        if claim.file_size and claim.offset + claim.file_size > len(data):
            raise OpsieveError(
                f"{name}: {claim.name or 'a section'} at byte {claim.offset} has {claim.file_size} bytes, and the file "
                f"only {len(data)}",
                hint="it is cut short or damaged",
            )
        if claim.file_size and claim.offset > covered:
            sections += _rest(data, covered, claim.offset, memory, rest)
            covered = claim.offset
        numbers[i] = len(sections)
        sections.append(_from(claim, covered))
        covered = max(covered, claim.offset + claim.file_size if claim.file_size else 0)
    sections += _rest(data, covered, len(data), memory, rest)
    return tuple(sections), numbers


def _from(claim: Section, covered: int) -> Section:
    """What is left of a claim behind what is covered already."""
    if not claim.file_size:
        # Without bytes it lies nowhere in the file; its offset says only what it comes after.
        return Section(claim.name, claim.kind, covered, 0, claim.address, claim.memory_size)
    cut = min(covered - claim.offset, claim.file_size)
    if cut <= 0:
        return claim
    loaded = max(claim.memory_size - cut, 0)
    address = claim.address + cut if claim.memory_size else claim.address
    return Section(claim.name, claim.kind, covered, claim.file_size - cut, address, loaded)


def _rest(data: memoryview, start: int, end: int, memory: Memory, name: str) -> Iterator[Section]:
    for section in memory.placed(name, "format", start, end - start):
        if name != "padding" or _is_filling(data[section.offset : section.offset + section.file_size]):
            yield section
        else:
            yield Section(
                "unclaimed", "format", section.offset, section.file_size, section.address, section.memory_size
            )


def _is_filling(content: memoryview) -> bool:
    if len(content) < _SHORT:
        return True
    for start in range(0, len(content) - _PERIOD, _CHUNK):
        chunk = bytes(content[start : start + _CHUNK + _PERIOD])
        if chunk[_PERIOD:] != chunk[:-_PERIOD]:
            return False
    return True
