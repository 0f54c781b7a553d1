"""A file on a server that is read in parts, as zipfile wants it: seekable, and no more brought here than is read."""

from __future__ import annotations

import http.client
import io

from opsieve.build.third_party import http as web
from opsieve.build.third_party.catalog import Archive
from opsieve.build.third_party.download import Progress
from opsieve.errors import OpsieveError

_BLOCK = 1 << 20
_ATTEMPTS = 3


class NoPartsError(Exception):
    """The server gives whole files only."""


class RemoteFile(io.RawIOBase):
    """A pinned archive at an address.

    Raises:
        NoPartsError: from reading, when the server answers with the whole file, or with a file of another size.
        MissingFileError, OpsieveError: from reading, as http.open_url.
    """

    def __init__(self, url: str, archive: Archive, progress: Progress) -> None:
        super().__init__()
        self._url = url
        self._archive = archive
        self._progress = progress
        self._position = 0
        self._blocks: dict[int, bytes] = {}
        self._received = 0

    def readable(self) -> bool:
        """Always."""
        return True

    def seekable(self) -> bool:
        """Always."""
        return True

    def tell(self) -> int:
        """The position, in bytes."""
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move; no further than the ends of the file."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._archive.size}[whence]
        self._position = min(max(base + offset, 0), self._archive.size)
        return self._position

    def read(self, size: int | None = -1) -> bytes:
        """Up to ``size`` bytes; all that is left without one."""
        left = self._archive.size - self._position
        wanted = left if size is None or size < 0 else min(size, left)
        pieces = []
        while wanted > 0:
            block, offset = divmod(self._position, _BLOCK)
            piece = self._block(block)[offset : offset + wanted]
            pieces.append(piece)
            self._position += len(piece)
            wanted -= len(piece)
        return b"".join(pieces)

    def _block(self, number: int) -> bytes:
        if number not in self._blocks:
            first = number * _BLOCK
            last = min(first + _BLOCK, self._archive.size) - 1
            content = self._receive(first, last)
            self._blocks[number] = content
            self._received += len(content)
            self._progress(self._archive.file, self._received, 0)
        return self._blocks[number]

    def _receive(self, first: int, last: int) -> bytes:
        for attempt in range(_ATTEMPTS):
            try:
                with web.open_url(self._url, first=first, last=last) as answer:
                    told = f"bytes {first}-{last}/{self._archive.size}"
                    if getattr(answer, "status", None) != 206 or answer.headers.get("Content-Range") != told:  # type: ignore[attr-defined]
                        raise NoPartsError
                    content = answer.read(last - first + 1)
                    if len(content) == last - first + 1:
                        return content
            except (OSError, http.client.HTTPException) as error:
                if attempt == _ATTEMPTS - 1:
                    raise OpsieveError(f"{web.shown(self._url)}: broke off: {error or type(error).__name__}") from None
        raise OpsieveError(f"{web.shown(self._url)}: broke off at byte {first:,}")
