"""What is read from built files is what their start-up code really registered."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from native import built_kernels
from native.built_kernels import OPS, PAIRS, Row, expected, index
from native.compilers import require, run
from native.test_header_compiles import header
from opsieve.binary import Registered, read_library, registered
from opsieve.binary.x86 import Instruction, UndecodableError

_HERE = Path(__file__).parent
_SOME = (
    ("Gather", "StopGradient", "Switch", "UniqueV2", "BatchCholesky", "AddV2", "IdentityN", "NoOp", "Identity"),
    (
        "GatherOp<CPUDevice, float>",
        "IdentityOp",
        "SwitchOp",
        "UniqueOp<float, int>",
        "UniqueOp<double, long long>",
        "(CholeskyOp<float>)",
        "BinaryOp<CPUDevice, functor::add<double>>",
        "NoOp",
        "ResourceGatherOp<CPUDevice, int>",
    ),
)
# The longer ones of texts that end alike: what is inside them must not count.
_LONGER = (
    ("ResourceGather", "RefSwitch", "RefIdentity", "ReadVariableOp", "Qr", "If"),
    ("ResourceGatherOp<CPUDevice, double>", "SwitchOp", "IdentityOp", "QrOp<float>", "IfOp", "ReadVariableOp"),
)
_ALL = (sorted(OPS), sorted({text for _, text in PAIRS}))
_SELECTIONS = {"all": _ALL, "some": _SOME, "longer": _LONGER}


def build(folder: Path, compiler: str, flags: Iterable[str], selection: str, name: str = "kernels") -> Path:
    """An object file with what a selection leaves of the kernels."""
    require(compiler)
    ops, classes = _SELECTIONS[selection]
    header(folder, ops, classes)
    source = folder / f"{name}.cc"
    source.write_text(built_kernels.small_source())
    out = folder / f"{name}.o"
    run([compiler, "-std=c++17", *flags, "-w", f"-I{folder}", f"-I{_HERE}", "-c", source, "-o", out])
    return out


def framework(folder: Path, compiler: str, flags: Iterable[str]) -> Path:
    out = folder / "framework.o"
    source = _HERE / "built_framework.cc"
    run([compiler, "-std=c++17", *flags, "-w", f"-I{folder}", f"-I{_HERE}", "-c", source, "-o", out])
    return out


def told(output: str) -> tuple[frozenset[str], frozenset[tuple[str, str]]]:
    """What a program or library printed of itself."""
    rows = [line.split("\t") for line in output.splitlines()]
    spelt = {text.replace(" ", ""): text for _, text in PAIRS}
    kernels = frozenset((row[1], spelt[row[2].replace(" ", "")]) for row in rows if row[0] == "kernel")
    return frozenset(row[1] for row in rows if row[0] == "op"), kernels


def read(path: Path) -> Registered:
    return registered(read_library(path), index())


def agrees(found: Registered, truth: tuple[frozenset[str], frozenset[tuple[str, str]]]) -> None:
    assert (found.ops, found.kernels) == truth
    assert found.uncertain == {}


def require_linker(linker: str) -> None:
    if shutil.which(f"ld.{linker}") is None:
        pytest.skip(f"the linker {linker} is not installed")


@pytest.mark.parametrize("selection", sorted(_SELECTIONS))
@pytest.mark.parametrize(
    ("compiler", "flags", "linker"),
    [
        ("g++", ("-O0",), "bfd"),
        ("g++", ("-Os", "-ffunction-sections", "-fdata-sections"), "gold"),
        ("g++", ("-O2",), "lld"),
        ("clang++-14", ("-O0",), "lld"),
        ("clang++-19", ("-O2", "-fno-exceptions"), "bfd"),
        ("clang++-19", ("-Os",), "lld"),
    ],
    ids=lambda value: value if isinstance(value, str) else "".join(value),
)
def test_a_stripped_library_that_says_itself_what_it_registered(
    compiler: str, flags: tuple[str, ...], linker: str, selection: str, tmp_path: Path
) -> None:
    require_linker(linker)
    kernels = build(tmp_path, compiler, (*flags, "-fPIC"), selection)
    library = tmp_path / "libkernels.so"
    options = [f"-fuse-ld={linker}", "-Wl,-O2", "-Wl,--gc-sections", "-shared", "-s"]
    run([compiler, *options, kernels, framework(tmp_path, compiler, (*flags, "-fPIC")), "-o", library])
    loads = f"import ctypes; ctypes.CDLL({str(library)!r}).print_registered()"
    truth = told(run([sys.executable, "-c", loads]))
    assert truth == expected(*_SELECTIONS[selection])
    agrees(read(library), truth)
    agrees(read(kernels), truth)


@pytest.mark.parametrize("selection", sorted(_SELECTIONS))
@pytest.mark.parametrize("compiler", ["g++", "clang++-14", "aarch64-linux-gnu-g++", "arm-linux-gnueabihf-g++"])
@pytest.mark.parametrize("level", ["-O0", "-Os"])
def test_a_class_may_be_handed_over_before_its_op(compiler: str, level: str, selection: str, tmp_path: Path) -> None:
    # Which of them comes first is the compiler's choice where both are arguments of one call.
    kernels = build(tmp_path, compiler, (level, "-fPIC", "-DONE_CALL"), selection)
    agrees(read(kernels), expected(*_SELECTIONS[selection]))


@pytest.mark.parametrize("first", [0, 1])
def test_the_order_may_differ_from_file_to_file(first: int, tmp_path: Path) -> None:
    header(tmp_path, *_ALL)
    objects = [framework(tmp_path, "g++", ("-O0", "-fPIC"))]
    for half, flags in ((first, ("-DONE_CALL",)), (1 - first, ())):
        source = tmp_path / f"kernels_{half}.cc"
        source.write_text(built_kernels.small_source(half))
        objects.append(tmp_path / f"kernels_{half}.o")
        options = ["-std=c++17", "-O0", "-w", "-fPIC", *flags, f"-I{tmp_path}", f"-I{_HERE}"]
        run(["g++", *options, "-c", source, "-o", objects[-1]])
    library = tmp_path / "libkernels.so"
    run(["g++", "-shared", "-s", *objects, "-o", library])
    agrees(read(library), expected(*_ALL))


def test_an_executable_linked_with_link_time_optimisation(tmp_path: Path) -> None:
    flags = ("-O2", "-flto")
    kernels = build(tmp_path, "g++", flags, "some")
    main = tmp_path / "main.cc"
    main.write_text('extern "C" void print_registered(); int main() { print_registered(); }')
    program = tmp_path / "program"
    run(["g++", *flags, "-s", main, kernels, framework(tmp_path, "g++", flags), "-o", program])
    agrees(read(program), told(run([program])))


def test_one_kernel_left_out_is_the_one_that_is_missing(tmp_path: Path) -> None:
    ops, classes = _ALL
    left_out = "UniqueOp<double, int>"
    header(tmp_path, ops, [text for text in classes if text != left_out])
    source = tmp_path / "kernels.cc"
    source.write_text(built_kernels.small_source())
    run(["g++", "-std=c++17", "-Os", "-w", f"-I{tmp_path}", f"-I{_HERE}", "-c", source, "-o", tmp_path / "kernels.o"])
    found = read(tmp_path / "kernels.o")
    assert PAIRS - found.kernels == {pair for pair in PAIRS if pair[1] == left_out}
    assert not any(pair in found.uncertain for pair in found.kernels)
    assert found.ops == OPS


@pytest.mark.parametrize("thin", [False, True], ids=["static", "thin"])
def test_an_archive(thin: bool, tmp_path: Path) -> None:
    flags = ("-O1",)
    kernels = build(tmp_path, "g++", flags, "some", name="kernels_with_a_name_too_long_for_the_header")
    library = tmp_path / "libkernels.a"
    run(
        ["ar", "rcsT" if thin else "rcs", library.name, framework(tmp_path, "g++", flags).name, kernels.name],
        cwd=tmp_path,
    )
    assert read_library(library).kind == f"{'thin' if thin else 'static'} archive of ELF objects"
    agrees(read(library), expected(*_SOME))


@pytest.mark.parametrize(
    ("compiler", "flags", "machine"),
    [
        ("aarch64-linux-gnu-g++", ("-Os",), "aarch64"),
        ("arm-linux-gnueabihf-g++", ("-Os",), "arm"),
        ("arm-linux-gnueabihf-g++", ("-O2", "-marm"), "arm"),
        ("i686-linux-gnu-g++", ("-O2",), "i386"),
    ],
)
def test_another_processors_library(compiler: str, flags: tuple[str, ...], machine: str, tmp_path: Path) -> None:
    kernels = build(tmp_path, compiler, (*flags, "-fPIC"), "some")
    rest = framework(tmp_path, compiler, (*flags, "-fPIC"))
    library = tmp_path / "libkernels.so"
    run([compiler, "-shared", "-nostdlib", "-s", kernels, rest, "-o", library])
    assert read_library(library).machine == machine
    agrees(read(kernels), expected(*_SOME))
    agrees(read(library), expected(*_SOME))


_STAND_INS = {
    "cstddef": "#include <stddef.h>\nnamespace std { using ::size_t; using ::ptrdiff_t; }\n",
    "cstdint": "#include <stdint.h>\nnamespace std { using ::uint64_t; using ::uint32_t; }\n",
}
_APPLE = ("--target=arm64-apple-ios14.0", "-ffreestanding", "-DFREESTANDING", "-fno-exceptions", "-Os")


def test_a_mach_o_object_and_library(tmp_path: Path) -> None:
    """Freestanding, as there is no SDK: this proves the format and the code, not the libraries of an Apple system."""
    stand_ins = tmp_path / "standard"
    stand_ins.mkdir()
    for name, content in _STAND_INS.items():
        (stand_ins / name).write_text(content)
    kernels = build(tmp_path, "clang++-19", (*_APPLE, f"-I{stand_ins}"), "some")
    assert read_library(kernels).kind == "Mach-O object"
    agrees(read(kernels), expected(*_SOME))
    linker = shutil.which("ld64.lld-19") or shutil.which("ld64.lld")
    if linker is None:
        pytest.skip("the linker ld64.lld is not installed; the object was read")
    library, listing = tmp_path / "libkernels.dylib", tmp_path / "kernels.map"
    platform = ["-arch", "arm64", "-platform_version", "ios", "14.0", "14.0"]
    options = [*platform, "-dylib", "-undefined", "dynamic_lookup", "-map", str(listing)]
    run([linker, *options, kernels, "-o", library])
    assert read_library(library).kind == "Mach-O dynamic library"
    agrees(read(library), expected(*_SOME))
    possible = read(listing)
    assert possible.kernels == frozenset()
    assert set(possible.uncertain) >= PAIRS


@pytest.mark.parametrize("linker", ["bfd", "gold", "lld"])
def test_a_linker_map_tells_of_files(linker: str, tmp_path: Path) -> None:
    require_linker(linker)
    kernels = build(tmp_path, "g++", ("-O1", "-fPIC"), "some")
    listing = tmp_path / "it.map"
    options = [f"-fuse-ld={linker}", "-shared", f"-Wl,-Map={listing}"]
    run(["g++", *options, kernels, framework(tmp_path, "g++", ("-O1", "-fPIC")), "-o", tmp_path / "it.so"])
    found = read(listing)
    assert "linker map" in found.basis
    assert found.kernels == frozenset()
    assert {pair for pair in found.uncertain if isinstance(pair, tuple)} == PAIRS
    # ops/ops.cc is in no object of this build.
    assert not any(isinstance(op, str) for op in found.uncertain)


def test_instructions_are_as_long_as_objdump_says(tmp_path: Path) -> None:
    """Every instruction of a real library: one wrong length and all that follow would be misread."""
    if shutil.which("objdump") is None:
        pytest.skip("objdump is not installed")
    flags = ("-O3", "-mavx2", "-mfma", "-ftree-vectorize")
    object_file = framework(tmp_path, "g++", flags) if build(tmp_path, "g++", flags, "all") else tmp_path
    files = [object_file, tmp_path / "kernels.o"]
    for shared in ("/lib/x86_64-linux-gnu/libm.so.6", "/lib/x86_64-linux-gnu/libz.so.1"):
        if Path(shared).exists():
            files.append(Path(shared))
    row = re.compile(r"^ *[0-9a-f]+:\t((?:[0-9a-f]{2} )+) *\t(.*)$")
    count = 0
    for file in files:
        for line in run(["objdump", "-d", "-w", "--insn-width=16", file]).splitlines():
            match = row.match(line)
            if match is None or "(bad)" in match[2] or match[2].startswith(".byte"):
                continue
            code = bytes.fromhex(match[1])
            if code[0] == 0x9B:
                # objdump shows a wait and what follows it as one.
                continue
            try:
                assert Instruction(memoryview(code + bytes(16)), 0, True).length == len(code), line
            except UndecodableError:
                raise AssertionError(line) from None
            count += 1
    assert count > 1000


_PREFIX = "OpsieveBuilt"
_PROBE = """
import json, sys
import tensorflow as tf
from tensorflow.python.framework import kernels, op_def_registry
from tensorflow.core.framework import node_def_pb2
from tensorflow.python.util import _pywrap_kernel_registry

