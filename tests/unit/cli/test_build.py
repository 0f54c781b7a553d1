"""`opsieve build` and `opsieve deps` before anything is compiled: what is wrong is said at once, with what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from opsieve.resources import resource
from unit.cli.test_commands import Place

_TREE = str(Path(__file__).resolve().parents[2] / "native" / "small_tree")
_MLP = str(resource("data/demo/digits_mlp.pb"))


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def _build(place: Place, *more: str, tree: str = _TREE) -> str:
    status, output, errors = place.run("build", _MLP, "--tensorflow", tree, "-o", "out", *more)
    assert (status, output) == (2, "")
    assert "Traceback" not in errors
    assert not (place.folder / "out").exists()
    return errors


def test_what_is_missing_is_named_at_once_with_the_command_that_fetches_it(place: Place) -> None:
    errors = _build(place, "--store", "store")
    assert "protobuf" in errors
    assert "opsieve deps fetch --tensorflow-version" in errors
    assert "--store store" in errors


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--target", "amiga"), "there is no target 'amiga'"),
        (("--target", "android-arm64"), "ANDROID_NDK_HOME"),
        (("--target", "missing.yaml"), "missing.yaml"),
        (("--third-party", "eigen"), "--third-party eigen: not NAME=DIR"),
        (("--third-party", "a=b", "--third-party", "a=c"), "given twice"),
        (("--third-party", "nosuch=."), "nosuch"),
        (("--third-party", "protobuf=missing"), "missing"),
        (("--preset", "desktop"), "portable runtime"),
        (("--register", "missing.h"), "missing.h"),
        (("-o", ""), "the path is empty"),
        (("--objects", ""), "the path is empty"),
    ],
)
def test_a_wrong_option_is_named(
    place: Place, options: tuple[str, ...], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("ANDROID_NDK_HOME", "ANDROID_NDK_ROOT", "ANDROID_NDK"):
        monkeypatch.delenv(name, raising=False)
    assert said in _build(place, *options)


def test_an_index_cannot_be_compiled(place: Place) -> None:
    (place.folder / "index.json").write_text("{}")
    assert "not a source tree" in _build(place, tree="index.json")


def test_deps_lists_what_fits_a_release(place: Place) -> None:
    status, output, _ = place.run("deps", "list", "--tensorflow-version", "2.14.0", "--store", "store")
    assert status == 0
    assert "protobuf 3.21.12 (BSD-3-Clause)" in output
    assert "not fetched" in output
    assert "protoc 3.21.12 (BSD-3-Clause)" in output
    status, output, _ = place.run("deps", "list", "zlib", "--tensorflow-version", "2.14.0")
    assert [line.split()[0] for line in output.splitlines()] == ["zlib"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("fetch",), "--tensorflow"),
        (("fetch", "--tensorflow-version", "two"), "not a release"),
        (("fetch", "nosuch", "--tensorflow-version", "2.14.0"), "nosuch"),
        (("list", "--tensorflow", "missing"), "missing"),
    ],
)
def test_deps_says_what_is_wrong(place: Place, arguments: tuple[str, ...], said: str) -> None:
    status, _, errors = place.run("deps", *arguments)
    assert status == 2
    assert said in errors
    assert "Traceback" not in errors
