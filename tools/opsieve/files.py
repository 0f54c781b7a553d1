"""Writing files whole or not at all."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from pathlib import Path

from opsieve.errors import OpsieveError


def write_if_changed(path: Path, content: bytes) -> bool:
    """Make ``path`` hold ``content``; leave it untouched, time stamp included, when it already does.

    The content goes to a temporary file beside ``path`` which is then renamed over it, so that a reader never
    sees half a file and an interrupted run leaves the old one. Returns whether the file was written.

    Raises:
        OpsieveError: the folder cannot be made or written, or the disk is full.
    """
    try:
        if path.is_file() and path.stat().st_size == len(content) and path.read_bytes() == content:
            return False
        path.parent.mkdir(parents=True, exist_ok=True)
        # Not tempfile, whose import takes longer than all that is written here; the name is this process's alone.
        temporary = path.parent / f".{path.name}.{os.getpid()}.{time.monotonic_ns()}"
        try:
            with open(temporary, "xb") as stream:
                stream.write(content)
            temporary.replace(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise OpsieveError(f"{path}: cannot be written: {error.strerror or error}") from error
    return True


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
