"""A program of kernels and a runtime, built as it should be or with one fault that makes it larger."""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import dataclass, field
from pathlib import Path

from native.compilers import require, run
from opsieve.selection.document import to_json
from opsieve.selection.selection import ModelDigest, Reason, SelectedKernel, SelectedOp, Selection, Source

_KERNELS = "tensorflow/core/kernels"
_OPS = "tensorflow/core/ops/math_ops.cc"
_DIGEST = "0123456789abcdef"
_TYPES = {"float": "DT_FLOAT", "double": "DT_DOUBLE", "int": "DT_INT32", "long": "DT_INT64", "short": "DT_INT16"}
_HEADER = """
#pragma once
namespace Eigen { struct ThreadPoolDevice {}; }
namespace tensorflow {
typedef Eigen::ThreadPoolDevice CPUDevice;
struct OpKernel {
  virtual ~OpKernel();
  virtual double Compute(const void* input, int count) = 0;
};
void Register(OpKernel* kernel);
}  // namespace tensorflow
#ifdef SELECTIVE_REGISTRATION
#include "selected.h"
#define SELECTED(op, type) (SELECTED_##op##_##type)
#else
#define SELECTED(op, type) true
#endif
#define REGISTER(op, type) \\
  static struct Registrar##type { Registrar##type() { Choose<SELECTED(op, type), op##Op<CPUDevice, type>>::Do(); } } \\
      registrar_##type;
namespace tensorflow {
template <bool selected, class Kernel> struct Choose { static void Do() { Register(new Kernel); } };
template <class Kernel> struct Choose<false, Kernel> { static void Do() {} };
}
"""
_KERNEL = """
#include "kernel.h"
namespace tensorflow {
template <class Device, class T>
struct OPOp : OpKernel {
  double Compute(const void* input, int count) override {
    const T* values = static_cast<const T*>(input);
    T sum = 0;
    for (int i = 0; i < count; ++i) sum = sum OPERATOR values[i] + (values[i] > T(3) ? sum : values[count - i]);
    for (int i = 1; i < count; i += 3) sum += values[i] OPERATOR (values[i - 1] + T(i)) OPERATOR T(count);
    return static_cast<double>(sum);
  }
};
REGISTRARS
}  // namespace tensorflow
"""
_RUNTIME = """
namespace tensorflow { namespace PART {
static int Mix(int a, int b) { return a * 31 + b % 7 + (a > b ? a / 10 : b / 12); }
int Sum(const int* values, int count) {
  int sum = 0;
  for (int i = 0; i < count; ++i) sum += Mix(values[i], i) + Mix(i, sum);
  return sum;
}
int Find(const char* text, char wanted) {
  for (int i = 0; text[i]; ++i) {
    if (text[i] == wanted) return i;
    switch (text[i]) { case 'a': i += 2; break; case 'b': i += 1; break; case 'q': return Mix(i, wanted); }
  }
  return -1;
}
int Count(const int* values, int count) {
  int found = 0;
  for (int i = 0; i < count; ++i) for (int j = i; j < count; ++j) found += values[i] == values[j] + Mix(i, j);
  return found;
}
int Unused(const int* values, int count) {
  int sum = 1;
  for (int i = 0; i < count; ++i) sum = sum * 3 + Mix(values[i], sum) * (count - i) + values[sum & 3];
  return sum;
}
double Forgotten(const double* values, int count) {
  double sum = 1;
  for (int i = 0; i < count; ++i) sum = sum / 3 + values[i] * (count - i);
  return sum;
}
int All(const int* values, int count, const char* text) {
  return Sum(values, count) + Find(text, 'x') + Count(values, count);
}
} }
"""
_PARTS = [f"part{number}" for number in range(10)]
_MAIN = (
    '#include "kernel.h"\n'
    + "".join(
        f"namespace tensorflow {{ namespace {p} {{ int All(const int*, int, const char*); }} }}\n" for p in _PARTS
    )
    + "namespace tensorflow {\nOpKernel::~OpKernel() {}\nOpKernel* kernels[256];\nint count;\n"
    + "void Register(OpKernel* kernel) { kernels[count++ & 255] = kernel; }\n"
    + "int RunAll(const int* values, int number, const char* text) {\n"
    + "  double sum = 0;\n  for (int i = 0; i < (count & 255); ++i) sum += kernels[i]->Compute(values, number);\n"
    + "".join(f"  sum += {p}::All(values, number, text);\n" for p in _PARTS)
    + "  return static_cast<int>(sum);\n}\n}\n"
    + "int main(int count, char** words) { return tensorflow::RunAll(&count, count, words[0]); }\n"
)


