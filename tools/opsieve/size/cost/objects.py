"""What the objects of a link say of each other: sections, the symbols in them, and who refers to what."""

from __future__ import annotations

import struct
from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from opsieve.binary import archive
from opsieve.binary import elf_tables as tables
from opsieve.binary.elf_tables import ElfHeader, SectionRow
from opsieve.binary.tables import ReadOnce, slice_of
from opsieve.errors import OpsieveError
from opsieve.size.reading.limits import Limits
from opsieve.size.reading.symbols import Names

_NO_CONTENT = (tables.NULL, tables.NOBITS)
_FINI_ARRAY, _PREINIT_ARRAY = 15, 16
_KEPT_KINDS = (tables.INIT_ARRAY, _FINI_ARRAY, _PREINIT_ARRAY, tables.NOTE)
_KEPT_NAMES = (".ctors", ".dtors", ".init", ".fini", ".jcr", ".preinit")
_EXIDX = ".ARM.exidx"
# Relocations that count from the end of an operand of four bytes (System V ABI, processor supplements).
_FROM_END = {"x86-64": frozenset((2, 4, 9, 41, 42)), "i386": frozenset((2, 4))}
# With what is added in the place itself: R_ARM_ABS32; R_386_32, R_386_PC32, R_386_PLT32, R_386_GOTOFF.
_IN_PLACE = {"arm": frozenset((2,)), "i386": frozenset((1, 2, 4, 9))}
# R_X86_64_PLT32; R_386_PLT32; R_AARCH64_JUMP26 and CALL26; R_ARM_THM_CALL, PLT32, CALL, JUMP24, THM_JUMP24.
_CALLS = {
    "x86-64": frozenset((4,)),
    "i386": frozenset((4,)),
    "aarch64": frozenset((282, 283)),
    "arm": frozenset((10, 27, 28, 29, 30)),
}
_OPERAND = 4
# Of relocations with and without an addend, for 64 and 32 bits.
_RELOCATION = {(True, True): "<QQq", (True, False): "<IIi", (False, True): "<QQ", (False, False): "<II"}
_COLUMNS = 5
_RESERVED, _FAR = 0xFF00, 0xFFFF
ELSEWHERE = -1
LOCAL, GLOBAL = 0, 1


class Reference(NamedTuple):
    """From ``offset`` in a section to what symbol number ``symbol`` of its object stands for, ``addend`` bytes on.

    ``call``: an instruction goes there, whereas other references take its address.
    """

    offset: int
    symbol: int
    addend: int
    call: bool


class ObjectSymbol(NamedTuple):
    """``section`` numbers the object's sections, :data:`ELSEWHERE` when another object has it.

    ``binding``: :data:`LOCAL`, or a strong or a weak one that other objects can refer to.
    """

    name: str
    section: int
    value: int
    binding: int


@dataclass(frozen=True, slots=True)
class ObjectSection:
    """A section that is loaded. ``size`` in bytes. ``kept``: the linker keeps it whoever refers to it.

    ``strings``: its bytes, if it consists of strings that the linker merges with those of others. ``follows``: the
    number of the section that it is kept with, :data:`ELSEWHERE` for none.
    """

    name: str
    size: int
    kept: bool
    code: bool
    strings: bytes | None = None
    follows: int = ELSEWHERE


@dataclass(frozen=True, slots=True)
class LinkedObject:
    """``sections`` by number, None for those that are not loaded; ``references`` by section, in order of offset.

    Those of an object that was read are read when they are looked at: all of a link's take more than a gigabyte.
    """

    name: str
    sections: tuple[ObjectSection | None, ...]
    symbols: tuple[ObjectSymbol, ...]
    references: Mapping[int, Sequence[Reference]]


def read_object(data: memoryview, name: str, limits: Limits, known: dict[str, str] | None = None) -> LinkedObject:
    """An ELF object. ``known``: names that other objects have, too, which then are in memory once.

    Raises:
        OpsieveError: it is damaged, or no object, or has more than any real one.
    """
    header = tables.read_header(data, name)
    if header.kind != tables.RELOCATABLE:
        raise OpsieveError(f"{name}: an {header.description}, not an object")
    rows = tables.section_rows(data, header, name)
    limits.take_sections(len(rows), name)
    return _Reader(data, header, rows, name, limits, known if known is not None else {}).read()


