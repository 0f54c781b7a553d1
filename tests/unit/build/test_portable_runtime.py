"""The manifest of a small tree: sources, generated files, protos, defines and needs."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from opsieve.build.generated_files import options_header, pb_text_header, version_info_header, version_info_source
from opsieve.build.manifest import Manifest, Need
from opsieve.build.portable_runtime import portable_runtime
from opsieve.errors import OpsieveError
from opsieve.tree.buildfiles import BuildFiles, configurations
from opsieve.tree.linking.protos import ProtoFiles
from opsieve.tree.linking.runtime import Runtime, predefined
from unit.linking.small_build import FILES, KERNELS, REGISTERING, write_tree

MOBILE = {"IS_MOBILE_PLATFORM": "1", "SUPPORT_SELECTIVE_REGISTRATION": "1"}
# The label that the facts name: what is behind it is left out where nothing needs it.
EAGER = "tensorflow/core/common_runtime/eager"
TREE = {
    name.replace("tensorflow/core/eager", EAGER): text.replace("tensorflow/core/eager", EAGER)
    for name, text in FILES.items()
}


def manifest_of(tree: Path, *files: str) -> Manifest:
    return portable_runtime(tree, "linux", defines=MOBILE, registering=REGISTERING, files=files)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    return write_tree(tmp_path, TREE)


def test_sources_with_the_labels_they_come_from(tree: Path) -> None:
    found = {source.path: source for source in manifest_of(tree).sources}
    # Set aside: the eager runtime. Not needed: what only a dependency of the target has. No test.
    assert set(found) == {"tensorflow/core/framework/op.cc", "tensorflow/core/platform/default/posix_clock.cc"}
    assert found["tensorflow/core/framework/op.cc"].reasons == ("//tensorflow/core/framework:srcs",)
    assert found["tensorflow/core/platform/default/posix_clock.cc"].reasons == (
        "//tensorflow/core/platform/default:clock",
        "its header tensorflow/core/platform/clock.h is included by tensorflow/core/framework/op.h; "
        "//tensorflow/core/platform/default:clock",
    )
    assert not any(source.registers for source in found.values())


def test_what_is_set_aside_comes_back_where_it_is_used(tree: Path) -> None:
    place = tree / "tensorflow/core/framework/op.cc"
    place.write_text(f'{place.read_text()}#include "{EAGER}/context.h"\nContext context;\n')
    assert f"{EAGER}/context.cc" in {source.path for source in manifest_of(tree).sources}


def test_defines_flags_and_folders(tree: Path) -> None:
    manifest = manifest_of(tree)
    # Of the target's flags: not warnings, folders of Bazel's, optimisation, nor what brings oneDNN.
    assert manifest.flags == ("-std=c++14", "-fno-exceptions")
    assert {"EIGEN_AVOID_STL_ARRAY", "SUPPORT_SELECTIVE_REGISTRATION", "IS_MOBILE_PLATFORM"} <= set(manifest.defines)
    assert not any("MKL" in define for define in manifest.defines)
    assert manifest.includes == manifest.proto_roots == (".",)
    assert manifest.version == "2.14.0"


def test_the_language_that_the_tree_says(tree: Path) -> None:
    (tree / ".bazelrc").write_text("build:macos --cxxopt=-std=c++11\r\nbuild:linux --cxxopt=-std=c++17\r\n")
    assert manifest_of(tree).flags[0] == "-std=c++17"


def test_protos_with_what_they_import(tree: Path) -> None:
    assert manifest_of(tree).protos == (
        "tensorflow/core/framework/shape.proto",
        "tensorflow/core/framework/types.proto",
    )


def test_protos_of_a_vendored_tree_are_named_as_they_import_each_other(tree: Path) -> None:
    vendored = "third_party/xla/third_party/tsl"
    write_tree(
        tree,
        {
            f"{vendored}/tsl/protobuf/error.proto": 'syntax = "proto3"; import "tsl/protobuf/code.proto";',
            f"{vendored}/tsl/protobuf/code.proto": 'syntax = "proto3"; enum Code { OK = 0; }',
        },
    )
    source = tree / "tensorflow/core/framework/op.cc"
    source.write_text(f'#include "tsl/protobuf/error.pb.h"\n{source.read_text()}')
    manifest = manifest_of(tree)
    assert {"tsl/protobuf/code.proto", "tsl/protobuf/error.proto"} <= set(manifest.protos)
    assert not [proto for proto in manifest.protos if proto.startswith("third_party/")]
    assert manifest.proto_roots == (".", vendored)
    for proto in manifest.protos:
        assert any((tree / root / proto).is_file() for root in manifest.proto_roots)


def test_needs_name_who_asks(tree: Path) -> None:
    assert manifest_of(tree).third_party == (
        Need("abseil", ("tensorflow/core/framework/op.cc",)),
        Need("protobuf", ("tensorflow/core/framework/shape.proto",)),
    )
    (tree / KERNELS / "conv_op.cc").write_text('#include "unsupported/Eigen/CXX11/Tensor"\n#include <zlib.h>\n')
    with_kernel = manifest_of(tree, f"{KERNELS}/conv_op.cc")
    assert Need("eigen", (f"{KERNELS}/conv_op.cc",)) in with_kernel.third_party
    assert Need("zlib", (f"{KERNELS}/conv_op.cc",)) in with_kernel.third_party


def test_what_nobody_has_is_noted(tree: Path) -> None:
    (tree / KERNELS / "conv_op.cc").write_text('#include "tensorflow/core/gone.h"\n#include "gone.pb.h"\n')
    notes = " ".join(manifest_of(tree, f"{KERNELS}/conv_op.cc").notes)
    assert f"tensorflow/core/gone.h, which {KERNELS}/conv_op.cc includes, is neither in the tree" in notes
    assert "gone.pb.h, which" in notes


def test_helpers_that_cannot_be_compiled_are_refused(tree: Path) -> None:
    source = f"{KERNELS}/conv_op.cc"
    with BuildFiles(tree, configurations()["linux"]) as build:
        runtime = Runtime(tree, build, "linux", MOBILE, REGISTERING)
        found = runtime.helpers([source])
        assert f"{KERNELS}/deep.cc" in {helper.path for helper in found[source]}
        assert f"{KERNELS}/mlir_op.cc" not in {helper.path for helper in found[source]}
        assert runtime.refused == {f"{KERNELS}/mlir_op.cc": "mlir/IR/Builders.h"}


def test_generated_headers_stand_where_they_are_looked_for(tree: Path) -> None:
    generated = {file.path: file for file in manifest_of(tree).generated}
    assert set(generated) == {"tensorflow/core/framework/options.h", "tensorflow/core/framework/types.pb_text.h"}
    assert not any(file.compiled for file in generated.values())
    assert (
        "  #define TF_OPTION_FIRST() 0\n#define TF_OPTION_SECOND() 0\n"
        in generated["tensorflow/core/framework/options.h"].content
    )
    assert "#define_option" not in options_header("#define_option A\r\n#define_option B\r\n", "x.tpl")


def test_text_functions_do_what_protobuf_s_do(tree: Path, tmp_path: Path) -> None:
    """Compiled against a stand-in for what protoc generates, and run."""
    compiler = shutil.which("g++") or shutil.which("clang++")
    if compiler is None:
        pytest.skip("no C++ compiler")
    files = ProtoFiles(tree)
    shape, types = (files.find(f"tensorflow/core/framework/{name}.proto") for name in ("shape", "types"))
    assert shape is not None
    assert types is not None
    stand_ins = {
        "tensorflow/core/framework/types.pb.h": """
