"""The bytes of a package, by its files."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from opsieve.size.attribution import FILE, FORMAT, LIBRARY, Attribution
from opsieve.size.package_attribution import DIRECTORY, HEADERS, TOP, attribute_package
from opsieve.size.packages import read_package
from opsieve.size.totals import by_owner, by_section
from unit.size.reading.targets import CORPUS, zipped

_LIBRARY = (CORPUS / "aarch64.so").read_bytes()
_TEXT = b"a text that is all the same " * 100


def _attributed(folder: Path, content: bytes) -> Attribution:
    path = folder / "app.apk"
    path.write_bytes(content)
    return attribute_package(read_package(path, layouts=False))


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_every_byte_is_a_files_or_the_formats(method: int, tmp_path: Path) -> None:
    content = zipped(
        ("lib/arm64-v8a/libx.so", _LIBRARY, method),
        ("assets/", b"", zipfile.ZIP_STORED),
        ("assets/model.pb", _TEXT, method),
        ("classes.dex", _TEXT, method),
        ("empty", b"", zipfile.ZIP_STORED),
        comment=b"signed",
    )
    found = _attributed(tmp_path, content)
    end = 0
    for part in found.parts:
        assert part.offset == end
        end += part.file_size
    assert end == found.file_size == len(content)
    # zipfile is the oracle of what is in it.
    with zipfile.ZipFile(tmp_path / "app.apk") as opened:
        sizes = {info.filename: (info.compress_size, info.file_size) for info in opened.infolist() if info.file_size}
    rows = {(owner.kind, owner.name): (size.file_size, size.loaded_size) for owner, size in by_owner(found)}
    overhead = {name: rows.pop((FORMAT, name))[0] for name in (HEADERS, DIRECTORY)}
    assert rows == {
        (LIBRARY if name.endswith(".so") else FILE, name): sizes[name]
        for name in ("lib/arm64-v8a/libx.so", "assets/model.pb", "classes.dex")
    }
    assert sum(overhead.values()) == len(content) - sum(compressed for compressed, _ in sizes.values())
    assert overhead[HEADERS] == sum(
        30 + len(name) for name in ("lib/arm64-v8a/libx.so", "assets/", "assets/model.pb", "classes.dex", "empty")
    )
    assert found.loaded_size == len(_LIBRARY) + 2 * len(_TEXT)
    folders = by_section(found)
    assert {name: size.loaded_size for name, size in folders.items() if size.loaded_size} == {
        "lib/arm64-v8a": len(_LIBRARY),
        "assets": len(_TEXT),
        TOP: len(_TEXT),
    }


def test_two_files_of_one_name_are_one_owner(tmp_path: Path) -> None:
    with pytest.warns(UserWarning, match="Duplicate"):
        content = zipped(("a", b"123", zipfile.ZIP_STORED), ("a", b"4567", zipfile.ZIP_STORED))
    found = _attributed(tmp_path, content)
    assert {owner.name: size.file_size for owner, size in by_owner(found) if owner.kind == FILE} == {"a": 7}
    assert sum(part.file_size for part in found.parts) == len(content)


def test_an_empty_package_is_all_directory(tmp_path: Path) -> None:
    found = _attributed(tmp_path, zipped())
    assert [(owner.name, size.file_size) for owner, size in by_owner(found)] == [(DIRECTORY, 22)]
