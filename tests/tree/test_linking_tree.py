"""Includes, the portable runtime and helpers of real trees, against a compiler and TensorFlow's own lists."""

from __future__ import annotations

import re
import subprocess
import time
from functools import cache
from pathlib import Path

import pytest
from tree_index import index_of

from opsieve.build import registration_macro
from opsieve.build.portable_runtime import PortableRuntime, build_files
from opsieve.tree.linking.includes import IncludeGraph
from opsieve.tree.presets import resolve_defines
from opsieve.tree.store import INCLUDE_ROOTS

PRESET = "mobile"
# What a compiler is asked about: every source of these that has the number in its place.
EVERY = 25


@cache
def registering(tree: Path) -> frozenset[str]:
    index = index_of(tree, PRESET)
    kernels = {kernel.file for op in index.kernels for kernel in index.kernels[op]}
    return frozenset(kernels | {op.file for op in index.ops.values()})


@cache
def runtime_of(tree: Path) -> PortableRuntime:
    return PortableRuntime(tree, build_files(tree, "linux"), "linux", resolve_defines(PRESET), registering(tree))


def compiler_reaches(tree: Path, compiler: str, path: str, defines: list[str]) -> set[str]:
    """What the preprocessor reads, and what it would have to find; -undef: nothing that it predefines itself."""
    roots = [f"-I{root or '.'}" for root in INCLUDE_ROOTS if (tree / root).is_dir()]
    command = [compiler, "-M", "-MG", "-nostdinc", "-undef", "-w", *roots, *(f"-D{name}" for name in defines), path]
    done = subprocess.run(command, cwd=tree, capture_output=True, text=True, check=False)
    # An #error stands where a platform is not known; the list is complete all the same.
    assert done.returncode == 0 or "#error" in done.stderr, done.stderr
    words = done.stdout.replace("\\\n", " ").split()[1:]
    return {re.sub(r"^(?:\./)+", "", word) for word in words}


def test_includes_are_those_of_the_preprocessor(tree: Path, compiler: str) -> None:
    runtime = runtime_of(tree)
    predefined = {**runtime.includes.defines}
    compared = 0
    for path in [*runtime.sources, *sorted(registering(tree))][::EVERY]:
        if path.endswith(".c") or not (tree / path).is_file():
            continue
        reached = runtime.includes.reached(path)
        expected = compiler_reaches(tree, compiler, path, [f"{name}={value}" for name, value in predefined.items()])
        assert {*reached.headers, *reached.absent} == expected, path
        compared += 1
    assert compared > 10


def test_all_units_are_followed_in_seconds(tree: Path) -> None:
    runtime = runtime_of(tree)
    started = time.process_time()
    for path in (*runtime.sources, *sorted(registering(tree))):
        runtime.includes.reached(path)
    assert time.process_time() - started < 20


def test_sources_of_the_runtime(tree: Path, record_property: object) -> None:
    sources = runtime_of(tree).sources
    print(f"{len(sources)} sources of the portable runtime")
    assert 150 < len(sources) < 400
    assert {"tensorflow/core/framework/op_kernel.cc", "tensorflow/core/common_runtime/direct_session.cc"} <= set(
        sources
    )
    for path, reasons in sources.items():
        assert (tree / path).is_file()
        assert reasons[0].startswith(("//", "@"))
        assert not re.search(r"_test\.cc$|\.cu\.cc$|/windows/|/kernels/.*_gpu", path), path


def test_runtime_is_the_one_that_was_linked_by_hand(tree: Path) -> None:
    """What a hand-made build of 2.14.0 needed beyond the file groups; it left out eager execution and linked."""
    runtime = runtime_of(tree)
    if not runtime.version.startswith("2.14."):
        pytest.skip("known for 2.14 only")
    assert {
        "tensorflow/tsl/platform/default/logging.cc",
        "tensorflow/tsl/platform/default/mutex.cc",
        "tensorflow/tsl/platform/default/env_time.cc",
        "tensorflow/tsl/platform/default/resource.cc",
        "tensorflow/tsl/util/stats_calculator.cc",
        "tensorflow/tsl/framework/device_type.cc",
    } <= set(runtime.sources)
    assert not [path for path in runtime.sources if "/eager/" in path]


