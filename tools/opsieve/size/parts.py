"""The parts of one file: its pieces with their owners."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from opsieve.size.attribution import FORMAT, UNATTRIBUTED, Owner, Part
from opsieve.size.cutting import NAMED, NOWHERE, Piece
from opsieve.size.layout import Layout, Section
from opsieve.size.link_map import FILL, LINKER, LinkMap
from opsieve.size.owners.known import known
from opsieve.size.owners.owning import Owning
from opsieve.size.tables import Places, Row, Tables

# No alignment of code is larger than the first, and of data than the second.
_CODE_PADDING, _DATA_PADDING = 16, 64
PADDING = "padding"
# What a linker makes of the strings of all objects.
MERGED = "strings that the linker merged"
STRINGS = "strings"
# Sections that linkers make, whole.
_LINKERS = (".plt", ".plt.got", ".plt.sec", ".iplt", ".got", ".got.plt", ".igot.plt", ".tm_clone_table")


def named_by(input_section: str) -> str:
    """The symbol that a section has to itself: of ``.text._ZN3fooEv``."""
    at = input_section.find("._Z")
    return input_section[at + 1 :] if at >= 0 else ""


class PartsOfFile:
    """Makes the parts of one file in a file.

    ``object_name``: when it is an object. ``strings``: those that the linker merged, with the objects that had them.
    """

    def __init__(
        self,
        layout: Layout,
        offset: int,
        object_name: str,
        link_map: LinkMap | None,
        owning: Owning,
        readable: dict[str, str],
        content: memoryview | None,
        strings: Mapping[bytes, tuple[str, ...]] | None = None,
    ) -> None:
        self._layout = layout
        self._strings = strings or {}
        self._offset = offset
        self._object = object_name
        self._map = link_map if not object_name else None
        self._owning = owning
        self._readable = readable
        self._content = content
        self._folded = link_map.folded if link_map is not None else {}

    def parts(self, sections: list[tuple[Section, list[Piece]]]) -> list[Part]:
        """All of them; those of tables come after the others."""
        self._learn(sections)
        tables = Tables(self._layout, self._content)
        places = Places()
        parts: list[Part] = []
        later: list[tuple[Section, list[Row]]] = []
        for section, pieces in sections:
            rows = tables.rows(section) if not self._object else []
            if rows and all(self._is_made(piece) for piece in pieces):
                later.append((section, rows))
                continue
            # Memory of each thread has the addresses of what follows it.
            located = section.memory_size and section.kind in NAMED and section.name != ".tbss"
            for piece in pieces:
                if located:
                    places.add(piece.start, piece.end, len(parts))
                parts += self._merged(section, piece) or [self._part(section, piece)]
        made = [part for section, rows in later for part in self._of_table(section, rows, places, parts)]
        return parts + made

    def _learn(self, sections: list[tuple[Section, list[Piece]]]) -> None:
        """Find out whose objects are that their names do not tell of."""
        unsure: dict[str, list[tuple[str, int]]] = {}
        contributions = self._map.contributions if self._map is not None else ()
        for _, pieces in sections:
            for piece in pieces:
                if piece.symbol:
                    name = contributions[piece.contribution].object if piece.contribution != NOWHERE else self._object
                    if name and self._owning.is_unsure(name):
                        unsure.setdefault(name, []).append((piece.symbol, piece.end - piece.start))
        for name, sizes in unsure.items():
            self._owning.learn(name, sizes)

    def _is_made(self, piece: Piece) -> bool:
        """Whether no object is known to have made these bytes."""
        return (
            self._map is None
            or piece.contribution == NOWHERE
            or (self._map.contributions[piece.contribution].object == LINKER)
        )

    def _part(self, section: Section, piece: Piece) -> Part:
        start = piece.start - section.address
        size = piece.end - piece.start
        in_file = min(max(section.file_size - start, 0), size)
        in_memory = min(max(section.memory_size - start, 0), size)
        name, input_section = self._object, ""
        if self._map is not None and piece.contribution != NOWHERE:
            row = self._map.contributions[piece.contribution]
            name, input_section = row.object, row.input_section
        # A section that a function has to itself holds more than it, such as the tables of its switches.
        hint = piece.symbol or named_by(input_section)
        owner, source = self._owner(section, piece, name, input_section, hint)
        symbol = hint if self._layout.stripped else piece.symbol
        readable = self._readable.get(symbol, symbol)
        others = piece.others or self._folded.get(piece.start, ())
        shared: tuple[str, ...] = ()
        if others:
            texts = dict.fromkeys(self._readable.get(other, other) for other in others)
            texts.pop(readable, None)
            shared = (readable, *texts) if texts else ()
        place = self._offset + section.offset + min(start, section.file_size)
        shown = "" if name == LINKER else name
        return Part(place, in_file, in_memory, section.name, shown, source, readable, owner, shared)

    def _merged(self, section: Section, piece: Piece) -> list[Part]:
        """The parts of strings that the linker merged; nothing where there are none, or none is known."""
        if not self._strings or self._content is None or section.kind != "constants" or not self._is_made(piece):
            return []
        start = section.offset + piece.start - section.address
        content = bytes(self._content[start : start + piece.end - piece.start])
        nobody = self._owning.number(Owner(MERGED, UNATTRIBUTED)), ""
        runs: list[tuple[int, tuple[int, str]]] = []
        place = 0
        while place < len(content):
            end = content.find(b"\0", place)
            end = len(content) if end < 0 else end + 1
            text = content[place : end - 1]
            objects = self._strings.get(text, ())
            owned = self._owning.of_objects(objects) if objects else nobody
            if runs and (not text or runs[-1][1] == owned):
                # What aligns the next string belongs to the one before.
                runs[-1] = (end, runs[-1][1])
            else:
                runs.append((end, owned))
            place = end
        if all(owned == nobody for _, owned in runs):
            return []
        parts: list[Part] = []
        begin = 0
        for end, (owner, source) in runs:
            size = end - begin
            parts.append(Part(self._offset + start + begin, size, size, section.name, "", source, STRINGS, owner))
            begin = end
        return parts

    def _owner(self, section: Section, piece: Piece, name: str, input_section: str, symbol: str) -> tuple[int, str]:
        owning = self._owning
        made = not name or name == LINKER
        if not self._is_compiled(section, made):
            return owning.number(Owner(section.name, FORMAT)), ""
        if input_section == FILL:
            return owning.number(Owner(PADDING, FORMAT)), ""
        found = None if made else owning.of_object(name, symbol)
        if found is not None:
            return found
        if section.name in known().sections:
            return owning.number(known().sections[section.name]), ""
        if symbol:
            return owning.of_symbol(symbol)
        return owning.number(self._nameless(section, piece, name)), ""

    def _is_compiled(self, section: Section, made: bool) -> bool:
        """Whether a section's bytes are of sources: ``made`` tells that no object is known to have had them."""
        if section.kind in NAMED:
            return True
        if self._object:
            return section.name.startswith((".rel", ".group"))
        return section.kind == "unwind" and not made

    def _nameless(self, section: Section, piece: Piece, name: str) -> Owner:
        """What neither an object nor a symbol tells."""
        if name == LINKER:
            return Owner(MERGED, UNATTRIBUTED) if section.kind == "constants" else Owner(section.name, FORMAT)
        if self._is_padding(section, piece):
            return Owner(PADDING, FORMAT)
        return Owner(section.name, FORMAT if section.name in _LINKERS else UNATTRIBUTED)

    def _is_padding(self, section: Section, piece: Piece) -> bool:
        size = piece.end - piece.start
        if section.kind == "code":
            return size < _CODE_PADDING
        if size >= _DATA_PADDING or not self._layout.symbols:
            return False
        start = section.offset + piece.start - section.address
        return section.kind == "zero" or (self._content is not None and not any(self._content[start : start + size]))

    def _of_table(self, section: Section, rows: list[Row], places: Places, parts: list[Part]) -> Iterator[Part]:
        """A table in parts: rows that follow each other and are about the same owner's bytes are one."""
        nobody = (self._owning.number(Owner(section.name, FORMAT)), "", "")
        runs: list[tuple[int, int, tuple[int, str, str]]] = []
        end = 0
        for offset, size, address in [*rows, (section.file_size, 0, 0)]:
            if offset < end or offset + size > section.file_size:
                continue
            if offset > end:
                runs.append((end, offset, nobody))
            end = offset + size
            number = places.at(address) if size else None
            about = nobody
            if number is not None:
                target = parts[number]
                about = (target.owner, target.object, target.source)
            if runs and runs[-1][2] == about:
                runs[-1] = (runs[-1][0], end, about)
            elif size:
                runs.append((offset, end, about))
        for start, stop, (owner, name, source) in runs:
            place = self._offset + section.offset + start
            yield Part(place, stop - start, stop - start, section.name, name, source, "", owner)
