"""The worker process, as the process that asks sees it: started when needed, and ended whatever it does."""

from __future__ import annotations

import os
import select
import subprocess
import sys
import time
import weakref
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from opsieve.errors import OpsieveError
from opsieve.tree.buildfiles.labels import Repositories
from opsieve.tree.buildfiles.limits import Limits
from opsieve.tree.buildfiles.messages import configuration_message, message_length, write_message
from opsieve.tree.buildfiles.targets import Configuration

_PREFIX_BYTES = 8


class WorkerProcess:
    """One process that evaluates packages one after the other, replaced by another when it had to be ended."""

    def __init__(self, tree: Path, repositories: Repositories, configuration: Configuration, limits: Limits) -> None:
        self._limits = limits
        self._start = {
            "tree": str(tree),
            "limits": {name: getattr(limits, name) for name in limits.__slots__},
            **configuration_message(configuration, repositories),
        }
        self._process: subprocess.Popen[bytes] | None = None

    def ask(self, question: Mapping[str, Any], about: str) -> dict[str, Any]:
        """The answer to a question. ``about``: the file that it is about, for errors.

        Raises:
            OpsieveError: the worker took too long or too much memory, or its answer was too large.
        """
        process = self._process or self._started()
        try:
            assert process.stdin is not None
            write_message(process.stdin, question)
            return self._answer(process, about)
        except OpsieveError:
            self.close()
            raise
        except (BrokenPipeError, EOFError):
            status = process.wait()
            self.close()
            raise OpsieveError(
                f"{about}: evaluating it ended the process that did (exit status {status}): "
                f"it needs more than {self._limits.memory_bytes >> 20} MB, or nests too deep",
            ) from None

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            _end(self._process)
            self._process = None

    def _started(self) -> subprocess.Popen[bytes]:
        # The same modules as here, wherever they were found (a wheel, a checkout, Bazel's runfiles).
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(os.path.abspath(path) for path in sys.path if path)}
        environment.pop("RUST_BACKTRACE", None)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "opsieve.tree.buildfiles.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            # Whatever the interpreter prints when it panics, the message here says what can be said.
            stderr=subprocess.DEVNULL,
            env=environment,
            # -m puts the current folder before everything else, and that may be the stranger's tree.
            cwd=os.sep,
        )
        weakref.finalize(self, _end, self._process)
        assert self._process.stdin is not None
        write_message(self._process.stdin, self._start)
        return self._process

    def _answer(self, process: subprocess.Popen[bytes], about: str) -> dict[str, Any]:
        import json

        deadline = time.monotonic() + self._limits.seconds
        length = message_length(self._read(process, _PREFIX_BYTES, deadline, about))
        if length > self._limits.answer_bytes:
            raise OpsieveError(f"{about}: its targets take more than {self._limits.answer_bytes >> 20} MB to describe")
        answer: dict[str, Any] = json.loads(self._read(process, length, deadline, about))
        return answer

    def _read(self, process: subprocess.Popen[bytes], length: int, deadline: float, about: str) -> bytes:
        assert process.stdout is not None
        stream = process.stdout.fileno()
        content = bytearray()
        while len(content) < length:
            ready, _, _ = select.select([stream], [], [], max(deadline - time.monotonic(), 0))
            if not ready:
                raise OpsieveError(f"{about}: takes more than {self._limits.seconds:g} s to evaluate")
            chunk = os.read(stream, min(length - len(content), 1 << 20))
            if not chunk:
                raise EOFError
            content += chunk
        return bytes(content)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            try:
                stream.close()
            except OSError:
                continue
    process.wait()
