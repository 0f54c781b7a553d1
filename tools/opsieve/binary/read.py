"""Tells what a built file is and opens it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from opsieve.binary import archive, elf, elf_tables, macho, macho_tables
from opsieve.binary.library import Library, Member
from opsieve.binary.linker_map import read_map
from opsieve.binary.opened import BITCODE, open_file, refuse
from opsieve.errors import OpsieveError
from opsieve.size.maps.detect import HEAD, linker_of

_DEEPEST = 2
_GCC_BYTECODE = ".gnu.lto_"


def read_library(path: str | Path) -> Library:
    """Open a built file: ELF or Mach-O, one file or an archive of them, or a linker map.

    The content is read when :func:`opsieve.binary.registered` asks for it.

    Raises:
        OpsieveError: the file cannot be read, is damaged, or is something else; the message says what.
    """
    path = Path(path)
    data = open_file(path)
    members = tuple(_members(data, path, str(path), 0))
    if members:
        machines = ", ".join(sorted({member.machine for _, member in members}))
        if archive.is_archive(data):
            kind = archive.kind_of(data, (kind for kind, _ in members))
        else:
            kind = " and ".join(dict.fromkeys(kind for kind, _ in members))
        return Library(str(path), kind, machines, tuple(member for _, member in members))
    if archive.is_archive(data):
        raise archive.without_objects(str(path))
    if linker_of(bytes(data[:HEAD])) is not None:
        linker_map = read_map(path)
        return Library(str(path), f"linker map ({linker_map.linker})", "", (), linker_map)
    raise refuse(data, str(path))


def _members(data: memoryview, path: Path, name: str, depth: int) -> Iterator[tuple[str, Member]]:
    """What is in a file, each with its kind; nothing for a file of no known format."""
    if depth > _DEEPEST:
        raise OpsieveError(f"{name}: archives in archives, {depth} deep")
    if bytes(data[:4]) == elf_tables.MAGIC:
        header = elf_tables.read_header(data, name)
        yield header.description, Member(name, header.machine, len(data), partial(elf.read_image, data, name))
    elif macho_tables.is_macho(data):
        macho_header = macho_tables.read_header(data, name)
        load = partial(macho.read_image, data, name)
        yield macho_header.description, Member(name, macho_header.machine, len(data), load)
    elif macho_tables.is_fat(data):
        for _, part in macho_tables.slices(data, name):
            yield from _members(part, path, name, depth + 1)
    elif archive.is_archive(data):
        for label, content in archive.members(data, path, name, open_file):
            member = f"{name}({label})"
            if bytes(content[:4]) in BITCODE:
                raise OpsieveError(
                    f"{member}: LLVM bitcode, of which only the linker makes code", hint="give what is linked from it"
                )
            yield from _members(content, path, member, depth + 1)
