"""Running a command as a whole process and measuring it."""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Run:
    """``seconds`` from start to end; ``peak`` resident memory in MiB; ``cpu`` seconds with its children's."""

    seconds: float
    peak: float
    cpu: float
    output: bytes


class Failed(Exception):  # noqa: N818 - says what happened
    """The command ended with another status than 0; the message has the end of what it said."""


def run(command: Sequence[str], *, environment: Mapping[str, str] | None = None, input_file: Path | None = None) -> Run:
    """Run a command to its end.

    The kernel carries the peak of the starting process over into the started one (exec_mmap in fs/exec.c), so keep
    this process small: no TensorFlow here.

    Raises:
        Failed: it failed.
    """
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        source = os.open(input_file or os.devnull, os.O_RDONLY)
        actions = [
            (os.POSIX_SPAWN_DUP2, source, 0),
            (os.POSIX_SPAWN_DUP2, output.fileno(), 1),
            (os.POSIX_SPAWN_DUP2, errors.fileno(), 2),
        ]
        start = time.perf_counter()
        process = os.posix_spawnp(
            command[0], list(command), {**os.environ, **(environment or {})}, file_actions=actions
        )
        _, status, usage = os.wait4(process, 0)
        seconds = time.perf_counter() - start
        os.close(source)
        errors.seek(0)
        output.seek(0)
        if status:
            raise Failed(errors.read().decode(errors="replace").strip()[-400:] or f"status {status}")
        # Linux counts kilobytes, macOS bytes.
        unit = 1 << 20 if sys.platform == "darwin" else 1 << 10
        return Run(seconds, usage.ru_maxrss / unit, usage.ru_utime + usage.ru_stime, output.read())


def median(values: Sequence[float]) -> float:
    return statistics.median(values)


def table(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [titles, ["---", *["---:"] * (len(titles) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def machine() -> str:
    """Where this was measured, in a line."""
    return f"{os.cpu_count()} cores, {sys.platform}, Python {sys.version.split()[0]}"
