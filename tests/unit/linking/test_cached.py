"""What files need to link is kept until a source or a BUILD file changes, and never believed when it is broken."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from opsieve.tree.build import build_index
from opsieve.tree.index import Index
from opsieve.tree.linking import cached
from opsieve.tree.linking.cached import TreeHelpers, has_build_files, registering_files, tree_helpers

_SMALL_TREE = Path(__file__).resolve().parents[2] / "native" / "small_tree"
_MATMUL = "tensorflow/core/kernels/matmul_op_real.cc"


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("OPSIEVE_CACHE_DIR", str(tmp_path / "cache"))
    return Path(shutil.copytree(_SMALL_TREE, tmp_path / "tree"))


def _index(tree: Path) -> Index:
    return build_index(tree)


def test_kept_and_worked_out_anew_are_the_same(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    index = _index(tree)
    first = tree_helpers(tree, index)
    assert set(first) == {file for file in registering_files(index) if (tree / file).is_file()}
    assert first[_MATMUL]
    assert all((tree / helper.path).is_file() for helpers in first.values() for helper in helpers)
    with monkeypatch.context() as patched:
        patched.setattr(cached, "_found", lambda *_: pytest.fail("read again"))
        assert tree_helpers(tree, index) == first
    assert tree_helpers(tree, index, cache=False) == first


def test_a_build_file_that_changes_counts(tree: Path) -> None:
    index = _index(tree)
    before = tree_helpers(tree, index)
    (tree / "tensorflow/core/kernels/BUILD").write_text("")
    after = tree_helpers(tree, _index(tree))
    assert len(after[_MATMUL]) < len(before[_MATMUL])


def test_a_header_counts_that_only_the_runtime_includes(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tree_helpers(tree, _index(tree))
    place = tree / "tensorflow/core/platform/status.h"
    place.write_text(f"{place.read_text()}// more\n")
    index = _index(tree)
    monkeypatch.setattr(cached, "_found", lambda *_: ({"read": ()}, []))
    assert tree_helpers(tree, index) == {"read": ()}


def test_a_damaged_cache_is_not_believed(tree: Path, tmp_path: Path) -> None:
    index = _index(tree)
    first = tree_helpers(tree, index)
    (kept,) = (tmp_path / "cache").glob("links-*.json")
    for damage in (b"", b"[]", b"{", kept.read_bytes()[:-20]):
        kept.write_bytes(damage)
        assert tree_helpers(tree, index) == first


def test_a_tree_without_its_runtime_is_told_of_once(tree: Path) -> None:
    (tree / "tensorflow/core/BUILD").write_text("")
    told: list[str] = []
    helpers = TreeHelpers(tree, _index(tree), cache=True, warn=told.append)
    assert dict(helpers) == {}
    assert len(helpers) == 0
    assert len(told) == 1
    assert "BUILD" in told[0]
    assert has_build_files(tree)
    (tree / "tensorflow/core/BUILD").unlink()
    assert not has_build_files(tree)
