"""The layout of a Mach-O file. Numbers are those of Apple's mach-o/loader.h and mach-o/nlist.h."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from opsieve.binary import macho_tables as tables
from opsieve.binary.macho_tables import MachoHeader, SectionRow, SegmentRow
from opsieve.binary.tables import slice_of
from opsieve.size.layout import Layout, Section, Symbol
from opsieve.size.reading.covering import Mapped, Memory, cover
from opsieve.size.reading.limits import Limits
from opsieve.size.reading.symbols import UNKNOWN, Names, Row, sized

_LINKEDIT = "__LINKEDIT"
_UUID, _SYMTAB, _DYSYMTAB, _NOTE = 0x1B, 2, 0xB, 0x31
# Of a load command: where an offset stands in it, how many bytes each of what the next number counts has, and what it
# is. What only debuggers and later linkers read counts with the symbols.
_Table = tuple[int, int, str, str]
_INFO: tuple[_Table, ...] = (
    (8, 1, "rebase info", "dynamic"),
    (16, 1, "bind info", "dynamic"),
    (24, 1, "weak bind info", "dynamic"),
    (32, 1, "lazy bind info", "dynamic"),
    (40, 1, "exports", "dynamic"),
)
_TABLES: dict[int, tuple[_Table, ...]] = {
    _DYSYMTAB: (
        (32, 8, "table of contents", "dynamic"),
        (40, 56, "module table", "dynamic"),
        (48, 4, "external references", "dynamic"),
        (56, 4, "indirect symbols", "dynamic"),
        (64, 8, "external relocations", "dynamic"),
        (72, 8, "local relocations", "dynamic"),
    ),
    0x22: _INFO,
    0x80000022: _INFO,
    0x80000033: ((8, 1, "exports", "dynamic"),),
    0x80000034: ((8, 1, "chained fixups", "dynamic"),),
    0x1D: ((8, 1, "code signature", "format"),),
    0x1E: ((8, 1, "segment split info", "format"),),
    0x26: ((8, 1, "function starts", "symbols"),),
    0x29: ((8, 1, "data in code", "symbols"),),
    0x2B: ((8, 1, "code signing requirements", "format"),),
    0x2E: ((8, 1, "linker optimization hints", "format"),),
}
_UNWIND = ("__eh_frame", "__unwind_info", "__gcc_except_tab", "__compact_unwind")
_OBJECTS = ("constants", "data", "zero")
_STAB, _PRIVATE_EXTERNAL, _TYPE, _IN_SECTION, _EXTERNAL = 0xE0, 0x10, 0x0E, 0x0E, 0x01


@dataclass(slots=True)
class _File:
    """What the load commands say."""

    segments: list[SegmentRow] = field(default_factory=list)
    tables: list[tuple[str, str, int, int]] = field(default_factory=list)
    symbols: tuple[int, int, int, int] | None = None
    uuid: str = ""


def read(data: memoryview, name: str, limits: Limits) -> Layout:
    """The layout of a thin Mach-O file.

    Raises:
        OpsieveError: it is damaged, or has more than any real file.
    """
    header = tables.read_header(data, name)
    file = _commands(data, header, name)
    rows = [row for segment in file.segments for row in segment.sections]
    limits.take_sections(len(rows) + len(file.tables) + 4, name)
    linked = header.kind != tables.OBJECT
    mapped = [Mapped(s.offset, s.file_size, s.address) for s in file.segments if linked and s.name != _LINKEDIT]
    memory = Memory(mapped, len(data))
    claims = [_section(row, linked) for row in rows]
    headers = [
        *memory.placed("Mach-O header", "format", 0, header.size),
        *memory.placed("load commands", "format", header.size, header.commands_size),
    ]
    edited = Memory((Mapped(s.offset, s.file_size, s.address) for s in file.segments if s.name == _LINKEDIT), len(data))
    nowhere = Memory((), 0)
    rest: list[Section] = []
    for label, kind, offset, size in file.tables:
        rest += (edited if kind == "dynamic" else nowhere).placed(label, kind, offset, size)
    if not linked:
        for row in rows:
            rest += nowhere.placed("relocations", "format", row.relocations, 8 * row.relocation_count)
    sections, order = cover([*headers, *claims, *rest], data, memory, name)
    numbers = order[len(headers) : len(headers) + len(rows)]
    symbols: tuple[Symbol, ...] = ()
    if file.symbols is not None:
        symbols = _symbols(data, header, file.symbols, rows, sections, numbers, name, limits)
    return Layout(
        path=name,
        kind=header.description,
        machine=header.machine,
        file_size=len(data),
        sections=sections,
        symbols=symbols,
        stripped=not any(symbol.local for symbol in symbols) if linked else not symbols,
        build_id=file.uuid,
    )


def _commands(data: memoryview, header: MachoHeader, name: str) -> _File:
    file = _File()
    for kind, command in tables.load_commands(data, header, name):
        if kind in (tables.SEGMENT, tables.SEGMENT_64):
            file.segments.append(tables.segment_row(command, kind == tables.SEGMENT_64, name))
        elif kind == _SYMTAB and len(command) >= 24 and file.symbols is None:
            place, count, texts, texts_size = struct.unpack_from("<IIII", command, 8)
            file.symbols = (place, count, texts, texts_size)
            each = struct.calcsize(tables.SYMBOL[header.wide])
            file.tables += [("symbol table", "symbols", place, count * each)]
            file.tables += [("string table", "symbols", texts, texts_size)]
        elif kind == _UUID and len(command) >= 24:
            file.uuid = bytes(command[8:24]).hex()
        elif kind == _NOTE and len(command) >= 40:
            file.tables.append(("note", "format", *struct.unpack_from("<QQ", command, 24)))
        else:
            for at, each, label, what in _TABLES.get(kind, ()):
                if at + 8 <= len(command):
                    place, count = struct.unpack_from("<II", command, at)
                    file.tables.append((label, what, place, count * each))
    return file


def _section(row: SectionRow, linked: bool) -> Section:
    in_file = 0 if row.flags & 0xFF in tables.ZEROFILL else row.size
    name = f"{row.segment},{row.name}"
    kind = _kind(row)
    loaded = row.size if kind != "debug" and row.segment not in ("__LLVM", "__LD") else 0
    return Section(name, kind, row.offset, in_file, row.address if linked else 0, loaded)


def _kind(row: SectionRow) -> str:
    if row.flags & 0xFF in tables.ZEROFILL:
        return "zero"
    if row.segment == "__DWARF":
        return "debug"
    if row.name in _UNWIND:
        return "unwind"
    if row.segment == "__LLVM":
        return "format"
    if row.flags & tables.INSTRUCTIONS:
        return "code"
    return "constants" if row.segment == "__TEXT" else "data"


def _symbols(
    data: memoryview,
    header: MachoHeader,
    table: tuple[int, int, int, int],
    rows: Sequence[SectionRow],
    sections: Sequence[Section],
    numbers: Sequence[int],
    name: str,
    limits: Limits,
) -> tuple[Symbol, ...]:
    place, count, texts, texts_size = table
    limits.take_symbols(count, name)
    layout = tables.SYMBOL[header.wide]
    content = slice_of(data, place, count * struct.calcsize(layout), "the symbol table", name)
    names = Names.of(slice_of(data, texts, texts_size, "the table of symbol names", name), limits, name)
    # In an object, places count from the section, as they do in ELF.
    starts = [row.address if header.kind == tables.OBJECT else 0 for row in rows]
    kinds = [sections[number].kind for number in numbers]
    return sized(list(_rows(content, layout, names, starts, kinds, numbers)), sections)


def _rows(
    content: memoryview, layout: str, names: Names, starts: Sequence[int], kinds: Sequence[str], numbers: Sequence[int]
) -> Iterator[Row]:
    what = ["function" if kind == "code" else "object" if kind in _OBJECTS else "other" for kind in kinds]
    for text, type_, section, _, value in struct.iter_unpack(layout, content):
        if type_ & _STAB or type_ & _TYPE != _IN_SECTION or not 0 < section <= len(numbers):
            continue
        symbol = names.at(text)
        if symbol:
            local = not type_ & _EXTERNAL or bool(type_ & _PRIVATE_EXTERNAL)
            yield numbers[section - 1], value - starts[section - 1], UNKNOWN, symbol, what[section - 1], local
