"""examples/bazel-cross with a small tree for TensorFlow: this machine's library, and one that runs under qemu."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from bazel.bazel import ROOT, Bazel
from e2e.built import TARGETS
from e2e.program import Program
from native.compilers import require, run
from native.small_tree_builds import MLP, TREE

_EXAMPLE = ROOT / "examples" / "bazel-cross"
_PLATFORMS = {"host": "linux-x86_64", "raspberry-pi-64": "linux-aarch64"}


@pytest.fixture(scope="module")
def app(bazel: Bazel, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A copy of the example, as its README says, built and tested; protobuf is fetched for it."""
    for program in ("g++", "aarch64-linux-gnu-g++", "qemu-aarch64-static"):
        require(program)
    folder = tmp_path_factory.mktemp("cross") / "bazel-cross"
    shutil.copytree(_EXAMPLE, folder)
    workspace = (folder / "WORKSPACE").read_text()
    workspace = workspace.replace('"../.."', f'"{bazel.checkout}"').replace('"../tensorflow"', f'"{TREE}"')
    (folder / "WORKSPACE").write_text(workspace)
    done = bazel.run(folder, "test", "//...")
    if "cannot be fetched" in done.output:
        pytest.skip("protobuf's sources are not here and cannot be fetched")
    assert done.status == 0, done.output[-6000:]
    assert len(re.findall(r"^//:\S+ +PASSED", done.output, re.MULTILINE)) == 4
    bazel.must(folder, "build", "--output_groups=run_model", "//:release")
    yield folder
    bazel.stop(folder)


def test_each_platforms_program_answers_as_the_others_do(app: Path) -> None:
    said = {
        platform: Program(app / "bazel-bin" / "release" / platform / "digits_run_model", TARGETS[target]).run(MLP)
        for platform, target in _PLATFORMS.items()
    }
    assert {done.returncode for done in said.values()} == {0}
    here, there = (done.stdout.split()[4:-1] for done in said.values())
    # Processors do not round alike.
    assert [float(word) for word in there] == pytest.approx([float(word) for word in here], rel=1e-4)
    assert len(here) == 8


def test_each_platform_has_its_own_objects(app: Path) -> None:
    machines = {
        platform: run(["readelf", "-h", app / "bazel-bin" / "release" / platform / "libdigits.so"])
        for platform in _PLATFORMS
    }
    assert "X86-64" in machines["host"]
    assert "AArch64" in machines["raspberry-pi-64"]


def test_a_budget_of_one_platform_names_it(bazel: Bazel, app: Path) -> None:
    text = (app / "BUILD").read_text()
    (app / "BUILD").write_text(text.replace('"raspberry-pi-64": "5 MB"', '"raspberry-pi-64": "5 KB"'))
    try:
        done = bazel.run(app, "test", "//...")
    finally:
        (app / "BUILD").write_text(text)
    assert done.status == 3
    assert set(re.findall(r"^//:(\S+) +FAILED", done.output, re.MULTILINE)) == {"raspberry-pi-64_size_test"}
    assert "release/raspberry-pi-64/stripped/libdigits.so" in done.output
