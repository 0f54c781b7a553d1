"""Templates and data are found wherever opsieve runs: a checkout, an installed wheel, Bazel's runfiles."""

from __future__ import annotations

from pathlib import Path

import pytest

from opsieve import resources
from opsieve.resources import cache_folder, load_yaml, resource


def test_in_a_checkout_both_places_are_looked_at() -> None:
    assert (resource("templates") / "ops_to_register.h.j2").is_file()
    assert resource("data/demo").is_dir()


def test_what_is_not_there_is_named() -> None:
    with pytest.raises(FileNotFoundError, match="no_such_file"):
        resource("no_such_file")


@pytest.mark.parametrize("workspace", ["_main", "opsieve"])
def test_bazels_runfiles_are_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, workspace: str) -> None:
    """As when Bazel puts the package and the templates into different places."""
    (tmp_path / workspace / "templates").mkdir(parents=True)
    (tmp_path / workspace / "tools" / "opsieve" / "data").mkdir(parents=True)
    monkeypatch.setenv("RUNFILES_DIR", str(tmp_path))
    monkeypatch.setattr(resources, "_PACKAGE", tmp_path / "nowhere" / "opsieve")
    assert resource("templates") == tmp_path / workspace / "templates"
    assert resource("data") == tmp_path / workspace / "tools" / "opsieve" / "data"


def test_a_user_without_a_home_has_no_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def homeless() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("OPSIEVE_CACHE_DIR", raising=False)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr(Path, "home", homeless)
    file = tmp_path / "rows.yaml"
    file.write_text("[1]")
    assert load_yaml(file) == [1]
    assert not cache_folder().exists()


def test_the_cache_goes_where_the_user_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/someone")
    monkeypatch.delenv("OPSIEVE_CACHE_DIR", raising=False)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    assert cache_folder() == Path("/home/someone/.cache/opsieve")
    monkeypatch.setenv("XDG_CACHE_HOME", "/caches")
    assert cache_folder() == Path("/caches/opsieve")
    monkeypatch.setenv("OPSIEVE_CACHE_DIR", "/mine")
    assert cache_folder() == Path("/mine")


@pytest.mark.parametrize("damage", [None, b"", b"{", b"\xff"])
def test_yaml_is_read_alike_from_the_file_and_from_the_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damage: bytes | None
) -> None:
    monkeypatch.setenv("OPSIEVE_CACHE_DIR", str(tmp_path / "cache"))
    file = tmp_path / "rows.yaml"
    file.write_text("- {a: [1, x], b: 1.5}\n- null\n")
    expected = [{"a": [1, "x"], "b": 1.5}, None]
    assert load_yaml(file) == expected
    (kept,) = (tmp_path / "cache" / "yaml").iterdir()
    if damage is not None:
        kept.write_bytes(damage)
    assert load_yaml(file) == expected
    file.write_text("changed: true\n")
    assert load_yaml(file) == {"changed": True}


def test_yaml_is_read_where_no_cache_can_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "rows.yaml"
    file.write_text("[1]")
    monkeypatch.setenv("OPSIEVE_CACHE_DIR", str(file / "below"))
    assert load_yaml(file) == [1]
