"""ELF files: what is in memory, relocated where an object file is not yet linked.

The symbol table of a linked library, which can have a million entries, is never read. Numbers are those of the System V
ABI and its processor supplements.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from opsieve.binary.elf_tables import (
    ALLOC,
    COMPRESSED,
    EXECUTE,
    GROUP,
    INIT_ARRAY,
    NOBITS,
    NULL,
    PT_ARM_EXIDX,
    PT_DYNAMIC,
    PT_EH_FRAME,
    PT_LOAD,
    REL,
    RELA,
    RELOCATABLE,
    SYMBOL,
    SYMTAB,
    WORDS,
    WRITE,
    ElfHeader,
    read_header,
    section_rows,
    segment_rows,
)
from opsieve.binary.image import Image, Region
from opsieve.binary.relocate import Symbols, relocate
from opsieve.binary.state import signed
from opsieve.binary.tables import slice_of, text_at
from opsieve.errors import OpsieveError

_DT_RELA, _DT_RELASZ, _DT_REL, _DT_RELSZ = 7, 8, 17, 18
_DT_INIT_ARRAY, _DT_INIT_ARRAYSZ = 25, 27
_DT_ANDROID_REL, _DT_ANDROID_RELSZ, _DT_ANDROID_RELA, _DT_ANDROID_RELASZ = (
    0x6000000F,
    0x60000010,
    0x60000011,
    0x60000012,
)
_RELATIVE = {"x86-64": (8,), "aarch64": (1027,), "i386": (8,), "arm": (23,)}
_ABSOLUTE = {"x86-64": (1,), "aarch64": (257,), "i386": (1,), "arm": (2, 38)}
_MOST_SYMBOLS = 1 << 19
_MOST_FUNCTIONS = 1 << 21
_MOST_INITIALIZERS = 1 << 20
_INITIALIZER_SECTIONS = (".init_array", ".ctors")
# An object's sections lie one after the other from here on; what it does not define follows them.
_FIRST_ADDRESS = 0x1000_0000


@dataclass(frozen=True, slots=True)
class Section:
    """A row of the section table; ``content`` is empty where the file has none."""

    name: str
    kind: int
    flags: int
    address: int
    size: int
    link: int
    info: int
    alignment: int
    content: memoryview


@dataclass(frozen=True, slots=True)
class Segment:
    kind: int
    flags: int
    address: int
    content: memoryview


def read_image(data: memoryview, name: str) -> Image:
    """What an ELF file has in memory.

    Raises:
        OpsieveError: a table or what it says lies beyond the file's end.
    """
    header = read_header(data, name)
    sections = _sections(data, header, name)
    if header.kind == RELOCATABLE:
        return _object(header, sections, name)
    segments = _segments(data, header, name)
    return _linked(header, sections, segments, name)


def _sections(data: memoryview, header: ElfHeader, name: str) -> list[Section]:
    sections = []
    for row in section_rows(data, header, name):
        content = memoryview(b"")
        if row.kind not in (NULL, NOBITS):
            content = slice_of(data, row.offset, row.size, "a section", name)
        sections.append(
            Section(row.name, row.kind, row.flags, row.address, row.size, row.link, row.info, row.alignment, content)
        )
    if sum(len(section.content) for section in sections) > 2 * len(data):
        raise OpsieveError(f"{name}: its sections overlap", hint="it is damaged")
    return sections


def _segments(data: memoryview, header: ElfHeader, name: str) -> list[Segment]:
    segments = [
        Segment(row.kind, row.flags, row.address, slice_of(data, row.offset, row.file_size, "a segment", name))
        for row in segment_rows(data, header, name)
        if row.kind in (PT_LOAD, PT_DYNAMIC, PT_EH_FRAME, PT_ARM_EXIDX)
    ]
    if sum(len(segment.content) for segment in segments if segment.kind == PT_LOAD) > 2 * len(data):
        raise OpsieveError(f"{name}: its segments overlap", hint="it is damaged")
    return segments


def _linked(header: ElfHeader, sections: list[Section], segments: list[Segment], name: str) -> Image:
    regions = []
    for segment in segments:
        if segment.kind == PT_LOAD:
            # A literal is never written to; data that is constant once relocated can hold tables of names, too.
            regions.append(Region(segment.address, segment.content, bool(segment.flags & 1), True))
    image = Image(header.machine, regions, functions=frozenset(islice(_functions(header, segments), _MOST_FUNCTIONS)))
    image.initializers = tuple(_initializers(image, header, sections, segments, name))
    return image


def _functions(header: ElfHeader, segments: list[Segment]) -> Iterator[int]:
    """Where functions start, as the tables for unwinding the stack say."""
    for segment in segments:
        table = segment.content
        if segment.kind == PT_EH_FRAME and bytes(table[:1]) == b"\x01" and bytes(table[2:4]) == b"\x03\x3b":
            # LSB, .eh_frame_hdr: a count, then pairs of distances from the segment's start (DW_EH_PE_datarel|sdata4).
            skipped = {0xB: 4, 0xC: 8, 0x3: 4, 0x4: 8}.get(table[1] & 15, 4)
            count = int.from_bytes(table[4 + skipped : 8 + skipped], "little")
            rows = table[8 + skipped :][: 8 * count]
            for start, _ in struct.iter_unpack("<iI", rows[: len(rows) // 8 * 8]):
                yield segment.address + start
        elif segment.kind == PT_ARM_EXIDX:
            # Exception Handling ABI for the Arm Architecture: a 31-bit distance from the word itself.
            for i, (start, _) in enumerate(struct.iter_unpack("<II", table[: len(table) // 8 * 8])):
                place = segment.address + 8 * i + signed(start, 31)
                yield place
                yield place | 1


def _initializers(
    image: Image, header: ElfHeader, sections: list[Section], segments: list[Segment], name: str
) -> Iterator[int]:
    word = WORDS[header.machine]
    dynamic = _dynamic(segments, header)
    arrays = [(section.address, section.size) for section in sections if section.kind == INIT_ARRAY]
    arrays += [(section.address, section.size) for section in sections if section.name == ".ctors"]
    if not arrays and _DT_INIT_ARRAY in dynamic:
        arrays = [(dynamic[_DT_INIT_ARRAY], dynamic.get(_DT_INIT_ARRAYSZ, 0))]
    if sum(size for _, size in arrays) > _MOST_INITIALIZERS * word:
        raise OpsieveError(f"{name}: claims more than {_MOST_INITIALIZERS} start-up functions")
    relocated = dict(_relative(image, header, dynamic, arrays))
    for start, size in arrays:
        for place in range(start, start + size - word + 1, word):
            value = relocated.get(place) or image.number(place, word)
            if value and value != (1 << 8 * word) - 1:
                yield value


def _dynamic(segments: list[Segment], header: ElfHeader) -> dict[int, int]:
    found: dict[int, int] = {}
    for segment in segments:
        if segment.kind == PT_DYNAMIC:
            layout = "<QQ" if header.wide else "<II"
            whole = len(segment.content) // struct.calcsize(layout) * struct.calcsize(layout)
            for tag, value in struct.iter_unpack(layout, segment.content[:whole]):
                if tag == 0:
                    break
                found.setdefault(tag, value)
    return found


def _relative(
    image: Image, header: ElfHeader, dynamic: dict[int, int], arrays: list[tuple[int, int]]
) -> Iterator[tuple[int, int]]:
    """The words of the arrays that the dynamic linker fills in; those of RELR and REL are in their place already."""

    def wanted(place: int) -> bool:
        return any(start <= place < start + size for start, size in arrays)

    table = _memory(image, dynamic.get(_DT_RELA), dynamic.get(_DT_RELASZ, 0))
    kinds = _RELATIVE[header.machine] + _ABSOLUTE[header.machine]
    if table is not None and header.wide:
        lowest = min((start for start, _ in arrays), default=0)
        highest = max((start + size for start, size in arrays), default=0)
        for place, info, addend in struct.iter_unpack("<QQq", table[: len(table) // 24 * 24]):
            if lowest <= place < highest and info & 0xFFFFFFFF in kinds and wanted(place):
                yield place, addend
    packed = _memory(image, dynamic.get(_DT_ANDROID_RELA), dynamic.get(_DT_ANDROID_RELASZ, 0))
    if packed is not None:
        for place, info, addend in _android_packed(packed):
            if info & 0xFFFFFFFF in kinds and wanted(place):
                yield place, addend


def _memory(image: Image, start: int | None, size: int) -> memoryview | None:
    region = image.region(start) if start is not None else None
    if region is None or start is None or start + size > region.end:
        return None
    return memoryview(region.content)[start - region.start : start - region.start + size]


def _android_packed(table: memoryview) -> Iterator[tuple[int, int, int]]:
    """The rows of Android's APS2 table of relocations with addends (bionic, linker/linker_reloc_iterators.h)."""
    if bytes(table[:4]) != b"APS2":
        return
    numbers = _sleb128(table[4:])
    try:
        left, place, addend = next(numbers), next(numbers), 0
        while left > 0:
            count, flags = next(numbers), next(numbers)
            if count <= 0:
                return
            step = next(numbers) if flags & 2 else 0
            info = next(numbers) if flags & 1 else 0
            if flags & 8 and flags & 4:
                addend += next(numbers)
            elif not flags & 8:
                addend = 0
            # Every row takes a byte of the table or belongs to a run of equal steps no longer than the memory.
            for _ in range(min(count, left, 1 << 24)):
                place += step if flags & 2 else next(numbers)
                info = info if flags & 1 else next(numbers)
                if flags & 8 and not flags & 4:
                    addend += next(numbers)
                yield place, info, addend
            left -= count
    except StopIteration:
        return


