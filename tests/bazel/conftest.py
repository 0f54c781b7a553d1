"""A Bazel for the tests of this folder, and what they build."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bazel.bazel import ROOT, Bazel
from bazel.portable import ALL, disk_cache, local_tree, write_app, write_models
from native.compilers import require
from native.small_tree_builds import APP, MLP

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


@pytest.fixture(scope="session")
def portable_app(bazel: Bazel, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace over the portable runtime with an app of one model, built; tests put packages of their own beside it.

    What is compiled for it is in the disk cache of the session.
    """
    require("g++")
    if shutil.which("protoc") is None or not Path("/usr/include/google/protobuf/message.h").is_file():
        pytest.skip("the system's protobuf, with its headers and protoc, is not installed")
    folder = tmp_path_factory.mktemp("portable") / "app"
    write_app(bazel, folder, local_tree(bazel))
    write_models(folder, MLP)
    (folder / "main.cc").write_text(APP)
    # A link to the output base of one server is a folder of packages to another.
    (folder / ".bazelignore").write_text("bazel-app\n")
    bazel.must(folder, "build", ALL, disk_cache(bazel), "//:small", "//:app")
    return folder


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for seconds in _SECONDS:
        terminalreporter.write_line(f"Bazel, from cold servers and caches: {seconds:.0f} s")
