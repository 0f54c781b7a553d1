"""What selective_library makes, as other rules take it: models of more files, its outputs by their names, its size."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from bazel.bazel import Bazel
from bazel.portable import disk_cache, write_package
from e2e.program import Program
from native.small_tree_builds import CNN, MLP
from unit.models import encode as e

_BUILD = """
filegroup(name = "digits", srcs = glob(["digits/**"]))
selective_ops(name = "ops", index = "@tf//:index", models = [":digits"])
selective_library(name = "library", ops = ":ops", runtime = "@tf//:runtime")

filegroup(name = "shared", srcs = [":library"], output_group = "shared")
filegroup(name = "static", srcs = [":library"], output_group = "static")
filegroup(name = "program", srcs = [":library"], output_group = "run_model")
filegroup(name = "stripped", srcs = [":library"], output_group = "stripped")

model_coverage_test(name = "coverage_test", library = ":library", models = [":digits"], ops = ":ops")
model_coverage_test(name = "program_test", library = ":program", models = [":digits"], ops = ":ops")
model_coverage_test(name = "other_model_test", library = ":library", models = ["digits_cnn.pbtxt"], ops = ":ops")

size_report(name = "size", binary = ":library", formats = ["json"], ops = ":ops")
size_report(name = "program_size", binary = ":program", formats = ["json"], ops = ":ops")
size_report(name = "static_size", binary = ":static", formats = ["json"], ops = ":ops")
size_report(name = "stripped_size", binary = ":stripped", debug_file = ":shared", formats = ["json"], ops = ":ops")

size_budget_test(name = "good_test", binary = ":stripped", budget = "4 MB", ops = ":ops")
size_budget_test(
    name = "budget_test",
    binary = ":stripped",
    budget = "1 KB",
    ops = ":ops",
    per_op_budgets = {"MatMul": "10 B"},
)
"""
_BINARIES = {
    "size": "liblibrary.so",
    "program_size": "library_run_model",
    "static_size": "liblibrary.a",
    "stripped_size": "library.stripped/liblibrary.so",
}


def _info(name: str, *shape: int) -> bytes:
    """TensorInfo of floats."""
    return e.message((1, name), (2, 1), (3, e.message(*((2, e.message((1, size))) for size in shape))))


def _write_saved_model(folder: Path) -> None:
    """The demo's digits as TensorFlow saves a frozen graph: without a variable."""
    signature = e.signature(
        {"images": _info("images:0", 1, 8, 8, 1)}, {"scores": _info("Identity:0", 1, 10)}, "tensorflow/serving/predict"
    )
    graph = e.meta_graph(MLP.read_bytes(), ["serve"], serving_default=signature)
    (folder / "variables").mkdir(parents=True)
    (folder / "saved_model.pb").write_bytes(e.saved_model(graph))
    for name in ("variables.data-00000-of-00001", "variables.index"):
        (folder / "variables" / name).touch()


@pytest.fixture(scope="module")
def app(bazel: Bazel, portable_app: Path) -> Path:
    """The app with a library for a SavedModel; all of it built, and its tests run."""
    package = write_package(portable_app / "saved", _BUILD)
    _write_saved_model(package / "digits")
    shutil.copy(CNN, package)
    return portable_app


@pytest.fixture(scope="module")
def tested(bazel: Bazel, app: Path) -> str:
    """What Bazel says of all tests; everything is built with them."""
    done = bazel.run(app, "test", "--keep_going", disk_cache(bazel), "//saved:all")
    assert done.status == 3, done.output[-6000:]
    return done.output


def test_each_test_says_what_it_should(tested: str) -> None:
    told = dict(re.findall(r"^//saved:(\w+) +(?:\(cached\) )?(PASSED|FAILED)", tested, re.MULTILINE))
    assert told == {
        "budget_test": "FAILED",
        "coverage_test": "PASSED",
        "good_test": "PASSED",
        "other_model_test": "FAILED",
        "program_test": "PASSED",
    }


def test_a_saved_model_runs(app: Path, tested: str) -> None:
    made = Program(app / "bazel-bin" / "saved" / "library_run_model")
    saved, frozen = made.run(app / "saved" / "digits"), made.run(MLP)
    assert (saved.returncode, frozen.returncode) == (0, 0)
    # The key of the signature in one, the tensor in the other.
    assert saved.stdout.split()[1:] == frozen.stdout.split()[1:]
    assert saved.stdout.startswith("scores DT_FLOAT [1, 10] ")
    selection = json.loads((app / "bazel-bin" / "saved" / "ops" / "selection.json").read_text())
    assert [(model["path"], model["format"]) for model in selection["models"]] == [("saved/digits", "savedmodel")]


def test_a_library_that_lacks_kernels_says_what_to_do(tested: str) -> None:
    assert "gap: op Conv2D is not in saved/liblibrary.so" in tested
    assert "needed by saved/digits_cnn.pbtxt, node " in tested
    assert tested.count("hint: with Bazel") == 2
    assert "hint: with Bazel: add the model to the models of //saved:ops, and build //saved:library from that" in tested


def test_a_passed_budget_says_what_to_do(tested: str) -> None:
    assert re.search(r"saved/budget_test\.yaml:\d+: total: [\d,]+ bytes, [\d,]+ over 1,000", tested)
    assert re.search(r"saved/budget_test\.yaml:\d+: op MatMul: [\d,]+ bytes, [\d,]+ over 10 ", tested)
    assert "saved/library.stripped/liblibrary.so: 2 of 2 size budgets exceeded" in tested
    assert (
        "hint: with Bazel: a size_report of //saved:stripped tells who owns its bytes; limits that may grow are in "
        "//saved:budget_test" in tested
    )


def test_each_output_is_measured_by_its_output_group(app: Path, tested: str) -> None:
    made = app / "bazel-bin" / "saved"
    reports = {name: json.loads((made / name / "size.json").read_text()) for name in _BINARIES}
    for name, file in _BINARIES.items():
        assert reports[name]["file_size"] == (made / file).stat().st_size, name
    classes = {
        name: {owner["name"] for owner in report["owners"] if owner["kind"] == "kernel"}
        for name, report in reports.items()
    }
    assert any("MatMulOp" in name for name in classes["size"])
    assert all(owner["models"] in ([], ["saved/digits"]) for owner in reports["size"]["owners"])
    # Without its symbols, but with those of the library that it was made of.
    assert classes["stripped_size"] == classes["size"]
    assert reports["stripped_size"]["file_size"] < reports["size"]["file_size"]
