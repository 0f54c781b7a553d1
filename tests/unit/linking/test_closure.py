"""What a source needs to link: from headers through the libraries of BUILD files to sources."""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path

import pytest

from opsieve.tree.buildfiles import BuildFiles, configurations
from opsieve.tree.linking.closure import LinkClosure
from opsieve.tree.linking.includes import IncludeGraph
from opsieve.tree.linking.owners import Owners, is_compiled

from .small_build import FILES, KERNELS, REGISTERING, write_tree

CORE = frozenset({"tensorflow/core/framework/op.cc", "tensorflow/core/platform/default/posix_clock.cc"})


def helpers_of(
    tree: Path,
    source: str,
    *,
    defines: dict[str, str] | None = None,
    given: Collection[str] = CORE,
    complete: Collection[str] = (),
    lacks: Callable[[str], str] = lambda source: "",
    registering: Collection[str] = REGISTERING,
) -> dict[str, str]:
    with BuildFiles(tree, configurations()["linux"]) as build:
        closure = LinkClosure(
            tree, IncludeGraph(tree, defines or {}), Owners(tree, build), registering, given, complete, lacks
        )
        return {helper.path: helper.reason for helper in closure.helpers(f"{KERNELS}/{source}")}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    return write_tree(tmp_path)


def test_sources_behind_headers_to_a_fixed_point(tree: Path) -> None:
    found = helpers_of(tree, "conv_op.cc")
    by_conv, by_deep = (
        f"is included by {KERNELS}/conv_op.cc; //{KERNELS}",
        f"is included by {KERNELS}/deep.h; //{KERNELS}",
    )
    assert found == {
        f"{KERNELS}/deep.cc": f"its header {KERNELS}/deep.h {by_conv}:conv_op",
        # By another name, in the library of the header that the header included.
        f"{KERNELS}/fill_cpu.cc": f"its header {KERNELS}/fill.h {by_deep}:fill",
        # The header's own source registers, and the instantiations beside it do not.
        f"{KERNELS}/slice_op.cc": f"its header {KERNELS}/slice_op.h {by_conv}:slice",
        f"{KERNELS}/slice_op_cpu_1.cc": f"its header {KERNELS}/slice_op.h {by_conv}:slice",
        f"{KERNELS}/slice_op_cpu_2.cc": f"its header {KERNELS}/slice_op.h {by_conv}:slice",
        f"{KERNELS}/mlir_op.cc": f"its header {KERNELS}/mlir_op.h {by_conv}:mlir",
    }


def test_a_header_is_used_only_where_the_compiler_sees_its_names(tree: Path) -> None:
    assert f"{KERNELS}/widget.cc" not in helpers_of(tree, "conv_op.cc")
    assert f"{KERNELS}/widget.cc" in helpers_of(tree, "conv_op.cc", defines={"GOOGLE_CUDA": "1"})


def test_instantiations_belong_to_the_source_of_their_library(tree: Path) -> None:
    found = helpers_of(tree, "slice_op.cc")
    assert found[f"{KERNELS}/slice_op_cpu_1.cc"] == f"belongs to {KERNELS}/slice_op.cc; //{KERNELS}:slice"
    assert set(found) == {f"{KERNELS}/slice_op_cpu_1.cc", f"{KERNELS}/slice_op_cpu_2.cc"}


def test_a_platform_s_sources_stand_in_a_library_of_the_same_name(tree: Path) -> None:
    found = helpers_of(tree, "conv_op.cc", given={"tensorflow/core/framework/op.cc"})
    # The kernel does not mention the clock; what does is the runtime's.
    assert "tensorflow/core/platform/default/posix_clock.cc" not in found
    (tree / KERNELS / "fill_cpu.cc").write_text(
        '#include "tensorflow/core/platform/clock.h"\nvoid Fill() { Clock(); }\n'
    )
    found = helpers_of(tree, "conv_op.cc", given={"tensorflow/core/framework/op.cc"})
    assert "tensorflow/core/platform/default/posix_clock.cc" in found


def test_what_nobody_can_compile_is_refused_with_the_header(tree: Path) -> None:
    def lacks(source: str) -> str:
        return "mlir/IR/Builders.h" if source.endswith("mlir_op.cc") else ""

    assert f"{KERNELS}/mlir_op.cc" not in helpers_of(tree, "conv_op.cc", lacks=lacks)


