"""Folders of the store: one a package, there whole or not at all."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from opsieve.build.third_party.catalog import Package, own_file
from opsieve.errors import OpsieveError
from opsieve.locking import locked
from opsieve.resources import cache_folder

# Raised whenever what a package's folder holds changes otherwise than by its row.
_FORMAT = 1
_ABANDONED_SECONDS = 24 * 3600.0
# Not at once, for stores on file systems without locks.
_RECENT_SECONDS = 3600.0


def default_store() -> Path:
    """Where packages are kept unless the user says otherwise."""
    return cache_folder() / "third_party"


def package_folder(package: Package, store: Path) -> Path:
    """The folder of a package. Its name tells what is in it: another source or other rules make another folder."""
    return store / f"{package.name}-{package.version}-{_key(package)}"


def tool_folder(package: Package, tool: str, store: Path) -> Path:
    """The folder of a tool of the host that is built from a package."""
    content = own_file(package.tools[tool].own).read_bytes() if package.tools[tool].own else b""
    key = _digest([_key(package), asdict(package.tools[tool]), hashlib.sha256(content).hexdigest()])
    return store / f"{tool}-{package.version}-{key}"


@contextlib.contextmanager
def making(folder: Path) -> Iterator[Path | None]:
    """A new folder to fill, which becomes ``folder`` at the end; none when it is there already.

    Others who want the same folder wait. Whatever happens within, ``folder`` is whole or not there.

    Raises:
        OpsieveError: the store cannot be written.
    """
    with locked(folder.with_name(f".{folder.name}.lock")):
        if folder.is_dir():
            yield None
            return
        temporary = folder.with_name(f".{folder.name}.{os.getpid()}.{time.monotonic_ns()}.new")
        try:
            _clean(folder)
            temporary.mkdir()
            yield temporary
            temporary.rename(folder)
        except OSError as error:
            # Where there are no locks another run may have been faster.
            if not folder.is_dir():
                raise OpsieveError(f"{folder}: cannot be written: {error.strerror or error}") from error
        finally:
            shutil.rmtree(temporary, ignore_errors=True)


def _clean(folder: Path) -> None:
    """Remove what runs left that were killed: of this folder, whose lock we hold, and what is old of others."""
    for path in folder.parent.glob(".*.new"):
        with contextlib.suppress(OSError):
            ours = path.name.startswith(f".{folder.name}.")
            if time.time() - path.stat().st_mtime > (_RECENT_SECONDS if ours else _ABANDONED_SECONDS):
                shutil.rmtree(path, ignore_errors=True)


def _key(package: Package) -> str:
    """Names all that decides what the folder holds, and nothing that only decides how it is used."""
    archive = package.archive
    made: list[object] = [asdict(each) for each in package.make]
    made += [[to, hashlib.sha256(own_file(name).read_bytes()).hexdigest()] for to, name in package.own]
    return _digest(
        [_FORMAT, archive.sha256 if archive else "", package.subfolder, package.unpack, package.rename, made]
    )


def _digest(content: object) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:12]