#pragma once
namespace tensorflow { enum DataType : int { DT_INVALID }; }
""",
        "tensorflow/core/framework/shape.pb.h": """
#pragma once
#include <string>
struct Message {
  std::string text;
  std::string DebugString() const { return text + "\\n"; }
  std::string ShortDebugString() const { return text; }
};
namespace tensorflow { struct Shape : Message {}; struct Shape_Dim : Message {}; }
""",
        "google/protobuf/text_format.h": """
#pragma once
namespace google { namespace protobuf { struct TextFormat {
  template <typename T> static bool ParseFromString(const std::string& text, T* to) { to->text = text; return true; }
}; } }
""",
        "tensorflow/core/framework/types.pb_text.h": pb_text_header(types),
        "tensorflow/core/framework/shape.pb_text.h": pb_text_header(shape),
        "tensorflow/core/util/version_info.h": version_info_header(),
        "version_info.cc": version_info_source(),
        "main.cc": """
#include <cstdio>
#include "tensorflow/core/framework/shape.pb_text.h"
#include "tensorflow/core/framework/types.pb_text.h"
#include "tensorflow/core/util/version_info.h"
extern const char* tf_git_version();
extern int tf_cxx11_abi_flag();
using namespace tensorflow;
int main() {
  Shape_Dim dim;
  bool parsed = ProtoParseFromString("size: 1", &dim);
  printf("%d|%s|%s|", parsed, ProtoDebugString(dim).c_str(), ProtoShortDebugString(dim).c_str());
  for (int number : {0, 1, -2, 7}) printf("%s,", EnumName_DataType(static_cast<DataType>(number)));
  printf("|%s|%d", tf_git_version(), tf_cxx11_abi_flag() == TF_CXX11_ABI_FLAG);
}
""",
    }
    place = write_tree(tmp_path / "stand_ins", stand_ins)
    # C++11: the oldest language of a TensorFlow that has such headers.
    command = [compiler, "-std=c++11", "-Wall", "-Werror", "-I.", "main.cc", "version_info.cc", "-o", "main"]
    subprocess.run(command, cwd=place, check=True)
    output = subprocess.run(["./main"], cwd=place, capture_output=True, text=True, check=True).stdout
    assert output == "1|size: 1\n|size: 1|DT_INVALID,DT_FLOAT,DT_NEG,,|unknown|1"


def test_version_info_is_compiled_where_the_build_files_make_it(tree: Path) -> None:
    build = tree / "tensorflow/core/BUILD"
    text = build.read_text().replace(
        '["//tensorflow/core/framework:srcs",', '["util/version_info.cc", "//tensorflow/core/framework:srcs",'
    )
    build.write_text(f'{text}genrule(name = "info", outs = ["util/version_info.cc"], cmd = "")\n')
    (made,) = [file for file in manifest_of(tree).generated if file.compiled]
    assert (made.path, made.reasons) == ("tensorflow/core/util/version_info.cc", ("//tensorflow/core:info",))


def test_a_tree_without_a_portable_runtime(tree: Path) -> None:
    (tree / "tensorflow/core/BUILD").write_text("")
    with pytest.raises(OpsieveError, match="have no //tensorflow/core:portable_tensorflow_lib_lite"):
        manifest_of(tree)


def test_unknown_configurations() -> None:
    with pytest.raises(OpsieveError, match="'solaris'"):
        predefined("solaris")
    assert "__ANDROID__" in predefined("android")
    assert set(configurations()) <= {"linux", "android", "ios"}, "predefined macros are missing"