tf.load_op_library(sys.argv[1])
ops, pairs = [], []
for op in json.loads(sys.argv[2]):
    if op_def_registry.get(op) is not None:
        ops.append(op)
    for kernel in kernels.get_registered_kernels_for_op(op).kernel:
        node = node_def_pb2.NodeDef(name="n", op=op, device="/device:CPU:0")
        types = [t for c in kernel.constraint for t in c.allowed_values.list.type] or [1]
        node.attr["T"].type = types[0]
        answer = _pywrap_kernel_registry.TryFindKernelClass(node.SerializeToString())
        pairs.append([op, answer.decode() if isinstance(answer, bytes) else str(answer)])
print("RESULTS" + json.dumps([ops, pairs]))
"""


def test_tensorflows_own_headers_and_registry(tensorflow: Any, tmp_path: Path) -> None:
    """Compiled with the wheel's headers and loaded by it: its registry says what the library registered."""
    require("g++")
    # Classes that differ in nothing but a type that the registry cannot ask for are left to the other tests.
    rows = [row for row in built_kernels.ROWS if "long long" not in row.class_text]
    ops, classes = _SOME
    header(tmp_path, [_PREFIX + op for op in ops], classes)
    members = """explicit NAME(tensorflow::OpKernelConstruction* c) : tensorflow::OpKernel(c) {}
        void Compute(tensorflow::OpKernelContext* c) override { c->set_output(0, c->input(NUMBER % 1)); }"""
    source = tmp_path / "kernels.cc"
    source.write_text(
        f"""
#include "tensorflow/core/framework/common_shape_fns.h"
#include "tensorflow/core/framework/op.h"
#include "tensorflow/core/framework/op_kernel.h"
#include "tensorflow/core/framework/shape_inference.h"
namespace opsieve_built {{
using tensorflow::DEVICE_CPU;
{built_kernels.classes_source("tensorflow::OpKernel", members)}
{built_kernels.registrations_source(_PREFIX, ".SetShapeFn(tensorflow::shape_inference::UnchangedShape)")}
}}
"""
    )
    library = tmp_path / "libkernels.so"
    options = ["-shared", "-fPIC", "-Os", "-w", "-s", "-DSELECTIVE_REGISTRATION", f"-I{tmp_path}"]
    flags = tensorflow.sysconfig
    run(["g++", *options, *flags.get_compile_flags(), source, "-o", library, *flags.get_link_flags()])
    names = json.dumps(sorted(_PREFIX + op for op in OPS))
    probe = [sys.executable, "-c", _PROBE, str(library), names]
    done = subprocess.run(probe, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-4000:]
    told_ops, told_pairs = json.loads(done.stdout.partition("RESULTS")[2])
    spelt = {text.replace(" ", ""): text for _, text in PAIRS}
    kernels = {(op, spelt[text.replace(" ", "")]) for op, text in told_pairs if "long long" not in text}
    assert kernels
    found = registered(read_library(library), index(rows, _PREFIX))
    assert found.ops == set(told_ops)
    assert found.kernels == kernels
    assert found.uncertain == {}


def test_rows_have_the_traps_they_are_for() -> None:
    texts = {text for _, text in PAIRS}
    assert any(a != b and b.endswith(a) for a in texts for b in texts)
    assert any(text in OPS for text in texts)
    assert len(texts) < len(PAIRS)
    assert Row("NoOp", "NoOp") in built_kernels.ROWS
