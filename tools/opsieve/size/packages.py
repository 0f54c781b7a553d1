"""Files that users download: .apk, .aar, .ipa and other zip files, with the native libraries in them."""

from __future__ import annotations

import struct
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path, PurePosixPath
from typing import IO

from opsieve.binary import archive, elf_tables, macho_tables
from opsieve.binary.opened import open_file
from opsieve.errors import OpsieveError
from opsieve.size.layout import Layout
from opsieve.size.reading import layout_of
from opsieve.size.reading.limits import Limits

_MAGICS = (b"PK\x03\x04", b"PK\x05\x06")
_HEAD = 8
_LOCAL_HEADER = 30
_ROW = b"PK\x01\x02"
_MOST_FILES = 1 << 18
_LARGEST_LIBRARIES = 1 << 30
_CHUNK = 1 << 20
_MOST_NAMED = 5
# What zipfile raises for damaged files; RuntimeError for encrypted ones.
_DAMAGED = (
    zipfile.BadZipFile,
    NotImplementedError,
    RuntimeError,
    OSError,
    EOFError,
    ValueError,
    OverflowError,
    struct.error,
    zlib.error,
)
# All that Android and iOS read. The others can ask for any memory when they are unpacked.
_ENCRYPTED = 1
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


@dataclass(frozen=True, slots=True)
class PackagedFile:
    """A file of a package. ``compressed_size`` is what it takes there, ``size`` when unpacked, in bytes.

    ``offset`` is where its compressed content starts in the package. ``layout`` is that of a native library, when it
    was asked for and its format is known.
    """

    name: str
    offset: int
    compressed_size: int
    size: int
    native: bool
    layout: Layout | None = None


@dataclass(frozen=True, slots=True)
class Package:
    """A package. ``files`` are in order of their offset, folders left out.

    ``overhead``: bytes that no file's content takes: headers, the directory, alignment, signatures. With the files'
    ``compressed_size`` it sums to ``file_size``.
    """

    path: str
    file_size: int
    files: tuple[PackagedFile, ...]
    overhead: int


def is_package(path: str | Path) -> bool:
    """Whether a file begins as a zip file does."""
    try:
        with open(path, "rb") as stream:
            return stream.read(4) in _MAGICS
    except OSError:
        return False


def read_package(path: str | Path, *, layouts: bool = True) -> Package:
    """The files of a zip file, and the layouts of the native libraries among them.

    A compressed library is unpacked to a temporary file, as much of it as its size says.

    Raises:
        OpsieveError: it cannot be read, is damaged, or its files overlap or are larger than any real ones; a native
            library in it is damaged.
    """
    with _opened(Path(path), layouts) as (reader, places):
        files = tuple(reader.file(info, offset) for info, offset in places)
    size = reader.package_size
    return Package(str(path), size, files, size - sum(file.compressed_size for file in files))


@contextmanager
def unpacked_member(path: str | Path, member: str) -> Iterator[Path]:
    """A file of a package, unpacked to a temporary one.

    Raises:
        OpsieveError: the package cannot be read or is damaged, it has no such file, or no file of so many bytes is
            unpacked.
    """
    with tempfile.NamedTemporaryFile(prefix="opsieve-") as unpacked:
        with _opened(Path(path), layouts=False) as (reader, places):
            # Of two files of one name, what installs a package takes the last of its directory.
            found = [info for info, _ in places if info.filename == member]
            if not found:
                raise _no_member(str(path), member, [info.filename for info, _ in places])
            reader.unpack(found[-1], unpacked)
        yield Path(unpacked.name)


def _no_member(path: str, member: str, names: list[str]) -> OpsieveError:
    base = PurePosixPath(member).name
    same = [name for name in names if PurePosixPath(name).name == base]
    near = list(dict.fromkeys([*same, *get_close_matches(member, names, _MOST_NAMED)]))[:_MOST_NAMED]
    said = f"it has {', '.join(map(repr, near))}" if near else "`opsieve size report` of the package lists its files"
    return OpsieveError(f"{path}: has no file {member!r}", hint=said)


@contextmanager
def _opened(path: Path, layouts: bool) -> Iterator[tuple[_Reader, list[tuple[zipfile.ZipInfo, int]]]]:
    """Its files, folders left out, with where their contents start."""
    data = open_file(path)
    _check_directory(data, str(path))
    try:
        with open(path, "rb") as stream, zipfile.ZipFile(stream) as opened:
            infos = sorted(opened.infolist(), key=lambda info: info.header_offset)
            places = list(zip(infos, _places(infos, data, str(path)), strict=True))
            files = [(info, offset) for info, offset in places if not info.filename.endswith("/")]
            yield _Reader(opened, data, str(path), layouts), files
    except _DAMAGED as error:
        raise OpsieveError(f"{path}: cannot be unpacked: {error}", hint="it is cut short or damaged") from error


