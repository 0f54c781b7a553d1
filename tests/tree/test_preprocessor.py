"""The reader against a real preprocessor, on whole TensorFlow trees: registration by registration."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from preprocessor_oracle.attr_language import dtype_sets
from preprocessor_oracle.comparison import Report, compare_kernels, compare_ops
from preprocessor_oracle.compiler import preprocess
from preprocessor_oracle.oracle import FileResult, cache_folder, read_tree
from preprocessor_oracle.shadow import make_include_path
from tree_index import index_of

PRESETS = ("mobile", "desktop", "android-slim")
# What no TensorFlow runtime is built from: libraries for tests, examples, and the tools that check a build. TensorFlow
# Lite has an interpreter of its own; the ops below it are for that one.
OUTSIDE = re.compile(
    r"^tensorflow/(?:examples|python(?!/lib/core)|java|lite(?!/delegates/flex|/experimental/microfrontend)|compiler/mlir/lite|tools/ci_build)/|/(?:test|tests|testing|testdata|test_op|integration_test)/"
    r"|testlib|test_?ops?\w*\.cc$|_test_\w*\.cc$"
)


def oracle(tree: Path, preset: str, compiler: str) -> dict[str, FileResult]:
    results = read_tree(tree, index_of(tree, preset).defines, compiler)
    failures = [f"{result.file}: {result.failure}" for result in results.values() if result.failure]
    assert not failures, "the oracle itself could not read:\n" + "\n".join(failures)
    return results


def outside(results: dict[str, FileResult]) -> set[str]:
    return {file for file in results if OUTSIDE.search(file)}


def show(report: Report, what: str, record_property: object) -> None:
    assert callable(record_property)
    record_property(what, report.equal)
    print(f"{what}: {report.equal} equal, {len(report.skipped)} skipped by the reader with a reason")
    for line in report.skipped:
        print(f"    {line}")


@pytest.mark.parametrize("preset", PRESETS)
def test_kernels_are_those_the_preprocessor_finds(
    tree: Path, preset: str, compiler: str, record_property: object
) -> None:
    results = oracle(tree, preset, compiler)
    report = compare_kernels(index_of(tree, preset), results, outside(results))
    show(report, "kernels", record_property)
    assert report.equal > 1000, "too few to prove anything: is this a TensorFlow tree?"
    assert not report.differences, report.summary()


@pytest.mark.parametrize("preset", PRESETS)
def test_op_definitions_are_those_the_preprocessor_finds(
    tree: Path, preset: str, compiler: str, record_property: object
) -> None:
    index = index_of(tree, preset)
    results = oracle(tree, preset, compiler)
    include = make_include_path(tree, cache_folder() / f"types-{tree.name}")
    types = preprocess(compiler, tree / "tensorflow/core/framework/types.h", include, index.defines)
    report = compare_ops(index, results, dtype_sets(types.text), outside(results))
    show(report, "op definitions", record_property)
    assert report.equal > 500, "too few to prove anything: is this a TensorFlow tree?"
    assert not report.differences, report.summary()


def test_skipped_registrations_are_few_and_explained(tree: Path) -> None:
    skipped = index_of(tree, "desktop").skipped
    assert all(one.why and one.file and one.line for one in skipped)
    # Only those a CPU could run count: an accelerator's plugin may compute its dtypes.
    on_cpu = [one for one in skipped if "DEVICE_CPU" in one.text or "DEVICE_DEFAULT" in one.text]
    assert len(on_cpu) <= 20, "\n".join(f"{one.file}:{one.line} {one.why}" for one in on_cpu)
