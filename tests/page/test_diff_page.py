"""The page of `opsieve size diff --format html`, made by the command and looked at in Chromium."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from opsieve.size.compare.document import to_json
from unit.size.reading.targets import CORPUS, zipped
from unit.size.sizes import kernel_owner, lock_with, small

_LIBRARY = (CORPUS / "aarch64.so").read_bytes()
_A, _C = ("AddV2", "float", "a.pb", "node A"), ("Mul", "float", "b.pb", "node <i>C</i>")


def _diff(folder: Path, old: str, new: str) -> tuple[bytes, str]:
    """The page, and what was said."""
    done = subprocess.run(
        [sys.executable, "-m", "opsieve", "size", "diff", old, new, "--format", "html", "-o", "diff.html"],
        cwd=folder,
        env=os.environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "")
    return (folder / "diff.html").read_bytes(), done.stderr


def _baselines(folder: Path) -> None:
    more = kernel_owner("Mul", "float", "b.pb"), "Mul::Compute()", 700
    (folder / "old.json").write_bytes(to_json(small(lock=lock_with(_A))))
    (folder / "new.json").write_bytes(to_json(small(more, lock=lock_with(_A, _C))))


def _packages(folder: Path) -> None:
    for name, method in (("old.apk", zipfile.ZIP_DEFLATED), ("new.apk", zipfile.ZIP_STORED)):
        (folder / name).write_bytes(zipped(("lib/arm64-v8a/libx.so", _LIBRARY, method), ("a", b"a" * 999, 8)))


def test_libraries_are_compared_down_to_symbols(show: Any, tmp_path: Path) -> None:
    for name in ("aarch64.so", "stripped.so"):
        (tmp_path / name).write_bytes((CORPUS / name).read_bytes())
    page, said = _diff(tmp_path, "stripped.so", "aarch64.so")
    assert "compares owners" not in said
    opened = show(page)
    assert opened.trail() == ["aarch64.so"]
    opened.page.locator("#level").select_option("symbol")
    assert len(opened.rows()) > 5
    assert "symbols not known" not in opened.rows()


def test_baselines_are_compared_by_owner_and_it_says_why(show: Any, tmp_path: Path) -> None:
    _baselines(tmp_path)
    page, said = _diff(tmp_path, "old.json", "new.json")
    assert said.startswith("the page compares owners: a baseline or report keeps no symbols")
    opened = show(page)
    assert opened.names(".why tbody tr")[0].split("\t") == [
        "+700 B",
        "op Mul (DT_FLOAT) because model b.pb node <i>C</i>",
    ]
    opened.page.locator("#level").select_option("owner")
    assert opened.rows() == ["Mul/BinaryOp<CPUDevice, functor::mul<float>>", ".symtab"]
    assert opened.page.locator(".change.up").first.inner_text() == "+724 B (+10.8 %)"
    assert "owners alone" in opened.page.locator("#notes").inner_text()
    opened.page.get_by_text("Sizes", exact=True).click()
    assert len(opened.rows()) == 7


def test_packages_are_compared_by_file(show: Any, tmp_path: Path) -> None:
    _packages(tmp_path)
    opened = show(_diff(tmp_path, "old.apk", "new.apk")[0])
    assert opened.names("#figures dt") == ["In the package", "Unpacked"]
    assert "stored and no longer compressed" in opened.names(".why tbody tr")[0]
    assert opened.rows() == ["lib/arm64-v8a/libx.so"]
    opened.page.locator("#level").select_option("symbol")
    assert opened.rows()[0] == "libx.so"
    opened.page.locator(".choice").get_by_text("Unpacked", exact=True).click()
    assert opened.rows() == []


@pytest.mark.parametrize("width", [320, 390])
def test_a_phone(show: Any, tmp_path: Path, width: int) -> None:
    _baselines(tmp_path)
    opened = show(_diff(tmp_path, "old.json", "new.json")[0], viewport={"width": width, "height": 740}, is_mobile=True)
    assert opened.page.evaluate("document.documentElement.scrollWidth") <= width
    assert opened.page.locator(".why").bounding_box()["width"] > width * 0.8


def test_the_reasons_are_there_without_scripts(show: Any, tmp_path: Path) -> None:
    _baselines(tmp_path)
    opened = show(_diff(tmp_path, "old.json", "new.json")[0], wait="noscript table", java_script_enabled=False)
    assert "op Mul (DT_FLOAT)" in opened.page.locator(".why").inner_text()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_accessibility_rules(show: Any, tmp_path: Path, scheme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="checks rules with axe-core")
    _baselines(tmp_path)
    opened = show(_diff(tmp_path, "old.json", "new.json")[0], color_scheme=scheme, bypass_csp=True)
    opened.page.wait_for_timeout(400)
    found = axe.Axe().run(opened.page)
    assert [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found.response["violations"]] == []
