"""A Bazel for the tests of this folder, and what they build."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bazel.bazel import ROOT, Bazel

# How long the session with Bazel took.
_SECONDS: list[float] = []


@pytest.fixture(scope="session")
def bazel() -> Iterator[Bazel]:
    """Bazel, or bazelisk; its servers end with the session."""
    program = shutil.which("bazel") or shutil.which("bazelisk")
    if program is None:
        pytest.skip("neither bazel nor bazelisk is installed")
    started = time.monotonic()
    made = Bazel(program, Path(tempfile.mkdtemp(prefix="opsieve-bazel-")))
    yield made
    made.stop_all()
    _SECONDS.append(time.monotonic() - started)


@pytest.fixture(scope="session")
def tensorflow_tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tree in TensorFlow's shape that Bazel can build."""
    tree = tmp_path_factory.mktemp("trees") / "tensorflow"
    shutil.copytree(ROOT / "tests" / "native" / "small_tree", tree)
    shutil.copytree(ROOT / "tests" / "bazel" / "org_tensorflow", tree, dirs_exist_ok=True)
    return tree


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for seconds in _SECONDS:
        terminalreporter.write_line(f"Bazel, from cold servers and caches: {seconds:.0f} s")
