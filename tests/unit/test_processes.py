"""Work in several processes: every item once, and an end whatever happens."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator

import pytest

from opsieve.errors import OpsieveError
from opsieve.processes import in_processes


def _doubling(offset: int) -> Callable[[int], tuple[int, int]]:
    return lambda item: (item * 2 + offset, os.getpid())


def _refusing() -> Callable[[int], int]:
    def work(item: int) -> int:
        if item == 3:
            raise OpsieveError("three is wrong", hint="give four")
        return item

    return work


def _dying() -> Callable[[int], int]:
    def work(item: int) -> int:
        if item == 3:
            os.kill(os.getpid(), signal.SIGKILL)
        return item

    return work


def _cannot_start() -> Callable[[int], int]:
    raise OpsieveError("no start")


def _sleeping() -> Callable[[int], int]:
    def work(item: int) -> int:
        time.sleep(0.2 if item else 0)
        return os.getpid()

    return work


def test_every_item_once_in_several_processes() -> None:
    results = list(in_processes(range(100), 3, _doubling, 1))
    assert sorted(result for result, _ in results) == [item * 2 + 1 for item in range(100)]
    assert os.getpid() not in {process for _, process in results}
    assert list(in_processes([], 2, _doubling, 1)) == []


def test_what_a_worker_raises_arrives_whole() -> None:
    with pytest.raises(OpsieveError, match="three is wrong") as caught:
        list(in_processes(range(10), 2, _refusing))
    assert caught.value.hint == "give four"
    with pytest.raises(OpsieveError, match="no start"):
        list(in_processes(range(10), 2, _cannot_start))


def test_a_worker_that_is_killed_is_an_error_and_not_a_wait_without_end() -> None:
    with pytest.raises(OpsieveError, match=r"ended too early \(exit status -9\)") as caught:
        list(in_processes(range(10), 2, _dying))
    assert "memory" in str(caught.value.hint)


def test_no_worker_outlives_an_iteration_that_is_left() -> None:
    results: Iterator[int] = in_processes(range(50), 2, _sleeping)
    worker = next(results)
    results.close()  # type: ignore[attr-defined]
    with pytest.raises(ProcessLookupError):
        os.kill(worker, 0)
