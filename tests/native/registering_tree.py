"""A small source tree that registers kernels as TensorFlow does, and the plan of a library of it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from opsieve.build.plan import Group, Plan, Unit

# TensorFlow's core/framework/registration/registration.h, op_kernel.h and op.h in the small.
_FILES = {
    "tensorflow/core/framework/registration.h": """
#ifndef REGISTRATION_H_
#define REGISTRATION_H_
#ifdef SELECTIVE_REGISTRATION
#include "ops_to_register.h"
#if (!defined(SHOULD_REGISTER_OP) || !defined(SHOULD_REGISTER_OP_GRADIENT) || \\
     !defined(SHOULD_REGISTER_OP_KERNEL))
static_assert(false, "ops_to_register.h must define SHOULD_REGISTER macros");
#endif
#else
#define SHOULD_REGISTER_OP(op) true
#define SHOULD_REGISTER_OP_GRADIENT true
#define SHOULD_REGISTER_OP_KERNEL(clz) true
#endif
#endif
""",
    "tensorflow/core/framework/op_kernel.h": """
#ifndef OP_KERNEL_H_
#define OP_KERNEL_H_
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>
#include "tensorflow/core/framework/registration.h"
#include "generated_options.h"
namespace tensorflow {
class OpKernel {
 public:
  virtual ~OpKernel() = default;
  virtual double Compute(double a, double b) = 0;
};
struct Registration { const char* op; const char* file; std::function<std::unique_ptr<OpKernel>()> make; };
class Kernels {
 public:
  static std::vector<Registration>& All();
  static double Run(const std::string& op, double a, double b);
  static std::string List();
};
struct Marker {};
Marker Register(const char* op, const char* file, std::function<std::unique_ptr<OpKernel>()> make);
}
#define REGISTER_UNIQ_HELPER(ctr, op, ...) REGISTER_UNIQ(ctr, op, __VA_ARGS__)
#define REGISTER_UNIQ(ctr, op, ...)                                                     \\
  static ::tensorflow::Marker marker##ctr __attribute__((unused)) =                     \\
      (std::integral_constant<bool, !(SHOULD_REGISTER_OP_KERNEL(#__VA_ARGS__) &&        \\
                                      SHOULD_REGISTER_OP(op))>::value)                  \\
          ? ::tensorflow::Marker{}                                                      \\
          : ::tensorflow::Register(                                                     \\
                op, __FILE__, [] { return std::unique_ptr<::tensorflow::OpKernel>(new __VA_ARGS__); });
#define REGISTER_KERNEL(op, ...) REGISTER_UNIQ_HELPER(__COUNTER__, op, __VA_ARGS__)
#endif
""",
    "tensorflow/core/framework/op_kernel.cc": """
#include "tensorflow/core/framework/op_kernel.h"
#include <algorithm>
namespace tensorflow {
std::vector<Registration>& Kernels::All() {
  static std::vector<Registration>* all = new std::vector<Registration>;
  return *all;
}
Marker Register(const char* op, const char* file, std::function<std::unique_ptr<OpKernel>()> make) {
  Kernels::All().push_back({op, file, std::move(make)});
  return Marker();
}
double Kernels::Run(const std::string& op, double a, double b) {
  for (const auto& each : All()) if (op == each.op) return each.make()->Compute(a, b);
  return -1;
}
std::string Kernels::List() {
  std::vector<std::string> names;
  for (const auto& each : All()) names.push_back(std::string(each.op) + " " + each.file + "\\n");
  std::sort(names.begin(), names.end());
  std::string list = VERSION;
  list += "\\n";
  for (const auto& each : names) list += each;
  return list;
}
}
extern "C" double TF_Run(const char* op, double a, double b) { return tensorflow::Kernels::Run(op, a, b); }
""",
    "tensorflow/core/lib/plain.c": "int opsieve_plain(int x) { return x + 1; }\n",
    "third_party/ops_math/ops_math/op_math.h": "#pragma once\nnamespace op_math { double Power(double, int); }\n",
    "third_party/ops_math/ops_math/op_math.cc": """
#include "ops_math/op_math.h"
namespace op_math { double Power(double x, int n) { double y = 1; while (n-- > 0) y *= x; return y; } }
""",
    "tensorflow/core/run_model.cc": """
#include <cstdio>
#include "tensorflow/core/framework/op_kernel.h"
int main() { std::printf("%s", tensorflow::Kernels::List().c_str()); }
""",
}
_KERNEL = """
#define EIGEN_USE_THREADS
#include "tensorflow/core/framework/op_kernel.h"
#include "ops_math/op_math.h"
namespace tensorflow {{
namespace functor {{ struct {op} {{ static double Run(double a, double b) {{ return {expression}; }} }}; }}
template <typename F, typename T>
class BinaryOp : public OpKernel {{
  double Compute(double a, double b) override {{ return F::Run(static_cast<T>(a), static_cast<T>(b)); }}
}};
REGISTER_KERNEL("{op}", BinaryOp<functor::{op}, double>);
REGISTER_KERNEL("{op}Int", BinaryOp<functor::{op}, int>);
}}
"""
KERNELS = {
    "Add": "a + b",
    "Mul": "a * b",
    "Square": "op_math::Power(a, 2) + 0 * b",
    "Sub": "a - b",
}
USER = """
#include <cstdio>
#include "tensorflow/core/framework/op_kernel.h"
int main() {
  std::printf("%s%g\\n", tensorflow::Kernels::List().c_str(), tensorflow::Kernels::Run("Mul", 6, 7));
}
"""


def write_tree(folder: Path) -> None:
    """The tree in ``folder/tree`` and its third-party package in ``folder/ops_math``."""
    for name, text in _FILES.items():
        inside = name.removeprefix("third_party/")
        path = folder / (inside if inside != name else f"tree/{name}")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.lstrip())
    for op, expression in KERNELS.items():
        path = folder / "tree" / kernel_source(op)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(_KERNEL.format(op=op, expression=expression).lstrip())


def kernel_source(op: str) -> str:
    return f"tensorflow/core/kernels/{op.lower()}_op.cc"


def header(ops: Iterable[str], seed: str = "") -> str:
    """An ops_to_register.h for exactly these ops, with all of their classes."""
    wanted = "".join(f' || __builtin_strcmp(op, "{op}") == 0' for op in sorted(ops))
    return f"""// {seed}
#ifndef OPS_TO_REGISTER_H_
#define OPS_TO_REGISTER_H_
namespace opsieve_test {{ constexpr bool HasOp(const char* op) {{ return op == nullptr{wanted}; }} }}
#define SHOULD_REGISTER_OP(op) (::opsieve_test::HasOp(op))
#define SHOULD_REGISTER_OP_KERNEL(clz) (true)
#define SHOULD_REGISTER_OP_GRADIENT false
#endif
"""


def make_plan(
    folder: Path, selected: Mapping[str, Iterable[str]], *, precompile: bool = True, name: str = "small"
) -> Plan:
    """A plan of the tree: each kernel file of ``selected`` (by op) with the ops that it may register."""
    headers = {op: header(ops) for op, ops in selected.items()}
    digests = {op: hashlib.sha256(text.encode()).hexdigest()[:20] for op, text in headers.items()}
    includes = (("tensorflow", "."), ("", "."))
    system = (("ops_math", "."),)
    return Plan(
        name=name,
        version="2.14.0",
        roots={"tensorflow": folder / "tree", "ops_math": folder / "ops_math"},
        groups=(
            Group("core", includes, system),
            Group("ops_math", (("ops_math", "."),)),
            Group("generated", includes),
            Group(
                "selected",
                includes,
                system,
                ("SELECTIVE_REGISTRATION", "EIGEN_USE_THREADS="),
                precompile=("tensorflow/core/framework/op_kernel.h",) if precompile else (),
            ),
            Group("run_model", includes, system),
        ),
        units=(
            Unit("tensorflow/core/framework/op_kernel.cc", "tensorflow", "core"),
            Unit("tensorflow/core/lib/plain.c", "tensorflow", "core"),
            Unit("ops_math/op_math.cc", "ops_math", "ops_math"),
            Unit("version_info.cc", "", "generated"),
            *(Unit(kernel_source(op), "tensorflow", "selected", digests[op]) for op in selected),
            Unit("tensorflow/core/run_model.cc", "tensorflow", "run_model"),
        ),
        headers={digests[op]: headers[op] for op in selected},
        generated={
            "generated_options.h": '#define VERSION "small 1"\n',
            "version_info.cc": 'extern const char* const kVersion = "1" __DATE__;\n',
        },
        exported=("TF_*", "tensorflow::Kernels::*"),
        public_headers=(
            ("tensorflow", "tensorflow/core/framework/op_kernel.h"),
            ("tensorflow", "tensorflow/core/framework/registration.h"),
            ("", "generated_options.h"),
        ),
    )


def with_unit(plan: Plan, *units: Unit) -> Plan:
    return replace(plan, units=(*plan.units, *units))
