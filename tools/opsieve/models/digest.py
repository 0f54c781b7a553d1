"""The SHA-256 of a model file: taken beside the reading of it, and remembered while the file stays as it is."""

from __future__ import annotations

import contextlib
import hashlib
import os
import threading
import time
from pathlib import Path
from types import TracebackType

from opsieve.errors import OpsieveError
from opsieve.files import write_if_changed
from opsieve.models.source import Source
from opsieve.resources import cache_folder

_CHUNK = 2 << 20
_SMALL = 1 << 20  # A file up to this many bytes is worth neither a thread nor a memory.
# A file changed this recently may change again within one tick of its time stamps; git calls such an entry racy.
_RACY_NS = 2_000_000_000


class Digest:
    """The digest of a source: remembered, or taken by a thread while the file is read (hashlib lets others run)."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._stop = threading.Event()
        self._error: OSError | None = None
        self._hash = hashlib.sha256()
        self._remembered = _remembered(source) if source.size > _SMALL else None
        alone = source.size <= _SMALL or self._remembered is not None
        self._thread = None if alone else threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Digest:
        if self._thread is not None:
            self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join()

    def hexdigest(self) -> str:
        """Wait for the digest; in hexadecimal.

        Raises:
            OSError: the file could not be read.
        """
        if self._remembered is not None:
            return self._remembered
        if self._thread is not None:
            self._thread.join()
        else:
            self._run()
        if self._error is not None:
            raise self._error
        digest = self._hash.hexdigest()
        if self._thread is not None:
            _remember(self._source, digest)
        return digest

    def _run(self) -> None:
        try:
            buffer = bytearray(min(_CHUNK, max(self._source.size, 1)))
            view = memoryview(buffer)
            offset = 0
            while not self._stop.is_set():
                count = self._source.preadinto(buffer, offset)
                if not count:
                    return
                self._hash.update(view[:count])
                offset += count
        except OSError as error:
            self._error = error


def _stamp(status: os.stat_result) -> str:
    # The change time is the kernel's: no program can set it back after writing to the file.
    return f"{status.st_size} {status.st_mtime_ns} {status.st_ctime_ns}"


def _place(status: os.stat_result) -> Path:
    return cache_folder() / "digests" / f"{status.st_dev:x}-{status.st_ino:x}"


def _remembered(source: Source) -> str | None:
    if os.name != "posix":
        return None
    try:
        stamp, _, digest = _place(source.status).read_text().rstrip().rpartition(" ")
    except (OSError, UnicodeDecodeError):
        return None
    return digest if stamp == _stamp(source.status) and len(digest) == 64 else None


def _remember(source: Source, digest: str) -> None:
    status = os.fstat(source.fileno())
    newest = max(status.st_mtime_ns, status.st_ctime_ns)
    if os.name != "posix" or _stamp(status) != _stamp(source.status) or time.time_ns() - newest < _RACY_NS:
        return
    with contextlib.suppress(OpsieveError):
        write_if_changed(_place(status), f"{_stamp(status)} {digest}\n".encode())
