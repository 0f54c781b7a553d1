"""Tables whose rows are each about another place of the file: relocations, exception tables, start-up functions."""

from __future__ import annotations

import struct
from bisect import bisect_right
from collections.abc import Iterator

from opsieve.size.layout import Layout, Section

# Offset in the section, size, and the address that it is about.
Row = tuple[int, int, int]

_WIDE, _LITTLE = 2, 1
_POINTERS = (".init_array", ".fini_array", ".preinit_array", ".ctors", ".dtors")
# DW_EH_PE_sdata4, and it with DW_EH_PE_datarel (LSB, "DWARF Extensions").
_SDATA4, _DATAREL_SDATA4 = 0x1B, 0x3B
_LONGEST = 1 << 26
_SIGN = 1 << 31


class Tables:
    """The tables of one linked ELF file; of other files there are none. ``content``: the file's bytes."""

    def __init__(self, layout: Layout, content: memoryview | None) -> None:
        head = bytes(content[:6]) if content is not None else b""
        self._content = content if head[:4] == b"\x7fELF" and len(head) == 6 and head[5] == _LITTLE else None
        self._word = 8 if head[4:5] == bytes((_WIDE,)) else 4
        self._arm = layout.machine == "arm"
        self._sections = {section.name: section for section in layout.sections}
        self._addends: dict[int, int] | None = None

    def rows(self, section: Section) -> list[Row]:
        """The rows of a table in order; nothing for any other section. Damaged rows are left out."""
        if self._content is None or not section.memory_size or not 0 < section.file_size <= _LONGEST:
            return []
        name = section.name
        if name.startswith((".rela.", ".rel.")) and section.kind == "dynamic" and not name.endswith(".plt"):
            return list(self._relocations(section))
        if name == ".relr.dyn":
            return list(self._packed(section))
        if name == ".eh_frame_hdr":
            return [(12 + 8 * number, 8, function) for number, (function, _) in enumerate(self._unwind())]
        if name == ".eh_frame":
            return list(self._frames(section))
        if name == ".ARM.exidx":
            return list(self._exidx(section))
        if name.startswith(_POINTERS):
            return list(self._pointers(section))
        return []

    def _bytes(self, section: Section) -> memoryview:
        assert self._content is not None
        return self._content[section.offset : section.offset + section.file_size]

    def _relocations(self, section: Section) -> Iterator[Row]:
        each = self._word * (3 if section.name.startswith(".rela.") else 2)
        layout = f"<{'Q' if self._word == 8 else 'I'}{each - self._word}x"
        content = self._bytes(section)
        for number, (place,) in enumerate(struct.iter_unpack(layout, content[: len(content) // each * each])):
            yield number * each, each, place

    def _packed(self, section: Section) -> Iterator[Row]:
        """An even word is an address; each bit of an odd one is a word that follows the last."""
        content = self._bytes(section)
        word = self._word
        place = 0
        layout = "<Q" if word == 8 else "<I"
        words = struct.iter_unpack(layout, content[: len(content) // word * word])
        for number, (value,) in enumerate(words):
            yield number * word, word, value if not value & 1 else place
            place = value + word if not value & 1 else place + word * (word * 8 - 1)

    def _unwind(self) -> list[tuple[int, int]]:
        """Functions, and the addresses of what describes them, as .eh_frame_hdr lists them."""
        header = self._sections.get(".eh_frame_hdr")
        if header is None or header.file_size < 12:
            return []
        content = self._bytes(header)
        if bytes(content[:4]) != bytes((1, _SDATA4, 3, _DATAREL_SDATA4)):
            return []
        count = min(struct.unpack_from("<I", content, 8)[0], (len(content) - 12) // 8)
        base = header.address
        return [(base + a, base + b) for a, b in struct.iter_unpack("<ii", content[12 : 12 + 8 * count])]

    def _frames(self, section: Section) -> Iterator[Row]:
        content = self._bytes(section)
        for function, description in sorted(self._unwind(), key=lambda row: row[1]):
            at = description - section.address
            if 0 <= at <= len(content) - 4:
                size = struct.unpack_from("<I", content, at)[0] + 4
                if size <= len(content) - at:
                    yield at, size, function

    def _exidx(self, section: Section) -> Iterator[Row]:
        content = self._bytes(section)
        for number, (word, _) in enumerate(struct.iter_unpack("<II", content[: len(content) // 8 * 8])):
            distance = word & (_SIGN - 1)
            distance -= _SIGN if distance & (_SIGN >> 1) else 0
            yield number * 8, 8, section.address + number * 8 + distance

    def _pointers(self, section: Section) -> Iterator[Row]:
        content = self._bytes(section)
        word = self._word
        addends = self._relocated()
        values = struct.iter_unpack("<Q" if word == 8 else "<I", content[: len(content) // word * word])
        for number, (value,) in enumerate(values):
            place = addends.get(section.address + number * word, value)
            yield number * word, word, place & ~1 if self._arm else place

    def _relocated(self) -> dict[int, int]:
        """What relocations put at addresses, where they say it themselves."""
        if self._addends is None:
            self._addends = {}
            section = self._sections.get(".rela.dyn")
            if section is not None and section.file_size <= _LONGEST:
                layout = "<QQq" if self._word == 8 else "<IIi"
                content = self._bytes(section)
                size = struct.calcsize(layout)
                for place, _, addend in struct.iter_unpack(layout, content[: len(content) // size * size]):
                    if addend:
                        self._addends[place] = addend
        return self._addends


class Places:
    """What lies at addresses. ``add`` in any order, then ask."""

    def __init__(self) -> None:
        self._rows: list[tuple[int, int, int]] = []
        self._starts: list[int] | None = None

    def add(self, start: int, end: int, number: int) -> None:
        """Bytes of something with a number."""
        self._rows.append((start, end, number))
        self._starts = None

    def at(self, address: int) -> int | None:
        """The number of what has the byte at an address."""
        if self._starts is None:
            self._rows.sort()
            self._starts = [start for start, _, _ in self._rows]
        found = bisect_right(self._starts, address) - 1
        if found >= 0 and address < self._rows[found][1]:
            return self._rows[found][2]
        return None
