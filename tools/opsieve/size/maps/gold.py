"""Maps of gold: "Memory map", output sections with what is in them.

(gold/mapfile.cc.) The columns are GNU ld's; what the linker itself made stands behind " ** ".
"""

from __future__ import annotations

from opsieve.size.link_map import LINKER, LinkMap
from opsieve.size.maps.building import UNSAID, Builder
from opsieve.size.maps.lines import Lines

START = "Memory map"
_COLUMN = " " * 16
_MADE = " ** "
_COMMON = "common"
# What gold shows for an input section of which it does not know in time where it will be.
_UNKNOWN = 0xFFFFFFFFFFFFFFFF
# Thumb code and its stubs are at multiples of it.
_ALIGNMENT = 4
_CODE = (".text", ".init", ".fini", ".plt")
_MOST_COMMONS = 1_000_000


class Commons:
    """Common symbols, in order, of a table before the map: their sizes and files. The map has the sum of them."""

    def __init__(self) -> None:
        self._rows: list[tuple[int, str]] = []
        self._within = False

    def take(self, line: str) -> None:
        if line.startswith("Common symbol "):
            self._within = True
        elif line and not line.startswith(" ") and self._within:
            words = line.split(None, 2)
            self._take(words[1:])
        elif self._within and line.startswith(" "):
            self._take(line.split(None, 1))

    def _take(self, words: list[str]) -> None:
        if len(words) != 2 or not words[0].startswith("0x") or len(words[0]) > 18 or len(self._rows) > _MOST_COMMONS:
            return
        try:
            self._rows.append((int(words[0], 16), words[1].rstrip()))
        except ValueError:
            return

    def put(self, builder: Builder, address: int, size: int) -> None:
        """Where each is is not said but for the order, nor their alignment, which is put last."""
        rows, self._rows = self._rows, []
        if not rows or sum(length for length, _ in rows) > size:
            builder.add(address, size, LINKER, "COMMON")
            return
        for length, owner in rows:
            builder.add(address, length, owner, "COMMON")
            address += length


def read(lines: Lines, commons: Commons) -> LinkMap:
    """What follows :data:`START`.

    Raises:
        OpsieveError: a number is none, or there is no output section.
    """
    builder = Builder(lines)
    # Names that are alone on the line before.
    output = name = ""
    within = listed = False
    for line in lines:
        if not line.startswith(" "):
            words = line.split(None, 2)
            output, name = (words[0] if len(words) == 1 else ""), ""
            listed = False
            if len(words) == 3 and words[1].startswith("0x"):
                builder.section(words[0], lines.hexadecimal(words[1]), lines.hexadecimal(words[2]))
                within = True
        elif line.startswith(_COLUMN):
            words = line.split(None, 2)
            if len(words) < 2 or not words[0].startswith("0x"):
                raise lines.error("no address and size, or symbol")
            if not words[1].startswith("0x"):
                if listed:
                    builder.symbol(line.split(None, 1)[1].rstrip(), lines.hexadecimal(words[0]), UNSAID)
            elif output:
                builder.section(output, lines.hexadecimal(words[0]), lines.hexadecimal(words[1]))
                within = True
            elif within and name:
                _add(builder, lines, name, words, commons)
                listed = True
            output = name = ""
        else:
            output, listed = "", False
            made = line.startswith(_MADE)
            # A name of that has spaces in it, and nothing follows its address and size.
            words = line.rsplit(None, 2) if made else line.split(None, 3)
            if len(words) >= 3 and words[1].startswith("0x"):
                name = ""
                if within:
                    _add(builder, lines, words[0].strip(), words[1:], commons)
                    listed = not made
            else:
                name = line[1:].rstrip()
    if not builder.sections:
        raise lines.error("the map lists no section")
    if any(section.name.startswith(".ARM.") for section in builder.sections):
        builder.clear_lowest_bits(_CODE)
    return builder.map("gold")


def _add(builder: Builder, lines: Lines, name: str, words: list[str], commons: Commons) -> None:
    """A row: address, size and, of an input section, the object."""
    address, size = lines.hexadecimal(words[0]), lines.hexadecimal(words[1])
    if address == _UNKNOWN:
        address = -(-builder.end // _ALIGNMENT) * _ALIGNMENT
    if not name.startswith(_MADE.lstrip()):
        builder.add(address, size, words[2].rstrip() if len(words) > 2 else LINKER, name)
    elif (made := name[len(_MADE) - 1 :]) == _COMMON:
        commons.put(builder, address, size)
    else:
        builder.add(address, size, LINKER, made)
