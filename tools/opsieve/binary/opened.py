"""Opens a built file, and says what a file is that is none."""

from __future__ import annotations

import io
import mmap
from pathlib import Path

from opsieve.errors import OpsieveError

BITCODE = (b"BC\xc0\xde", b"\xde\xc0\x17\x0b")
_HINT = "give a library, an executable, an object, a static archive or a linker map"
_OTHERS = (
    (b"MZ", "a Windows program or library"),
    (b"PK\x03\x04", "a zip file (an .aar, .apk or wheel?): unpack it and give the library in it"),
    (b"\x1f\x8b", "a gzip file: unpack it first"),
    *((magic, "LLVM bitcode: link it first, with -flto") for magic in BITCODE),
    (b"\x08", "a model perhaps, or another protocol buffer"),
)


def open_file(path: Path) -> memoryview:
    """A file's bytes, read when they are looked at.

    Raises:
        OpsieveError: it cannot be read, or is a folder or a device.
    """
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


def refuse(data: memoryview, name: str, hint: str = _HINT) -> OpsieveError:
    """What to raise for a file of no known format."""
    if not len(data):
        return OpsieveError(f"{name}: the file is empty", hint=hint)
    what = next((what for start, what in _OTHERS if bytes(data[: len(start)]) == start), "no file that a linker makes")
    return OpsieveError(f"{name}: {what}", hint=hint)
