"""A program of kernels that are registered as TensorFlow's are, with more or fewer of them selected."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from native.compilers import require, run
from opsieve.selection.document import to_json
from opsieve.selection.selection import ModelDigest, Reason, SelectedKernel, SelectedOp, Selection, Source

_KERNELS = "tensorflow/core/kernels"
_OPS = "tensorflow/core/ops/some_ops.cc"
_DIGEST = "0123456789abcdef"
_TYPES = {"float": "DT_FLOAT", "int": "DT_INT32"}
# Ops by source. Two share a template, two a function of the runtime, and one has a file for each type.
FILES = {
    f"{_KERNELS}/large_op.cc": (("Large", ("float", "int")),),
    f"{_KERNELS}/pair_ops.cc": (("Left", ("float",)), ("Right", ("float", "int"))),
    f"{_KERNELS}/small_op.cc": (("Small", ("int",)),),
}
OPS = tuple(op for rows in FILES.values() for op, _ in rows)
_SIZES = {"Large": 60, "Left": 12, "Right": 24, "Small": 3}
# What an op has of the rest: functions of the runtime, and templates that Large and Right share.
_RUNTIME_OF = {"Large": ("only_large", "of_two"), "Left": (), "Right": ("of_two",), "Small": ("only_small",)}
_SHARED = ("Large", "Right")
_HEADER = """
#pragma once
struct OpKernelConstruction { int attr; };
struct OpKernel {
  virtual ~OpKernel();
  virtual double Compute(const void* input, int count) = 0;
};
typedef OpKernel* (*Factory)(OpKernelConstruction*);
struct KernelDef { const char* op; const char* device; const char* name; int type; };
struct KernelDefBuilder {
  explicit KernelDefBuilder(const char* op);
  KernelDefBuilder& Device(const char* device);
  template <class T> KernelDefBuilder& TypeConstraint(const char* attr) { return Typed(attr, sizeof(T)); }
  KernelDefBuilder& Typed(const char* attr, int type);
  KernelDef* Build();
};
struct Registrar { Registrar(const KernelDef* def, const char* name, Factory factory); };
struct OpDefBuilder {
  explicit OpDefBuilder(const char* op);
  OpDefBuilder& Input(const char* spec);
  OpDefBuilder& SetShapeFn(int (*function)(int, int));
  int Register();
};
namespace runtime {
int keep(const char* text);
double only_large(double);
double of_two(double);
double only_small(double);
}
namespace Eigen {
template <class T, int kind>
struct Shared {
  __attribute__((noinline)) static T of(const T* a, int n) {
    T sum = 0;
    for (int i = 0; i < n; ++i) sum = sum * 3 + a[i] * (n - i) + (i % 7 ? a[n - i] : a[0] / 3);
    return sum;
  }
};
}
#include "selected.h"
#define REGISTER(OP, TYPE, CLASS) REGISTER_IF(SELECTED_##OP##_##TYPE, OP, TYPE, CLASS)
#define REGISTER_IF(WANTED, OP, TYPE, CLASS) REGISTER_IF_(WANTED, OP, TYPE, CLASS)
#define REGISTER_IF_(WANTED, OP, TYPE, CLASS) REGISTER_##WANTED(OP, TYPE, CLASS)
#define REGISTER_0(OP, TYPE, CLASS)
#define REGISTER_1(OP, TYPE, CLASS) \\
  static Registrar registrar_##OP##TYPE( \\
      KernelDefBuilder(#OP).Device("CPU").TypeConstraint<TYPE>("T").Build(), #CLASS, \\
      [](OpKernelConstruction* context) -> OpKernel* { return new CLASS(context); });
