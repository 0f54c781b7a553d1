"""What files need of a tree: kept and worked out anew are the same, and every change of the tree is seen."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from opsieve.build import needed as module
from opsieve.build.needed import Needed, needed
from opsieve.tree.build import build_index

_SMALL_TREE = Path(__file__).resolve().parents[2] / "native" / "small_tree"
_KERNELS = "tensorflow/core/kernels"
_MATMUL = f"{_KERNELS}/matmul_op_real.cc"
_SQUARE = f"{_KERNELS}/cwise_op_square.cc"


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("OPSIEVE_CACHE_DIR", str(tmp_path / "cache"))
    return Path(shutil.copytree(_SMALL_TREE, tmp_path / "tree"))


def _needed(
    tree: Path,
    *files: str,
    configuration: str = "linux",
    defines: Mapping[str, str] | None = None,
    cache: bool = True,
) -> Needed:
    index = build_index(tree)
    asked = files or (_MATMUL,)
    return needed(tree, index, configuration, {**index.defines, **(defines or {})}, asked, cache=cache)


def _append(name: str, text: str) -> Callable[[Path], object]:
    def change(tree: Path) -> None:
        place = tree / name
        place.write_text(place.read_text() + text if place.exists() else text)

    return change


def test_kept_and_worked_out_anew_are_the_same(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = _needed(tree)
    assert first.helpers[_MATMUL]
    assert first.manifest.sources
    assert first.manifest.third_party
    with monkeypatch.context() as patched:
        patched.setattr(module, "_found", lambda *_: pytest.fail("BUILD files are evaluated again"))
        assert _needed(tree) == first
    assert _needed(tree, cache=False) == first


@pytest.mark.parametrize(
    "change",
    [
        # A BUILD file.
        lambda tree: (tree / _KERNELS / "BUILD").write_text(""),
        # A rule that BUILD files load, through which a define comes.
        _append("tensorflow/tensorflow.bzl", "\n"),
        # A header, which only a source of the runtime includes.
        _append("tensorflow/core/platform/status.h", '#include "zlib.h"\n'),
        # A source of the runtime, one that was selected, and a helper.
        _append("tensorflow/core/platform/status.cc", '#include "zlib.h"\n'),
        _append(_MATMUL, '#include "zlib.h"\n'),
        _append(f"{_KERNELS}/matmul_functor_float.cc", '#include "zlib.h"\n'),
        # A proto.
        _append("tensorflow/core/protobuf/config.proto", 'import "tensorflow/core/protobuf/meta_graph.proto";\n'),
        # The language.
        lambda tree: (tree / ".bazelrc").write_text("build:linux --cxxopt=-std=c++20\n"),
        # The version.
        _append("tensorflow/core/public/version.h", "\n#define TF_PATCH_VERSION 7\n"),
        # A file that glob() finds.
        _append(f"{_KERNELS}/matmul_functor_new.cc", '#include "tensorflow/core/kernels/matmul_functor.h"\n'),
    ],
)
def test_a_change_of_the_tree_is_seen(tree: Path, change: Callable[[Path], object]) -> None:
    _needed(tree)
    change(tree)
    assert _needed(tree) == _needed(tree, cache=False)


@pytest.mark.parametrize("name", ["tensorflow/core/platform/status.h", "tensorflow/core/platform/status.cc", _MATMUL])
def test_an_include_more_is_a_package_more(tree: Path, name: str) -> None:
    assert "zlib" not in {need.name for need in _needed(tree).manifest.third_party}
    _append(name, '#include "zlib.h"\n')(tree)
    assert "zlib" in {need.name for need in _needed(tree).manifest.third_party}


def test_what_is_asked_for_counts(tree: Path) -> None:
    first = _needed(tree)
    more = _needed(tree, _MATMUL, _SQUARE)
    assert set(more.helpers) == {_MATMUL, _SQUARE}
    defined = _needed(tree, defines={"ANOTHER": "1"})
    assert set(defined.manifest.defines) - set(first.manifest.defines) == {"ANOTHER"}
    assert _needed(tree, configuration="android").manifest.configuration == "android"
    assert _needed(tree) == first


def test_a_damaged_cache_is_not_believed(tree: Path, tmp_path: Path) -> None:
    first = _needed(tree)
    (place,) = (tmp_path / "cache").glob("runtime-*.json")
    content = place.read_bytes()
    for damage in (b"", b"[]", content[:-20], content.replace(b'"manifest"', b'"manifold"')):
        place.write_bytes(damage)
        assert _needed(tree) == first
