"""The digest of a model file is that of its bytes, remembered or not."""

from __future__ import annotations

import hashlib
import os
import time
from pathlib import Path

import pytest

from opsieve.models import digest as module
from opsieve.models.digest import Digest
from opsieve.models.source import Source
from opsieve.resources import cache_folder


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPSIEVE_CACHE_DIR", str(tmp_path / "cache"))


def digest_of(path: Path) -> tuple[str, bool]:
    """The digest, and whether the file was hashed for it."""
    with Source(path, str(path)) as source, Digest(source) as digest:
        return digest.hexdigest(), digest._remembered is None


@pytest.mark.parametrize("size", [0, 1, 1 << 20, (1 << 20) + 1, 5_000_000])
def test_digests_are_those_of_hashlib(tmp_path: Path, size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_RACY_NS", 0)
    path = tmp_path / "file"
    path.write_bytes(os.urandom(size))
    expected = hashlib.sha256(path.read_bytes()).hexdigest()
    assert digest_of(path) == (expected, True)
    assert digest_of(path) == (expected, size <= 1 << 20)


def test_a_changed_file_is_hashed_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_RACY_NS", 0)
    path = tmp_path / "file"
    path.write_bytes(b"a" * 2_000_000)
    digest_of(path)
    stamps = path.stat()
    time.sleep(0.02)
    # The same size, and the time of modification set back: what a careless tool or an attacker would do.
    path.write_bytes(b"b" * 2_000_000)
    os.utime(path, ns=(stamps.st_atime_ns, stamps.st_mtime_ns))
    assert digest_of(path) == (hashlib.sha256(path.read_bytes()).hexdigest(), True)


def test_a_file_changed_just_now_is_not_remembered(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"a" * 2_000_000)
    digest_of(path)
    assert digest_of(path)[1]


@pytest.mark.parametrize("damage", [b"", b"x", b"\xff\xfe", b"1 2 3 " + b"0" * 64, b"0" * 64])
def test_a_damaged_memory_is_not_believed(tmp_path: Path, damage: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_RACY_NS", 0)
    path = tmp_path / "file"
    path.write_bytes(b"a" * 2_000_000)
    expected, _ = digest_of(path)
    (memory,) = (cache_folder() / "digests").iterdir()
    memory.write_bytes(damage)
    assert digest_of(path) == (expected, True)