"""
_BUILDERS = """
#include "kernel.h"
OpKernel::~OpKernel() {}
static KernelDef def;
static const char* last;
static Factory factories[64];
static int count;
KernelDefBuilder::KernelDefBuilder(const char* op) { def.op = op; }
KernelDefBuilder& KernelDefBuilder::Device(const char* device) { def.device = device; return *this; }
KernelDefBuilder& KernelDefBuilder::Typed(const char* attr, int type) { last = attr; def.type = type; return *this; }
KernelDef* KernelDefBuilder::Build() { return &def; }
Registrar::Registrar(const KernelDef* def, const char* name, Factory factory) {
  last = def->op ? def->op : name;
  factories[count++ & 63] = factory;
}
OpDefBuilder::OpDefBuilder(const char* op) { last = op; }
OpDefBuilder& OpDefBuilder::Input(const char* spec) { last = spec; return *this; }
static int (*shapes[64])(int, int);
OpDefBuilder& OpDefBuilder::SetShapeFn(int (*function)(int, int)) { shapes[count & 63] = function; return *this; }
int OpDefBuilder::Register() { return last[0]; }
int runtime::keep(const char* text) { last = text; return text[0] + text[5]; }
double always(const double* values, int size) {
  double sum = 0;
  for (int i = 0; i < size; ++i) sum += values[i] / (1 + sum);
  return sum;
}
int main(int arguments, char** words) {
  double sum = always(reinterpret_cast<double*>(words), arguments);
  OpKernelConstruction context = {arguments};
  for (int i = 0; i < (count & 63); ++i) {
    OpKernel* kernel = factories[i](&context);
    sum += kernel->Compute(words, arguments) + (shapes[i] ? shapes[i](arguments, i) : 0);
    delete kernel;
  }
  return static_cast<int>(sum);
}
"""


@dataclass(frozen=True)
class Machine:
    """How programs for a processor are made here."""

    compiler: str
    linker: str
    flags: tuple[str, ...] = ()


def program(
    folder: Path, machine: Machine, objects_of_all: Path, ops: Collection[str] = OPS, *, shared: bool = False
) -> Path:
    """The program with these ops, its objects in an archive, its map and its selection beside it.

    ``objects_of_all``: a folder for what several programs have in common. ``shared``: a library that exports what is
    not hidden.
    """
    require(machine.compiler)
    require("ld.lld" if machine.linker == "lld" else machine.compiler)
    files = _write(folder, ops)
    flags = ["-std=c++17", "-Os", "-ffunction-sections", "-fdata-sections", "-fno-exceptions", "-fno-rtti", "-fPIC"]
    flags += ["-fvisibility=hidden", "-fno-ident", *machine.flags]
    objects = []
    for source, text in files.items():
        made = _object_name(source)
        (folder / made).parent.mkdir(parents=True, exist_ok=True)
        mine = [op in ops for op in OPS if f'"{op}"' in text or f"{op}Op" in text]
        told = json.dumps([machine.compiler, flags, text, mine])
        compiled = objects_of_all / f"{hashlib.sha256(told.encode()).hexdigest()}.o"
        if not compiled.exists():
            run([machine.compiler, *flags, "-I.", "-c", f"sources/{source}", "-o", compiled], cwd=folder)
        shutil.copy(compiled, folder / made)
        objects.append(made)
    name = "libapp.so" if shared else "app"
    link = [machine.compiler, *machine.flags, f"-fuse-ld={machine.linker}", "-Wl,--gc-sections", "-Wl,-Map=app.map"]
    link += ["-Wl,--icf=all"] if machine.linker == "lld" else []
    run([*link, *(["-shared"] if shared else []), *objects, "-o", name], cwd=folder)
    (folder / "libobjects.a").unlink(missing_ok=True)
    run(["ar", "rcs", "libobjects.a", *objects], cwd=folder)
    (folder / "build").mkdir(exist_ok=True)
    (folder / "build" / "library.rsp").write_text("".join(f"{each}\n" for each in objects))
    (folder / "selection.json").write_bytes(to_json(selection(ops)))
    return folder / name


def selection(ops: Collection[str] = OPS) -> Selection:
    """What the program was made for: b.pb has Small alone, a.pb the others."""
    rows = [(file, op, dtypes) for file, each in FILES.items() for op, dtypes in each if op in ops]
    return Selection(
        version="2.14.0",
        source="tensorflow",
        defines={},
        models=(ModelDigest("a.pb", "0" * 64, "graphdef"), ModelDigest("b.pb", "1" * 64, "graphdef")),
        ops=tuple(SelectedOp(op, (_reason(op),), _OPS, 1) for _, op, _ in sorted(rows, key=lambda row: row[1])),
        kernels=tuple(
            SelectedKernel(op, f"{op}Op<{each}>", "CPU", {"T": (_TYPES[each],)}, file, 1, (_reason(op),))
            for file, op, dtypes in rows
            for each in dtypes
        ),
        sources=(
            *(Source(file, "kernel", tuple(op for each, op, _ in rows if each == file)) for file in _files(ops)),
            *((Source(_OPS, "op", tuple(op for _, op, _ in rows)),) if rows else ()),
        ),
    )


def _reason(op: str) -> Reason:
    return Reason("b.pb" if op == "Small" else "a.pb", node=op)


def _files(ops: Collection[str]) -> list[str]:
    return [file for file, rows in FILES.items() if any(op in ops for op, _ in rows)]


def _write(folder: Path, ops: Collection[str]) -> dict[str, str]:
    contents = {file: "".join(['#include "kernel.h"\n', *map(_kernel, FILES[file])]) for file in _files(ops)}
    if ops:
        contents[_OPS] = '#include "kernel.h"\n' + "".join(_op(op) for op in OPS if op in ops)
    contents["tensorflow/core/framework/runtime.cc"] = "".join(map(_runtime, ("only_large", "of_two", "only_small")))
    contents["tensorflow/core/framework/op_kernel.cc"] = _BUILDERS
    for path, text in contents.items():
        place = folder / "sources" / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
    (folder / "kernel.h").write_text(_HEADER)
    rows = [(op, each) for file in FILES.values() for op, dtypes in file for each in dtypes]
    (folder / "selected.h").write_text("".join(f"#define SELECTED_{op}_{t} {int(op in ops)}\n" for op, t in rows))
    return contents


def _kernel(row: tuple[str, tuple[str, ...]]) -> str:
    op, dtypes = row
    steps = "".join(
        f"    if (count % {n + 2} == 1) sum = sum * {n + 3} + values[{n}] / (count + {n});\n"
        f'    sum -= count % {n + 2} == 1 ? runtime::keep("{op} step {n}") : 0;\n'
        for n in range(_SIZES[op])
    )
    calls = "".join(f"    sum += runtime::{name}(sum);\n" for name in _RUNTIME_OF[op])
    calls += "    sum += Eigen::Shared<T, 1>::of(values, count);\n" if op in _SHARED else ""
    made = "".join(f"REGISTER({op}, {each}, {op}Op<{each}>)\n" for each in dtypes)
    return f"""
