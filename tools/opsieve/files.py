"""Writing files whole or not at all, and naming them alike on every machine."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from opsieve.errors import OpsieveError


def write_if_changed(path: Path, content: bytes) -> bool:
    """Make ``path`` hold ``content``; leave it untouched, time stamp included, when it already does.

    Returns whether the file was written. Otherwise as :func:`write_all`.
    """
    return write_all({path: content})[path]


def write_all(contents: Mapping[Path, bytes]) -> dict[Path, bool]:
    """Make every file hold its content, all of them or none; leave one untouched, time stamp included, that does.

    Each content goes to a temporary file beside its place first, and only when all are there are they renamed, so that
    a reader never sees half a file and a full disk or an interrupted run leaves the old ones. Tells for each path
    whether it was written.

    Raises:
        OpsieveError: a folder cannot be made or written, or the disk is full; names the file.
    """
    staged: dict[Path, Path] = {}
    changed = dict.fromkeys(contents, False)
    place = next(iter(contents), Path())
    try:
        for place, content in contents.items():
            if not _holds(place, content):
                place.parent.mkdir(parents=True, exist_ok=True)
                # Not tempfile, whose import takes longer than all that is written here; the name is this process's.
                staged[place] = place.parent / f".{place.name}.{os.getpid()}.{time.monotonic_ns()}"
                with open(staged[place], "xb") as stream:
                    stream.write(content)
        for place, temporary in list(staged.items()):
            temporary.replace(place)
            del staged[place]
            changed[place] = True
    except OSError as error:
        raise OpsieveError(f"{place}: cannot be written: {error.strerror or error}") from error
    finally:
        for temporary in staged.values():
            temporary.unlink(missing_ok=True)
    return changed


def _holds(path: Path, content: bytes) -> bool:
    return path.is_file() and path.stat().st_size == len(content) and path.read_bytes() == content


def read_limited(path: Path | str, most: int, refusal: str, hint: str) -> bytes:
    """What a file holds, at most ``most`` bytes; pipes too.

    Raises:
        OpsieveError: it cannot be read, or is larger, with the ``refusal`` ("that is no baseline").
    """
    try:
        with open(path, "rb") as stream:
            content = stream.read(most + 1)
    except OSError as error:
        raise OpsieveError(f"{path}: cannot be read: {error.strerror or error}", hint=hint) from error
    if len(content) > most:
        raise OpsieveError(f"{path}: is larger than {most >> 20} MiB; {refusal}", hint=hint)
    return content


def shown_paths(paths: Sequence[Path]) -> list[str]:
    """Names for paths in files that must be the same on every machine: no absolute paths.

    A relative path stays as it is; an absolute one is shown from the current folder if it is below, else by its last
    part, with as many folders before it as it takes to tell different paths apart.
    """
    shown = [_relative(path) for path in paths]
    for position, path in enumerate(paths):
        if Path(shown[position]).is_absolute():
            parts = path.parts[1:]
            others = {other.parts[1:] for other in paths if other.is_absolute() and other != path}
            for count in range(1, len(parts) + 1):
                if not any(other[-count:] == parts[-count:] for other in others):
                    break
            shown[position] = "/".join(parts[-count:]) if parts else "root"
    return shown


def _relative(path: Path) -> str:
    if not path.is_absolute():
        return str(path)
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)
