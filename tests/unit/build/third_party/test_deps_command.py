"""`opsieve deps`: what is fetched where no package is named, and what the list says of each."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from local_registry import Registry, pinned, tar

from opsieve.build.third_party import fetch as fetching
from opsieve.build.third_party import protoc
from opsieve.build.third_party.catalog import Compiled, Package, Prebuilt
from opsieve.build.third_party.store import tool_folder
from opsieve.build.third_party.system import host_target
from opsieve.cli.deps import deps
from opsieve.errors import OpsieveError

Rows = Callable[..., Package]
_CONTENT = tar({"pkg-1.0/pkg/pkg.h": b"", "pkg-1.0/other/other.h": b""})
_ARCHIVE = pinned("pkg-1.0.tar.gz", _CONTENT)


@pytest.fixture
def programs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A PATH with nothing on it but what a test puts there."""
    protoc.tool_version.cache_clear()
    folder = tmp_path / "programs"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder


def _run(*arguments: str, store: Path) -> Result:
    done = CliRunner().invoke(deps, [*arguments, "--store", str(store)])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done


def _list(*arguments: str, store: Path) -> list[str]:
    return _run("list", "--tensorflow-version", "2.14.0", *arguments, store=store).output.splitlines()


def test_what_is_at_hand_is_left_out(registry: Registry, rows: Rows, store: Path) -> None:
    registry.add("files/pkg/pkg-1.0.tar.gz", _CONTENT)
    rows(_ARCHIVE)
    rows(_ARCHIVE, "other", needs=["pkg"])
    for wanted in ((), ("other",)):
        done = _run("fetch", "--tensorflow-version", "2.14.0", *wanted, "--without", "pkg", store=store)
        assert done.exit_code == 0
        assert "1 package for TensorFlow 2.14.0" in done.output
        assert [path.name.rpartition("-")[0] for path in store.glob("[!.]*-1.0-*")] == ["other-1.0"]


def test_a_release_alone_fetches_all_that_are_known_for_it(registry: Registry, rows: Rows, store: Path) -> None:
    registry.add("files/pkg/pkg-1.0.tar.gz", _CONTENT)
    rows(_ARCHIVE)
    rows(_ARCHIVE, "other", until="2.15")
    rows(None, "by_hand")
    done = _run("fetch", "--tensorflow-version", "2.14.0", store=store)
    assert done.exit_code == 0
    assert {path.name.rpartition("-")[0] for path in store.glob("[!.]*-1.0-*")} == {"pkg-1.0", "other-1.0"}
    assert "by_hand: no source is known that fits TensorFlow 2.14.0; give a folder with --third-party" in done.output
    assert "2 packages for TensorFlow 2.14.0" in done.output

    done = _run("fetch", "--tensorflow-version", "v2.16.1", store=store)
    assert "1 package for TensorFlow 2.16.1" in done.output
    assert "other: no source is known that fits TensorFlow 2.16.1" in done.output


def test_a_package_without_a_source_that_is_asked_for_is_an_error(rows: Rows, store: Path) -> None:
    rows(None, "by_hand")
    with pytest.raises(OpsieveError, match="by_hand: no source is known"):
        _run("fetch", "by_hand", "--tensorflow-version", "2.14.0", store=store)
    with pytest.raises(OpsieveError, match="no third-party package is called 'nosuch'"):
        _run("list", "nosuch", "--tensorflow-version", "2.14.0", store=store)


def test_names_may_be_of_tools_and_with_hyphens(rows: Rows, store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows(_ARCHIVE, "a_pkg", tools={"protoc": Compiled()})
    asked: list[tuple[str, ...]] = []

    left_out: list[tuple[str, ...]] = []

    def bring(wanted: tuple[str, ...], *_: object, without: tuple[str, ...]) -> tuple[Path, ...]:
        asked.append(tuple(wanted))
        left_out.append(without)
        return ()

    monkeypatch.setattr(fetching, "fetch", bring)
    for name in ("protoc", "a-pkg"):
        _run("fetch", name, "--without", name, "--tensorflow-version", "2.14.0", store=store)
    assert asked == [("a_pkg",), ("a_pkg",)]
    assert left_out == [("protoc",), ("a_pkg",)]
    with pytest.raises(OpsieveError, match="no third-party package is called 'nobody'"):
        _run("fetch", "--without", "nobody", "--tensorflow-version", "2.14.0", store=store)


@pytest.mark.skipif(sys.platform == "win32", reason="the stand-in for protoc is a shell script")
def test_the_list_says_where_protoc_is(rows: Rows, store: Path, programs: Path) -> None:
    row = rows(_ARCHIVE, "protobuf", tools={"protoc": Compiled()})
    start = "protoc 1.0 (MIT): "

    def said() -> str:
        protoc.tool_version.cache_clear()
        (line,) = _list("protoc", store=store)
        assert line.startswith(start)
        assert line == _list(store=store)[1] == _list("protobuf", store=store)[1]
        return line.removeprefix(start)

    assert said().startswith("protobuf's sources; not built; ")
    on_path = programs / "protoc"
    on_path.write_text("#!/bin/sh\necho libprotoc 0.9\n")
    on_path.chmod(0o755)
    assert said().startswith(f"protobuf's sources; not built ({on_path} is 0.9); ")
    made = tool_folder(row, "protoc", store)
    made.mkdir(parents=True)
    (made / "protoc").write_text("")
    assert said().startswith("protobuf's sources; built; ")
    on_path.write_text("#!/bin/sh\necho libprotoc 1.0\n")
    assert said().startswith(f"on the PATH; {on_path}; ")


@pytest.mark.usefixtures("programs")
def test_the_list_names_the_file_of_a_ready_protoc(rows: Rows, store: Path) -> None:
    ready = {("protoc", host_target()): Prebuilt(pinned("protoc.whl", b""), "protoc")}
    rows(_ARCHIVE, "protobuf", tools={"protoc": Compiled()}, prebuilt=ready)
    (line,) = _list("protoc", store=store)
    assert line.startswith("protoc 1.0 (MIT): PyPI protoc.whl; not fetched; ")


@pytest.mark.parametrize("version", ["", "abc", "2", "2.14.0 x", "2.14.0/.."])
def test_what_is_no_release_is_refused(version: str, store: Path) -> None:
    with pytest.raises(OpsieveError, match="not a release"):
        _run("list", "--tensorflow-version", version, store=store)


def test_a_tree_that_does_not_say_its_release(store: Path, tmp_path: Path) -> None:
    (tmp_path / "tensorflow/core").mkdir(parents=True)
    with pytest.raises(OpsieveError, match="does not say which release") as error:
        _run("list", "--tensorflow", str(tmp_path), store=store)
    assert "--tensorflow-version" in error.value.hint
