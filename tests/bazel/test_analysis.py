"""What the rules are before anything is built: analysis tests by bazel_skylib, run by Bazel."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from bazel.bazel import Bazel

_ANALYSIS = Path(__file__).parent / "analysis"
# Named by the BUILD file; what is in them is never read.
_FILES = (
    "my_op.cc",
    "library.so",
    "other.so",
    "index.json",
    "baseline.json",
    "opsieve.lock",
    "digits_mlp.pb",
    "extra_ops.yaml",
    "saved_model/saved_model.pb",
    "saved_model/variables/variables.index",
    "tensorflow/core/ops.cc",
    "tensorflow/core/runtime.cc",
    "tensorflow/core/kernels/core.cc",
    "tensorflow/core/kernels/extended.cc",
    "tensorflow/core/kernels/textual.h",
    "tree/tensorflow/core/public/version.h",
    "tree/tensorflow/core/kernels/kernel.cc",
    "tree/tensorflow/core/kernels/kernel.h",
)


@pytest.fixture(scope="module")
def workspace(bazel: Bazel, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("analysis")
    shutil.copytree(_ANALYSIS, folder, dirs_exist_ok=True)
    (folder / "WORKSPACE").write_text((folder / "WORKSPACE").read_text().replace("%OPSIEVE%", str(bazel.checkout)))
    for name in _FILES:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    return folder


def test_every_analysis_test_passes(bazel: Bazel, workspace: Path) -> None:
    done = bazel.run(workspace, "test", "//...")
    assert done.status == 0, done.output[-6000:]
    declared = set(re.findall(r'^\w+_test\(\n    name = "(\w+_test)"', (workspace / "BUILD").read_text(), re.MULTILINE))
    passed = set(re.findall(r"^//:(\w+) +PASSED", done.output, re.MULTILINE))
    assert declared == passed
    assert len(declared) >= 10


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        (
            'selective_ops(name = "x")',
            "name at least one model, or a list of ops as extra_ops",
        ),
        ('selective_ops(name = "x", models = ["no_such_model.pb"])', "no_such_model.pb"),
        ('kernel_index(name = "x", tensorflow = ["a.cc"], preset = "phone")', "invalid value in 'preset' attribute"),
        ('selective_sources(name = "x", srcs = [], ops = "BUILD")', "source file '//wrong:BUILD' is misplaced here"),
        ('model_coverage_test(name = "x", library = "a.so", models = [])', "attribute must be non empty"),
    ],
)
def test_what_a_build_file_got_wrong_is_said(bazel: Bazel, workspace: Path, rule: str, message: str) -> None:
    package = workspace / "wrong"
    package.mkdir(exist_ok=True)
    names = ", ".join(
        f'"{name}"' for name in ("kernel_index", "model_coverage_test", "selective_ops", "selective_sources")
    )
    (package / "BUILD").write_text(f'load("@opsieve//rules:defs.bzl", {names})\n{rule}\n')
    done = bazel.run(workspace, "build", "//wrong:x")
    assert done.status != 0
    assert message in done.output