@dataclass(frozen=True)
class Variant:
    """How a program is built. ``kernels``: the selected ops with their types."""

    kernels: dict[str, tuple[str, ...]] = field(default_factory=lambda: {"AddV2": ("float", "int")})
    optimisation: str = "-Os"
    garbage_collected: bool = True
    selective: bool = True


def program(folder: Path, variant: Variant, objects_of_all: Path, *, says_how: bool) -> Path:
    """The program, with its map and selection beside it. ``says_how``: as `opsieve build` does, with its flags.

    ``objects_of_all``: a folder for what several programs have in common.
    """
    require("g++")
    sources = _write(folder, variant)
    compile_flags = [variant.optimisation, "-ffunction-sections", "-fdata-sections", "-fno-exceptions"]
    compile_flags += ["-DSELECTIVE_REGISTRATION"] if variant.selective else []
    link_flags = ["-Wl,--gc-sections"] if variant.garbage_collected else []
    objects = []
    for source, text in sources.items():
        made = folder / _object_name(source)
        made.parent.mkdir(parents=True, exist_ok=True)
        flags = compile_flags if "kernel.h" in text else compile_flags[:4]
        told = json.dumps([flags, text, (folder / "selected.h").read_text() if "kernel.h" in text else ""])
        compiled = objects_of_all / f"{hashlib.sha256(told.encode()).hexdigest()}.o"
        if not compiled.exists():
            run(["g++", *flags, "-I.", "-c", f"sources/{source}", "-o", compiled], cwd=folder)
        shutil.copy(compiled, made)
        objects.append(made.relative_to(folder))
    run(["g++", *link_flags, "-Wl,-Map=app.map", *objects, "-o", "app"], cwd=folder)
    (folder / "selection.json").write_bytes(to_json(selection(variant.kernels)))
    if says_how:
        (folder / "build").mkdir()
        lines = ["linux-x86_64-0123", "g++ 12", f"g++ {' '.join(compile_flags)}", "ar", "", "strip"]
        lines += [f"-shared {' '.join(link_flags)}".strip(), " ".join(link_flags)]
        (folder / "build" / "link.txt").write_text("\n".join(lines) + "\n")
    return folder / "app"


def _write(folder: Path, variant: Variant) -> dict[str, str]:
    contents = {_kernel_file(op): _kernel_source(op) for op in variant.kernels}
    contents |= {f"tensorflow/core/framework/{p}.cc": _RUNTIME.replace("PART", p) for p in _PARTS}
    contents["tensorflow/core/framework/op_kernel.cc"] = _MAIN
    for path, text in contents.items():
        place = folder / "sources" / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
    (folder / "kernel.h").write_text(_HEADER)
    rows = [
        f"#define SELECTED_{op}_{dtype} {str(dtype in variant.kernels.get(op, ())).lower()}\n"
        for op in ("AddV2", "Mul")
        for dtype in _TYPES
    ]
    (folder / "selected.h").write_text("".join(rows))
    return contents


def _kernel_source(op: str) -> str:
    registrars = "\n".join(f"REGISTER({op}, {dtype})" for dtype in _TYPES)
    text = _KERNEL.replace("OPERATOR", "+" if op == "AddV2" else "*")
    return text.replace("OP", op).replace("REGISTRARS", registrars)


def _kernel_file(op: str) -> str:
    return f"{_KERNELS}/{op.lower()}_op.cc"


def selection(kernels: dict[str, tuple[str, ...]]) -> Selection:
    """What was selected: the first op and type for a.pb, what came later for node C of b.pb."""

    def reason(op: str, dtype: str) -> Reason:
        return Reason("a.pb", node="A") if op == "AddV2" and dtype in ("float", "int") else Reason("b.pb", node="C")

    return Selection(
        version="2.14.0",
        source="tensorflow",
        defines={},
        models=tuple(ModelDigest(name, "0" * 64, "graphdef") for name in ("a.pb", "b.pb")),
        ops=tuple(SelectedOp(op, (reason(op, types[0]),), _OPS, 1) for op, types in sorted(kernels.items())),
        kernels=tuple(
            SelectedKernel(
                op,
                f"{op}Op<CPUDevice, {dtype}>",
                "CPU",
                {"T": (_TYPES[dtype],)},
                _kernel_file(op),
                1,
                (reason(op, dtype),),
            )
            for op, types in sorted(kernels.items())
            for dtype in types
        ),
        sources=tuple(Source(_kernel_file(op), "kernel", (op,)) for op in sorted(kernels)),
    )


def _object_name(source: str) -> str:
    group = "selected" if "/kernels/" in source else "core"
    return f"{group}-{_DIGEST}/tensorflow/{source}.o"
