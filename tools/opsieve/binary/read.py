"""Tells what a built file is and opens it."""

from __future__ import annotations

import io
import mmap
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from opsieve.binary import archive, elf, macho
from opsieve.binary.library import Library, Member
from opsieve.binary.linker_map import linker_of, read_map
from opsieve.errors import OpsieveError

_HINT = "give a library, an executable, an object, a static archive or a linker map"
_OTHERS = (
    (b"MZ", "a Windows program or library"),
    (b"PK\x03\x04", "a zip file (an .aar, .apk or wheel?): unpack it and give the library in it"),
    (b"\x1f\x8b", "a gzip file: unpack it first"),
    (b"BC\xc0\xde", "LLVM bitcode: link it first, with -flto"),
    (b"\xde\xc0\x17\x0b", "LLVM bitcode: link it first, with -flto"),
    (b"\x08", "a model perhaps, or another protocol buffer"),
)
_DEEPEST = 2
_GCC_BYTECODE = ".gnu.lto_"


def read_library(path: str | Path) -> Library:
    """Open a built file: ELF or Mach-O, one file or an archive of them, or a linker map.

    The content is read when :func:`opsieve.binary.registered` asks for it.

    Raises:
        OpsieveError: the file cannot be read, is damaged, or is something else; the message says what.
    """
    path = Path(path)
    data = _open(path)
    if not len(data):
        raise OpsieveError(f"{path}: the file is empty", hint=_HINT)
    members = tuple(_members(data, path, str(path), 0))
    if members:
        machines = ", ".join(sorted({member.machine for _, member in members}))
        if bytes(data[:8]) in (archive.ARCHIVE, archive.THIN):
            thin = "thin" if bytes(data[:8]) == archive.THIN else "static"
            kind = f"{thin} archive of {'/'.join(sorted({kind.split()[0] for kind, _ in members}))} objects"
        else:
            kind = " and ".join(dict.fromkeys(kind for kind, _ in members))
        return Library(str(path), kind, machines, tuple(member for _, member in members))
    if archive.is_archive(data):
        raise OpsieveError(f"{path}: a static archive without any object in it", hint=_HINT)
    linker = linker_of(bytes(data[: 1 << 16]))
    if linker is not None:
        with io.TextIOWrapper(io.BufferedReader(io.FileIO(path)), "utf-8", "replace") as lines:
            return Library(str(path), f"linker map ({linker})", "", (), read_map(_lines(lines), linker, str(path)))
    what = next((what for start, what in _OTHERS if bytes(data[: len(start)]) == start), "no file that a linker makes")
    raise OpsieveError(f"{path}: {what}", hint=_HINT)


def _lines(stream: io.TextIOWrapper) -> Iterator[str]:
    """Lines, none of them longer than memory should hold."""
    while line := stream.readline(1 << 17):
        yield line


def _open(path: Path) -> memoryview:
    try:
        if path.is_dir():
            inner = path / path.stem
            hint = f"give the library in it: {inner}" if path.suffix == ".framework" else _HINT
            raise OpsieveError(f"{path}: a folder", hint=hint)
        with open(path, "rb") as stream:
            if not path.is_file():
                raise OpsieveError(f"{path}: not a regular file", hint=_HINT)
            if stream.seek(0, io.SEEK_END) == 0:
                return memoryview(b"")
            return memoryview(mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ))
    except (OSError, ValueError) as error:
        raise OpsieveError(f"{path}: cannot be read: {getattr(error, 'strerror', None) or error}") from error


def _members(data: memoryview, path: Path, name: str, depth: int) -> Iterator[tuple[str, Member]]:
    """What is in a file, each with its kind; nothing for a file of no known format."""
    if depth > _DEEPEST:
        raise OpsieveError(f"{name}: archives in archives, {depth} deep")
    if bytes(data[:4]) == b"\x7fELF":
        header = elf.read_header(data, name)
        yield header.description, Member(name, header.machine, len(data), partial(elf.read_image, data, name))
    elif macho.is_macho(data):
        macho_header = macho.read_header(data, name)
        load = partial(macho.read_image, data, name)
        yield macho_header.description, Member(name, macho_header.machine, len(data), load)
    elif macho.is_fat(data):
        for part in macho.slices(data, name):
            yield from _members(part, path, name, depth + 1)
    elif archive.is_archive(data):
        for label, content in archive.members(data, path, name, _open):
            member = f"{name}({label})"
            if bytes(content[:4]) in (b"BC\xc0\xde", b"\xde\xc0\x17\x0b"):
                raise OpsieveError(
                    f"{member}: LLVM bitcode, of which only the linker makes code", hint="give what is linked from it"
                )
            yield from _members(content, path, member, depth + 1)
