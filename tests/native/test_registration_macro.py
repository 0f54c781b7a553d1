"""Kernels that are not selected are not instantiated, with registration macros of the shapes that TensorFlow has.

The class of the kernel that is not selected does not compile when it is instantiated, which no test could overlook.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from native.compilers import COMPILERS, require, run
from opsieve.build.registration_macro import HEADER, lazy_registration

_FRAMEWORK = """
#ifndef OP_KERNEL_H_
#define OP_KERNEL_H_
#include <cstdio>
#include <type_traits>
#include <utility>
#include "ops_to_register.h"
namespace tensorflow {
struct OpKernelConstruction {};
struct OpKernel { virtual ~OpKernel() {} virtual void Compute() = 0; };
struct KernelDef {};
struct Name { explicit Name(const char*) {} const KernelDef* Build() { static KernelDef def; return &def; } };
struct InitOnStartupMarker {
  constexpr InitOnStartupMarker operator<<(InitOnStartupMarker) const { return *this; }
  template <typename T> constexpr InitOnStartupMarker operator<<(T&& v) const { return std::forward<T>(v)(); }
};
namespace kernel_factory {
struct OpKernelRegistrar {
  OpKernelRegistrar(const KernelDef* def, const char* name, OpKernel* (*make)(OpKernelConstruction*)) {
    OpKernelConstruction context;
    if (def == nullptr) return;
    std::printf("%s\\n", name);
    OpKernel* kernel = make(&context);
    kernel->Compute();
    delete kernel;
  }
};
}
}
#define TF_INIT_ON_STARTUP_IF(cond) \\
  (::std::integral_constant<bool, !(cond)>::value) ? ::tensorflow::InitOnStartupMarker{} \\
                                                   : ::tensorflow::InitOnStartupMarker {}
MACROS
#endif
"""
# The macros of 2.4 and later, which get the op's name too, and those before.
_SINCE_2_4 = """
#define REGISTER_IMPL(id, op_name, kernel_builder_expr, \\
                      is_system_kernel, ...) \\
  static ::tensorflow::InitOnStartupMarker const registered_##id __attribute__((unused)) = \\
      TF_INIT_ON_STARTUP_IF(is_system_kernel || \\
                            (SHOULD_REGISTER_OP_KERNEL(#__VA_ARGS__) && \\
                             SHOULD_REGISTER_OP(op_name))) \\
      << ([](::tensorflow::KernelDef const* kernel_def) { \\
           ::tensorflow::kernel_factory::OpKernelRegistrar registrar( \\
               kernel_def, #__VA_ARGS__, \\
               [](::tensorflow::OpKernelConstruction* context) \\
                   -> ::tensorflow::OpKernel* { \\
                 return new __VA_ARGS__(context); \\
               }); \\
           (void)registrar; \\
           return ::tensorflow::InitOnStartupMarker{}; \\
         })(kernel_builder_expr.Build());
#define REGISTER(id, system, ...) REGISTER_IMPL(id, "Op", ::tensorflow::Name("Op"), system, __VA_ARGS__)
"""
_BEFORE = """
#define REGISTER_IMPL(ctr, kernel_builder, ...) \\
  constexpr bool should_register_##ctr##__flag = \\
      SHOULD_REGISTER_OP_KERNEL(#__VA_ARGS__); \\
  static ::tensorflow::kernel_factory::OpKernelRegistrar \\
      registrar_##ctr( \\
          should_register_##ctr##__flag ? ::tensorflow::kernel_builder.Build() : nullptr, \\
          #__VA_ARGS__, \\
          [](::tensorflow::OpKernelConstruction* context) \\
              -> ::tensorflow::OpKernel* { \\
            return new __VA_ARGS__(context); \\
          });
#define REGISTER_SYSTEM_IMPL(ctr, kernel_builder, ...) \\
  static ::tensorflow::kernel_factory::OpKernelRegistrar registrar_##ctr( \\
      ::tensorflow::kernel_builder.Build(), #__VA_ARGS__, \\
      [](::tensorflow::OpKernelConstruction* context) -> ::tensorflow::OpKernel* { return new __VA_ARGS__(context); });
