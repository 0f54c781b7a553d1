"""What the objects of a link say of each other: sections, the symbols in them, and who refers to what."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
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
    """``sections`` by number, None for those that are not loaded; ``references`` by section, in order of offset."""

    name: str
    sections: tuple[ObjectSection | None, ...]
    symbols: tuple[ObjectSymbol, ...]
    references: dict[int, list[Reference]]


def read_object(data: memoryview, name: str, limits: Limits) -> LinkedObject:
    """An ELF object.

    Raises:
        OpsieveError: it is damaged, or no object, or has more than any real one.
    """
    header = tables.read_header(data, name)
    if header.kind != tables.RELOCATABLE:
        raise OpsieveError(f"{name}: an {header.description}, not an object")
    rows = tables.section_rows(data, header, name)
    limits.take_sections(len(rows), name)
    return _Reader(data, header, rows, name, limits).read()


class _Reader:
    def __init__(
        self, data: memoryview, header: ElfHeader, rows: Sequence[SectionRow], name: str, limits: Limits
    ) -> None:
        self._data = data
        self._header = header
        self._rows = rows
        self._name = name
        self._limits = limits
        self._once = ReadOnce(data, name)

    def read(self) -> LinkedObject:
        sections = tuple(self._section(row) if row.flags & tables.ALLOC else None for row in self._rows)
        symbols = tuple(self._symbols())
        references: dict[int, list[Reference]] = {}
        for row in self._rows:
            if row.kind in (tables.REL, tables.RELA) and row.info < len(sections) and sections[row.info] is not None:
                found = references.setdefault(row.info, [])
                found += (each for each in self._references(row) if each.symbol < len(symbols))
        for rows in references.values():
            rows.sort()
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
            row.name,
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
            yield ObjectSymbol(names.at(text) if text else "", place, value, info >> 4)

    def _references(self, row: SectionRow) -> Iterator[Reference]:
        wide, machine = self._header.wide, self._header.machine
        added = row.kind == tables.RELA
        layout = ("<QQq" if added else "<QQ") if wide else ("<IIi" if added else "<II")
        each = struct.calcsize(layout)
        content = self._content_once(row)
        self._limits.take_references(len(content) // each, self._name)
        from_end, in_place = _FROM_END.get(machine, frozenset()), _IN_PLACE.get(machine, frozenset())
        bits = 32 if wide else 8
        calls = _CALLS.get(machine, frozenset())
        place = self._content(self._rows[row.info])
        for fields in struct.iter_unpack(layout, content[: len(content) // each * each]):
            offset, info = fields[0], fields[1]
            kind = info & ((1 << bits) - 1)
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
    labels = archive.full_names([label for label, _ in labelled], names)
    for label, (_, content) in zip(labels, labelled, strict=True):
        if bytes(content[:4]) == tables.MAGIC:
            yield read_object(content, label, limits)
