"""A small library that has one of everything that owns bytes, compiled as `opsieve build` names objects."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from native.compilers import require, run
from opsieve.selection.document import to_json
from opsieve.selection.selection import (
    ModelDigest,
    Reason,
    SelectedKernel,
    SelectedOp,
    Selection,
    Source,
)

_KERNELS = "tensorflow/core/kernels"
_HEADER = """
#pragma once
namespace Eigen {
struct ThreadPoolDevice {};
template <class T>
struct Product {
  __attribute__((noinline)) static T of(const T* a, const T* b, int count) {
    T sum = 0;
    for (int i = 0; i < count; ++i) sum += a[i] * b[count - i] + a[i];
    return sum;
  }
};
}  // namespace Eigen
namespace tensorflow {
typedef Eigen::ThreadPoolDevice CPUDevice;
struct OpKernel {
  virtual ~OpKernel();
  virtual double Compute(const void* input, int count) = 0;
};
void Register(OpKernel* kernel);
}  // namespace tensorflow
"""
_SOURCES = {
    f"{_KERNELS}/mat_op.cc": """
#include "kernel.h"
namespace tensorflow {
template <class Device, class T>
struct MatOp : OpKernel {
  double Compute(const void* input, int count) override {
    const T* values = static_cast<const T*>(input);
    if (count < 0) throw count;
    return Eigen::Product<T>::of(values, values + count, count);
  }
};
static struct Registrar {
  Registrar() { Register(new MatOp<CPUDevice, float>); Register(new MatOp<CPUDevice, double>); }
} registrar;
}  // namespace tensorflow
""",
    f"{_KERNELS}/identity_op.cc": """
#include "kernel.h"
namespace tensorflow {
struct IdentityOp : OpKernel { double Compute(const void* input, int count) override; };
double IdentityOp::Compute(const void* input, int count) { return static_cast<const char*>(input)[count]; }
static struct Registrar { Registrar() { Register(new IdentityOp); } } registrar;
}  // namespace tensorflow
""",
    "tensorflow/core/ops/mat_ops.cc": """
namespace tensorflow {
extern const char* const kMatDoc;
const char* const kMatDoc = "Multiplies two matrices, as they teach it at school.";
int ShapeOfMat(int rows, int columns);
int ShapeOfMat(int rows, int columns) { return rows < 0 || columns < 0 ? -1 : rows * columns; }
}  // namespace tensorflow
""",
    "tensorflow/core/framework/op_kernel.cc": """
#include "kernel.h"
namespace tensorflow {
OpKernel::~OpKernel() {}
static OpKernel* kernels[64];
static int count;
void Register(OpKernel* kernel) { kernels[count++ & 63] = kernel; }
double RunAll(const void* input, int size);
double RunAll(const void* input, int size) {
  double sum = 0;
  for (int i = 0; i < (count & 63); ++i) sum += kernels[i]->Compute(input, size);
  return sum;
}
}  // namespace tensorflow
""",
    "absl/strings/cat.cc": """
namespace absl {
int Cat(const char* left, const char* right);
int Cat(const char* left, const char* right) { return *left ? *left + 3 * *right : 7 * *right; }
}  // namespace absl
""",
    "tensorflow/core/example/example.pb.cc": """
namespace tensorflow {
struct Example {
  virtual ~Example();
  unsigned long ByteSizeLong() const;
  void MergeFrom(const Example& other);
  int value = 0;
};
Example::~Example() {}
unsigned long Example::ByteSizeLong() const { return value ? 1 + value % 10 : 0; }
void Example::MergeFrom(const Example& other) { if (other.value) value = other.value; }
}  // namespace tensorflow
""",
}
_DIGEST = "0123456789abcdef"


@dataclass(frozen=True)
class SizedLibrary:
    """``objects`` are by their sources, relative to ``folder``."""

    folder: Path
    path: Path
    link_map: Path
    objects: dict[str, Path]

    @property
    def selection(self) -> Path:
        return self.folder / "selection.json"


def sized_library(
    folder: Path, linker: str, *flags: str, compiler: str = "g++", name: str = "libsized"
) -> SizedLibrary:
    """The library, linked by bfd, gold or lld; skips where compiler or linker are missing."""
    require(compiler)
    if linker != "bfd":
        require(f"ld.{linker}")
    (folder / "kernel.h").write_text(_HEADER)
    objects = {source: folder / _object_name(source) for source in _SOURCES}
    for source, object_file in objects.items():
        place = folder / "sources" / source
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(_SOURCES[source])
        object_file.parent.mkdir(parents=True, exist_ok=True)
        common = ["-std=c++17", "-O1", "-fPIC", "-ffunction-sections", "-fdata-sections", "-I", folder]
        run([compiler, *common, "-c", place, "-o", object_file])
    path = folder / f"{name}.so"
    names = [str(each.relative_to(folder)) for each in objects.values()]
    link = [compiler, "-shared", f"-fuse-ld={linker}", "-Wl,--build-id", f"-Wl,-Map={name}.map", *flags]
    run([*link, *names, "-o", path], cwd=folder)
    (folder / "selection.json").write_bytes(to_json(selection()))
    return SizedLibrary(folder, path, folder / f"{name}.map", objects)


def selection() -> Selection:
    """What the library was made for."""

    def kernel(op: str, text: str, dtypes: tuple[str, ...], file: str, model: str) -> SelectedKernel:
        constraints = {"T": dtypes} if dtypes else {}
        return SelectedKernel(op, text, "CPU", constraints, f"{_KERNELS}/{file}", 1, (Reason(model),))

    return Selection(
        version="2.14.0",
        source="tensorflow",
        defines={},
        models=(ModelDigest("a.pb", "0" * 64, "graphdef"), ModelDigest("b.pb", "1" * 64, "graphdef")),
        ops=tuple(
            SelectedOp(op, tuple(map(Reason, models)), "tensorflow/core/ops/mat_ops.cc", 1)
            for op, models in (("Identity", ("a.pb",)), ("Mat", ("a.pb", "b.pb")))
        ),
        kernels=(
            kernel("Identity", "IdentityOp", (), "identity_op.cc", "a.pb"),
            kernel("Mat", "MatOp<CPUDevice, double>", ("DT_DOUBLE",), "mat_op.cc", "b.pb"),
            kernel("Mat", "MatOp<CPUDevice, float>", ("DT_FLOAT",), "mat_op.cc", "a.pb"),
        ),
        sources=(
            Source(f"{_KERNELS}/identity_op.cc", "kernel", ("Identity",)),
            Source(f"{_KERNELS}/mat_op.cc", "kernel", ("Mat",)),
            Source("tensorflow/core/ops/mat_ops.cc", "op", ("Identity", "Mat")),
        ),
    )


def _object_name(source: str) -> str:
    if source.startswith("absl/"):
        return f"abseil-{_DIGEST}/abseil/{source}.o"
    if source.endswith(".pb.cc"):
        return f"protos-{_DIGEST}/generated/{source}.o"
    if "/framework/" in source:
        return f"core-{_DIGEST}/tensorflow/{source}.o"
    return f"selected-{_DIGEST}/tensorflow/{source}.{_DIGEST[::-1]}.o"
