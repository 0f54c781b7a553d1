"""``opsieve build`` from models and a source tree to programs that run, on a tree that is small enough for that.

small_tree has TensorFlow's layout, BUILD files, registration macros and C++ API, but none of its code. What runs here
answers as TensorFlow does in Python. Real trees: tests/e2e/test_built_libraries.py.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import shlex
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from e2e.answers import answers
from e2e.program import largest_difference, outputs
from native.compilers import require, run
from native.small_tree_builds import APP, ARTIFACTS, CNN, EXTRA_OPS, MLP, TREE, Built, Workshop, workshop
from opsieve.cli.building import default_target

_KERNELS = "tensorflow/core/kernels"
_KILLS = 3

# A kernel of MatMul for float does not do for this one, though every op of it is there.
_DOUBLES = """
node { name: "x" op: "Placeholder" attr { key: "dtype" value { type: DT_DOUBLE } }
  attr { key: "shape" value { shape { dim { size: 2 } dim { size: 2 } } } } }
node { name: "product" op: "MatMul" input: "x" input: "x" attr { key: "T" value { type: DT_DOUBLE } } }
"""


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    return workshop(default_target(), tmp_path_factory.mktemp("host"))


@pytest.fixture(scope="module")
def raspberry(tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    return workshop("linux-aarch64", tmp_path_factory.mktemp("aarch64"))


@pytest.fixture(params=["host", "raspberry"])
def anywhere(request: pytest.FixtureRequest) -> Workshop:
    made: Workshop = request.getfixturevalue(request.param)
    return made


def _check(model: Path, built: Built) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "opsieve", "check", str(model), "--library", str(built.shared)]
    return subprocess.run([*command, "--tensorflow", str(TREE)], capture_output=True, text=True, check=False)


def _sources(built: Built) -> dict[str, dict[str, Any]]:
    document = json.loads((built.folder / "selection.json").read_text())
    return {row["path"]: row for row in document["sources"]}


@pytest.mark.parametrize(("model", "model_format"), [(MLP, "graphdef"), (CNN, "graphdef-text")])
def test_answers_as_tensorflow_does(
    model: Path, model_format: str, anywhere: Workshop, tensorflow: Any, tmp_path: Path
) -> None:
    program = anywhere.library(model).program
    (answer,) = answers(model.name, model, model_format, tmp_path)
    assert largest_difference(outputs(program, model, answer, tmp_path / "out"), answer.outputs) < 1e-5


def test_nothing_of_tensorflow_is_left_undefined(anywhere: Workshop) -> None:
    built = anywhere.library(MLP)
    undefined = built.symbols(built.shared, "-D", "--undefined-only")
    assert undefined
    assert not [symbol for symbol in undefined if "tensorflow::" in symbol]


def test_check_finds_no_gap_for_its_own_model(anywhere: Workshop) -> None:
    said = _check(MLP, anywhere.library(MLP))
    assert (said.returncode, said.stdout) == (0, "")


def test_refuses_a_model_with_other_ops_as_check_said(anywhere: Workshop) -> None:
    built = anywhere.library(MLP)
    said = _check(CNN, built)
    assert said.returncode == 1
    assert "Conv2D" in said.stdout
    done = built.program.run(CNN)
    assert done.returncode == 1
    assert "Op type not registered 'Conv2D'" in done.stderr


def test_refuses_a_model_with_other_types_as_check_said(anywhere: Workshop, tmp_path: Path) -> None:
    built = anywhere.library(MLP)
    model = tmp_path / "doubles.pbtxt"
    model.write_text(_DOUBLES)
    said = _check(model, built)
    assert said.returncode == 1
    assert "MatMul" in said.stdout
    assert "double" in said.stdout
    done = built.program.run(model)
    assert done.returncode == 1
    assert "No OpKernel was registered to support Op 'MatMul' used by {{node product}}" in done.stderr


def test_has_no_code_of_what_is_not_selected(host: Workshop, tmp_path: Path) -> None:
    everything = host.build(tmp_path / "all", MLP, more=["--register", "all"])
    selected = host.library(MLP)
    for name in ("MatMulOp<tensorflow::ThreadPoolDevice, double", "Relu6Op<tensorflow::ThreadPoolDevice, float"):
        assert any(name in symbol for symbol in everything.symbols(everything.folder / "run_model"))
        assert not any(name in symbol for symbol in selected.symbols(selected.folder / "run_model"))
    wanted = "MatMulOp<tensorflow::ThreadPoolDevice, float"
    assert any(wanted in symbol for symbol in selected.symbols(selected.folder / "run_model"))


def test_the_list_of_sources_is_closed_under_linking(host: Workshop) -> None:
    built = host.library(MLP)
    listed = (built.folder / "tf_op_files.txt").read_text().splitlines()
    rows = _sources(built)
    assert sorted(rows) == listed

    helpers = {path: row for path, row in rows.items() if row["kind"] == "helper"}
    assert f"{_KERNELS}/matmul_functor_float.cc" in helpers
    for row in helpers.values():
        assert row["reasons"] == ["MatMul"]
        assert any("matmul_functor.h" in why for why in row["why"])

    assert _missing(built, without="") == []
    functor = _missing(built, without="matmul_functor_float.cc")
    assert functor
    assert all("MatMulFunctor<tensorflow::ThreadPoolDevice, float>" in symbol for symbol in functor)


def _missing(built: Built, without: str) -> list[str]:
    """The symbols of TensorFlow that objects of the archive need and none has, one of them left out."""
    member = ""
    defined: set[str] = set()
    needed: set[str] = set()
    for line in built.symbols(built.archive):
        if line.endswith(".o:"):
            member = line
        elif not (without and without in member):
            kind, _, symbol = line.partition(" ")
            (needed if kind in "Uvw" else defined).add(symbol)
    return sorted(symbol for symbol in needed - defined if "tensorflow::" in symbol)


def test_helpers_come_with_what_needs_them(host: Workshop, tmp_path: Path) -> None:
    helper = f"{_KERNELS}/cwise_ops_common.cc"
    assert helper not in _sources(host.library(MLP))
    row = _sources(host.build(tmp_path / "more", MLP, EXTRA_OPS, more=["--makefile-only"]))[helper]
    assert (row["kind"], row["reasons"]) == ("helper", ["Square"])


def test_compiles_nothing_that_was_not_asked_for(host: Workshop) -> None:
    compiled = host.library(MLP).compiled
    kernels = {name for name in compiled if name.startswith(_KERNELS)}
    # The runtime's own sources have one file in the kernels' folder.
    assert kernels == {path for path in _sources(host.library(MLP)) if _KERNELS in path} | {f"{_KERNELS}/ops_util.cc"}
    assert not [name for name in compiled if "test" in name or name.endswith(".cu.cc")]


def test_more_ops_compile_only_what_they_must(host: Workshop, tmp_path: Path) -> None:
    output = tmp_path / "out"
    first = host.library(MLP)
    again = host.build(output, MLP)
    assert not again.compiled
    assert again.digests() == first.digests()

    # No other test compiles these.
    more = host.build(output, MLP, EXTRA_OPS)
    assert more.compiled == {
        *(f"{_KERNELS}/{name}" for name in ("cwise_op_square.cc", "cwise_ops_common.cc", "cast_op.cc")),
        *(f"{_KERNELS}/cast_op_impl_{name}.cc" for name in ("float", "int32", "uint8")),
        # Square and Cast are defined there, MatMul is, too.
        "tensorflow/core/ops/math_ops.cc",
    }

    back = host.build(output, MLP)
    assert not back.compiled
    assert back.digests() == first.digests()


def test_a_second_build_does_nothing(host: Workshop) -> None:
    built = host.library(MLP)
    before = {name: (built.folder / name).stat().st_mtime_ns for name in ARTIFACTS}
    assert not host.build(built.folder, MLP).compiled
    assert {name: (built.folder / name).stat().st_mtime_ns for name in ARTIFACTS} == before


def test_a_build_that_was_killed_ends_with_the_same_bytes(host: Workshop, tmp_path: Path) -> None:
    undisturbed = host.library(MLP)
    for selected in host.objects.glob("*/selected-*"):
        shutil.rmtree(selected)
    output = tmp_path / "out"
    chance = random.Random(214)
    for _ in range(_KILLS):
        _kill_after(chance.randint(1, 4), host.command(output, MLP), host.objects)
    finished = host.build(output, MLP)
    assert finished.compiled, "every build was over before it was killed"
    assert finished.digests() == undisturbed.digests()


def test_two_builds_of_one_folder_take_turns(host: Workshop, tmp_path: Path) -> None:
    for model in (MLP, CNN):
        host.library(model)
    output = tmp_path / "out"
    running = [
        subprocess.Popen(host.command(output, model), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for model in (MLP, CNN)
    ]
    said = [process.communicate() for process in running]
    # Each finds all that its model needs in what it has built.
    assert [process.returncode for process in running] == [0, 0], said
    assert sum("waiting for another build" in errors for _, errors in said) == 1
    assert host.finished(output).digests() in [host.library(model).digests() for model in (MLP, CNN)]


def _kill_after(files: int, command: list[str | Path], objects: Path) -> None:
    """Kill a build, and all that it runs, when it has compiled so many files."""

    def compiled() -> int:
        return len(list(objects.glob("*/selected-*/**/*.o")))

    before = compiled()
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, stdout=quiet, stderr=quiet) as process:
        while process.poll() is None and compiled() < before + files:
            time.sleep(0.02)
        for pid in [process.pid, *_descendants(process.pid)]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def _descendants(pid: int) -> list[int]:
    found = []
    with contextlib.suppress(OSError):
        for child in map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split()):
            found += [child, *_descendants(child)]
    return found


def test_a_package_is_asked_for_only_by_what_needs_it(host: Workshop, tmp_path: Path) -> None:
    # The runtime's BUILD files name RE2 for everything; one kernel includes it.
    makefile = (host.library(MLP).folder / "build" / "build.mk").read_text()
    assert "re2" not in makefile
    ops = tmp_path / "regex.yaml"
    ops.write_text("ops:\n  - RegexReplace\n")
    command = host.command(tmp_path / "out", ops, more=["--store", str(tmp_path / "no packages")])
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "re2" in done.stderr
    assert f"{_KERNELS}/regex_replace_op.cc" in done.stderr


def test_link_flags_keep_what_only_start_up_code_refers_to(host: Workshop, tmp_path: Path) -> None:
    built = host.library(MLP)
    program = sorted(host.objects.glob("*/run_model-*/**/*.o"))
    libraries = (built.folder / "small.ldflags").read_text().split()
    kept = tmp_path / "kept"
    run(["g++", *program, "-o", kept, f"-L{built.folder}", f"@{built.folder}/small.ldflags"])
    assert subprocess.run([kept, MLP], capture_output=True, check=False).returncode == 0

    lost = tmp_path / "lost"
    run(["g++", *program, built.archive, "-o", lost, *(word for word in libraries if "whole-archive" not in word)])
    done = subprocess.run([lost, MLP], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "No session factory registered" in done.stderr


@pytest.mark.parametrize("package", ["small", "small-shared"])
def test_an_app_needs_nothing_but_the_output(package: str, host: Workshop, tmp_path: Path) -> None:
    require("pkg-config")
    built = host.library(MLP)
    # Elsewhere, and without the tree or the objects in reach.
    moved = tmp_path / "moved library"
    shutil.copytree(built.folder, moved, symlinks=True, ignore=shutil.ignore_patterns("build"))
    (tmp_path / "app.cc").write_text(APP)
    environment = {**os.environ, "PKG_CONFIG_PATH": str(moved / "pkgconfig")}
    asked = ["pkg-config", "--cflags", "--libs", package]
    flags = shlex.split(subprocess.run(asked, env=environment, capture_output=True, text=True, check=True).stdout)
    run(["g++", "-std=c++17", "app.cc", "-o", "app", *flags, f"-Wl,-rpath,{moved}"], cwd=tmp_path)
    assert run([tmp_path / "app", MLP]) == "10 1\n"


# A kernel of a user's own that declares by itself what a file of the tree defines: no header leads there.
_HALVE = """
#include "tensorflow/core/framework/op.h"
#include "tensorflow/core/framework/op_kernel.h"
namespace tensorflow {
class BinaryOpShared : public OpKernel {
 public:
  explicit BinaryOpShared(OpKernelConstruction* context);
};
REGISTER_OP("Halve").Input("x: float").Output("y: float");
class HalveOp : public BinaryOpShared {
 public:
  explicit HalveOp(OpKernelConstruction* context) : BinaryOpShared(context) {}
  void Compute(OpKernelContext* context) override { context->set_output(0, context->input(0)); }
};
REGISTER_KERNEL_BUILDER(Name("Halve").Device(DEVICE_CPU), HalveOp);
}  // namespace tensorflow
"""


def test_a_link_that_fails_names_the_source_that_is_missing(host: Workshop, tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    (own / "halve_op.cc").write_text(_HALVE)
    (tmp_path / "ops.yaml").write_text("ops:\n  - Halve\n")
    command = host.command(tmp_path / "out", MLP, tmp_path / "ops.yaml", more=["--sources", str(own)])
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "cannot be made: a symbol is undefined" in done.stderr, done.stderr
    said = [line.strip() for line in done.stderr.splitlines()]
    at = said.index("tensorflow::BinaryOpShared::BinaryOpShared(tensorflow::OpKernelConstruction*)")
    assert said[at + 1] == "asked for by halve_op.cc"
    # By its object, where another test made that; else by its text.
    assert said[at + 2] in (
        f"defined in {_KERNELS}/cwise_ops_common.cc, which is not linked",
        f"probably defined in {_KERNELS}/cwise_ops_common.cc, which is not compiled",
    )


def test_what_is_not_needed_to_link_is_listed(host: Workshop) -> None:
    built = host.library(MLP)
    report = json.loads((built.folder / "build" / "link_report.json").read_text())
    assert report["linked"] == ["libsmall.so", "run_model"]
    # A helper of the runtime's own for kernels that the model does not have, and those of MatMul for types that it does
    # not have.
    functors = {f"{_KERNELS}/matmul_functor_{name}.cc" for name in ("double", "int32", "int64")}
    assert {row["source"] for row in report["unneeded"]} == {f"{_KERNELS}/ops_util.cc", *functors}