def test_what_links_without_others_needs_no_others(tree: Path) -> None:
    complete = {f"{KERNELS}/{name}" for name in ("conv_op.cc", "deep.cc", "fill_cpu.cc")}
    assert set(helpers_of(tree, "conv_op.cc", complete=complete)) == complete - {f"{KERNELS}/conv_op.cc"}


def test_of_a_large_library_only_what_has_the_header_s_name(tmp_path: Path) -> None:
    names = [f"other_{number}.cc" for number in range(40)]
    files = {name: text for name, text in FILES.items() if not name.startswith(KERNELS)}
    files[f"{KERNELS}/BUILD"] = 'cc_library(name = "all", srcs = glob(["*.cc"]), hdrs = glob(["*.h"]))\n'
    files |= {f"{KERNELS}/{name}": "" for name in [*names, "lib_cpu.cc", "library.cc"]}
    files[f"{KERNELS}/lib.h"] = "void Lib();\n"
    files[f"{KERNELS}/conv_op.cc"] = '#include "tensorflow/core/kernels/lib.h"\nvoid f() { Lib(); }\n'
    tree = write_tree(tmp_path, files)
    assert set(helpers_of(tree, "conv_op.cc")) == {f"{KERNELS}/lib_cpu.cc"}
    # As concat_lib_cpu.cc, which defines what concat_lib.h declares, and has concat_lib_cpu.h for its own kind.
    (tree / KERNELS / "lib_cpu.h").touch()
    assert set(helpers_of(tree, "conv_op.cc")) == {f"{KERNELS}/lib_cpu.cc"}


@pytest.mark.parametrize(
    ("promised", "defined", "behind"),
    [
        ("Status Check(int);", "Status Check(int x) { return x; }", True),
        ("class Pool { void Run(); };", "void Pool::Run() {}", True),
        ("Status Check(int);", "template <> Status Check<int>(int x) {}", False),
        ("Status Check(int);", "static Status Check(int x) { return x; }", False),
        ("inline Status Check(int x) { return x; }", "Status CheckAll(int x) { return Check(x); }", False),
        ("template <typename T> Status Check(T);", "Status Check(int x) { return x; }", False),
        # Announced here, promised elsewhere.
        ("class Pool; void Use(Pool*);", "void Pool::Run() {}", False),
        ("REGISTER(Check);", "REGISTER(Check) { }", False),
    ],
)
def test_a_source_that_registers_may_define_what_a_header_promises(
    promised: str, defined: str, behind: bool, tmp_path: Path
) -> None:
    files = {name: text for name, text in FILES.items() if not name.startswith(KERNELS)}
    files[f"{KERNELS}/BUILD"] = 'cc_library(name = "sums", srcs = glob(["sum_*.cc"]), hdrs = ["sum.h"])\n'
    files[f"{KERNELS}/sum.h"] = f"namespace tensorflow {{\n{promised}\n}}\n"
    text = '#include "tensorflow/core/kernels/sum.h"\n'
    files[f"{KERNELS}/sum_1.cc"] = f"{text}namespace tensorflow {{\n#ifdef A\n{defined}\n#endif\n}}\nREGISTER(1);\n"
    files[f"{KERNELS}/sum_2.cc"] = f"{text}void f() {{ Pool p; Check(1); }}\nREGISTER(2);\n"
    registering = {f"{KERNELS}/sum_1.cc", f"{KERNELS}/sum_2.cc"}
    found = helpers_of(write_tree(tmp_path, files), "sum_2.cc", registering=registering)
    assert set(found) == ({f"{KERNELS}/sum_1.cc"} if behind else set())


@pytest.mark.parametrize(
    ("path", "compiled"),
    [
        ("a/conv_op.cc", True),
        ("a/arena.c", True),
        ("a/conv_op.h", False),
        ("a/conv_op_gpu.cu.cc", False),
        ("a/conv_op_test.cc", False),
        ("a/ops_testutil.cc", False),
        ("a/latest.cc", True),
    ],
)
def test_what_a_library_compiles(path: str, compiled: bool) -> None:
    assert is_compiled(path) == compiled
