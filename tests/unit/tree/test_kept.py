"""A result that is kept holds until anything that it may depend on changes, and not a moment longer."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from opsieve.tree import kept
from opsieve.tree.kept import Kept

_FILES = ("WORKSPACE", "tensorflow/core/BUILD", "tensorflow/rules.bzl", "tensorflow/options.h.tpl", ".bazelrc")
_READ = "tensorflow/core/read.h"


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("OPSIEVE_CACHE_DIR", str(tmp_path / "cache"))
    for name in (*_FILES, _READ, "tensorflow/core/public/version.h", "tensorflow/other.h"):
        place = tmp_path / "tree" / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(name)
    time.sleep(0.03)  # as long as the clock of files may be behind
    return tmp_path / "tree"


def _kept(tree: Path, asked: object = "all", state: str = "state") -> Kept:
    return Kept("test", tree, asked, state)


def _recalled(tree: Path, asked: object = "all", state: str = "state") -> object:
    return _kept(tree, asked, state).recall(lambda content: content)


def _keep(tree: Path) -> None:
    _kept(tree).keep({"some": ["thing"]}, [_READ])
    assert _recalled(tree) == {"some": ["thing"]}


def _grow(name: str) -> Callable[[Path], object]:
    return lambda tree: (tree / name).write_text("something else")


@pytest.mark.parametrize(
    "change",
    [
        *(_grow(name) for name in (*_FILES, _READ, "tensorflow/core/public/version.h")),
        _grow("tensorflow/core/appeared.h"),
        _grow("tensorflow/core/public/release_version.h"),
        lambda tree: (tree / _READ).unlink(),
        lambda tree: (tree / "tensorflow/other.h").rename(tree / "tensorflow/another.h"),
        lambda tree: (tree / "tensorflow/core/folder").mkdir(),
        lambda tree: os.utime(tree / _READ),
    ],
)
def test_ends_with_any_change_of_the_tree(tree: Path, change: Callable[[Path], object]) -> None:
    _keep(tree)
    change(tree)
    assert _recalled(tree) is None


def test_does_not_end_with_what_was_not_read(tree: Path) -> None:
    _keep(tree)
    (tree / "tensorflow/other.h").write_text("something else")
    assert _recalled(tree) is not None


def test_is_for_what_was_asked(tree: Path) -> None:
    _keep(tree)
    assert _recalled(tree, asked="other") is None
    assert _recalled(tree, state="other") is None
    assert _recalled(tree) is not None


def test_is_not_for_another_opsieve(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _keep(tree)
    monkeypatch.setattr(kept, "own_state", lambda: "another")
    assert _recalled(tree) is None


@pytest.mark.parametrize("name", [_READ, "tensorflow/core/BUILD", "tensorflow/core/new.h"])
def test_what_changes_while_it_is_worked_out_counts(tree: Path, name: str) -> None:
    working = _kept(tree)
    time.sleep(0.03)
    (tree / name).write_text("something else")
    working.keep("made of what was before", [_READ])
    assert _recalled(tree) is None


def test_a_file_behind_a_link_counts(tree: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere/inner").mkdir(parents=True)
    (tmp_path / "elsewhere/inner/read.h").write_text("read")
    (tree / "linked").symlink_to(tmp_path / "elsewhere")
    time.sleep(0.03)
    for change in (_grow("inner/read.h"), _grow("inner/new.h"), _grow("new.h")):
        _kept(tree).keep("content", ["linked/inner/read.h"])
        assert _recalled(tree) == "content"
        change(tmp_path / "elsewhere")
        assert _recalled(tree) is None
        time.sleep(0.03)


def test_what_cannot_be_decoded_is_as_if_it_were_not_there(tree: Path, tmp_path: Path) -> None:
    _keep(tree)

    def decode(content: dict[str, object]) -> object:
        return content["missing"]

    assert _kept(tree).recall(decode) is None
    (place,) = (tmp_path / "cache").glob("test-*.json")
    for damage in (b"", b"[]", b"{", b'{"state": 1}', place.read_bytes()[:-9], b"\xff"):
        place.write_bytes(damage)
        assert _recalled(tree) is None


def test_a_cache_that_cannot_be_written_only_costs_time(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPSIEVE_CACHE_DIR", "/dev/null/cache")
    _kept(tree).keep("content", [_READ])
    assert _recalled(tree) is None
