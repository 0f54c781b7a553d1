"""The layout of what holds other files: static archives and fat files."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

from opsieve.binary import archive, macho_tables
from opsieve.binary.opened import BITCODE, open_file
from opsieve.size.layout import Layout, Section
from opsieve.size.reading.covering import Memory, cover
from opsieve.size.reading.limits import Limits

ReadMember = Callable[[memoryview, str], Layout | None]
_NOWHERE = Memory((), 0)


def read_archive(data: memoryview, path: Path, name: str, limits: Limits, read: ReadMember) -> Layout:
    """The layout of a GNU, BSD or thin archive.

    What is neither an object nor the archive's own is a section with its name. A thin archive counts as if its files
    were in it: they follow it, one after the other.

    Raises:
        OpsieveError: the archive or a member is damaged, or it has no objects.
    """
    members: list[Layout] = []
    claims: list[Section] = []
    size = len(data)
    for entry in archive.entries(data, path, name, open_file):
        limits.take_sections(2, name)
        label = f"{name}({entry.label})"
        found = None if entry.table else read(entry.content, label)
        if found is not None:
            members.append(replace(found, offset=size if entry.beside else entry.offset))
        elif not entry.beside:
            claims.append(_other(entry))
        size += len(entry.content) if entry.beside and found is not None else 0
    if not members:
        raise archive.without_objects(name)
    sections = _around(
        claims, [member for member in members if member.offset < len(data)], data, name, "archive headers"
    )
    return _layout(name, archive.kind_of(data, (member.kind for member in members)), size, sections, members)


def read_fat(data: memoryview, name: str, read: ReadMember) -> Layout:
    """The layout of a fat file.

    Raises:
        OpsieveError: it or a part of it is damaged.
    """
    members: list[Layout] = []
    claims: list[Section] = []
    for offset, content in macho_tables.slices(data, name):
        found = read(content, name)
        if found is not None:
            path = f"{name}({found.machine})"
            members.append(replace(found, path=path, offset=offset))
        else:
            claims.append(Section("another file", "format", offset, len(content), 0, 0))
    table = 8 + int.from_bytes(data[4:8], "big") * (32 if bytes(data[:4]) == macho_tables.FAT_64 else 20)
    claims.append(Section("fat header", "format", 0, table, 0, 0))
    sections = _around(claims, members, data, name, "padding")
    return _layout(name, " and ".join(dict.fromkeys(member.kind for member in members)), len(data), sections, members)


def _other(entry: archive.Entry) -> Section:
    if entry.table:
        names = entry.label == "//"
        label, kind = ("archive names", "format") if names else ("archive symbol table", "symbols")
    else:
        bitcode = bytes(entry.content[:4]) in BITCODE
        label, kind = (f"{entry.label} (LLVM bitcode)" if bitcode else entry.label), "format"
    return Section(label, kind, entry.offset, len(entry.content), 0, 0)


def _around(
    claims: Iterable[Section], members: Iterable[Layout], data: memoryview, name: str, rest: str
) -> tuple[Section, ...]:
    """The sections between the members."""
    inside = [Section("", "", member.offset, member.file_size, 0, 0) for member in members]
    covered = [*inside, *claims]
    sections, order = cover(covered, data, _NOWHERE, name, rest)
    of_members = set(order[: len(inside)])
    return tuple(section for i, section in enumerate(sections) if i not in of_members)


def _layout(name: str, kind: str, size: int, sections: tuple[Section, ...], members: list[Layout]) -> Layout:
    machines = ", ".join(sorted({member.machine for member in members}))
    stripped = all(member.stripped for member in members)
    return Layout(name, kind, machines, size, sections, stripped=stripped, members=tuple(members))
