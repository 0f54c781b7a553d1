"""The tables of a Mach-O file: its header, load commands and segments, and the parts of a fat file.

Read by hand for the reasons of :mod:`opsieve.binary.elf_tables`. Numbers are those of Apple's headers:
mach-o/loader.h and mach-o/fat.h.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from opsieve.binary.tables import slice_of
from opsieve.errors import OpsieveError

FAT, FAT_64 = b"\xca\xfe\xba\xbe", b"\xca\xfe\xba\xbf"
OBJECT = 1
SEGMENT, SYMTAB, SEGMENT_64, FUNCTION_STARTS = 1, 2, 0x19, 0x26
ZEROFILL = (1, 0xC, 0x12)
INSTRUCTIONS = 0x80000400
# A symbol: where its name is, its type, its section, its description, its value.
SYMBOL = {True: "<IBBHQ", False: "<IBBHI"}
_MAGICS = {b"\xcf\xfa\xed\xfe": True, b"\xce\xfa\xed\xfe": False}
_MACHINES = {0x01000007: "x86-64", 0x0100000C: "aarch64", 7: "i386", 12: "arm"}
_KINDS = {1: "Mach-O object", 2: "Mach-O executable", 6: "Mach-O dynamic library", 8: "Mach-O bundle"}
_MOST_COMMANDS = 1 << 16
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

    @property
    def size(self) -> int:
        """In bytes, without the load commands."""
        return 32 if self.wide else 28


@dataclass(frozen=True, slots=True)
class SectionRow:
    """A section of a segment's load command, as it stands there."""

    segment: str
    name: str
    address: int
    size: int
    offset: int
    relocations: int
    relocation_count: int
    flags: int


@dataclass(frozen=True, slots=True)
class SegmentRow:
    """A segment's load command. ``name`` is empty in an object, whose sections say their segments themselves."""

    name: str
    address: int
    memory_size: int
    offset: int
    file_size: int
    sections: list[SectionRow]


def is_macho(data: memoryview) -> bool:
    return bytes(data[:4]) in _MAGICS


def is_fat(data: memoryview) -> bool:
    magic = bytes(data[:4])
    return magic in (FAT, FAT_64) and len(data) >= 8 and int.from_bytes(data[4:8], "big") <= _MOST_ARCHITECTURES


def slices(data: memoryview, name: str) -> Iterator[tuple[int, memoryview]]:
    """The files of a fat file, each for another processor, with where they start.

    Raises:
        OpsieveError: one lies beyond the end, or is the fat file itself.
    """
    wide = bytes(data[:4]) == FAT_64
    layout = ">IIQQII" if wide else ">IIIII"
    count = int.from_bytes(data[4:8], "big")
    size = struct.calcsize(layout)
    table = slice_of(data, 8, count * size, "the table of architectures", name)
    rows = [struct.unpack_from(layout, table, i * size) for i in range(count)]
    in_order = sorted((row[2], row[2] + row[3]) for row in rows)
    if any(end > start for (_, end), (start, _) in pairwise(in_order)):
        raise OpsieveError(f"{name}: the architectures of the fat file overlap", hint="it is damaged")
    for i, row in enumerate(rows):
        content = slice_of(data, row[2], row[3], f"architecture {i + 1}", name)
        if row[2] < 8 + count * size or is_fat(content):
            raise OpsieveError(f"{name}: architecture {i + 1} of the fat file at byte {row[2]} is a fat file again")
        yield row[2], content


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


def load_commands(data: memoryview, header: MachoHeader, name: str) -> Iterator[tuple[int, memoryview]]:
    """Each load command's kind, and all of its bytes.

    Raises:
        OpsieveError: one lies beyond the end of them all.
    """
    if header.commands > _MOST_COMMANDS:
        raise OpsieveError(f"{name}: the Mach-O header claims {header.commands} load commands")
    area = slice_of(data, header.size, header.commands_size, "the load commands", name)
    at = 0
    for _ in range(header.commands):
        if at + 8 > len(area):
            raise OpsieveError(f"{name}: the load commands are cut short at byte {header.size + at}")
        kind, size = struct.unpack_from("<II", area, at)
        if size < 8 or at + size > len(area):
            raise OpsieveError(f"{name}: the load command at byte {header.size + at} claims {size} bytes")
        yield kind, area[at : at + size]
        at += size


def segment_row(command: memoryview, wide: bool, name: str) -> SegmentRow:
    """The segment of a load command (SEGMENT, or SEGMENT_64 when ``wide``).

    Raises:
        OpsieveError: the command is too short for what it claims.
    """
    fixed, each = (72, 80) if wide else (56, 68)
    if len(command) < fixed:
        raise OpsieveError(f"{name}: a segment's load command is cut short")
    row = struct.unpack_from("<16sQQQQIII" if wide else "<16sIIIIIII", command, 8)
    segment, count = _label(row[0]), row[7]
    if fixed + count * each > len(command):
        raise OpsieveError(f"{name}: the segment {segment} claims {count} sections, more than its load command has")
    sections = []
    for i in range(count):
        part = struct.unpack_from("<16s16sQQIIIII" if wide else "<16s16sIIIIIII", command, fixed + i * each)
        sections.append(SectionRow(_label(part[1]), _label(part[0]), *part[2:5], *part[6:9]))
    return SegmentRow(segment, row[1], row[2], row[3], row[4], sections)


def _label(text: bytes) -> str:
    return text.partition(b"\0")[0].decode("latin-1")
