"""Every BUILD and .bzl file, as buildifier would write it, without a warning."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from bazel.bazel import ROOT

_PACKAGE = "@bazel/buildifier@8.2.1"
_NAMES = ("BUILD", "WORKSPACE", "MODULE.bazel")
_FOLDERS = ("rules", "tests/bazel", "examples", ".bcr")
# Trees of TensorFlow's shape keep TensorFlow's idioms.
_FOREIGN = ("tests/bazel/org_tensorflow",)
# What stands in for rules that this Bazel has built in has to name these.
_SHIMS = "tests/bazel/shims"
_NATIVE = (
    *("cc-binary", "cc-common", "cc-import", "cc-info", "cc-library", "cc-objc-library", "cc-proto", "cc-test"),
    *("cc-toolchain", "cc-toolchain-suite", "py", "sh-binary", "sh-library", "sh-test"),
)


@pytest.fixture(scope="module")
def buildifier(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The program: installed, or fetched from npm."""
    installed = shutil.which("buildifier")
    if installed:
        return installed
    if shutil.which("npm") is None:
        pytest.skip("neither buildifier nor npm, which fetches it, is installed")
    folder = tmp_path_factory.mktemp("npm")
    command = ["npm", "install", "--prefix", str(folder), "--no-audit", "--no-fund", "--silent", _PACKAGE]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=180)
    except subprocess.TimeoutExpired:
        pytest.skip(f"npm does not fetch {_PACKAGE} in three minutes")
    program = folder / "node_modules" / ".bin" / "buildifier"
    if done.returncode or not program.exists():
        pytest.skip(f"npm cannot fetch {_PACKAGE}")
    return str(program)


def _files() -> tuple[list[Path], list[Path]]:
    """Our files, and the stand-ins."""
    found = [ROOT / name for name in _NAMES if (ROOT / name).is_file()]
    for folder in _FOLDERS:
        found += [path for path in (ROOT / folder).rglob("*") if path.name in _NAMES or path.suffix == ".bzl"]
    own = [path for path in sorted(found) if not str(path.relative_to(ROOT)).startswith(_FOREIGN)]
    shims = [path for path in own if str(path.relative_to(ROOT)).startswith(_SHIMS)]
    return [path for path in own if path not in shims], shims


def _complaints(buildifier: str, files: Sequence[Path], warnings: str) -> str:
    command = [buildifier, "-mode=check", "-lint=warn", f"-warnings={warnings}", *map(str, files)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else done.stdout + done.stderr or f"status {done.returncode}"


def test_no_warning_at_all(buildifier: str) -> None:
    files, shims = _files()
    assert len(files) > 15
    assert len(shims) > 15
    assert _complaints(buildifier, files, "all") == ""
    allowed = ",".join(f"-native-{name}" for name in _NATIVE)
    assert _complaints(buildifier, shims, allowed) == ""


def test_a_bad_file_is_found(buildifier: str, tmp_path: Path) -> None:
    bad = tmp_path / "bad.bzl"
    bad.write_text('"""Wrong."""\n\ndef rule(name):\n    native.cc_library(name = name)\n')
    assert "native-cc-library" in _complaints(buildifier, [bad], "all")
