"""Names of objects, as the build systems that compile TensorFlow make them."""

from __future__ import annotations

import pytest

from opsieve.size.attribution import KERNEL, OP, PACKAGE, PROGRAM, PROTOS, RUNTIME, TOOLCHAIN
from opsieve.size.owners.objects import Objects

_BIAS = "tensorflow/core/kernels/bias_op.cc"
_NN_OPS = "tensorflow/core/ops/nn_ops.cc"
_SELECTED = {_BIAS: "kernel", _NN_OPS: "op", "my_ops/fast.cc": "kernel", "tensorflow/core/kernels/fill.cc": "helper"}
_HEX = "0123456789abcdef"
_BAZEL = "bazel-out/k8-opt/bin"


@pytest.mark.parametrize(
    ("name", "kind", "owner", "source"),
    [
        (f"selected-{_HEX}/tensorflow/{_BIAS}.{_HEX}.o", KERNEL, _BIAS, _BIAS),
        (f"some/where/selected-{_HEX}/tensorflow/{_BIAS}.{_HEX}.o", KERNEL, _BIAS, _BIAS),
        (f"selected-{_HEX}/tensorflow/{_NN_OPS}.{_HEX}.o", OP, _NN_OPS, _NN_OPS),
        (f"core-{_HEX}/tensorflow/tensorflow/core/framework/op.cc.o", RUNTIME, "tensorflow/core/framework/op.cc", None),
        (f"core-{_HEX}/tensorflow/tensorflow/core/kernels/no.cc.o", RUNTIME, "tensorflow/core/kernels/no.cc", None),
        (f"protos-{_HEX}/generated/tensorflow/core/a.pb.cc.o", PROTOS, "tensorflow/core/a.pb.cc", None),
        (
            f"generated-{_HEX}/generated/tensorflow/core/util/version_info.cc.o",
            RUNTIME,
            "tensorflow/core/util/version_info.cc",
            None,
        ),
        (f"abseil-{_HEX}/abseil/absl/strings/cord.cc.o", PACKAGE, "abseil", "absl/strings/cord.cc"),
        (f"zlib-{_HEX}/zlib/inflate.c.o", PACKAGE, "zlib", "inflate.c"),
        (f"run_model-{_HEX}/run_model/files.cc.o", PROGRAM, "run_model", "files.cc"),
        (f"run_model-{_HEX}/generated/opsieve/interface.cc.o", PROGRAM, "run_model", None),
        (f"{_BAZEL}/tensorflow/core/kernels/_objs/bias_op/bias_op.pic.o", KERNEL, _BIAS, _BIAS),
        (f"{_BAZEL}/tensorflow/core/ops/_objs/nn_ops_op_lib/nn_ops.o", OP, _NN_OPS, _NN_OPS),
        (f"{_BAZEL}/tensorflow/core/framework/_objs/op/op.pic.o", RUNTIME, "tensorflow/core/framework/op", None),
        (
            f"{_BAZEL}/external/com_google_absl/absl/strings/_objs/cord/cord.pic.o",
            PACKAGE,
            "abseil",
            "absl/strings/cord",
        ),
        (f"{_BAZEL}/external/com_google_protobuf/libprotobuf.a(arena.o)", PACKAGE, "protobuf", "arena"),
        (f"{_BAZEL}/external/org_tensorflow/tensorflow/core/kernels/_objs/x/bias_op.o", KERNEL, _BIAS, _BIAS),
        (f"{_BAZEL}/tensorflow/core/kernels/libbias_op.lo(bias_op.pic.o)", KERNEL, _BIAS, _BIAS),
        ("tensorflow/contrib/makefile/gen/obj/tensorflow/core/kernels/bias_op.o", KERNEL, _BIAS, _BIAS),
        (r"C:\app\tensorflow\core\kernels\bias_op.obj", KERNEL, _BIAS, _BIAS),
        ("build/my_ops/fast.o", KERNEL, "my_ops/fast.cc", "my_ops/fast.cc"),
        ("libtensorflow_selective.a(bias_op.cc.7e569e39e2396fd6.o)", KERNEL, _BIAS, _BIAS),
        ("gen/libprotobuf.a(message.o)", PACKAGE, "protobuf", "message"),
        ("lib/libabsl_strings.a(cord.cc.o)", PACKAGE, "abseil", "cord.cc"),
        ("/usr/lib/gcc/x86_64-linux-gnu/12/crtbeginS.o", TOOLCHAIN, "start-up files", ""),
        ("/usr/lib/gcc/x86_64-linux-gnu/12/libgcc.a(cpuinfo.o)", TOOLCHAIN, "compiler's library", ""),
        ("/usr/lib/gcc/x86_64-linux-gnu/12/libstdc++.a(string.o)", TOOLCHAIN, "C++ library", ""),
        ("/ndk/lib/libc++_static.a(string.o)", TOOLCHAIN, "C++ library", ""),
        ("/usr/lib/x86_64-linux-gnu/libm-2.36.a(e_exp.o)", TOOLCHAIN, "C library", ""),
        ("app/main.o", PROGRAM, "main", "app/main"),
        ("libcrypto.a(aes.o)", PACKAGE, "boringssl", "aes"),
        ("libgccfoo.a(x.o)", PROGRAM, "gccfoo", "x"),
    ],
)
def test_an_object_tells_its_source(name: str, kind: str, owner: str, source: str | None) -> None:
    origin = Objects(_SELECTED).origin(name)
    assert origin is not None
    assert (origin.owner.kind, origin.owner.name) == (kind, owner)
    assert origin.source == (owner if source is None else source) or source is None


def test_link_time_optimisation_hides_sources() -> None:
    for name in ("/tmp/ccAbCd.ltrans0.ltrans.o", "libx.so.lto.o", "out/lto.tmp"):
        assert Objects(_SELECTED).origin(name) is None


def test_without_a_selection_folders_tell() -> None:
    objects = Objects({})
    kinds = [objects.origin(f"core-{_HEX}/tensorflow/{path}.o") for path in (_BIAS, _NN_OPS)]
    assert [origin.owner.kind for origin in kinds if origin is not None] == [KERNEL, OP]


def test_a_name_that_two_selected_sources_have_tells_nothing() -> None:
    objects = Objects({"a/op.cc": "kernel", "b/op.cc": "kernel"})
    origin = objects.origin("libx.a(op.o)")
    assert origin is not None
    assert origin.owner.kind == PROGRAM
