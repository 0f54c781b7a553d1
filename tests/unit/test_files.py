"""Files are written whole or not at all, and named alike on every machine."""

from __future__ import annotations

import os
import resource
import stat
from pathlib import Path

import pytest

from opsieve.errors import OpsieveError
from opsieve.files import shown_paths, write_all, write_if_changed


def test_an_equal_file_is_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "new folder" / "file"
    assert write_if_changed(path, b"one")
    os.utime(path, ns=(1, 1))
    assert not write_if_changed(path, b"one")
    assert path.stat().st_mtime_ns == 1
    assert write_if_changed(path, b"two")
    assert path.read_bytes() == b"two"
    assert list(path.parent.iterdir()) == [path]


def test_the_mode_is_what_any_new_file_has(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        write_if_changed(tmp_path / "file", b"")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "file").stat().st_mode) == 0o640


def test_what_is_in_the_way_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OpsieveError, match="file/below: cannot be written"):
        write_if_changed(tmp_path / "file" / "below", b"")


def test_a_full_disk_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "file"
    write_if_changed(path, b"old")
    resource.setrlimit(resource.RLIMIT_FSIZE, (1024, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))
    try:
        with pytest.raises(OpsieveError, match="file: cannot be written"):
            write_if_changed(path, b"x" * 4096)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_several_files_are_written_together_or_not_at_all(tmp_path: Path) -> None:
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
    resource.setrlimit(resource.RLIMIT_FSIZE, (1024, limit))
    try:
        with pytest.raises(OpsieveError, match="big: cannot be written"):
            write_all({tmp_path / "b": b"new", tmp_path / "big": b"x" * 4096})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, limit))
    assert not (tmp_path / "b").exists()
    assert not list(tmp_path.glob(".*"))


@pytest.mark.parametrize(
    ("paths", "shown"),
    [
        (["a/model.pb"], ["a/model.pb"]),
        (["/elsewhere/model.pb"], ["model.pb"]),
        (["/x/one/model.pb", "/x/two/model.pb"], ["one/model.pb", "two/model.pb"]),
        (["/x/model.pb", "/x/model.pb"], ["model.pb", "model.pb"]),
        (["/"], ["root"]),
    ],
)
def test_no_absolute_path_is_shown(paths: list[str], shown: list[str]) -> None:
    assert shown_paths([Path(path) for path in paths]) == shown


def test_below_the_current_folder_a_path_is_relative(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert shown_paths([tmp_path / "models" / "a.pb"]) == ["models/a.pb"]
