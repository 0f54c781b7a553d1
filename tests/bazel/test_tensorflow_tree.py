"""Which files of a source tree tensorflow_tree has: all that opsieve reads, and not the rest."""

from __future__ import annotations

from pathlib import Path

from bazel.bazel import ROOT, Bazel

_READ = (
    "tensorflow/core/BUILD",
    "tensorflow/core/kernels/add.cc",
    "tensorflow/core/ops/helper.c",
    "tensorflow/core/ops/table.inc",
    "tensorflow/core/framework/types.proto",
    "tensorflow/tensorflow.bzl",
    "third_party/eigen3/Eigen/Core",
    "third_party/zlib.BUILD",
)
_NOT_READ = (".git/HEAD", "tensorflow/core/ops/ops.pbtxt", "tensorflow/python/ops.py")


def test_files_of_a_tree(bazel: Bazel, tmp_path: Path) -> None:
    for name in (*_READ, *_NOT_READ):
        (tmp_path / "tree" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "tree" / name).touch()
    app = tmp_path / "app"
    app.mkdir()
    template = (ROOT / "tests" / "bazel" / "analysis" / "WORKSPACE").read_text()
    (app / "WORKSPACE").write_text(
        template.replace("%OPSIEVE%", str(bazel.checkout))
        + 'load("@opsieve//rules:repositories.bzl", "tensorflow_tree")\n'
        + 'tensorflow_tree(name = "tree", path = "../tree")\n'
    )
    (app / "BUILD").touch()
    done = bazel.must(app, "query", 'kind("source file", deps(@tree//:tree))', "--noimplicit_deps")
    bazel.stop(app)
    found = {line.removeprefix("@tree//:") for line in done.output.splitlines() if line.startswith("@tree//:")}
    assert {name.removesuffix(".in_tree") for name in found} == set(_READ)