def test_every_need_is_met_or_said(tree: Path) -> None:
    runtime = runtime_of(tree)
    manifest = runtime.manifest()
    assert {"eigen", "protobuf", "zlib"} <= {need.name for need in manifest.third_party}
    assert not [note for note in manifest.notes if "neither in the tree" in note]
    for proto in manifest.protos:
        assert any((tree / root / proto).is_file() for root in manifest.proto_roots)
    # All but one are files that the tree does not have.
    assert {file.path for file in manifest.generated if (tree / file.path).is_file()} <= {registration_macro.HEADER}


def test_kernels_of_the_old_makefile_need_what_its_list_has(tree: Path) -> None:
    """tf_op_files.txt of TensorFlow 1.x names kernels and all that they need beside the makefile's core."""
    place = tree / "tensorflow/contrib/makefile/tf_op_files.txt"
    if not place.is_file():
        pytest.skip("contrib/makefile is in TensorFlow 1.x only")
    # Two names lack their last letter, and are not compiled.
    listed = {re.sub(r"\.c$", ".cc", line) for line in place.read_text().split()}
    runtime = runtime_of(tree)
    helpers = runtime.helpers(sorted(listed & registering(tree)))
    found = {helper.path for each in helpers.values() for helper in each}
    beyond = found - listed
    assert len(beyond) <= 5, sorted(beyond)
    # What the list has beside: gradients, what is empty without CUDA or LIBXSMM, and what no kernel of it includes.
    included = {header for path in helpers for header in runtime.includes.reached(path).headers}
    left = listed - found - registering(tree) - set(runtime.sources)
    used = {path for path in left if path.replace(".cc", ".h") in included}
    assert not {path for path in used if not re.search(r"xsmm_|gather_functor", path)}
    assert all("_grad" in path for path in left if "/ops/" in path)


def test_known_helpers(tree: Path) -> None:
    """Pairs of which the linker says so: the first build without them fails."""
    runtime = runtime_of(tree)
    pairs = {
        "conv_ops_float.cc": "deep_conv2d.cc",
        "conv_ops.cc": "deep_conv2d.cc",
        "cwise_op_add_1.cc": "cwise_ops_common.cc",
        "transpose_op.cc": "transpose_functor_cpu.cc",
        "strided_slice_op.cc": "strided_slice_op_inst_1.cc",
        "tensor_array_ops.cc": "tensor_array.cc",
        "split_op.cc": "split_lib_cpu.cc",
        "list_kernels.cc": "concat_lib_cpu.cc",
    }
    checked = 0
    for name, helper in pairs.items():
        source, needed = f"tensorflow/core/kernels/{name}", f"tensorflow/core/kernels/{helper}"
        if not (tree / needed).is_file() or source not in registering(tree) or needed in runtime.sources:
            continue
        # Before 2.3 the 2-D convolutions of all types are one file; later the templates are in a header.
        if "deep_conv2d" in helper and "deep_conv2d.h" not in _included(runtime, source):
            continue
        assert needed in {each.path for each in runtime.helpers([source])[source]}, source
        checked += 1
    assert checked >= 4


def _included(runtime: PortableRuntime, source: str) -> str:
    return " ".join(runtime.includes.reached(source).headers)


def test_the_processor_makes_no_difference_to_what_is_needed(tree: Path) -> None:
    """So that one list serves all: what x86 adds under conditions is a header of the system's."""
    runtime = runtime_of(tree)
    for macros in (("__x86_64__", "__SSE3__"), ("__aarch64__", "__ARM_NEON"), ("__arm__", "__ARM_NEON")):
        graph = IncludeGraph(tree, {**runtime.includes.defines, **dict.fromkeys(macros, "1")})
        for path in runtime.sources:
            assert graph.reached(path).headers == runtime.includes.reached(path).headers, (path, macros)


def test_helpers_are_not_by_the_hundred(tree: Path) -> None:
    runtime = runtime_of(tree)
    kernels = [path for path in sorted(registering(tree)) if path.startswith("tensorflow/core/kernels/")]
    counts = {path: len(helpers) for path, helpers in runtime.helpers(kernels).items()}
    print(f"{len(kernels)} files, {sum(counts.values()) / len(kernels):.1f} helpers each")
    assert sum(counts.values()) / len(kernels) < 6
