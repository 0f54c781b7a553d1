"""A user's own ops over the portable runtime: in the index, in a cc_library, and registered as they are selected."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from bazel.bazel import Bazel
from bazel.portable import ALL, disk_cache, write_package
from e2e.program import Program
from native.compilers import run

# With optimisation, as all of TensorFlow is compiled.
_CODE = """#include "my_ops/by_half.h"
#include "tensorflow/core/framework/common_shape_fns.h"
#include "tensorflow/core/framework/op.h"
#include "tensorflow/core/framework/op_kernel.h"

namespace tensorflow {

REGISTER_OP("Halve").Input("x: float").Output("y: float").SetShapeFn(shape_inference::UnchangedShape);
REGISTER_OP("Unused").Input("x: float").Output("y: float").SetShapeFn(shape_inference::UnchangedShape);

class HalveOp : public OpKernel {
 public:
  explicit HalveOp(OpKernelConstruction* context) : OpKernel(context) {}
  void Compute(OpKernelContext* context) override {
    Tensor* output = nullptr;
    OP_REQUIRES_OK(context, context->allocate_output(0, context->input(0).shape(), DT_FLOAT, &output));
    for (int64_t i = 0; i < output->NumElements(); ++i) {
      output->flat<float>().data()[i] = ByHalf(context->input(0).flat<float>().data()[i]);
    }
  }
};

class UnusedOp : public HalveOp {
 public:
  using HalveOp::HalveOp;
};

REGISTER_KERNEL_BUILDER(Name("Halve").Device(DEVICE_CPU), HalveOp);
REGISTER_KERNEL_BUILDER(Name("Unused").Device(DEVICE_CPU), UnusedOp);

}  // namespace tensorflow
"""
_MODEL = """
node { name: "x" op: "Const" attr { key: "dtype" value { type: DT_FLOAT } } attr { key: "value" value { tensor {
  dtype: DT_FLOAT tensor_shape { dim { size: 2 } } float_val: 3 float_val: 5 } } } }
