"""Bringing an archive here: whole, checked, and no further than it got when something breaks."""

from __future__ import annotations

import hashlib
import http.client
import os
from collections.abc import Callable
from pathlib import Path

from opsieve.build.third_party import http as web
from opsieve.build.third_party.catalog import Archive
from opsieve.build.third_party.registries import addresses, home
from opsieve.errors import OpsieveError
from opsieve.locking import locked

# What is being done, bytes done and bytes in all (0: not known).
Progress = Callable[[str, int, int], None]

_CHUNK = 1 << 18
_ATTEMPTS = 4


def quiet(what: str, done: int, total: int) -> None:
    """Progress that nobody looks at."""


def archive_path(archive: Archive, store: Path) -> Path:
    """Where an archive is kept, and where a person puts one that was brought by hand."""
    return store / "archives" / archive.file


def download(archive: Archive, store: Path, progress: Progress = quiet) -> Path:
    """The archive as a file whose size and SHA-256 are right. What came before an interruption is kept and used.

    Raises:
        OpsieveError: it cannot be had, or what there is is not the pinned file; says how to bring it by hand.
    """
    path = archive_path(archive, store)
    with locked(path.with_name(f".{path.name}.lock")):
        if path.exists():
            _check(path, path, archive)
            return path
        part = path.with_name(f".{path.name}.part")
        problems = []
        try:
            for url in addresses(archive):
                try:
                    _receive(url, part, archive, progress)
                    _check(part, url, archive)
                    part.replace(path)
                except web.MissingFileError:
                    problems.append(f"{web.shown(url)}: there is no such file")
                except OpsieveError as error:
                    problems.append(error.message)
                else:
                    return path
        except OpsieveError as error:
            problems.append(error.message)
        except OSError as error:
            raise OpsieveError(f"{path}: cannot be written: {error.strerror or error}") from error
    raise OpsieveError(
        f"{archive.file} cannot be fetched: {'; '.join(problems) or 'no package index offers it'}",
        hint=f"By hand: get {archive.file} ({home(archive)}), SHA-256 {archive.sha256}, and put it at {path}",
    )


def _receive(url: str, part: Path, archive: Archive, progress: Progress) -> None:
    """Append to ``part`` until it has the pinned size."""
    part.parent.mkdir(parents=True, exist_ok=True)
    for attempt in range(_ATTEMPTS):
        have = part.stat().st_size if part.exists() else 0
        if have > archive.size:
            part.unlink()
            have = 0
        if have == archive.size:
            return
        try:
            _receive_once(url, part, have, archive, progress)
        except (OSError, http.client.HTTPException) as error:
            if attempt == _ATTEMPTS - 1 or not isinstance(
                error, (TimeoutError, ConnectionError, http.client.HTTPException)
            ):
                raise OpsieveError(f"{web.shown(url)}: broke off: {error or type(error).__name__}") from None
    if part.stat().st_size < archive.size:
        raise OpsieveError(f"{web.shown(url)}: broke off after {part.stat().st_size:,} of {archive.size:,} bytes")


def _receive_once(url: str, part: Path, have: int, archive: Archive, progress: Progress) -> None:
    with web.open_url(url, first=have) as answer:
        resumed = have > 0 and getattr(answer, "status", None) == 206
        done = have if resumed else 0
        with open(part, "ab" if resumed else "wb") as stream:
            progress(archive.file, done, archive.size)
            while chunk := answer.read(_CHUNK):
                done += len(chunk)
                if done > archive.size:
                    stream.truncate(0)
                    raise OpsieveError(f"{web.shown(url)}: has more than the {archive.size:,} bytes of the pinned file")
                stream.write(chunk)
                progress(archive.file, done, archive.size)


def _check(path: Path, place: Path | str, archive: Archive) -> None:
    """The file is the pinned one, or it is removed where it was downloaded, and left where a person put it."""
    digest = hashlib.sha256()
    with open(path, "rb") as stream:
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
    if digest.hexdigest() == archive.sha256:
        return
    what = f"SHA-256 is {digest.hexdigest()}, pinned is {archive.sha256}"
    if isinstance(place, Path):
        raise OpsieveError(f"{place}: not the pinned file: {what}", hint="Remove it, or put the right file there")
    os.unlink(path)
    raise OpsieveError(f"{web.shown(place)}: not the pinned file: {what}")
