"""Mach-O files: what is in memory, relocated where an object file is not yet linked.

Read by hand for the reasons of :mod:`opsieve.binary.elf`. Numbers are those of Apple's headers: mach-o/loader.h,
mach-o/nlist.h, mach-o/reloc.h, mach-o/arm64/reloc.h, mach-o/x86_64/reloc.h and mach-o/fat.h.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from opsieve.binary.elf import text_at
from opsieve.binary.image import Image, Region
from opsieve.binary.state import signed
from opsieve.errors import OpsieveError

FAT, FAT_64 = b"\xca\xfe\xba\xbe", b"\xca\xfe\xba\xbf"
_MAGICS = {b"\xcf\xfa\xed\xfe": True, b"\xce\xfa\xed\xfe": False}
_MACHINES = {0x01000007: "x86-64", 0x0100000C: "aarch64", 7: "i386", 12: "arm"}
_KINDS = {1: "Mach-O object", 2: "Mach-O executable", 6: "Mach-O dynamic library", 8: "Mach-O bundle"}
_OBJECT = 1
_SEGMENT, _SYMTAB, _SEGMENT_64, _FUNCTION_STARTS = 1, 2, 0x19, 0x26
_ZEROFILL = (1, 0xC, 0x12)
_POINTERS, _OFFSETS = 9, 0x16
_INSTRUCTIONS = 0x80000400
_MOST_COMMANDS = 1 << 16
_MOST_FUNCTIONS = 1 << 21
_MOST_SYMBOLS = 1 << 19
# Java class files begin as fat files do, with a version where the count is (mach-o's magic(5) tells them apart alike).
_MOST_ARCHITECTURES = 39


@dataclass(frozen=True, slots=True)
class MachoHeader:
    kind: int
    machine: str
    wide: bool
    commands: int
    commands_size: int

    @property
    def description(self) -> str:
        return _KINDS[self.kind]


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


def is_macho(data: memoryview) -> bool:
    return bytes(data[:4]) in _MAGICS


def is_fat(data: memoryview) -> bool:
    magic = bytes(data[:4])
    return magic in (FAT, FAT_64) and len(data) >= 8 and int.from_bytes(data[4:8], "big") <= _MOST_ARCHITECTURES


def slices(data: memoryview, name: str) -> Iterator[memoryview]:
    """The files of a fat file, each for another processor.

    Raises:
        OpsieveError: one lies beyond the end, or is the fat file itself.
    """
    wide = bytes(data[:4]) == FAT_64
    layout = ">IIQQII" if wide else ">IIIII"
    count = int.from_bytes(data[4:8], "big")
    size = struct.calcsize(layout)
    left = len(data)
    table = _slice(data, 8, count * size, "the table of architectures", name)
    for i in range(count):
        row = struct.unpack_from(layout, table, i * size)
        content = _slice(data, row[2], row[3], f"architecture {i + 1}", name)
        if row[2] < 8 + count * size or is_fat(content):
            raise OpsieveError(f"{name}: architecture {i + 1} of the fat file at byte {row[2]} is a fat file again")
        left -= len(content)
        if left < 0:
            raise OpsieveError(f"{name}: the architectures of the fat file overlap", hint="it is damaged")
        yield content


def read_header(data: memoryview, name: str) -> MachoHeader:
    """The header of a Mach-O file.

    Raises:
        OpsieveError: truncated, of another processor, or another kind of file.
    """
    wide = _MAGICS[bytes(data[:4])]
    if len(data) < (32 if wide else 28):
        raise OpsieveError(f"{name}: the Mach-O header is cut short: {len(data)} bytes")
    _, processor, _, kind, commands, size = struct.unpack_from("<IIIIII", data)
    if processor not in _MACHINES:
        known = ", ".join(sorted(_MACHINES.values()))
        raise OpsieveError(f"{name}: a Mach-O file for processor number {processor}", hint=f"opsieve reads {known}")
    if kind not in _KINDS:
        raise OpsieveError(f"{name}: a Mach-O file of type {kind}, not a library, executable or object")
    return MachoHeader(kind, _MACHINES[processor], wide, commands, size)


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
    if header.kind == _OBJECT:
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
        Region(section.address, content, bool(section.flags & _INSTRUCTIONS), section.segment != "__DATA")
        for section, content in zip(commands.sections, contents, strict=True)
    ]
    image = Image(header.machine, regions, names=names, functions=frozenset(functions))
    image.initializers = tuple(_initializers(image, header, commands, contents))
    return image


def _slice(data: memoryview, start: int, size: int, what: str, name: str) -> memoryview:
    if start + size > len(data):
        raise OpsieveError(
            f"{name}: {what} at byte {start} has {size} bytes, and the file only {len(data)}",
            hint="it is cut short or damaged",
        )
    return data[start : start + size]


def _commands(data: memoryview, header: MachoHeader, name: str) -> _Commands:
    start = 32 if header.wide else 28
    if header.commands > _MOST_COMMANDS:
        raise OpsieveError(f"{name}: the Mach-O header claims {header.commands} load commands")
    area = _slice(data, start, header.commands_size, "the load commands", name)
    sections: list[Section] = []
    none = data[:0]
    symbols, texts, starts, base = none, none, none, 0
    at = 0
    for _ in range(header.commands):
        if at + 8 > len(area):
            raise OpsieveError(f"{name}: the load commands are cut short at byte {start + at}")
        kind, size = struct.unpack_from("<II", area, at)
        if size < 8 or at + size > len(area):
            raise OpsieveError(f"{name}: the load command at byte {start + at} claims {size} bytes")
        command = area[at : at + size]
        at += size
        if kind in (_SEGMENT, _SEGMENT_64):
            base, more = _segment(data, command, kind == _SEGMENT_64, base, name)
            sections += more
        elif kind == _SYMTAB and size >= 24:
            place, count, text_place, text_size = struct.unpack_from("<IIII", command, 8)
            symbols = _slice(data, place, count * (16 if header.wide else 12), "the symbol table", name)
            texts = _slice(data, text_place, text_size, "the table of symbol names", name)
        elif kind == _FUNCTION_STARTS and size >= 16:
            place, length = struct.unpack_from("<II", command, 8)
            starts = _slice(data, place, length, "the table of functions", name)
    if sum(len(section.content) + len(section.relocations) for section in sections) > 2 * len(data):
        raise OpsieveError(f"{name}: its sections overlap", hint="it is damaged")
    return _Commands(sections, symbols, texts, starts, base)


def _segment(data: memoryview, command: memoryview, wide: bool, base: int, name: str) -> tuple[int, list[Section]]:
    """A segment's sections, and where __TEXT begins: offsets of functions count from there."""
    fixed, each = (72, 80) if wide else (56, 68)
    if len(command) < fixed:
        raise OpsieveError(f"{name}: a segment's load command is cut short")
    segment = bytes(command[8:24]).rstrip(b"\0").decode("latin-1")
    address = int.from_bytes(command[24 : 32 if wide else 28], "little")
    count = int.from_bytes(command[fixed - 8 : fixed - 4], "little")
    if fixed + count * each > len(command):
        raise OpsieveError(f"{name}: the segment {segment} claims {count} sections, more than its load command has")
    sections = []
    for i in range(count):
        row = struct.unpack_from("<16s16sQQIIIII" if wide else "<16s16sIIIIIII", command, fixed + i * each)
        start, size, offset, relocations, relocation_count, flags = row[2], row[3], row[4], row[6], row[7], row[8]
        content = data[:0]
        if flags & 0xFF not in _ZEROFILL:
            content = _slice(data, offset, size, "a section", name)
        table = _slice(data, relocations, 8 * relocation_count, "a table of relocations", name)
        label = row[1].rstrip(b"\0").decode("latin-1")
        if label not in ("__DWARF", "__LLVM", "__LD"):
            sections.append(Section(label, start, flags, content, table))
    return (address if segment == "__TEXT" else base), sections


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
    layout = "<IBBHQ" if header.wide else "<IBBHI"
    size = struct.calcsize(layout)
    addresses: list[int] = []
    table = commands.symbols[: min(len(commands.symbols) // size, _MOST_SYMBOLS) * size]
    for i, (text, kind, section, _, value) in enumerate(struct.iter_unpack(layout, table)):
        defined = kind & 0x0E == 0x0E and 0 < section <= len(commands.sections)
        address = value if defined else end + 16 * i
        addresses.append(address)
        if kind & 0xE0 == 0 and text:
            names.setdefault(address, text_at(commands.texts, text))
            if defined and commands.sections[section - 1].flags & _INSTRUCTIONS:
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
