"""Symbols in order of address, with the sizes that the format does not say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from operator import itemgetter

from opsieve.errors import OpsieveError
from opsieve.size.layout import Section, Symbol
from opsieve.size.reading.limits import Limits

UNKNOWN = -1
_LARGEST_TABLE = 1 << 28
# Kinds of sections in which what has no size is taken to reach up to the next symbol.
SIZED = ("code", "constants", "data", "zero")

# A symbol before its size is worked out: section, address, size (or UNKNOWN), name, kind, local.
Row = tuple[int, int, int, str, str, bool]


@dataclass(slots=True)
class Names:
    """A table of names that end in NUL."""

    texts: bytes
    limits: Limits
    name: str

    @classmethod
    def of(cls, texts: memoryview, limits: Limits, name: str) -> Names:
        """A table as it lies in the file ``name``.

        Raises:
            OpsieveError: it is larger than any real one.
        """
        if len(texts) > _LARGEST_TABLE:
            raise OpsieveError(f"{name}: a table of symbols' names of {len(texts)} bytes, more than any real one has")
        return cls(bytes(texts), limits, name)

    def at(self, start: int) -> str:
        """The name that starts there; empty beyond the table's end.

        Raises:
            OpsieveError: names are longer together than any real ones.
        """
        end = self.texts.find(b"\0", start)
        text = self.texts[start : end if end >= 0 else len(self.texts)]
        self.limits.characters -= len(text)
        if self.limits.characters < 0:
            raise OpsieveError(f"{self.name}: names of symbols that are longer than any real ones")
        return text.decode("utf-8", "replace")


def sized(rows: list[Row], sections: Sequence[Section]) -> tuple[Symbol, ...]:
    """The symbols of sections, in order of section and address.

    An unknown size reaches up to the next symbol or the section's end. A symbol outside its section is left out; one
    that reaches beyond is cut. Both sizes are not exact.
    """
    rows.sort(key=itemgetter(0, 1))
    symbols: list[Symbol] = []
    current, at, above, start, end = -1, 0, 0, 0, 0
    for number, address, size, name, kind, local in reversed(rows):
        if number != current:
            current, section = number, sections[number]
            start = section.address
            end = start + max(section.memory_size, section.file_size)
            at = above = end
        if not start <= address <= end:
            continue
        if address < at:
            above, at = at, address
        if size == UNKNOWN:
            symbols.append(Symbol(name, address, above - address, number, kind, local, False))
        elif address + size > end:
            symbols.append(Symbol(name, address, end - address, number, kind, local, False))
        else:
            symbols.append(Symbol(name, address, size, number, kind, local))
    symbols.reverse()
    return tuple(symbols)