#define REGISTER_false(id, ...) REGISTER_IMPL(id, Name("Op"), __VA_ARGS__)
#define REGISTER_true(id, ...) REGISTER_SYSTEM_IMPL(id, Name("Op"), __VA_ARGS__)
#define REGISTER(id, system, ...) REGISTER_##system(id, __VA_ARGS__)
"""
_SELECTION = """
constexpr bool same(const char* a, const char* b) { return *a == *b && (*a == 0 || same(a + 1, b + 1)); }
#define SHOULD_REGISTER_OP(op) same(op, "Op")
#define SHOULD_REGISTER_OP_KERNEL(clz) same(clz, "Kernel<float, 2>")
"""
_KERNELS = """
#include "tensorflow/core/framework/op_kernel.h"
template <typename T, int n>
struct Kernel : tensorflow::OpKernel {
  explicit Kernel(tensorflow::OpKernelConstruction*) {}
  void Compute() override { WANTED std::printf("computed\\n"); }
};
REGISTER(1, false, Kernel<float, 2>)
REGISTER(2, false, Kernel<double, 2>)
REGISTER(3, true, Kernel<char, 2>)
int main() {}
"""
_REFUSED = 'static_assert(!std::is_same<T, double>::value, "instantiated");'
_REGISTERED = ["Kernel<float, 2>", "computed", "Kernel<char, 2>", "computed"]
_SHAPES = pytest.mark.parametrize("macros", [_SINCE_2_4, _BEFORE], ids=["since 2.4", "before"])


def _compiled(
    folder: Path, macros: str, compiler: str, standard: str, wanted: str, *, lazily: bool, ends: str = "\n"
) -> list[str]:
    """What the program prints."""
    require(compiler)
    framework = _FRAMEWORK.replace("MACROS", macros).replace("\n", ends)
    tree, before = folder / "tree" / HEADER, folder / "before" / HEADER
    for path in (tree, before):
        path.parent.mkdir(parents=True)
    tree.write_bytes(framework.encode())
    header = lazy_registration(framework)
    assert header
    if lazily:
        before.write_text(header)
    (folder / "ops_to_register.h").write_text(_SELECTION)
    (folder / "kernels.cc").write_text(_KERNELS.replace("WANTED", wanted))
    program = folder / "program"
    flags = [f"-std={standard}", "-Wall", "-Wextra", "-Werror", f"-I{folder}", f"-I{folder}/before", f"-I{folder}/tree"]
    run([compiler, *flags, folder / "kernels.cc", "-o", program])
    return run([program]).splitlines()


@_SHAPES
@pytest.mark.parametrize("compiler", COMPILERS)
def test_only_what_is_registered_is_instantiated(compiler: str, macros: str, tmp_path: Path) -> None:
    assert _compiled(tmp_path, macros, compiler, "c++17", _REFUSED, lazily=True) == _REGISTERED


@_SHAPES
def test_without_it_all_are(macros: str, tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="instantiated"):
        _compiled(tmp_path, macros, "g++", "c++17", _REFUSED, lazily=False)


@_SHAPES
def test_changes_nothing_before_cxx17(macros: str, tmp_path: Path) -> None:
    assert _compiled(tmp_path, macros, "g++", "c++14", "", lazily=True) == _REGISTERED


@_SHAPES
def test_reads_a_header_with_crlf(macros: str, tmp_path: Path) -> None:
    assert _compiled(tmp_path, macros, "g++", "c++17", _REFUSED, lazily=True, ends="\r\n") == _REGISTERED


@pytest.mark.parametrize(
    "header", ["", "#define REGISTER_KERNEL_BUILDER(...)\n", _SINCE_2_4.replace("new __VA_ARGS__", "Make<__VA_ARGS__>")]
)
def test_leaves_other_macros_alone(header: str) -> None:
    assert lazy_registration(header) is None