class _Reader:
    def __init__(
        self,
        data: memoryview,
        header: ElfHeader,
        rows: Sequence[SectionRow],
        name: str,
        limits: Limits,
        known: dict[str, str],
    ) -> None:
        self._data = data
        self._header = header
        self._rows = rows
        self._name = name
        self._limits = limits
        self._known = known
        self._once = ReadOnce(data, name)

    def read(self) -> LinkedObject:
        sections = tuple(self._section(row) if row.flags & tables.ALLOC else None for row in self._rows)
        symbols = tuple(self._symbols())
        references = _References(self._data, self._header, len(symbols))
        for row in self._rows:
            if row.kind in (tables.REL, tables.RELA) and row.info < len(sections) and sections[row.info] is not None:
                about = self._rows[row.info]
                count = references.add(row, self._content_once(row), about, self._content(about))
                self._limits.take_references(count, self._name)
        return LinkedObject(self._name, sections, symbols, references)

    def _content(self, row: SectionRow) -> memoryview:
        if row.kind in _NO_CONTENT:
            return self._data[:0]
        return slice_of(self._data, row.offset, row.size, row.name or "a section", self._name)

    def _content_once(self, row: SectionRow) -> memoryview:
        """Content that is unpacked."""
        if row.kind in _NO_CONTENT:
            return self._data[:0]
        return self._once.slice_of(row.offset, row.size, row.name or "a section")

    def _section(self, row: SectionRow) -> ObjectSection:
        return ObjectSection(
            self._known.setdefault(row.name, row.name),
            row.size,
            row.kind in _KEPT_KINDS or row.name.startswith(_KEPT_NAMES),
            bool(row.flags & tables.EXECUTE),
            bytes(self._content_once(row)) if row.merged_strings else None,
            row.link if row.name.startswith(_EXIDX) and 0 < row.link < len(self._rows) else ELSEWHERE,
        )

    def _symbols(self) -> Iterator[ObjectSymbol]:
        number, table = next(
            ((i, row) for i, row in enumerate(self._rows) if row.kind == tables.SYMTAB and row.link < len(self._rows)),
            (0, None),
        )
        if table is None:
            return
        layout = tables.SYMBOL[self._header.wide]
        each = struct.calcsize(layout)
        self._limits.take_symbols(table.size // each, self._name)
        names = Names.of(self._content(self._rows[table.link]), self._limits, self._name)
        far = next((row for row in self._rows if row.kind == tables.SYMTAB_SHNDX and row.link == number), None)
        numbers = self._content(far) if far is not None else self._data[:0]
        content = self._content(table)
        count = len(self._rows)
        for i, row in enumerate(struct.iter_unpack(layout, content[: len(content) // each * each])):
            if self._header.wide:
                text, info, _, section, value, _ = row
            else:
                text, value, _, info, _, section = row
            if section == _FAR and 4 * i + 4 <= len(numbers):
                section = struct.unpack_from("<I", numbers, 4 * i)[0]
            elif section >= _RESERVED:
                section = 0
            place = section if 0 < section < count else ELSEWHERE
            shown = names.at(text) if text else ""
            yield ObjectSymbol(self._known.setdefault(shown, shown), place, value, info >> 4)


class _References(Mapping[int, Sequence[Reference]]):
    """By section; read from the object's tables of relocations again each time."""

    def __init__(self, data: memoryview, header: ElfHeader, symbols: int) -> None:
        self._data = data
        self._header = header
        self._symbols = symbols
        self._numbers: dict[int, int | tuple[int, ...]] = {}
        # Where each table is, its size, whether it has addends; and where what it is about is, and its size.
        self._tables = array("Q")

    def add(self, row: SectionRow, content: memoryview, about: SectionRow, place: memoryview) -> int:
        """The number of relocations in a table."""
        number = len(self._tables) // _COLUMNS
        before = self._numbers.get(row.info)
        earlier = before if isinstance(before, tuple) else () if before is None else (before,)
        self._numbers[row.info] = (*earlier, number) if earlier else number
        added = row.kind == tables.RELA
        self._tables.extend((row.offset if len(content) else 0, len(content), added))
        self._tables.extend((about.offset if len(place) else 0, len(place)))
        return len(content) // struct.calcsize(_RELOCATION[added, self._header.wide])

    def __getitem__(self, section: int) -> list[Reference]:
        numbers = self._numbers[section]
        found: list[Reference] = []
        for number in numbers if isinstance(numbers, tuple) else (numbers,):
            start, size, added, place, place_size = self._tables[_COLUMNS * number : _COLUMNS * (number + 1)]
            content, about = self._data[start : start + size], self._data[place : place + place_size]
            found += self._read(content, about, bool(added))
        found.sort()
        return found

    def __iter__(self) -> Iterator[int]:
        return iter(self._numbers)

    def __len__(self) -> int:
        return len(self._numbers)

    def _read(self, content: memoryview, place: memoryview, added: bool) -> Iterator[Reference]:
        wide, machine = self._header.wide, self._header.machine
        layout = _RELOCATION[added, wide]
        each = struct.calcsize(layout)
        from_end, in_place = _FROM_END.get(machine, frozenset()), _IN_PLACE.get(machine, frozenset())
        bits = 32 if wide else 8
        mask = (1 << bits) - 1
        calls = _CALLS.get(machine, frozenset())
        for fields in struct.iter_unpack(layout, content[: len(content) // each * each]):
            offset, info = fields[0], fields[1]
            if info >> bits >= self._symbols:
                continue
            kind = info & mask
            addend = fields[2] if added else 0
            if not added and kind in in_place and offset + 4 <= len(place):
                addend = struct.unpack_from("<i", place, offset)[0]
            if kind in from_end:
                addend += _OPERAND
            yield Reference(offset, info >> bits, addend, kind in calls)


def archive_objects(
    members: Iterator[tuple[str, memoryview]], names: Sequence[str], limits: Limits
) -> Iterator[LinkedObject]:
    """The objects of an archive in its order; with ``names``, the paths that they had, which it does not keep."""
    labelled = list(members)
    known: dict[str, str] = {}
    labels = archive.full_names([label for label, _ in labelled], names)
    for label, (_, content) in zip(labels, labelled, strict=True):
        if bytes(content[:4]) == tables.MAGIC:
            yield read_object(content, label, limits, known)
