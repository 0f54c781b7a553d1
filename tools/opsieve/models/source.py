"""A model file, opened safely and read through a small window."""

from __future__ import annotations

import errno
import os
import stat
import threading
from pathlib import Path
from types import TracebackType

from opsieve.errors import OpsieveError
from opsieve.models.schema import Malformed

WINDOW = 64 * 1024
"""Bytes of the file held at a time: a tensor larger than this is never read, only stepped over."""

MAX_COST = 2 << 30
"""What the result of reading one file may cost in memory, roughly, in bytes. A graph of four million nodes fits."""

NODE_COST, STRING_COST = 400, 60
"""What a small object and a string cost, roughly, in bytes, beside their characters; for :meth:`Source.spend`."""

MAX_STRING = 16 << 20
"""Bytes of the longest name that is read."""

_HEADER = 20  # A tag and a length, of at most ten bytes each.


class Source:
    """A regular file. A context manager; the file is read with positions, so that threads can share it.

    A window is read rather than the file mapped: a mapped page that another process truncates away ends the
    process, and mapped pages count as resident memory.
    """

    def __init__(self, path: Path, shown: str) -> None:
        """Open ``path``; ``shown`` is how messages name it.

        Raises:
            OpsieveError: it does not exist, may not be read, or is not a regular file.
        """
        self.shown = shown
        self._fd = _open(path, shown)
        status = os.fstat(self._fd)
        if not stat.S_ISREG(status.st_mode):
            os.close(self._fd)
            kind = _KINDS.get(stat.S_IFMT(status.st_mode), "not a regular file")
            raise OpsieveError(f"{shown}: is {kind}", hint="Give the model file itself")
        self.status = status
        self.size = status.st_size
        self.data = b""
        self.base = 0
        self._cost = 0
        self._lock = threading.Lock()

    def __enter__(self) -> Source:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._fd)

    def fileno(self) -> int:
        """The file descriptor, for mapping the file."""
        return self._fd

    def pread(self, size: int, offset: int) -> bytes:
        """Up to ``size`` bytes from ``offset``."""
        if hasattr(os, "pread"):
            return os.pread(self._fd, size, offset)
        with self._lock:
            os.lseek(self._fd, offset, os.SEEK_SET)
            return os.read(self._fd, size)

    def preadinto(self, buffer: bytearray, offset: int) -> int:
        """Fill ``buffer`` from ``offset``; how many bytes there were."""
        if hasattr(os, "preadv"):
            return os.preadv(self._fd, [buffer], offset)
        data = self.pread(len(buffer), offset)
        buffer[: len(data)] = data
        return len(data)

    def locate(self, offset: int) -> int:
        """Move the window so that it holds a field's tag and length at ``offset``; the index into ``data``."""
        index = offset - self.base
        if index < 0 or (index + _HEADER > len(self.data) and self.base + len(self.data) < self.size):
            self.data, self.base = self.pread(WINDOW, offset), offset
            return 0
        return index

    def slice(self, start: int, stop: int) -> bytes:
        """The bytes from ``start`` to ``stop``.

        Raises:
            Malformed: the file ends before ``stop``.
        """
        index, end = start - self.base, stop - self.base
        if index >= 0 and end <= len(self.data):
            return self.data[index:end]
        if end - index <= WINDOW:
            self.data, self.base = self.pread(WINDOW, start), start
            data = self.data[: stop - start]
        else:
            data = self._read_long(start, stop)
        if len(data) != stop - start:
            raise Malformed("the file ends early", start + len(data))
        return data

    def spend(self, cost: int, where: int | str | None = None) -> None:
        """Count ``cost`` bytes of memory.

        Raises:
            Malformed: the file has cost more than MAX_COST.
        """
        self._cost += cost
        if self._cost > MAX_COST:
            raise Malformed(f"describing the graph takes more than {MAX_COST >> 30} GiB of memory", where)

    def _read_long(self, start: int, stop: int) -> bytes:
        # A system call returns at most 2 GiB; spend() has seen to it that this is far less.
        self.spend(stop - start, start)
        return self.pread(stop - start, start)


_KINDS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a pipe, not a file",
    stat.S_IFSOCK: "a socket, not a file",
    stat.S_IFCHR: "a device, not a file",
    stat.S_IFBLK: "a device, not a file",
}


def _open(path: Path, shown: str) -> int:
    # Without O_NONBLOCK, opening a pipe waits for a writer; O_BINARY is Windows's.
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
    try:
        return os.open(path, flags)
    except FileNotFoundError as error:
        raise OpsieveError(f"{shown}: no such file", hint="Check the path") from error
    except ValueError as error:
        raise OpsieveError(f"{shown!r}: is not a path: {error}") from error
    except OSError as error:
        if error.errno == errno.ENXIO:
            raise OpsieveError(f"{shown}: is a socket, not a file", hint="Give the model file itself") from error
        raise OpsieveError(f"{shown}: cannot be opened: {error.strerror or error}") from error