def _sleb128(table: memoryview) -> Iterator[int]:
    value = bits = 0
    for byte in table:
        value |= (byte & 0x7F) << bits
        bits += 7
        if not byte & 0x80:
            yield signed(value, bits)
            value = bits = 0
        elif bits > 70:
            return


def _object(header: ElfHeader, sections: list[Section], name: str) -> Image:
    """An object's sections, one after the other, with their relocations applied."""
    starts, end = _placed(sections)
    contents: dict[int, memoryview | bytearray] = {i: sections[i].content for i in starts}
    symbols = _symbols(header, sections, starts, end, name)
    for table in sections:
        if table.kind in (REL, RELA) and table.info in starts and starts[table.info] and len(contents[table.info]):
            content = contents[table.info]
            target = content if isinstance(content, bytearray) else bytearray(content)
            rows = _relocations(table, header)
            relocate(header.machine, target, starts[table.info], rows, symbols)
            contents[table.info] = target
    regions = [
        Region(starts[i], content, bool(sections[i].flags & EXECUTE), not sections[i].flags & WRITE)
        for i, content in contents.items()
        if len(content)
    ]
    image = Image(header.machine, regions, names=symbols.names, functions=frozenset(symbols.functions))
    word = WORDS[header.machine]
    entries: list[int] = []
    for i in starts:
        if sections[i].name.startswith(_INITIALIZER_SECTIONS):
            words = range(starts[i], starts[i] + len(contents[i]) - word + 1, word)
            entries += [value for place in words if (value := image.number(place, word))]
    image.initializers = tuple(entries)
    return image


