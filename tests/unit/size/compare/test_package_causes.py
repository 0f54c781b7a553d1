"""Why packages changed."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from opsieve.errors import OpsieveError
from opsieve.size.attribution import Attribution
from opsieve.size.compare import compare
from opsieve.size.package_attribution import attribute_package
from opsieve.size.packages import read_package
from unit.size.reading.targets import CORPUS, zipped
from unit.size.sizes import small

_LIBRARY = (CORPUS / "aarch64.so").read_bytes()
_TEXT = b"a text that is all the same " * 100
_STORED, _DEFLATED = zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED
_ARM = ("lib/arm64-v8a/libx.so", _LIBRARY, _DEFLATED)
_MODEL = ("assets/model.pb", _TEXT, _DEFLATED)
_X86 = ("lib/x86/libx.so", _LIBRARY, _DEFLATED)


def _package(folder: Path, *files: tuple[str, bytes, int]) -> Attribution:
    path = folder / "app.apk"
    path.write_bytes(zipped(*files))
    return attribute_package(read_package(path, layouts=False))


@pytest.mark.parametrize(
    ("old", "new", "what", "text"),
    [
        ((_ARM,), (_ARM, _X86), "processor-added", "processor x86 added: lib/x86/libx.so"),
        ((_ARM, _X86), (_ARM,), "processor-gone", "processor x86 gone: lib/x86/libx.so"),
        ((_ARM,), (_ARM, ("lib/arm64-v8a/liby.so", _LIBRARY, 8)), "file-added", "lib/arm64-v8a/liby.so added"),
        ((_ARM, _MODEL), (_ARM,), "file-gone", "assets/model.pb gone"),
        (
            (_ARM, _MODEL),
            ((_ARM[0], _LIBRARY, _STORED), _MODEL),
            "compression",
            "lib/arm64-v8a/libx.so stored and no longer compressed",
        ),
        (
            ((_ARM[0], _LIBRARY, _STORED),),
            (_ARM,),
            "compression",
            "lib/arm64-v8a/libx.so compressed and no longer stored",
        ),
        (
            (_ARM, _MODEL),
            (_ARM, (_MODEL[0], _TEXT + b"and more", _DEFLATED)),
            "content",
            "the content of assets/model.pb changed",
        ),
    ],
)
def test_the_cause_is_named_and_the_sum_is_the_growth(
    old: tuple[tuple[str, bytes, int], ...],
    new: tuple[tuple[str, bytes, int], ...],
    what: str,
    text: str,
    tmp_path: Path,
) -> None:
    comparison = compare(_package(tmp_path, *old), _package(tmp_path, *new))
    assert (comparison.causes[0].what, comparison.causes[0].text) == (what, text)
    assert {cause.what for cause in comparison.causes} <= {what, "zip"}
    assert comparison.growth
    assert sum(cause.growth or 0 for cause in comparison.causes) == comparison.growth


def test_what_is_the_same_has_no_cause(tmp_path: Path) -> None:
    comparison = compare(_package(tmp_path, _ARM, _MODEL), _package(tmp_path, _ARM, _MODEL))
    assert (comparison.causes, comparison.changes) == ((), ())


def test_a_package_and_a_library_are_not_compared(tmp_path: Path) -> None:
    for old, new in ((small(), _package(tmp_path, _ARM)), (_package(tmp_path, _ARM), small())):
        with pytest.raises(OpsieveError, match=r"app\.apk is a package, and libapp\.so is none"):
            compare(old, new)
