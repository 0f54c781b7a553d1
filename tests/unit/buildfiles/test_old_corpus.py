"""A small tree in the idioms of TensorFlow 1.x; what is expected was written by hand."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from buildfiles.corpus_tree import make_tree
from opsieve.tree.buildfiles import BuildFiles, configurations

CORE = "//tensorflow/core"


@pytest.fixture(scope="module")
def android(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BuildFiles]:
    with BuildFiles(make_tree("old", tmp_path_factory.mktemp("old")), configurations()["android"]) as files:
        yield files


def test_targets(android: BuildFiles) -> None:
    package = android.package(CORE)
    assert {name: (target.rule, target.line) for name, target in package.targets.items()} == {
        "android_srcs": ("filegroup", 13),
        "android_tensorflow_lib_lite": ("cc_library", 21),
        "nn_ops_op_lib": ("cc_library", 31),
        "math_ops_op_lib": ("cc_library", 31),
        "framework_tensor_test": ("cc_test", 36),
        "framework": ("cc_library", 38),
        "one": ("cc_library", 41),
        "two": ("cc_library", 41),
        "looped": ("filegroup", 44),
    }
    assert package.notes == ()


def test_macros_of_another_file_are_handed_on(android: BuildFiles) -> None:
    library = android.target(f"{CORE}:nn_ops_op_lib")
    assert library.srcs == (f"{CORE}:ops/nn_ops.cc",)
    assert library.deps == (f"{CORE}:framework",)
    assert library.copts == ("-DEIGEN_AVOID_STL_ARRAY", "-std=c++11")
    assert library.alwayslink


def test_binds(android: BuildFiles) -> None:
    # What is bound to itself in a ring, and what is bound nowhere, stays what it is.
    deps = android.target(f"{CORE}:android_tensorflow_lib_lite").deps
    assert deps == ("@protobuf_archive//:protobuf", "//external:round", "//external:never_bound")
    closure = android.closure(f"{CORE}:android_tensorflow_lib_lite")
    assert {label: target.rule for label, target in closure.items()} == {
        f"{CORE}:android_srcs": "filegroup",
        f"{CORE}:android_tensorflow_lib_lite": "cc_library",
        f"{CORE}:a\ttab.h": "missing",
        "//external:round": "external",
        "//external:never_bound": "external",
        "@protobuf_archive//:protobuf": "external",
    }


def test_tabs_are_taken_outside_strings_only(android: BuildFiles) -> None:
    assert android.target(f"{CORE}:android_srcs").srcs == (
        f"{CORE}:framework/tensor.h",
        f"{CORE}:a\ttab.h",
        f"{CORE}:framework/more/op.cc",
        f"{CORE}:framework/tensor.cc",
    )


def test_files(android: BuildFiles) -> None:
    assert android.files(f"{CORE}:android_tensorflow_lib_lite") == (
        "tensorflow/core/framework/more/op.cc",
        "tensorflow/core/framework/tensor.cc",
        "tensorflow/core/framework/tensor.h",
    )


def test_depsets_are_added(android: BuildFiles) -> None:
    test = android.target(f"{CORE}:framework_tensor_test")
    assert test.attributes["tags"] == ["slow", "manual", "manual"]
    assert test.deps == (f"{CORE}:a_c", f"{CORE}:b_c")


def test_the_name_of_the_package(android: BuildFiles) -> None:
    assert android.target(f"{CORE}:framework").attributes["features"] == ["tensorflow/core!"]