def _placed(sections: list[Section]) -> tuple[dict[int, int], int]:
    """Where the sections lie, by number, and where they end."""
    starts: dict[int, int] = {}
    address = _FIRST_ADDRESS
    for i, section in enumerate(sections):
        if section.flags & ALLOC and not section.flags & COMPRESSED and section.kind not in (0, REL, RELA, GROUP):
            alignment = min(max(section.alignment, 1), 1 << 16)
            address = (address + alignment - 1) // alignment * alignment
            starts[i] = address
            address += max(len(section.content), 1)
    return starts, address


def _symbols(header: ElfHeader, sections: list[Section], starts: dict[int, int], end: int, name: str) -> Symbols:
    """Every symbol's address; those that are not defined get one of their own each."""
    symbols = Symbols([], {}, [], set())
    table = next((section for section in sections if section.kind == SYMTAB), None)
    if table is None:
        return symbols
    texts = sections[table.link].content if table.link < len(sections) else memoryview(b"")
    layout = SYMBOL[header.wide]
    size = struct.calcsize(layout)
    if len(table.content) > _MOST_SYMBOLS * size:
        raise OpsieveError(f"{name}: an object with more than {_MOST_SYMBOLS} symbols")
    for i, row in enumerate(struct.iter_unpack(layout, table.content[: len(table.content) // size * size])):
        text, kind, section, value = (
            (row[0], row[1], row[3], row[4]) if header.wide else (row[0], row[3], row[5], row[1])
        )
        if section in starts:
            address = starts[section] + value
        elif section == 0xFFF1:
            address = value
        else:
            address = (end + 15 & ~15) + 16 * i
        symbols.addresses.append(address)
        symbols.thumb.append(header.machine == "arm" and kind & 15 == 2 and bool(value & 1))
        if kind & 15 == 2 and section in starts:
            symbols.functions.add(address)
        if kind & 15 in (0, 2) and kind >> 4 and text:
            symbols.names.setdefault(address, text_at(texts, text))
    return symbols


def _relocations(table: Section, header: ElfHeader) -> Iterator[tuple[int, int, int, int | None]]:
    """(place in the section, type, symbol, addend); no addend where it is in the place itself."""
    explicit = table.kind == RELA
    layout = ("<QQq" if explicit else "<QQ") if header.wide else ("<IIi" if explicit else "<II")
    size = struct.calcsize(layout)
    for row in struct.iter_unpack(layout, table.content[: len(table.content) // size * size]):
        place, info = row[0], row[1]
        addend = row[2] if explicit else None
        yield (place, info & 0xFFFFFFFF, info >> 32, addend) if header.wide else (place, info & 0xFF, info >> 8, addend)
