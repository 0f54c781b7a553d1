"""Packages: every byte counted, libraries found by what they are, bombs refused."""

from __future__ import annotations

import struct
import zipfile
import zlib
from pathlib import Path

import pytest

from opsieve.errors import OpsieveError
from opsieve.size.packages import Package, is_package, read_package, unpacked_member
from opsieve.size.reading import layout_of
from unit.size.fuzzing import fuzz
from unit.size.reading.targets import CORPUS, TARGETS, checked, zipped

_LIBRARY = (CORPUS / "aarch64.so").read_bytes()
_APPLE = (CORPUS / "x86_64.dylib").read_bytes()
_TEXT = b"a text that is all the same " * 100


def _package(folder: Path, content: bytes, *, layouts: bool = True) -> Package:
    path = folder / "app.apk"
    path.write_bytes(content)
    return read_package(path, layouts=layouts)


def _deflated(content: bytes) -> int:
    """How long zipfile's method makes it."""
    compressor = zlib.compressobj(-1, zlib.DEFLATED, -15)
    return len(compressor.compress(content) + compressor.flush())


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_files_and_libraries(method: int, tmp_path: Path) -> None:
    content = zipped(
        ("lib/arm64-v8a/libx.so", _LIBRARY, method),
        ("assets/", b"", zipfile.ZIP_STORED),
        ("assets/not-a-library.so", _TEXT, method),
        ("Payload/App.app/App", _APPLE, method),
        ("empty", b"", zipfile.ZIP_STORED),
        comment=b"signed",
    )
    package = _package(tmp_path, content)
    assert is_package(tmp_path / "app.apk")
    assert package.file_size == len(content)
    assert package.overhead + sum(file.compressed_size for file in package.files) == len(content)
    assert [(file.name, file.size, file.native) for file in package.files] == [
        ("lib/arm64-v8a/libx.so", len(_LIBRARY), True),
        ("assets/not-a-library.so", len(_TEXT), False),
        ("Payload/App.app/App", len(_APPLE), True),
        ("empty", 0, False),
    ]
    if method == zipfile.ZIP_DEFLATED:
        assert [file.compressed_size for file in package.files[:2]] == [_deflated(_LIBRARY), _deflated(_TEXT)]
    for file, original in ((package.files[0], _LIBRARY), (package.files[2], _APPLE)):
        assert file.layout is not None
        assert checked(file.layout).sections == layout_of(original, "x").sections
        assert file.layout.path == f"{tmp_path / 'app.apk'}({file.name})"
        if method == zipfile.ZIP_STORED:
            assert content[file.offset : file.offset + file.compressed_size] == original


def test_layouts_only_when_asked_for(tmp_path: Path) -> None:
    package = _package(tmp_path, zipped(("libx.so", _LIBRARY, zipfile.ZIP_DEFLATED)), layouts=False)
    assert [(file.native, file.layout) for file in package.files] == [(True, None)]


def test_alignment_and_signatures_are_overhead(tmp_path: Path) -> None:
    """As zipalign pads a local header, and as a signing block lies in front of the directory."""
    plain = zipped(("libx.so", _LIBRARY, zipfile.ZIP_STORED))
    header = 30 + len("libx.so")
    directory = plain.index(b"PK\x01\x02")
    aligned = bytearray(
        plain[:header] + bytes(4096 - header) + plain[header:directory] + bytes(500) + plain[directory:]
    )
    aligned[28:30] = struct.pack("<H", 4096 - header)
    aligned[-6:-2] = struct.pack("<I", directory + 4096 - header + 500)
    package = _package(tmp_path, bytes(aligned))
    assert package.files[0].offset == 4096
    assert package.overhead == len(aligned) - len(_LIBRARY)
    assert package.files[0].layout is not None


def _overlapping() -> bytes:
    """Two rows of the directory for one content."""
    plain = zipped(("a", _TEXT, zipfile.ZIP_DEFLATED))
    directory, end = plain.index(b"PK\x01\x02"), plain.index(b"PK\x05\x06")
    row = plain[directory:end]
    tail = struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, 2, 2, 2 * len(row), directory, 0)
    return plain[:directory] + row * 2 + tail


def _encrypted() -> bytes:
    """As an archive with a password says it, in the file's header and in the directory."""
    content = bytearray(zipped(("libx.so", _LIBRARY, zipfile.ZIP_STORED)))
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    return bytes(content)


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"PK\x03\x04", "cannot be unpacked"),
        (zipped(("a", _TEXT, zipfile.ZIP_STORED))[:-10], "cannot be unpacked"),
        (_overlapping(), "overlaps the file before it"),
        (zipped(("a", _TEXT, zipfile.ZIP_LZMA)), "'a' is compressed with .* method 14"),
        (_encrypted(), r"'libx\.so' is encrypted"),
        (zipped(("a.so", _LIBRARY[:100], zipfile.ZIP_DEFLATED)), r"a\.so\): "),
        (b"PK\x01\x02" * ((1 << 18) + 1) + zipped(), "more than 262144 files"),
    ],
)
def test_says_what_is_wrong(content: bytes, what: str, tmp_path: Path) -> None:
    with pytest.raises(OpsieveError, match=what) as error:
        _package(tmp_path, content)
    assert error.value.message.startswith(str(tmp_path / "app.apk"))


def test_bombs_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("opsieve.size.packages._LARGEST_LIBRARIES", 1 << 22)
    with pytest.raises(OpsieveError, match=r"libx\.so\): the libraries take more than"):
        _package(tmp_path, zipped(("libx.so", _LIBRARY + bytes(1 << 23), zipfile.ZIP_DEFLATED)))


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_one_file_is_unpacked(method: int, tmp_path: Path) -> None:
    path = tmp_path / "app.apk"
    path.write_bytes(zipped(("lib/arm64-v8a/libx.so", _LIBRARY, method), ("b", _TEXT, method)))
    with unpacked_member(path, "lib/arm64-v8a/libx.so") as unpacked:
        assert unpacked.read_bytes() == _LIBRARY
    assert not unpacked.exists()


@pytest.mark.parametrize(
    ("asked", "hint"),
    [
        ("lib/arm64/libx.so", "it has 'lib/arm64-v8a/libx.so', 'lib/x86/libx.so'"),
        ("libx.so", "it has 'lib/arm64-v8a/libx.so', 'lib/x86/libx.so'"),
        ("assets/modle.pb", "it has 'assets/model.pb'"),
        ("lib/", "`opsieve size report` of the package lists its files"),
    ],
)
def test_near_names_are_listed(asked: str, hint: str, tmp_path: Path) -> None:
    names = ("lib/arm64-v8a/libx.so", "lib/x86/libx.so", "assets/model.pb")
    path = tmp_path / "app.apk"
    path.write_bytes(zipped(*((name, _TEXT, zipfile.ZIP_STORED) for name in names)))
    with pytest.raises(OpsieveError, match="has no file") as error, unpacked_member(path, asked):
        pass
    assert error.value.hint == hint


def test_one_file_of_a_bomb_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("opsieve.size.packages._LARGEST_LIBRARIES", 1 << 20)
    path = tmp_path / "app.apk"
    path.write_bytes(zipped(("a", bytes(1 << 22), zipfile.ZIP_DEFLATED)))
    with pytest.raises(OpsieveError, match=r"app\.apk\(a\): the libraries take more"), unpacked_member(path, "a"):
        pass


def test_changed_packages() -> None:
    read, seeds = TARGETS["package"]
    fuzz(read, seeds(), 300, 0)
