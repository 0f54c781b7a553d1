"""A small tree in TensorFlow's idioms, written where a test asks for it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

KERNELS = "tensorflow/core/kernels"

FILES: Mapping[str, str] = {
    "WORKSPACE": 'workspace(name = "org_tensorflow")\n',
    "tensorflow/BUILD": "",
    "tensorflow/core/BUILD": """
filegroup(
    name = "mobile_srcs",
    srcs = ["//tensorflow/core/framework:srcs", "//tensorflow/core/eager:srcs"],
)

cc_library(
    name = "portable_tensorflow_lib_lite",
    srcs = [":mobile_srcs"],
    copts = ["-DEIGEN_AVOID_STL_ARRAY", "-Wall", "-Iexternal/gemmlowp", "-fno-exceptions", "-DINTEL_MKL=1", "-O2"],
    defines = ["SUPPORT_SELECTIVE_REGISTRATION"],
    deps = ["//tensorflow/core/platform:clock", "//tensorflow/core/platform:unused", "@com_google_absl//absl/strings"],
)
""",
    "tensorflow/core/public/version.h": """
#define TF_MAJOR_VERSION 2
#define TF_MINOR_VERSION 14
#define TF_PATCH_VERSION 0
""",
    "tensorflow/core/framework/BUILD": """
filegroup(name = "srcs", srcs = glob(["*.h", "*.cc"], exclude = ["*_test.cc"]))
""",
    "tensorflow/core/framework/op.h": """
#ifndef OP_H_
#define OP_H_
#include <string>
#include "absl/strings/string_view.h"
#include "tensorflow/core/framework/options.h"
#include "tensorflow/core/framework/shape.pb.h"
#include "tensorflow/core/framework/types.pb_text.h"
#include "tensorflow/core/platform/clock.h"
namespace tensorflow {
class Op { friend class Widget; };
}
#endif
""",
    "tensorflow/core/framework/op.cc": '#include "tensorflow/core/framework/op.h"\nlong now() { return Clock(); }\n',
    "tensorflow/core/framework/op_test.cc": '#include "tensorflow/core/framework/op.h"\n',
    "tensorflow/core/framework/options.h.tpl": """
#ifndef O
#define O
  #define_option FIRST
#define_option SECOND
#endif
""",
    "tensorflow/core/framework/shape.proto": """
syntax = "proto3";
package tensorflow;
import "tensorflow/core/framework/types.proto";
import "google/protobuf/any.proto";
message Shape { message Dim { int64 size = 1; } repeated Dim dim = 2; DataType dtype = 3; }
""",
    "tensorflow/core/framework/types.proto": """
syntax = "proto3";
package tensorflow;
// enum Commented { NOT = 0; }
enum DataType {
  option allow_alias = true;
  DT_INVALID = 0; DT_FLOAT = 1; DT_ALSO_FLOAT = 1 [deprecated = true]; DT_NEG = -0x2;
}
""",
    "tensorflow/core/eager/BUILD": 'filegroup(name = "srcs", srcs = ["context.cc", "context.h"])\n',
    "tensorflow/core/eager/context.h": "class Context {};\n",
    "tensorflow/core/eager/context.cc": '#include "tensorflow/core/eager/context.h"\n',
    "tensorflow/core/platform/BUILD": """
cc_library(name = "clock", hdrs = ["clock.h"], deps = ["//tensorflow/core/platform/default:clock"])
cc_library(name = "unused", srcs = ["unused.cc"], hdrs = ["unused.h"])
""",
    "tensorflow/core/platform/clock.h": "long Clock();\n",
    "tensorflow/core/platform/unused.h": "long Unused();\n",
    "tensorflow/core/platform/unused.cc": '#include "tensorflow/core/platform/unused.h"\n',
    "tensorflow/core/platform/default/BUILD": """
cc_library(name = "clock", srcs = ["posix_clock.cc"], hdrs = ["//tensorflow/core/platform:clock.h"])
""",
    "tensorflow/core/platform/default/posix_clock.cc": '#include "tensorflow/core/platform/clock.h"\n',
    f"{KERNELS}/BUILD": """
cc_library(name = "conv_op", srcs = ["conv_op.cc", "deep.cc"], hdrs = ["deep.h"], deps = [":fill", ":slice"])
cc_library(name = "slice", srcs = ["slice_op.cc", "slice_op_cpu_1.cc", "slice_op_cpu_2.cc"], hdrs = ["slice_op.h"])
cc_library(name = "fill", srcs = ["fill_cpu.cc"], hdrs = ["fill.h"])
cc_library(name = "widget", srcs = ["widget.cc"], hdrs = ["widget.h"])
cc_library(name = "mlir", srcs = ["mlir_op.cc"], hdrs = ["mlir_op.h"])
cc_library(name = "everything", srcs = glob(["*.cc"]), hdrs = glob(["*.h"]), testonly = 1)
""",
    f"{KERNELS}/conv_op.cc": """
#include "tensorflow/core/framework/op.h"
#include "tensorflow/core/kernels/deep.h"
#include "tensorflow/core/kernels/slice_op.h"
#include "tensorflow/core/kernels/widget.h"
#include "tensorflow/core/kernels/mlir_op.h"
#if GOOGLE_CUDA
#include "tensorflow/core/kernels/gpu_only.h"
Widget on_gpu;
#endif
REGISTER_KERNEL_BUILDER(Name("Conv").Device(DEVICE_CPU), ConvOp);
void run() { Deep(); functor::Slice<int>(); RunMlir(); }
""",
    f"{KERNELS}/deep.h": '#include "tensorflow/core/kernels/fill.h"\nnamespace tensorflow {\nvoid Deep();\n}\n',
    f"{KERNELS}/deep.cc": '#include "tensorflow/core/kernels/deep.h"\nvoid Deep() { Fill(); }\n',
    f"{KERNELS}/fill.h": "void Fill();\n",
    f"{KERNELS}/fill_cpu.cc": '#include "tensorflow/core/kernels/fill.h"\nvoid Fill() {}\n',
    f"{KERNELS}/slice_op.h": "namespace functor {\ntemplate <typename T> struct Slice { void operator()(); };\n}\n",
    f"{KERNELS}/slice_op.cc": """
#include "tensorflow/core/kernels/slice_op.h"
REGISTER_KERNEL_BUILDER(Name("Slice"), SliceOp);
""",
    f"{KERNELS}/slice_op_cpu_1.cc": """
#include "tensorflow/core/kernels/slice_op.h"
template struct functor::Slice<int>;
""",
    f"{KERNELS}/slice_op_cpu_2.cc": """
#include "tensorflow/core/kernels/slice_op.h"
template struct functor::Slice<long>;
""",
    f"{KERNELS}/widget.h": "class Widget { int x; };\n",
    f"{KERNELS}/widget.cc": '#include "tensorflow/core/kernels/widget.h"\n',
    f"{KERNELS}/gpu_only.h": "void Gpu();\n",
    f"{KERNELS}/gpu_only.cc": "void Gpu() {}\n",
    f"{KERNELS}/mlir_op.h": "void RunMlir();\n",
    f"{KERNELS}/mlir_op.cc": '#include "tensorflow/core/kernels/mlir_op.h"\n#include "mlir/IR/Builders.h"\n',
}
REGISTERING = frozenset({f"{KERNELS}/conv_op.cc", f"{KERNELS}/slice_op.cc"})


def write_tree(folder: Path, files: Mapping[str, str] = FILES) -> Path:
    """Write the files below a folder, and give it back."""
    for name, text in files.items():
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")
    return folder