def _check_directory(data: memoryview, name: str) -> None:
    """zipfile reads the whole directory at once, so that its rows have to be counted before."""
    rows = 0
    for start in range(0, len(data), _CHUNK):
        rows += bytes(data[start : start + _CHUNK + len(_ROW) - 1]).count(_ROW)
    if rows > _MOST_FILES:
        raise OpsieveError(f"{name}: a zip file with more than {_MOST_FILES} files in it")


def _places(infos: list[zipfile.ZipInfo], data: memoryview, name: str) -> Iterator[int]:
    """Where the contents start. No two are in the same place, as those of zip bombs are."""
    end = 0
    for info in infos:
        start = info.header_offset
        header = bytes(data[start : start + _LOCAL_HEADER]) if start >= 0 else b""
        if len(header) < _LOCAL_HEADER or header[:4] != _MAGICS[0]:
            raise OpsieveError(f"{name}: {info.filename!r} has no header at byte {start}", hint="it is damaged")
        if info.compress_type not in _METHODS:
            raise OpsieveError(
                f"{name}: {info.filename!r} is compressed with the zip format's method {info.compress_type}",
                hint="Android and iOS read files that are stored or deflated; make the package with one of them",
            )
        if info.flag_bits & _ENCRYPTED:
            raise OpsieveError(
                f"{name}: {info.filename!r} is encrypted",
                hint="give the package as it is installed, without a password",
            )
        if start < end:
            raise OpsieveError(f"{name}: {info.filename!r} overlaps the file before it", hint="it is damaged")
        content = start + _LOCAL_HEADER + sum(struct.unpack_from("<HH", header, 26))
        end = content + info.compress_size
        if end > len(data):
            raise OpsieveError(f"{name}: {info.filename!r} reaches beyond the end", hint="it is cut short or damaged")
        yield content


class _Reader:
    """Reads the files of one package; ``_left`` is how many bytes of libraries may still be unpacked."""

    def __init__(self, opened: zipfile.ZipFile, data: memoryview, name: str, layouts: bool) -> None:
        self.package_size = len(data)
        self._opened = opened
        self._data = data
        self._name = name
        self._layouts = layouts
        self._limits = Limits()
        self._left = _LARGEST_LIBRARIES

    def file(self, info: zipfile.ZipInfo, offset: int) -> PackagedFile:
        native = _is_native(self._head(info, offset))
        layout = self._layout(info, offset) if native and self._layouts else None
        return PackagedFile(info.filename, offset, info.compress_size, info.file_size, native, layout)

    def _head(self, info: zipfile.ZipInfo, offset: int) -> bytes:
        if info.compress_type == zipfile.ZIP_STORED:
            return bytes(self._data[offset : offset + min(_HEAD, info.compress_size)])
        with self._opened.open(info) as stream:
            return stream.read(_HEAD)

    def _layout(self, info: zipfile.ZipInfo, offset: int) -> Layout:
        label = f"{self._name}({info.filename})"
        if info.compress_type == zipfile.ZIP_STORED:
            return layout_of(self._data[offset : offset + info.compress_size], label, limits=self._limits)
        with tempfile.NamedTemporaryFile(prefix="opsieve-") as unpacked:
            self.unpack(info, unpacked)
            return layout_of(open_file(Path(unpacked.name)), label, limits=self._limits)

    def unpack(self, info: zipfile.ZipInfo, target: IO[bytes]) -> None:
        """Write a file's content to another.

        Raises:
            OpsieveError: what has been unpacked of the package is larger than any real libraries.
        """
        with self._opened.open(info) as stream:
            while chunk := stream.read(_CHUNK):
                self._left -= len(chunk)
                if self._left < 0:
                    raise OpsieveError(
                        f"{self._name}({info.filename}): the libraries take more than {_LARGEST_LIBRARIES >> 20} MB "
                        "when unpacked",
                        hint="unpack it, and give the library that you mean",
                    )
                target.write(chunk)
        target.flush()


def _is_native(head: bytes) -> bool:
    start = memoryview(head)
    magic = bytes(start[:4]) == elf_tables.MAGIC
    return magic or macho_tables.is_macho(start) or macho_tables.is_fat(start) or archive.is_archive(start)
