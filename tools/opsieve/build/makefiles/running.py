"""Runs make, shows how far it is, and says what went wrong."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from opsieve.errors import OpsieveError
from opsieve.processes import processors

_PROGRESS = re.compile(r"\[ *(?P<number>\d+)/(?P<total>\d+)\] (?P<name>\S+)(?P<left>.*)")
_TAIL = 30
_LONGEST_LINE = 500
_QUIET_SECONDS = 30.0


def run_build(
    makefile: Path,
    jobs: int | None = None,
    *,
    report: Callable[[str], None] | None = None,
    variables: Sequence[str] = (),
    environment: Mapping[str, str] | None = None,
) -> None:
    """Run make with what :func:`write_makefiles` returned, ``jobs`` at once (by default one for each processor).

    Everything that make prints goes to ``build/build.log`` beside the makefile. How far it is, and the sizes of what
    was made, are shown on standard error, or given to ``report`` line by line. ``variables``: more for make's command
    line, ``V=1``. Whatever ends this, no process of the build is left, and the next run goes on from there.

    Raises:
        OpsieveError: make is missing, or failed: with what failed and the end of what it printed.
        KeyboardInterrupt: as it came, after the build was stopped.
    """
    if shutil.which("make") is None:
        raise OpsieveError("make is not installed", hint="apt-get install make")
    folder = makefile.parent
    command = ["make", "--no-print-directory", "-C", str(folder), f"-j{jobs or processors()}", *variables]
    display = _Display(report)
    log_path = folder / "build" / "build.log"
    try:
        log = open(log_path, "wb", buffering=0)  # noqa: SIM115 - closed below
    except OSError as error:
        raise OpsieveError(f"{log_path}: cannot be written: {error.strerror or error}") from error
    with log:
        status = _run(command, environment, log, display)
    if status != 0:
        what, details = _failure(display, status)
        raise OpsieveError(what, hint=f"everything that make said is in {log_path}", details=details)


def _run(command: Sequence[str], environment: Mapping[str, str] | None, log: BinaryIO, display: _Display) -> int:
    # What an outer make passes on to its own makes is not for this one.
    own = {
        key: value
        for key, value in (os.environ if environment is None else environment).items()
        if key not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEFILES")
    }
    # In a session of its own, so that all of it can be stopped at once. Without a reader it stops by itself.
    process = subprocess.Popen(
        command,
        env=own,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    assert process.stdout is not None
    try:
        for line in process.stdout:
            with contextlib.suppress(OSError):
                log.write(line)
            display.line(line.decode(errors="replace").rstrip("\n"))
        return process.wait()
    finally:
        if process.poll() is None:
            _stop(process)
        process.stdout.close()
        display.end()


def _stop(process: subprocess.Popen[bytes]) -> None:
    for number, seconds in ((signal.SIGINT, 5.0), (signal.SIGTERM, 2.0), (signal.SIGKILL, 10.0)):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(seconds)
            break
    # make may be gone before the compilers that it started.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


@dataclass
class _Display:
    report: Callable[[str], None] | None
    tail: deque[str] = field(default_factory=lambda: deque(maxlen=_TAIL))
    failed: list[str] = field(default_factory=list)
    details: list[str] = field(default_factory=list)
    _done: int = 0
    _shown: float = field(default_factory=time.monotonic)
    _open: bool = False

    def line(self, text: str) -> None:
        progress = _PROGRESS.fullmatch(text)
        if progress:
            self._done += 1
            self._progress(progress)
            return
        self.tail.append(text[:_LONGEST_LINE])
        if text.startswith("FAILED: "):
            self.failed.append(text.removeprefix("FAILED: ")[:_LONGEST_LINE])
        elif text.endswith((" bytes", ": nothing to do")):
            self._say(text)
        elif len(self.failed) == 1 and len(self.details) < _TAIL and not text.startswith("make"):
            # What follows the first failure: its command, cut short, and what the compiler said.
            self.details.append(text[:_LONGEST_LINE])

    def _progress(self, progress: re.Match[str]) -> None:
        total = int(progress["total"])
        # Units end in another order than they start.
        text = f"[{self._done:{len(str(total))}d}/{total}] {progress['name']}{progress['left']}"
        if self.report is None and sys.stderr.isatty():
            width = shutil.get_terminal_size().columns - 1
            sys.stderr.write(f"\r{text[:width]:<{width}}")
            sys.stderr.flush()
            self._open = True
        elif self._done == total or time.monotonic() - self._shown >= _QUIET_SECONDS:
            self._shown = time.monotonic()
            self._say(text)

    def _say(self, text: str) -> None:
        if self.report is not None:
            self.report(text)
        else:
            self.end()
            print(text, file=sys.stderr, flush=True)

    def end(self) -> None:
        if self._open:
            sys.stderr.write("\n")
            sys.stderr.flush()
            self._open = False


def _failure(display: _Display, status: int) -> tuple[str, list[str]]:
    """What failed, and what was said of it."""
    if not display.failed:
        return f"make ended with status {status}", list(display.tail)[-20:]
    more = f" (and {len(display.failed) - 1} more)" if len(display.failed) > 1 else ""
    return f"{display.failed[0]}{more}", display.details
