"""The layout of an ELF file. Numbers are those of the System V ABI and GNU's and Android's additions (elf.h)."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping, Sequence

from opsieve.binary import elf_tables as tables
from opsieve.binary.elf_tables import ElfHeader, SectionRow, SegmentRow
from opsieve.binary.tables import slice_of
from opsieve.size.layout import Layout, Section, Symbol
from opsieve.size.reading.covering import Mapped, Memory, cover
from opsieve.size.reading.limits import Limits
from opsieve.size.reading.symbols import SIZED, UNKNOWN, Names, Row, sized

# SHT_RELR, SHT_GNU_HASH, SHT_GNU_verdef, SHT_GNU_verneed, SHT_GNU_versym, and SHT_ANDROID_REL, _RELA and _RELR.
_GNU_AND_ANDROID = (19, 0x6FFFFFF6, 0x6FFFFFFD, 0x6FFFFFFE, 0x6FFFFFFF, 0x60000001, 0x60000002, 0x6FFFFF00)
_OF_LOADER = frozenset(
    (tables.STRTAB, tables.RELA, tables.HASH, tables.DYNAMIC, tables.REL, tables.DYNSYM, *_GNU_AND_ANDROID)
)
_OF_SYMBOLS = frozenset((tables.SYMTAB, tables.STRTAB, tables.SYMTAB_SHNDX, tables.DYNSYM))
_UNWIND = (".eh_frame", ".gcc_except_table", ".ARM.exidx", ".ARM.extab")
_DEBUG = (".debug", ".zdebug", ".rela.debug", ".rel.debug", ".gdb_index", ".stab", ".gnu_debugdata", ".line")
_SHT_UNWIND = 0x70000001  # of x86-64; SHT_ARM_EXIDX of arm
_FUNCTION, _OBJECT = "function", "object"
# STT_NOTYPE is "other", as what is not in here; STT_TLS and STT_COMMON are data, STT_GNU_IFUNC is code.
_KINDS = {1: _OBJECT, 2: _FUNCTION, 5: _OBJECT, 6: _OBJECT, 10: _FUNCTION}
_STT_FUNC, _STT_TLS = 2, 6
_OF_MARKS = (0, _STT_TLS)  # STT_NOTYPE, and what GNU as makes of it among a thread's own data
_NAMELESS = (3, 4)  # STT_SECTION, STT_FILE: of no place of their own
_SHN_XINDEX = 0xFFFF
_NOTE_BUILD_ID = 3
_LONGEST_NOTES, _MOST_NOTES = 1 << 16, 64
_LONGEST_LINK = 1 << 12


def read(data: memoryview, name: str, limits: Limits) -> Layout:
    """The layout of an ELF file.

    Raises:
        OpsieveError: it is damaged, or has more than any real file.
    """
    header = tables.read_header(data, name)
    rows = tables.section_rows(data, header, name)
    linked = header.kind != tables.RELOCATABLE
    segments = tables.segment_rows(data, header, name) if linked else []
    limits.take_sections(len(rows) + len(segments), name)
    loaded = [segment for segment in segments if segment.kind == tables.PT_LOAD]
    memory = Memory((Mapped(s.offset, s.file_size, s.address) for s in loaded), len(data))
    real = [i for i, row in enumerate(rows) if row.kind != tables.NULL]
    claims = [_section(rows[i], linked) for i in real] if rows else list(_segments(loaded, header, len(data)))
    headers = list(_headers(header, memory, len(rows)))
    sections, order = cover([*headers, *claims], data, memory, name)
    numbers = dict(zip(real, order[len(headers) :], strict=False))
    table = _symbol_table(rows)
    symbols: tuple[Symbol, ...] = ()
    if table is not None:
        tls = next((segment.address for segment in segments if segment.kind == tables.PT_TLS), 0)
        reader = _Symbols(data, header, rows, sections, numbers, tls, name, limits)
        symbols = reader.read(table)
    return Layout(
        path=name,
        kind=header.description,
        machine=header.machine,
        file_size=len(data),
        sections=sections,
        symbols=symbols,
        stripped=table is None or table.kind != tables.SYMTAB,
        build_id=_build_id(data, rows, segments),
    )


def debug_link(data: memoryview, name: str) -> tuple[str, int] | None:
    """The file with the symbols, as ``objcopy --add-gnu-debuglink`` notes it: its name and its CRC-32.

    Raises:
        OpsieveError: the file is damaged.
    """
    for row in tables.section_rows(data, tables.read_header(data, name), name):
        if row.name == ".gnu_debuglink" and 8 <= row.size <= _LONGEST_LINK and row.kind != tables.NOBITS:
            content = bytes(slice_of(data, row.offset, row.size, row.name, name))
            return content.partition(b"\0")[0].decode("utf-8", "replace"), int.from_bytes(content[-4:], "little")
    return None


def _headers(header: ElfHeader, memory: Memory, sections: int) -> Iterator[Section]:
    yield from memory.placed("ELF header", "format", 0, header.size)
    if header.segment_count:
        size = header.segment_count * header.segment_size
        yield from memory.placed("program headers", "format", header.segment_table, size)
    yield from memory.placed("section headers", "format", header.section_table, sections * header.section_size)


def _section(row: SectionRow, linked: bool) -> Section:
    loaded = row.size if row.flags & tables.ALLOC else 0
    in_file = row.size if row.kind != tables.NOBITS else 0
    return Section(
        row.name, _kind(row), row.offset, in_file, row.address if linked and row.flags & tables.ALLOC else 0, loaded
    )


def _kind(row: SectionRow) -> str:
    if row.kind == tables.NOBITS:
        return "zero"
    if not row.flags & tables.ALLOC:
        if row.kind in _OF_SYMBOLS:
            return "symbols"
        return "debug" if row.name.startswith(_DEBUG) else "format"
    if row.kind == tables.NOTE:
        return "format"
    if row.kind in _OF_LOADER or row.name == ".interp":
        return "dynamic"
    if row.kind == _SHT_UNWIND or row.name.startswith(_UNWIND):
        return "unwind"
    if row.flags & tables.EXECUTE:
        return "code"
    return "data" if row.flags & tables.WRITE else "constants"


def _segments(loaded: Sequence[SegmentRow], header: ElfHeader, size: int) -> Iterator[Section]:
    """What is loaded behind the headers, for a file without a section table."""
    headers = header.size
    if header.segment_table == headers:
        headers += header.segment_count * header.segment_size
    for i, row in enumerate(loaded):
        kind = "code" if row.flags & 1 else "data" if row.flags & 2 else "constants"
        in_file = min(row.file_size, max(size - row.offset, 0))
        cut = min(max(headers - row.offset, 0), in_file)
        yield Section(
            f"segment {i + 1}",
            kind,
            row.offset + cut,
            in_file - cut,
            row.address + cut,
            max(min(in_file, row.memory_size) - cut, 0),
        )
        if row.memory_size > row.file_size:
            end = row.address + row.file_size
            yield Section(f"segment {i + 1}", "zero", row.offset + in_file, 0, end, row.memory_size - row.file_size)


def _symbol_table(rows: Sequence[SectionRow]) -> SectionRow | None:
    for kind in (tables.SYMTAB, tables.DYNSYM):
        for row in rows:
            if row.kind == kind and row.size and row.link < len(rows):
                return row
    return None


class _Symbols:
    """The symbols of one file. ``numbers`` has each row's number among the sections."""

    def __init__(
        self,
        data: memoryview,
        header: ElfHeader,
        rows: Sequence[SectionRow],
        sections: Sequence[Section],
        numbers: Mapping[int, int],
        tls: int,
        name: str,
        limits: Limits,
    ) -> None:
        self._data = data
        self._header = header
        self._rows = rows
        self._sections = sections
        self._numbers = numbers
        self._tls = tls if header.kind != tables.RELOCATABLE else 0
        self._name = name
        self._limits = limits

    def read(self, table: SectionRow) -> tuple[Symbol, ...]:
        layout = tables.SYMBOL[self._header.wide]
        each = struct.calcsize(layout)
        self._limits.take_symbols(table.size // each, self._name)
        content = self._content(table)
        names = Names.of(self._content(self._rows[table.link]), self._limits, self._name)
        wide, machine = self._header.wide, self._header.machine
        marked = machine in ("arm", "aarch64")
        address_bits = ~1 if machine == "arm" else -1  # the lowest says Thumb code
        numbers = self._numbers
        sizeless = {i: self._sections[number].kind in SIZED for i, number in numbers.items()}
        extended = self._extended(table)
        kinds, at = _KINDS, names.at
        found: list[Row] = []
        for i, row in enumerate(struct.iter_unpack(layout, content[: len(content) // each * each])):
            if wide:
                text, info, _, section, value, size = row
            else:
                text, value, size, info, _, section = row
            if section == _SHN_XINDEX:
                section = struct.unpack_from("<I", extended, 4 * i)[0] if 4 * i + 4 <= len(extended) else 0
            if section not in numbers or not text:
                continue
            type_ = info & 15
            if type_ in _NAMELESS:
                continue
            name = at(text)
            kind = kinds.get(type_, "other")
            if not name or (marked and info < 16 and type_ in _OF_MARKS and _is_mark(name)):
                continue
            if type_ == _STT_TLS:
                value += self._tls
            elif type_ == _STT_FUNC:
                value &= address_bits
            if not size and kind != "other" and sizeless[section]:
                size = UNKNOWN
            found.append((numbers[section], value, size, name, kind, info < 16))
        return sized(found, self._sections)

    def _content(self, row: SectionRow) -> memoryview:
        if row.kind in (tables.NULL, tables.NOBITS):
            return self._data[:0]
        return slice_of(self._data, row.offset, row.size, row.name or "a section", self._name)

    def _extended(self, table: SectionRow) -> memoryview:
        """Numbers of sections that do not fit the symbols themselves."""
        for row in self._rows:
            if row.kind == tables.SYMTAB_SHNDX and row.link < len(self._rows) and self._rows[row.link] is table:
                return self._content(row)
        return memoryview(b"")


def _is_mark(name: str) -> bool:
    """Whether it says where code and data begin (ELF for the Arm Architecture, mapping symbols)."""
    return name[0] == "$" and name[1:2] in "acdtx" and name[2:3] in (".", "")


def _build_id(data: memoryview, rows: Sequence[SectionRow], segments: Sequence[SegmentRow]) -> str:
    places = [(row.offset, row.size) for row in rows if row.kind == tables.NOTE]
    places += [(segment.offset, segment.file_size) for segment in segments if segment.kind == tables.PT_NOTE]
    for offset, size in places[:_MOST_NOTES]:
        content = bytes(data[offset : offset + min(size, _LONGEST_NOTES)])
        at = 0
        while at + 12 <= len(content):
            name_size, size, kind = struct.unpack_from("<III", content, at)
            start = at + 12 + (name_size + 3 & ~3)
            if kind == _NOTE_BUILD_ID and content[at + 12 : at + 12 + name_size] == b"GNU\0":
                return content[start : start + size].hex()
            at = start + (size + 3 & ~3)
    return ""
