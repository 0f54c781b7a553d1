"""The tables of an ELF file: its header, sections and segments.

Read by hand, because every number in the file may lie: tables are checked against the file's size before they are
read. Numbers are those of the System V ABI and its processor supplements.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import NamedTuple

from opsieve.binary.tables import slice_of
from opsieve.errors import OpsieveError

MAGIC = b"\x7fELF"
RELOCATABLE, EXECUTABLE, SHARED = 1, 2, 3
NULL, PROGBITS, SYMTAB, STRTAB, RELA, HASH, DYNAMIC, NOTE, NOBITS, REL, DYNSYM = 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 11
INIT_ARRAY, GROUP, SYMTAB_SHNDX = 14, 17, 18
WRITE, ALLOC, EXECUTE, COMPRESSED = 1, 2, 4, 0x800
# SHF_MERGE and SHF_STRINGS: strings of which the linker makes equal ones one.
MERGED_STRINGS = 0x10 | 0x20
PT_LOAD, PT_DYNAMIC, PT_NOTE, PT_TLS, PT_EH_FRAME, PT_ARM_EXIDX = 1, 2, 4, 7, 0x6474E550, 0x70000001
# A symbol: where its name is, its value, its size, its type and binding, its visibility and its section, in this order
# for 32 bits; in another for 64.
SYMBOL = {True: "<IBBHQQ", False: "<IIIBBH"}
WORDS = {"i386": 4, "arm": 4, "x86-64": 8, "aarch64": 8}
_MACHINES = {3: "i386", 40: "arm", 62: "x86-64", 183: "aarch64"}
_KINDS = {RELOCATABLE: "ELF object", EXECUTABLE: "ELF executable", SHARED: "ELF shared library"}
_MOST_SECTIONS = 1 << 17
# Names have those of templates in them, of thousands of characters.
_LONGEST_NAME = 1 << 14
_SHARED, _MOST_CHARACTERS = 16, 1 << 27


@dataclass(frozen=True, slots=True)
class ElfHeader:
    """What the first bytes say."""

    kind: int
    machine: str
    wide: bool
    section_table: int
    section_count: int
    section_size: int
    names: int
    segment_table: int
    segment_count: int
    segment_size: int

    @property
    def description(self) -> str:
        return _KINDS[self.kind]

    @property
    def size(self) -> int:
        """In bytes."""
        return 64 if self.wide else 52


class SectionRow(NamedTuple):
    """A row of the section table, as it stands there. Sizes in bytes."""

    name: str
    kind: int
    flags: int
    address: int
    offset: int
    size: int
    link: int
    info: int
    alignment: int

    @property
    def merged_strings(self) -> bool:
        """Whether the linker merges its strings with those of others, when it is loaded."""
        return self.flags & MERGED_STRINGS == MERGED_STRINGS and not self.flags & WRITE


@dataclass(frozen=True, slots=True)
class SegmentRow:
    """A row of the program headers, as it stands there."""

    kind: int
    flags: int
    offset: int
    address: int
    file_size: int
    memory_size: int


def read_header(data: memoryview, name: str) -> ElfHeader:
    """The header of an ELF file.

    Raises:
        OpsieveError: truncated, big-endian, of another processor, or a core dump.
    """
    if len(data) < 20 or data[4] not in (1, 2):
        raise OpsieveError(f"{name}: the ELF header is cut short or damaged")
    if data[5] != 1:
        raise OpsieveError(
            f"{name}: a big-endian ELF file", hint="TensorFlow's kernels are looked for in little-endian files"
        )
    wide = data[4] == 2
    layout = "<HHIQQQIHHHHHH" if wide else "<HHIIIIIHHHHHH"
    if len(data) < 16 + struct.calcsize(layout):
        raise OpsieveError(f"{name}: the ELF header is cut short: {len(data)} bytes")
    fields = struct.unpack_from(layout, data, 16)
    kind, machine = fields[0], fields[1]
    if kind not in _KINDS:
        raise OpsieveError(f"{name}: an ELF file of type {kind}, not a library, executable or object")
    if machine not in _MACHINES or wide != (WORDS[_MACHINES[machine]] == 8):
        known = ", ".join(sorted(_MACHINES.values()))
        raise OpsieveError(f"{name}: an ELF file for processor number {machine}", hint=f"opsieve reads {known}")
    return ElfHeader(
        kind, _MACHINES[machine], wide, fields[5], fields[11], fields[10], fields[12], fields[4], fields[9], fields[8]
    )


def section_rows(data: memoryview, header: ElfHeader, name: str) -> list[SectionRow]:
    """The section table; empty where the file has none.

    Raises:
        OpsieveError: it lies beyond the file's end, or claims more sections than any linker makes.
    """
    if not header.section_table:
        return []
    layout = "<IIQQQQIIQQ" if header.wide else "<IIIIIIIIII"
    size = struct.calcsize(layout)
    if header.section_size < size:
        raise OpsieveError(f"{name}: section headers of {header.section_size} bytes are too small")
    first = struct.unpack(layout, slice_of(data, header.section_table, size, "the section table", name))
    # ELF moves counts that do not fit its header to the first row.
    count = header.section_count or first[5]
    names = header.names if header.names != 0xFFFF else first[6]
    if count > _MOST_SECTIONS:
        raise OpsieveError(f"{name}: the section table claims {count} sections")
    table = slice_of(data, header.section_table, count * header.section_size, "the section table", name)
    if header.section_size == size:
        rows = list(struct.iter_unpack(layout, table))
    else:
        rows = [struct.unpack_from(layout, table, i * header.section_size) for i in range(count)]
    texts = b""
    if names < count and rows[names][1] != NOBITS:
        texts = bytes(slice_of(data, rows[names][4], rows[names][5], "the table of section names", name))
    labels = _labels(texts, {row[0] for row in rows}, name)
    return [SectionRow(labels[row[0]], *row[1:9]) for row in rows]


def _labels(texts: bytes, starts: set[int], name: str) -> dict[int, str]:
    """The names that start at places of a table; one can be the end of another, but not of all others."""
    left = min(_SHARED * len(texts) + _LONGEST_NAME, _MOST_CHARACTERS)
    labels: dict[int, str] = {}
    for start in starts:
        end = texts.find(b"\0", start, start + _LONGEST_NAME)
        label = texts[start : end if end >= 0 else start + _LONGEST_NAME]
        left -= len(label)
        if left < 0:
            raise OpsieveError(f"{name}: the names of its sections overlap", hint="it is damaged")
        labels[start] = label.decode("utf-8", "replace")
    return labels


def segment_rows(data: memoryview, header: ElfHeader, name: str) -> list[SegmentRow]:
    """The program headers.

    Raises:
        OpsieveError: they lie beyond the file's end.
    """
    layout = "<IIQQQQQQ" if header.wide else "<IIIIIIII"
    if header.segment_count and header.segment_size < struct.calcsize(layout):
        raise OpsieveError(f"{name}: program headers of {header.segment_size} bytes are too small")
    size = header.segment_count * header.segment_size
    table = slice_of(data, header.segment_table, size, "the program headers", name)
    rows = [struct.unpack_from(layout, table, i * header.segment_size) for i in range(header.segment_count)]
    if header.wide:
        return [SegmentRow(row[0], row[1], row[2], row[3], row[5], row[6]) for row in rows]
    return [SegmentRow(row[0], row[6], row[1], row[2], row[4], row[5]) for row in rows]
