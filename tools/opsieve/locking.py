"""One process at a time."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

from opsieve.errors import OpsieveError


@contextlib.contextmanager
def locked(path: Path, waiting: Callable[[], None] = lambda: None) -> Iterator[None]:
    """Within, no other process holds the same lock. The system lets go of it when a process ends, however it ends.

    ``waiting`` is called when another one holds it.

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

            try:
                fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                waiting()
                fcntl.flock(stream, fcntl.LOCK_EX)
        yield