node { name: "y" op: "%s" input: "x" }
"""
_BUILD = """
load("@rules_cc//cc:cc_library.bzl", "cc_library")
kernel_index(name = "kernels", add_to = "@tf//:index", sources = glob(["*.cc", "*.h"]))
selective_ops(name = "ops", index = ":kernels", models = ["halve.pbtxt"])
cc_library(
    name = "my_ops",
    srcs = glob(["*.cc", "*.h"]),
    alwayslink = True,
    copts = ["-Os"],
    deps = ["@tf//:runtime", ":ops"],
)
selective_library(name = "library", ops = ":ops", runtime = "@tf//:runtime", deps = [":my_ops"])
model_coverage_test(name = "halve_test", library = ":library", models = ["halve.pbtxt"], ops = ":ops")
model_coverage_test(name = "unused_test", library = ":library", models = ["unused.pbtxt"], ops = ":ops")
"""
_WRONG = """
load("@rules_cc//cc:cc_library.bzl", "cc_library")
selective_library(name = "without", ops = "//my_ops:ops", runtime = "@tf//:runtime")
cc_library(name = "unselected", srcs = ["//my_ops:halve_op.cc", "//my_ops:by_half.h"], deps = ["@tf//:runtime"])
kernel_index(name = "no_sources", add_to = "@tf//:index")
kernel_index(name = "no_tree", sources = ["//my_ops:halve_op.cc"])
kernel_index(name = "both", add_to = "@tf//:index", defines = ["MORE"], sources = ["//my_ops:halve_op.cc"])
"""


@pytest.fixture(scope="module")
def app(bazel: Bazel, portable_app: Path) -> Path:
    """The app with custom ops, built."""
    package = write_package(portable_app / "my_ops", _BUILD + 'exports_files(["halve_op.cc", "by_half.h"])\n')
    (package / "halve_op.cc").write_text(_CODE)
    (package / "by_half.h").write_text("inline float ByHalf(float x) { return x / 2; }\n")
    for op in ("Halve", "Unused"):
        (package / f"{op.lower()}.pbtxt").write_text(_MODEL % op)
    bazel.must(portable_app, "build", ALL, disk_cache(bazel), "//my_ops:library")
    write_package(portable_app / "wrong_ops", _WRONG)
    return portable_app


def test_a_model_with_a_custom_op_runs(app: Path) -> None:
    made = app / "bazel-bin" / "my_ops"
    for program in (made / "library_run_model", made / "library.stripped" / "library_run_model"):
        done = Program(program).run(app / "my_ops" / "halve.pbtxt")
        assert (done.returncode, done.stdout) == (0, "y DT_FLOAT [2] 1.5 2.5\n")


def test_a_custom_op_that_is_not_selected_is_not_registered(app: Path) -> None:
    made = app / "bazel-bin" / "my_ops"
    done = Program(made / "library_run_model").run(app / "my_ops" / "unused.pbtxt")
    assert done.returncode == 1
    assert "Unused" in done.stderr
    (compiled,) = (made / "_objs" / "my_ops").glob("*.o")
    symbols = run(["nm", "-C", compiled])
    assert "tensorflow::HalveOp" in symbols
    # Its header says that it is not wanted, and no compiler keeps its code.
    assert "UnusedOp" not in symbols
    assert "UnusedOp" not in (made / "ops" / "ops_to_register.h").read_text()


def test_it_is_in_the_index_and_in_the_lists(app: Path) -> None:
    made = app / "bazel-bin" / "my_ops"
    sources = (made / "ops" / "tf_op_files.txt").read_text().splitlines()
    assert [source for source in sources if not source.startswith(("#", "tensorflow/"))] == ["my_ops/halve_op.cc"]
    theirs = json.loads((app / "bazel-app" / "external" / "tf" / "linux-x86_64" / "index.json").read_text())
    ours = json.loads(run(["gzip", "-dc", made / "kernels.json.gz"]))
    more = {key: [row for row in ours[key] if row not in theirs[key]] for key in ("ops", "kernels", "helpers")}
    assert [(row["name"], row["file"]) for row in more["ops"]] == [
        ("Halve", "my_ops/halve_op.cc"),
        ("Unused", "my_ops/halve_op.cc"),
    ]
    assert [row["class"] for row in more["kernels"]] == ["HalveOp", "UnusedOp"]
    assert more["helpers"] == []
    assert len(ours["kernels"]) == len(theirs["kernels"]) + 2
    assert sum(ours["totals"]["kernels"].values()) == len(ours["kernels"])


def test_coverage_is_told_of_custom_ops(bazel: Bazel, app: Path) -> None:
    done = bazel.run(app, "test", "--keep_going", disk_cache(bazel), "//my_ops:all")
    assert re.search(r"//my_ops:halve_test +(\(cached\) )?PASSED", done.output), done.output[-3000:]
    assert re.search(r"//my_ops:unused_test +FAILED", done.output)
    assert "gap: op Unused is not in my_ops/liblibrary.so" in done.output
    assert "hint: with Bazel: add the model to the models of //my_ops:ops, and build //my_ops:library from that" in (
        done.output
    )


def test_an_edited_custom_op_is_read_again_alone(bazel: Bazel, app: Path) -> None:
    path = app / "my_ops" / "by_half.h"
    text = path.read_text()
    try:
        path.write_text(text.replace("x / 2", "x * 0.5f"))
        done = bazel.must(app, "build", ALL, "--subcommands", disk_cache(bazel), "//my_ops:library")
    finally:
        path.write_text(text)
    compiled = re.findall(r" -c (\S+\.cc)\b", done.output)
    assert compiled == ["my_ops/halve_op.cc"]


@pytest.mark.parametrize(
    ("target", "said"),
    [
        (
            "without",
            "error: //wrong_ops:without: the selection takes my_ops/halve_op.cc, which neither TensorFlow's tree "
            "offers nor a library in deps compiles\n  hint: make a cc_library of custom ops, with alwayslink = True "
            'and deps = [the selective_ops, "@REPOSITORY//:runtime"], and name it in deps',
        ),
        ("unselected", "nothing tells what is selected of this source: name the selective_ops in deps"),
        ("no_sources", "//wrong_ops:no_sources: name the files of the custom ops to add as sources"),
        ("no_tree", "//wrong_ops:no_tree: give the files of a TensorFlow tree as tensorflow, or an index as add_to"),
        ("both", "tensorflow, tree_root, preset, defines and undefines are those of the index that add_to names"),
    ],
)
def test_what_is_wrong_is_said(bazel: Bazel, app: Path, target: str, said: str) -> None:
    done = bazel.run(app, "build", disk_cache(bazel), f"//wrong_ops:{target}")
    assert done.status == 1
    assert said in done.output, done.output[-3000:]
