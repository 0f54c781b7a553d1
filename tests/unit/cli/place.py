"""A folder where commands run as a user runs them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from unit.models import encode as e
from unit.tree.small_tree import write_tree

ADD = e.graph(e.node("x", "Plain"), e.node("sum", "Add", ["x", "x"], T=e.type_attr(1)))


def _heed_ctrl_c() -> None:
    # A test run that was started in the background ignores Ctrl-C, and would hand that on.
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class Place:
    """A folder with a small tree, where commands run with a cache of their own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        write_tree(folder / "tree")
        self.environment = {**os.environ, "OPSIEVE_CACHE_DIR": str(folder / "cache"), "COLUMNS": "100"}

    def file(self, name: str, content: bytes | str) -> str:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return name

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "opsieve", *arguments],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=_heed_ctrl_c,
        )

    def run(self, *arguments: str) -> tuple[int, str, str]:
        process = self.start(*arguments)
        output, errors = process.communicate(timeout=120)
        assert "Traceback" not in errors
        return process.returncode, output, errors

    def generate(self, *arguments: str) -> tuple[int, str, str]:
        return self.run("generate", *arguments, "--tensorflow", "tree", "-o", "out")

    def written(self) -> set[str]:
        return {path.name for path in (self.folder / "out").glob("*")}
