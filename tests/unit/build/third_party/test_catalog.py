"""third_party.yaml is sound, and tells the right package for an #include and a version."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from opsieve.build.third_party.catalog import find, load_catalog, own_file, package_of, with_needs
from opsieve.build.third_party.globs import files, matches
from opsieve.build.third_party.settings import certificates, debian_mirrors, indexes


def test_rows_are_sound() -> None:
    for row in load_catalog():
        assert row.headers, row.name
        assert row.markers, row.name
        assert row.why, row.name
        assert not row.since or not row.until or row.fits(row.since)
        assert not row.until or not row.fits(row.until)
        assert all(find(need, row.since or "2.14") for need in row.needs)
        assert all(own_file(tool.own).is_file() for tool in row.tools.values())
        assert row.archive is None or row.unpack
        if row.archive:
            assert re.fullmatch(r"[0-9a-f]{64}", row.archive.sha256)
            assert row.archive.file.endswith(".whl") == bool(row.archive.record_sha256)
            assert (row.archive.registry == "debian") == bool(row.archive.pool)
        assert {tool for tool, _ in row.prebuilt} <= set(row.tools)


@pytest.mark.parametrize("version", ["2.14.0", "2.14.1", "2.21.0", "2.21.0-rc1"])
def test_no_two_rows_of_a_package_are_for_one_version(version: str) -> None:
    names = [row.name for row in load_catalog() if row.fits(version)]
    assert len(names) == len(set(names))
    assert {"eigen", "abseil", "protobuf", "ml_dtypes", "zlib", "nsync"} <= set(names)


@pytest.mark.parametrize(
    ("include", "version", "name"),
    [
        ("absl/strings/str_cat.h", "2.14.0", "abseil"),
        ("unsupported/Eigen/CXX11/Tensor", "2.21.0", "eigen"),
        ("Eigen/Core", "2.14.0", "eigen"),
        ("google/protobuf/message.h", "2.21.0", "protobuf"),
        ("include/float8.h", "2.14.0", "ml_dtypes"),
        ("ml_dtypes/include/float8.h", "2.21.0", "ml_dtypes"),
        ("ml_dtypes/include/float8.h", "2.14.0", None),
        ("nsync_cv.h", "2.14.0", "nsync"),
        ("third_party/fft2d/fft.h", "2.14.0", "fft2d"),
        ("tensorflow/core/platform/png.h", "2.14.0", None),
        ("png.h", "2.14.0", "png"),
        ("vector", "2.14.0", None),
    ],
)
def test_the_package_of_an_include(include: str, version: str, name: str | None) -> None:
    assert package_of(include, version) == name


def test_versions_pick_their_rows() -> None:
    assert [find("protobuf", version) and find("protobuf", version).version for version in ("2.14.1", "2.21.0")] == [  # type: ignore[union-attr]
        "3.21.12",
        "31.1",
    ]
    assert find("abseil", "2.18.0") is None


def test_what_is_needed_comes_after_what_needs_it() -> None:
    assert with_needs(["abseil", "protobuf", "farmhash"], "2.21.0") == ("protobuf", "abseil", "farmhash")
    assert with_needs(["png"], "2.14.0") == ("png", "zlib")
    assert with_needs(["protobuf"], "2.14.0") == ("protobuf",)


def test_globs(tmp_path: Path) -> None:
    assert matches("a/b/c.cc", ["a/**/*.cc"])
    assert matches("a/c.cc", ["a/**/*.cc"])
    assert not matches("b/c.cc", ["a/**/*.cc"])
    assert not matches("a/b/c.cc", ["a/*.cc"])
    assert matches("x.h", ["*.[ch]"])
    assert matches("a+b.c", ["a+b.c"])
    assert not matches("aab.c", ["a+b.c"])
    for name in ("a.cc", "b/c.cc", "b/c_test.cc", ".git/d.cc"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("")
    assert files(tmp_path, ["**/*.cc"], ["**/*_test.cc"]) == ("a.cc", "b/c.cc")
    assert files(tmp_path, ["b/c.cc", "nothing.cc"]) == ("b/c.cc",)


def test_settings_of_pip(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_CERT", "PIP_NO_INDEX"):
        monkeypatch.delenv(name, raising=False)
    own = tmp_path / "pip.conf"
    own.write_text(
        "[global]\nindex-url = https://mirror.example/simple/\n"
        "extra-index-url =\n  https://a.example\n  https://b.example\ncert = /c.pem\n"
    )
    monkeypatch.setenv("PIP_CONFIG_FILE", str(own))
    assert indexes() == ("https://mirror.example/simple", "https://a.example", "https://b.example")
    assert certificates() == "/c.pem"
    monkeypatch.setenv("PIP_INDEX_URL", "https://env.example/simple")
    assert indexes()[0] == "https://env.example/simple"
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    assert indexes() == ()


def test_settings_of_apt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "sources.list.d").mkdir()
    (tmp_path / "sources.list").write_text(
        "# deb http://no.example/debian x main\ndeb http://one.example/debian/ x main\n"
    )
    (tmp_path / "sources.list.d/two.sources").write_text("Types: deb\nURIs: https://two.example/debian\nSuites: x\n")
    (tmp_path / "sources.list.d/other.list").write_text("deb https://packages.example/apt x main\n")
    monkeypatch.delenv("OPSIEVE_DEBIAN_MIRROR", raising=False)
    assert debian_mirrors(tmp_path) == ("http://one.example/debian", "https://two.example/debian")
    monkeypatch.setenv("OPSIEVE_DEBIAN_MIRROR", "https://mine.example/debian/")
    assert debian_mirrors(tmp_path)[0] == "https://mine.example/debian"
