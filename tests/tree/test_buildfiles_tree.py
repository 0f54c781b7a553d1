"""The BUILD files of real TensorFlow source trees."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from opsieve.tree.buildfiles import EXTERNAL, MISSING, BuildFiles, configurations
from opsieve.tree.sources import tree_version

CORE = "//tensorflow/core"
KERNELS = "//tensorflow/core/kernels"
# How many .cc files these come to, counted when the runtime of that release was put together by hand.
COUNTS = {
    "2.14": {
        f"{CORE}:mobile_srcs": 330,
        f"{KERNELS}:portable_core_ops": 83,
        f"{KERNELS}:portable_extended_ops": 413,
        f"{CORE}/ops:portable_op_registrations_and_gradients": 77,
    },
}
LITERAL_RULES = ("filegroup", "cc_library", "genrule", "alias")


@pytest.fixture
def files(tree: Path) -> Iterator[BuildFiles]:
    with BuildFiles(tree, configurations()["linux"]) as evaluated:
        yield evaluated


def test_every_package_of_core_evaluates(tree: Path, files: BuildFiles) -> None:
    folders = sorted(path.parent.relative_to(tree).as_posix() for path in (tree / "tensorflow/core").rglob("BUILD"))
    targets = sum(len(files.package(f"//{folder}").targets) for folder in folders)
    assert targets > 10 * len(folders)


def test_targets_written_out_are_as_written(tree: Path, files: BuildFiles) -> None:
    """Compare with the arguments that Python's parser finds, where they are plain lists of strings."""
    compared = 0
    for folder in ("tensorflow/core", "tensorflow/core/kernels", "tensorflow/core/platform"):
        targets = files.package(f"//{folder}").targets if (tree / folder / "BUILD").exists() else {}
        for rule, line, given in _written_out(tree / folder / "BUILD") if targets else ():
            name = given.get("name")
            if not isinstance(name, str):
                continue
            target = targets[name]
            assert (target.rule, target.line) == (rule, line)
            for attribute in ("srcs", "hdrs", "deps"):
                labels = given.get(attribute)
                if isinstance(labels, list):
                    compared += 1
                    full = tuple(dict.fromkeys(str(files.repositories.canonical(x, "", folder)) for x in labels))
                    # Macros of the same name (core/platform/rules_cc.bzl) add to what is written.
                    assert getattr(target, attribute)[: len(full)] == full, target.label
    assert compared > 100


def _written_out(path: Path) -> Iterator[tuple[str, int, dict[str, object]]]:
    """Rule, line and plain arguments of the calls at the top of a BUILD file."""
    for statement in ast.parse(path.read_text("utf-8").expandtabs()).body:
        call = statement.value if isinstance(statement, ast.Expr) else None
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in LITERAL_RULES:
            yield call.func.id, call.lineno, {each.arg: _plain(each.value) for each in call.keywords if each.arg}


def _plain(value: ast.expr) -> object:
    try:
        return ast.literal_eval(value)
    except ValueError:
        return None


def test_the_portable_runtime(tree: Path) -> None:
    modern = "portable_tensorflow_lib_lite" in (tree / "tensorflow/core/BUILD").read_text("utf-8")
    library = f"{CORE}:{'portable' if modern else 'android'}_tensorflow_lib_lite"
    # Releases without //tensorflow:mobile have sources for Android only.
    with BuildFiles(tree, configurations()["linux" if modern else "android"]) as files:
        found = files.files(library)
        closure = files.closure(library)
    assert "tensorflow/core/framework/op_kernel.cc" in found
    assert "tensorflow/core/common_runtime/direct_session.cc" in found
    assert not [path for path in found if not (tree / path).is_file()]
    assert sum(path.endswith(".cc") for path in found) > 200
    assert {target.rule for target in closure.values()} >= {EXTERNAL, "cc_library", "filegroup"}
    missing = [label for label, target in closure.items() if target.rule == MISSING]
    # One published tree of 2.21 lacks a folder named debug, which looks like what a .gitignore left out.
    assert all("/debug:" in label for label in missing)


def test_counts(tree: Path, files: BuildFiles) -> None:
    version = ".".join(tree_version(tree).split(".")[:2])
    if version not in COUNTS:
        pytest.skip(f"the files of TensorFlow {version} were not counted")
    for label, count in COUNTS[version].items():
        assert sum(path.endswith(".cc") for path in files.files(label)) == count, label


def test_answers_do_not_depend_on_the_order(tree: Path, files: BuildFiles) -> None:
    paths = [KERNELS, CORE, "//tensorflow", "//tensorflow/cc"]
    forwards = [files.package(path) for path in paths]
    with BuildFiles(tree, configurations()["linux"]) as others:
        backwards = [others.package(path) for path in reversed(paths)]
    assert forwards == backwards[::-1]
