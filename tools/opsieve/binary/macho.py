"""Mach-O files: what is in memory, relocated where an object file is not yet linked.

Numbers are those of Apple's headers: mach-o/loader.h, mach-o/nlist.h, mach-o/reloc.h, mach-o/arm64/reloc.h and
mach-o/x86_64/reloc.h.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from opsieve.binary.image import Image, Region
from opsieve.binary.macho_tables import (
    FUNCTION_STARTS,
    INSTRUCTIONS,
    OBJECT,
    SEGMENT,
    SEGMENT_64,
    SYMBOL,
    SYMTAB,
    ZEROFILL,
    MachoHeader,
    SegmentRow,
    load_commands,
    read_header,
    segment_row,
)
from opsieve.binary.state import signed
from opsieve.binary.tables import slice_of, text_at
from opsieve.errors import OpsieveError

_POINTERS, _OFFSETS = 9, 0x16
_MOST_FUNCTIONS = 1 << 21
_MOST_SYMBOLS = 1 << 19


@dataclass(frozen=True, slots=True)
class Section:
    """``content`` is empty where the file has none."""

    segment: str
    address: int
    flags: int
    content: memoryview
    relocations: memoryview


@dataclass(frozen=True, slots=True)
class _Commands:
    sections: list[Section]
    symbols: memoryview
    texts: memoryview
    starts: memoryview
    base: int


def read_image(data: memoryview, name: str) -> Image:
    """What a Mach-O file has in memory.

    Raises:
        OpsieveError: a table or what it says lies beyond the file's end.
    """
    header = read_header(data, name)
    commands = _commands(data, header, name)
    contents: list[memoryview | bytearray] = [section.content for section in commands.sections]
    names: dict[int, str] = {}
    functions: set[int] = set()
    if header.kind == OBJECT:
        end = max((s.address + len(s.content) for s in commands.sections), default=0)
        addresses = _symbols(header, commands, end + 15 & ~15, names, functions)
        for i, section in enumerate(commands.sections):
            if len(section.relocations):
                content = bytearray(section.content)
                _relocate(header.machine, content, section.address, section.relocations, addresses)
                contents[i] = content
    else:
        functions = set(islice(_function_starts(commands.starts, commands.base), _MOST_FUNCTIONS))
    regions = [
        Region(section.address, content, bool(section.flags & INSTRUCTIONS), section.segment != "__DATA")
        for section, content in zip(commands.sections, contents, strict=True)
    ]
    image = Image(header.machine, regions, names=names, functions=frozenset(functions))
    image.initializers = tuple(_initializers(image, header, commands, contents))
    return image


def _commands(data: memoryview, header: MachoHeader, name: str) -> _Commands:
    sections: list[Section] = []
    none = data[:0]
    symbols, texts, starts, base = none, none, none, 0
    for kind, command in load_commands(data, header, name):
        if kind in (SEGMENT, SEGMENT_64):
            segment = segment_row(command, kind == SEGMENT_64, name)
            # Offsets of functions count from there.
            base = segment.address if segment.name == "__TEXT" else base
            sections += _sections(data, segment, name)
        elif kind == SYMTAB and len(command) >= 24:
            place, count, text_place, text_size = struct.unpack_from("<IIII", command, 8)
            symbols = slice_of(data, place, count * (16 if header.wide else 12), "the symbol table", name)
            texts = slice_of(data, text_place, text_size, "the table of symbol names", name)
        elif kind == FUNCTION_STARTS and len(command) >= 16:
            place, length = struct.unpack_from("<II", command, 8)
            starts = slice_of(data, place, length, "the table of functions", name)
    if sum(len(section.content) + len(section.relocations) for section in sections) > 2 * len(data):
        raise OpsieveError(f"{name}: its sections overlap", hint="it is damaged")
    return _Commands(sections, symbols, texts, starts, base)


def _sections(data: memoryview, segment: SegmentRow, name: str) -> Iterator[Section]:
    for row in segment.sections:
        content = data[:0]
        if row.flags & 0xFF not in ZEROFILL:
            content = slice_of(data, row.offset, row.size, "a section", name)
        table = slice_of(data, row.relocations, 8 * row.relocation_count, "a table of relocations", name)
        if row.segment not in ("__DWARF", "__LLVM", "__LD"):
            yield Section(row.segment, row.address, row.flags, content, table)


def _initializers(
    image: Image, header: MachoHeader, commands: _Commands, contents: list[memoryview | bytearray]
) -> Iterator[int]:
    word = 8 if header.wide else 4
    for section, content in zip(commands.sections, contents, strict=True):
        kind = section.flags & 0xFF
        if kind == _OFFSETS:
            for place in range(0, len(content) - 3, 4):
                yield commands.base + int.from_bytes(content[place : place + 4], "little")
        elif kind == _POINTERS:
            for place in range(0, len(content) - word + 1, word):
                value = int.from_bytes(content[place : place + word], "little")
                if image.region(value & ~1) is None:
                    # A chained fix-up: the target or its distance from the start, under bits for the loader
                    # (mach-o/fixup-chains.h, dyld_chained_ptr_64_rebase).
                    value &= (1 << 36) - 1
                    value = value if image.region(value) is not None else commands.base + value
                if value:
                    yield value


def _function_starts(table: memoryview, base: int) -> Iterator[int]:
    """Distances in ULEB128, each from the function before."""
    address, value, bits = base, 0, 0
    for byte in table:
        value |= (byte & 0x7F) << bits
        bits += 7
        if not byte & 0x80:
            if not value:
                return
            address += value
            yield address
            value = bits = 0
        elif bits > 63:
            return


def _symbols(
    header: MachoHeader, commands: _Commands, end: int, names: dict[int, str], functions: set[int]
) -> list[int]:
    """Every symbol's address; those that are not defined get one of their own each, from ``end`` on."""
    layout = SYMBOL[header.wide]
    size = struct.calcsize(layout)
    addresses: list[int] = []
    table = commands.symbols[: min(len(commands.symbols) // size, _MOST_SYMBOLS) * size]
    for i, (text, kind, section, _, value) in enumerate(struct.iter_unpack(layout, table)):
        defined = kind & 0x0E == 0x0E and 0 < section <= len(commands.sections)
        address = value if defined else end + 16 * i
        addresses.append(address)
        if kind & 0xE0 == 0 and text:
            names.setdefault(address, text_at(commands.texts, text))
            if defined and commands.sections[section - 1].flags & INSTRUCTIONS:
                functions.add(address)
    return addresses


def _relocate(machine: str, content: bytearray, start: int, table: memoryview, addresses: list[int]) -> None:
    """Put the addresses of symbols into a section; what names a section instead is right already."""
    apply = {"aarch64": _aarch64, "x86-64": _x86_64}.get(machine)
    if apply is None:
        return
    added = 0
    for place, info in struct.iter_unpack("<iI", table[: len(table) // 8 * 8]):
        symbol, kind, size = info & 0xFFFFFF, info >> 28, 1 << (info >> 25 & 3)
        if machine == "aarch64" and kind == 10:
            added = signed(symbol, 24)
            continue
        if info >> 27 & 1 and 0 <= place <= len(content) - max(size, 4) and symbol < len(addresses):
            apply(content, place, start + place, kind, addresses[symbol] + added, size)
        added = 0


def _write(content: bytearray, place: int, value: int, size: int) -> None:
    content[place : place + size] = (value & ((1 << 8 * size) - 1)).to_bytes(size, "little")


def _aarch64(content: bytearray, place: int, address: int, kind: int, value: int, size: int) -> None:
    word = int.from_bytes(content[place : place + 4], "little")
    if kind == 0:
        _write(content, place, value + signed(int.from_bytes(content[place : place + size], "little"), 8 * size), size)
    elif kind == 2:
        _write(content, place, word & 0xFC000000 | (value - address >> 2) & 0x3FFFFFF, 4)
    elif kind == 3:
        pages = (value & ~0xFFF) - (address & ~0xFFF) >> 12
        _write(content, place, word & 0x9F00001F | (pages & 3) << 29 | (pages >> 2 & 0x7FFFF) << 5, 4)
    elif kind == 4:
        scale = 0
        if word & 0x3B000000 == 0x39000000:
            scale = 4 if word & 0x04800000 == 0x04800000 else word >> 30
        _write(content, place, word & ~(0xFFF << 10) | ((value & 0xFFF) >> scale) << 10, 4)


def _x86_64(content: bytearray, place: int, address: int, kind: int, value: int, size: int) -> None:
    added = signed(int.from_bytes(content[place : place + size], "little"), 8 * size)
    if kind == 0:
        _write(content, place, value + added, size)
    elif kind in (1, 2, 6, 7, 8):
        _write(content, place, value + added - address - 4, 4)
