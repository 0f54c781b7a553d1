"""Ends builds at random moments, and compares what the last one leaves with what an undisturbed one left (Linux)."""

from __future__ import annotations

import contextlib
import hashlib
import os
import random
import signal
import subprocess
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

# What tells of a run rather than being built by it.
_OF_A_RUN = ("build/build.log", "build/proof.json")
# Left out, so that a round takes seconds: a file this large can take minutes to compile.
_LARGE_OBJECT = 1 << 20


@dataclass
class Interrupted:
    """``killed`` and ``stopped``: builds that SIGKILL and SIGINT ended; ``over``: that had ended before.

    ``compiled``: objects made meanwhile. ``different``: files that are not what they were, gone ones included.
    ``left``: temporary files after the last build.
    """

    killed: int = 0
    stopped: int = 0
    over: int = 0
    compiled: int = 0
    different: tuple[str, ...] = ()
    left: tuple[str, ...] = ()


class Site:
    """A finished build: ``command`` makes it, ``workspace`` is where make runs and its objects are."""

    def __init__(self, command: Sequence[str], output: Path, workspace: Path) -> None:
        self._command = command
        self._output = output
        self._workspace = workspace
        lists = (output / "build" / name for name in ("library.rsp", "program.rsp"))
        self.objects = [workspace / line for each in lists for line in each.read_text(encoding="utf-8").splitlines()]

    def digests(self) -> dict[str, str]:
        """The SHA-256 of every file of the output, of the objects and of the lists of what they were made of."""
        made = [path for path in self._output.rglob("*") if path.is_file()]
        made = [path for path in made if path.relative_to(self._output).as_posix() not in _OF_A_RUN]
        lists = [path.with_name(f"{path.name}.d") for path in self.objects]
        return {
            str(path): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in (*made, *self.objects, *lists)
            if path.is_file()
        }

    def interrupt(self, times: int, each: int, longest: float, seed: int) -> Interrupted:
        """End builds at a random moment within ``longest`` seconds, half of them with SIGKILL and half with SIGINT.

        There are always at least ``each`` objects to make when one starts.
        """
        chance = random.Random(seed)
        before = self.digests()
        done = Interrupted()
        small = [path for path in self.objects if path.stat().st_size < _LARGE_OBJECT]
        while done.killed + done.stopped < times:
            missing = sum(not path.exists() for path in self.objects)
            if missing < each:
                for path in chance.sample(small, min(each, len(small))):
                    path.unlink(missing_ok=True)
                missing = sum(not path.exists() for path in self.objects)
            kill = (done.killed + done.stopped) % 2 == 0
            if not self._end(chance.uniform(0.3, longest), kill):
                done.over += 1
            elif kill:
                done.killed += 1
            else:
                done.stopped += 1
            done.compiled += missing - sum(not path.exists() for path in self.objects)
        missing = sum(not path.exists() for path in self.objects)
        subprocess.run(self._command, check=True, capture_output=True)
        done.compiled += missing
        after = self.digests()
        done.different = tuple(sorted(path for path in {*before, *after} if before.get(path) != after.get(path)))
        done.left = tuple(sorted(str(path) for path in self._temporary()))
        return done

    def _end(self, seconds: float, kill: bool) -> bool:
        """Start a build and end it; False where it was over by then."""
        quiet = subprocess.DEVNULL
        with subprocess.Popen(self._command, stdout=quiet, stderr=quiet, start_new_session=True) as process:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(seconds)
                return False
            if kill:
                # make has a process group of its own. The first ones first, so that they do not see the others end.
                for pid in [process.pid, *_descendants(process.pid)]:
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)
            else:
                os.killpg(process.pid, signal.SIGINT)
            process.wait()
        # The kernel takes a moment for those that nobody waits for.
        time.sleep(0.1)
        return True

    def _temporary(self) -> Iterable[Path]:
        for folder in (self._workspace, self._output):
            yield from folder.rglob("*.tmp.*")
            yield from folder.rglob(".*.[0-9]*")


def _descendants(pid: int) -> list[int]:
    found = []
    with contextlib.suppress(OSError):
        for child in map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()):
            found += [child, *_descendants(child)]
    return found
