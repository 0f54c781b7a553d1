"""Maps of Apple's ld64 and of ld64.lld: lists of object files, of sections and of symbols, with tabs between columns.

(ld64's Options and OutputFile::writeMapFile; lld/MachO/MapFile.cpp.) A symbol is the smallest part that is listed: each
is a contribution, whose input section is not said.
"""

from __future__ import annotations

from bisect import bisect_right

from opsieve.size.link_map import LINKER, LinkMap
from opsieve.size.maps.building import Builder
from opsieve.size.maps.lines import Lines

# What the linker or the assembler calls parts that have no symbol: "literal string: yes".
_PARTS = (
    "literal string: ",
    "FDE for: ",
    "CFString: ",
    "non-lazy-pointer: ",
    "non-lazy-pointer-to-local: ",
    "compact unwind info",
)
_TEMPORARY = "ltmp"


class _Symbols:
    """Takes symbols in the order of the map, which is that of addresses.

    Of several at an address one has the size. Those before it in its object are other names of it; those after it, or
    of another object, were folded into it.
    """

    def __init__(self, builder: Builder) -> None:
        self._builder = builder
        self._starts = [section.address for section in builder.sections]
        self._address = -1
        self._same: list[tuple[str, int, str]] = []
        self.folded: dict[int, tuple[str, ...]] = {}

    def take(self, name: str, address: int, size: int, owner: str) -> None:
        if address != self._address:
            self.end()
            self._address = address
        self._same.append((name, size, owner))

    def end(self) -> None:
        """Put down what is at the last address."""
        same, self._same = self._same, []
        if not same:
            return
        section = bisect_right(self._starts, self._address) - 1
        sized = max(range(len(same)), key=lambda number: same[number][1])
        name, size, owner = same[sized]
        aliases = [alias for alias, _, other in same[:sized] if other == owner]
        if aliases and name.startswith(_TEMPORARY):
            # The assembler's own name for where a section starts; the first true one has the size.
            name = aliases.pop(0)
        part = next((part for part in _PARTS if name.startswith(part)), "")
        self._builder.add(self._address, size, owner, part.rstrip(": "), section)
        if not part:
            self._builder.symbol(name, self._address, size)
        for alias in aliases:
            self._builder.symbol(alias, self._address, 0)
        others = [*(row for row in same[:sized] if row[2] != owner), *same[sized + 1 :]]
        if others and size:
            self.folded[self._address] = tuple(other for other, _, _ in others)
        for other, _, _ in others:
            self._builder.symbol(other, self._address, 0)


def read(lines: Lines) -> LinkMap:
    """A whole map.

    Raises:
        OpsieveError: a line is none of a map, or the map ends before it lists symbols.
    """
    builder = Builder(lines)
    objects: dict[str, str] = {}
    symbols: _Symbols | None = None
    part = ""
    for line in lines:
        if line.startswith("#"):
            if line.startswith("# Dead Stripped Symbols"):
                break
            if line.startswith(("# Object files:", "# Sections:", "# Symbols:")):
                part = line
                if line.startswith("# Symbols:"):
                    builder.sections.sort(key=lambda section: section.address)
                    symbols = _Symbols(builder)
        elif part.startswith("# Object"):
            number, found, name = line.partition("] ")
            if not found or not number.startswith("["):
                raise lines.error("no number and name of an object file")
            number = number[1:].strip()
            objects[number] = LINKER if number == "0" and name == "linker synthesized" else name
        elif part.startswith("# Sections"):
            words = line.split("\t")
            if len(words) != 4:
                raise lines.error("no address, size, segment and section")
            builder.section(f"{words[2]},{words[3]}", lines.hexadecimal(words[0]), lines.hexadecimal(words[1]))
        elif symbols is not None and line.startswith("0x"):
            words = line.split("\t", 2)
            number, found, name = words[-1].partition("] ")
            if len(words) != 3 or not found:
                raise lines.error("no address, size, object and name")
            address = lines.hexadecimal(words[0])
            owner = objects.get(number[1:].strip())
            if owner is None:
                raise lines.error(f"an object file {number[:20]}] that is not listed")
            if not builder.sections or address < builder.sections[0].address:
                raise lines.error("a symbol before the first section")
            symbols.take(name, address, lines.hexadecimal(words[1]), owner)
    if symbols is None:
        raise lines.error("the map is cut short here, before it lists symbols")
    symbols.end()
    return builder.map("ld64", symbols.folded)
