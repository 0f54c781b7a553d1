"""Work on all processors."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from multiprocessing.connection import Connection, wait
from typing import Any, TypeVar

from opsieve.errors import OpsieveError

Item = TypeVar("Item")
Result = TypeVar("Result")


def processors() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def shares_memory() -> bool:
    """Whether a worker starts with all that its parent has in memory; otherwise what it is given is copied."""
    # fork is there on macOS too, where system libraries do not survive it.
    return sys.platform == "linux"


def in_processes(
    items: Sequence[Item], workers: int, start: Callable[..., Callable[[Item], Result]], *arguments: object
) -> Iterator[Result]:
    """Work on every item, in ``workers`` processes; results come in no particular order.

    ``start(*arguments)`` is called once in each process and gives the function that works on an item. No worker
    outlives the iteration, whichever way it ends, nor this process.

    Raises:
        OpsieveError: what a worker raised; or one was killed, as happens when memory runs out.
    """
    context: Any = multiprocessing.get_context("fork" if shares_memory() else "spawn")
    remaining = iter(items)
    ours: list[Connection] = []
    running: dict[Connection, Any] = {}
    try:
        for _ in range(workers):
            parent, child = context.Pipe()
            # A forked worker has our ends of the earlier pipes, and would keep them open when we are gone.
            inherited = [*ours, parent] if shares_memory() else []
            process = context.Process(target=_work, args=(child, inherited, start, arguments), daemon=True)
            process.start()
            child.close()
            ours.append(parent)
            running[parent] = process
        busy = {connection for connection in ours if _hand_out(connection, remaining)}
        while busy:
            for ready in wait(list(busy)):
                assert isinstance(ready, Connection)
                try:
                    succeeded, result = ready.recv()
                except (EOFError, OSError):
                    running[ready].join()
                    raise OpsieveError(
                        f"a worker process ended too early (exit status {running[ready].exitcode})",
                        hint="Is there enough memory? With fewer processors less is needed: taskset -c 0 opsieve ...",
                    ) from None
                if not succeeded:
                    raise result
                if not _hand_out(ready, remaining):
                    busy.discard(ready)
                yield result
    finally:
        for connection, process in running.items():
            connection.close()
            process.terminate()
            process.join()


def _hand_out(connection: Connection, remaining: Iterator[object]) -> bool:
    for item in remaining:
        # A worker that is gone is noticed when its result is waited for.
        with contextlib.suppress(OSError):
            connection.send(item)
        return True
    return False


def _work(
    connection: Connection,
    inherited: Sequence[Connection],
    start: Callable[..., Callable[[Any], Any]],
    arguments: Sequence[object],
) -> None:
    # Ctrl-C reaches the whole process group; the parent ends its workers, quietly.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for each in inherited:
        each.close()
    function: Callable[[Any], Any] | None = None
    with contextlib.suppress(EOFError, OSError):
        while True:
            item = connection.recv()
            try:
                if function is None:
                    function = start(*arguments)
                answer = (True, function(item))
            except OpsieveError as error:
                answer = (False, error)
            connection.send(answer)
