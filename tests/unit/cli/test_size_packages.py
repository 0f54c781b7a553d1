"""`opsieve size` of packages, as a user runs it."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from opsieve.size.reading import layout_of
from unit.size.reading.targets import CORPUS, zipped

_LIBRARY = (CORPUS / "aarch64.so").read_bytes()
_NAME = "lib/arm64-v8a/libx.so"
_TEXT = b"a text that is all the same " * 100


class _Place:
    """A folder with old.apk and new.apk, whose library is stored."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name, method in (("old.apk", zipfile.ZIP_DEFLATED), ("new.apk", zipfile.ZIP_STORED)):
            content = zipped((_NAME, _LIBRARY, method), ("assets/model.pb", _TEXT, zipfile.ZIP_DEFLATED))
            (folder / name).write_bytes(content)

    def size(self, name: str) -> int:
        return (self.folder / name).stat().st_size

    def run(self, *arguments: str) -> tuple[int, str, str]:
        done = subprocess.run(
            [sys.executable, "-m", "opsieve", "size", *arguments],
            cwd=self.folder,
            env=os.environ,
            capture_output=True,
            text=True,
            check=False,
        )
        assert "Traceback" not in done.stderr
        return done.returncode, done.stdout, done.stderr


@pytest.fixture
def place(tmp_path: Path) -> _Place:
    return _Place(tmp_path)


def test_report_lists_libraries_first_and_sums_to_the_file(place: _Place) -> None:
    status, output, errors = place.run("report", "old.apk")
    assert (status, errors) == (0, "old.apk: attributed by zip directory\n")
    lines = output.splitlines()
    assert lines[0] == "old.apk: package"
    assert lines[1].split() == ["in", "the", "package", "unpacked"]
    with zipfile.ZipFile(place.folder / "old.apk") as opened:
        rows = [(f"{info.compress_size:,}", f"{info.file_size:,}", info.filename) for info in opened.infolist()]
    listed = [
        (words[0], words[2], words[3])
        for words in map(str.split, lines)
        if words and words[-1] in dict.fromkeys(name for _, _, name in rows)
    ]
    assert listed == rows
    heads = [line for line in lines if line.endswith(":")]
    assert heads == ["library:", "file:", "format:"]


def test_report_for_programs(place: _Place) -> None:
    status, output, _ = place.run("report", "old.apk", "--format", "json")
    assert status == 0
    document = json.loads(output)
    assert (document["schema"], document["kind"], document["file_size"]) == (1, "package", place.size("old.apk"))
    for rows in (document["owners"], document["sections"]):
        assert sum(row["file_size"] for row in rows) == place.size("old.apk")
    assert document["loaded_size"] == len(_LIBRARY) + len(_TEXT)
    status, output, _ = place.run("report", "old.apk", "--format", "csv")
    cells = list(csv.DictReader(io.StringIO(output)))
    assert sum(int(row["file_size"]) for row in cells) == place.size("old.apk")
    assert [(row["kind"], row["owner"]) for row in cells if row["kind"] != "format"] == [
        ("library", _NAME),
        ("file", "assets/model.pb"),
    ]
    status, output, _ = place.run("report", "old.apk", "--format", "html")
    assert "Unpacked" in output


@pytest.mark.parametrize("package", ["old.apk", "new.apk"])
def test_a_library_in_it(package: str, place: _Place) -> None:
    status, output, errors = place.run("report", package, "--member", _NAME, "--format", "json")
    assert status == 0
    assert errors.startswith(f"{package}({_NAME}): attributed by ")
    document = json.loads(output)
    expected = layout_of(_LIBRARY, "x")
    assert (document["file"], document["kind"]) == (f"{package}({_NAME})", expected.kind)
    assert sum(row["file_size"] for row in document["owners"]) == document["file_size"] == len(_LIBRARY)


def test_diff_says_why(place: _Place) -> None:
    growth = place.size("new.apk") - place.size("old.apk")
    status, output, _ = place.run("diff", "old.apk", "new.apk")
    assert status == 0
    assert f"{growth:+,}" in output.splitlines()[1]
    assert f"{_NAME} stored and no longer compressed" in output
    assert "without symbols" not in output
    assert place.run("diff", "old.apk", "new.apk", "--format", "html", "-o", "diff.html")[0] == 0
    assert f"{_NAME} stored and no longer compressed" in (place.folder / "diff.html").read_text(encoding="utf-8")
    # A member is of those of the two that are packages.
    (place.folder / "libx.so").write_bytes(_LIBRARY)
    for old, new in (("old.apk", "new.apk"), ("libx.so", "new.apk"), ("old.apk", "libx.so")):
        status, output, _ = place.run("diff", old, new, "--member", _NAME)
        assert status == 0
        assert f"in the file: {len(_LIBRARY):,} → {len(_LIBRARY):,}" in output


def test_baseline_and_check(place: _Place) -> None:
    assert place.run("baseline", "old.apk", "-o", "old.json")[0] == 0
    (place.folder / "budgets.yaml").write_text(
        f"unpacked: {len(_LIBRARY) + len(_TEXT)}\n"
        "members: {'lib/*/*.so': 4 KB}\n"
        "stripped: 1\n"
        "targets: {package: {total: {growth: 10}}}\n"
    )
    status, output, errors = place.run("check", "new.apk", "--budget", "budgets.yaml", "--baseline", "old.json")
    growth = place.size("new.apk") - place.size("old.apk")
    assert status == 1
    assert errors == (
        "new.apk: attributed by zip directory\n"
        "new.apk: 1 limit of libraries not checked, as it is a package\n"
        "new.apk: 2 of 3 size budgets exceeded\n"
    )
    assert f"budgets.yaml:2: member {_NAME}: {len(_LIBRARY):,} bytes" in output
    assert f"budgets.yaml:4: total: {place.size('new.apk'):,} bytes" in output
    assert f"{growth - 10:,} over" in output
    assert "stored and no longer compressed" in output
    (place.folder / "budgets.yaml").write_text("total: 1 MB\n")
    assert place.run("check", "new.apk", "--budget", "budgets.yaml")[:2] == (0, "")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("report", "old.apk", "--member", "libx.so"), f"hint: it has '{_NAME}'"),
        (("report", "old.apk", "--member", "assets/model.pb"), "old.apk(assets/model.pb): "),
        (("report", "old.apk", "--map", "x.map"), "old.apk: a package, and --map is of a library"),
        (("report", "libx.so", "--member", _NAME), "libx.so: not a package"),
        (("report", "short.apk"), "short.apk: "),
        (("diff", "old.apk", "libx.so"), "old.apk is a package, and libx.so is none"),
        (("diff", "libx.so", "libx.so", "--member", _NAME), "libx.so: not a package"),
    ],
)
def test_what_is_wrong_has_status_2(arguments: tuple[str, ...], said: str, place: _Place) -> None:
    (place.folder / "libx.so").write_bytes(_LIBRARY)
    (place.folder / "short.apk").write_bytes((place.folder / "old.apk").read_bytes()[:-30])
    status, output, errors = place.run(*arguments)
    assert (status, output) == (2, "")
    assert said in errors
