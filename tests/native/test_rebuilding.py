"""What `opsieve build` writes the second time: nothing where nothing changed, and never what held before a change."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from native.small_tree_builds import EXTRA_OPS, MLP, TREE, Workshop, workshop
from opsieve.cli.building import default_target

_KERNELS = "tensorflow/core/kernels"


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    return workshop(default_target(), tmp_path_factory.mktemp("host"))


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("OPSIEVE_CACHE_DIR", str(tmp_path / "cache"))
    return Path(shutil.copytree(TREE, tmp_path / "tree"))


def _written(host: Workshop, tree: Path, *models: Path, more: Sequence[str] = ()) -> dict[str, tuple[int, bytes]]:
    """What --makefile-only leaves: every file with its time stamp and content."""
    output = tree.parent / "out"
    command = host.command(output, *models, more=["--makefile-only", *more])
    command[command.index("--tensorflow") + 1] = tree
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    files = sorted(path for path in output.rglob("*") if path.is_file())
    return {str(path.relative_to(output)): (path.stat().st_mtime_ns, path.read_bytes()) for path in files}


def _contents(written: dict[str, tuple[int, bytes]]) -> dict[str, bytes]:
    return {name: content for name, (_, content) in written.items()}


def _append(name: str, text: str) -> Callable[[Path], object]:
    return lambda tree: (tree / name).write_text((tree / name).read_text() + text)


def _add_proto(tree: Path) -> None:
    (tree / "tensorflow/core/protobuf/new.proto").write_text('syntax = "proto3";\nmessage New {}\n')
    _append("tensorflow/core/platform/status.h", '#include "tensorflow/core/protobuf/new.pb.h"\n')(tree)


def test_a_second_run_touches_nothing(host: Workshop, tree: Path) -> None:
    first = _written(host, tree, MLP)
    assert _written(host, tree, MLP) == first


@pytest.mark.parametrize(
    "change",
    [
        _append("tensorflow/core/platform/BUILD", 'cc_library(name = "x", srcs = ["x.cc"])\n'),
        _append("tensorflow/tensorflow.bzl", "\n"),
        _append("tensorflow/core/platform/status.h", "// more\n"),
        _append("tensorflow/core/platform/status.cc", "// more\n"),
        _append(f"{_KERNELS}/matmul_op_real.cc", "// more\n"),
    ],
)
def test_a_change_of_the_tree_that_means_nothing_changes_nothing(
    change: Callable[[Path], object], host: Workshop, tree: Path
) -> None:
    first = _written(host, tree, MLP)
    change(tree)
    assert _contents(_written(host, tree, MLP)) == _contents(first)


@pytest.mark.parametrize(
    "change",
    [
        # A BUILD file: one helper less.
        lambda tree: (tree / _KERNELS / "BUILD").write_text(""),
        # A source that glob() finds.
        lambda tree: (tree / "tensorflow/core/platform/new.cc").write_text("int new_one;\n"),
        # A proto that a header asks for.
        _add_proto,
        # The flags for all files.
        lambda tree: (tree / ".bazelrc").write_text("build:linux --cxxopt=-std=c++20\n"),
        # A registration that moved to another file.
        lambda tree: (tree / _KERNELS / "matmul_op_real.cc").rename(tree / _KERNELS / "matmul_op_moved.cc"),
    ],
)
def test_a_change_of_the_tree_that_matters_changes_the_makefile(
    change: Callable[[Path], object], host: Workshop, tree: Path
) -> None:
    first = _contents(_written(host, tree, MLP))
    change(tree)
    second = _contents(_written(host, tree, MLP))
    assert second["build/build.mk"] != first["build/build.mk"]
    assert second == _contents(_written(host, tree, MLP, more=["--no-cache"]))


def test_what_is_asked_for_changes_the_makefile(host: Workshop, tree: Path) -> None:
    first = _contents(_written(host, tree, MLP))
    asked: list[tuple[tuple[Path, ...], tuple[str, ...]]] = [
        ((MLP, EXTRA_OPS), ()),
        ((MLP,), ("--register", "all")),
        ((MLP,), ("--define", "ANOTHER=1")),
    ]
    for models, more in asked:
        changed = _contents(_written(host, tree, *models, more=more))
        assert changed["build/build.mk"] != first["build/build.mk"]
        assert changed == _contents(_written(host, tree, *models, more=(*more, "--no-cache")))
    assert _contents(_written(host, tree, MLP)) == first
