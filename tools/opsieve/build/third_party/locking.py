"""One process at a time."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from opsieve.errors import OpsieveError


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Within, no other process holds the same lock. The system lets go of it when a process ends, however it ends.

    Where a system or a file system has no locks nothing is held: work is then done twice, and the last one wins.

    Raises:
        OpsieveError: the file cannot be made.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        stream = open(path, "ab")  # noqa: SIM115 (closed below; what happens there is no error of opening)
    except OSError as error:
        raise OpsieveError(f"{path}: cannot be written: {error.strerror or error}") from error
    with stream:
        with contextlib.suppress(ImportError, OSError):
            import fcntl

            fcntl.flock(stream, fcntl.LOCK_EX)
        yield