template <class T>
struct {op}Op : OpKernel {{
  explicit {op}Op(OpKernelConstruction* context) : attr(context->attr) {{}}
  double Compute(const void* input, int count) override {{
    const T* values = static_cast<const T*>(input);
    double sum = attr;
{steps}{calls}    return sum;
  }}
  int attr;
}};
{made}"""


def _op(op: str) -> str:
    steps = "".join(f"  if (rows == {n}) return columns * {n + len(op)} + rows / (columns + {n});\n" for n in range(9))
    return f"""
static int ShapeOf{op}(int rows, int columns) {{
{steps}  return rows;
}}
static int op_{op} =
    OpDefBuilder("{op}").Input("{op.lower()}_input: T").Input("count: int32").SetShapeFn(ShapeOf{op}).Register();
"""


def _runtime(name: str) -> str:
    steps = "".join(f"  if (value > {n * len(name)}) value = value * {n + 2} - 1 / (value + {n});\n" for n in range(20))
    return f"namespace runtime {{ double {name}(double value) {{\n{steps}  return value;\n}} }}\n"


def _object_name(source: str) -> str:
    if "/framework/" in source:
        return f"core-{_DIGEST}/tensorflow/{source}.o"
    return f"selected-{_DIGEST}/tensorflow/{source}.{_DIGEST[::-1]}.o"
