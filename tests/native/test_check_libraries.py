"""``opsieve check`` on built libraries: silent where everything a model needs is registered, and each gap by name.

The libraries register the demo models' ops and kernels with macros of TensorFlow's shape; the header that
`opsieve generate` makes for the models decides what is left of them.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from native.compilers import require, run
from native.test_header_compiles import header
from opsieve.selection.document import from_json
from opsieve.selection.selection import Selection
from opsieve.tree.embedded import embedded_index

_HERE = Path(__file__).parent
_DEMO = Path(__file__).parents[2] / "tools/opsieve/data/demo"
_MODELS = ("digits_mlp.pb", "digits_cnn.pbtxt", "line_language", "extra_ops.yaml")
_NEIGHBOURS = 3
_BUILDS = {
    "g++ -O0": ("g++", ("-O0",)),
    "g++ -Os, sections": ("g++", ("-Os", "-ffunction-sections", "-fdata-sections", "-Wl,--gc-sections")),
    "g++ -O2, string merging": ("g++", ("-O2", "-Wl,-O2")),
    "clang -O2": ("clang++-19", ("-O2",)),
    "clang -Os, lld": ("clang++-14", ("-Os", "-fuse-ld=lld")),
    "aarch64": ("aarch64-linux-gnu-g++", ("-Os",)),
    "arm": ("arm-linux-gnueabihf-g++", ("-O2",)),
}


@dataclass(frozen=True)
class Generated:
    """What `opsieve generate` selected for a model, and the model."""

    model: str
    selection: Selection

    def ops(self) -> list[str]:
        return [op.name for op in self.selection.ops]

    def classes(self) -> list[str]:
        return sorted({kernel.class_text for kernel in self.selection.kernels})


def opsieve(*arguments: str, cwd: Path) -> tuple[int, str, str]:
    done = subprocess.run(
        [sys.executable, "-m", "opsieve", *arguments], cwd=cwd, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout, done.stderr.replace(_EMBEDDED, "")


_EMBEDDED = "no --tensorflow given: using the embedded index of TensorFlow 2.14.0 (preset mobile)\n"


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Generated]:
    found = {}
    for model in _MODELS:
        folder = tmp_path_factory.mktemp("out")
        status, _, errors = opsieve("generate", str(_DEMO / model), "-o", str(folder), cwd=folder)
        assert (status, errors) == (0, "")
        path = folder / "selection.json"
        found[model] = Generated(str(_DEMO / model), from_json(path.read_bytes(), path))
    return found


@pytest.fixture(scope="module")
def source(generated: dict[str, Generated]) -> str:
    """Registrations of what any of the models needs, and of some kernels beside them that none does."""
    index = embedded_index()
    needed = {(one.op, one.class_text) for each in generated.values() for one in each.selection.kernels}
    ops = sorted({op for each in generated.values() for op in each.ops()} | {"Conv3D", "RefSwitch", "StopGradient"})
    pairs = set(needed)
    for op in ops:
        pairs.update((op, kernel.class_text) for kernel in index.kernels.get(op, ())[:_NEIGHBOURS])
    return "\n".join(
        ['#include "built_framework.h"', "namespace tensorflow {"]
        + [f'REGISTER_OP("{op}").Input("x: T").Output("y: T").Attr("T: type")();' for op in ops]
        + [_registration(number, op, text) for number, (op, text) in enumerate(sorted(pairs))]
        + ["}"]
    )


def _registration(number: int, op: str, text: str) -> str:
    # As REGISTER_KERNEL_3 of built_framework.h, without the class itself.
    return (
        f"static InitOnStartupMarker const kernel_{number} __attribute__((unused)) = "
        f'INIT_ON_STARTUP_IF(SHOULD_REGISTER_OP_KERNEL("{text}") && SHOULD_REGISTER_OP("{op}")) << '
        "([](KernelDef const* kernel_def) {"
        f'kernel_factory::OpKernelRegistrar registrar(kernel_def, "{text}", '
        f"[](OpKernelConstruction*) -> OpKernel* {{ static int made; made += {number}; return nullptr; }});"
        "(void)registrar; return InitOnStartupMarker{}; })"
        f'(register_kernel::Name("{op}").Device(DEVICE_CPU).Build());'
    )


def library(folder: Path, source: str, build: str, ops: list[str], classes: list[str]) -> Path:
    compiler, flags = _BUILDS[build]
    require(compiler)
    if "-fuse-ld=lld" in flags and shutil.which("ld.lld") is None:
        pytest.skip("the linker lld is not installed")
    header(folder, ops, classes)
    text = folder / "app_kernels.cc"
    text.write_text(source)
    out = folder / "libapp.so"
    run([compiler, "-std=c++17", *flags, "-w", "-fPIC", "-shared", "-s", f"-I{folder}", f"-I{_HERE}", text, "-o", out])
    return out


@pytest.mark.parametrize("build", _BUILDS)
def test_a_complete_library_is_silent_and_another_models_gaps_are_what_is_not_selected(
    build: str, generated: dict[str, Generated], source: str, tmp_path: Path
) -> None:
    own, other = generated["digits_cnn.pbtxt"], generated["line_language"]
    built = library(tmp_path, source, build, own.ops(), own.classes())
    assert opsieve("check", own.model, "--library", str(built), cwd=tmp_path) == (0, "", "")
    status, output, _ = opsieve("check", other.model, "--library", str(built), "--format", "json", cwd=tmp_path)
    assert status == 1
    wanted = {(kernel.op, kernel.class_text) for kernel in other.selection.kernels}
    there = {
        (kernel.op, kernel.class_text)
        for kernel in other.selection.kernels
        if kernel.op in own.ops() and kernel.class_text in own.classes()
    }
    document = json.loads(output)
    assert {(gap["op"], gap["class"]) for gap in document["gaps"] if gap["class"]} == wanted - there
    assert {gap["op"] for gap in document["gaps"] if not gap["class"]} == set(other.ops()) - set(own.ops())


@pytest.mark.parametrize("model", _MODELS)
def test_every_model_of_the_demo(model: str, generated: dict[str, Generated], source: str, tmp_path: Path) -> None:
    own = generated[model]
    built = library(tmp_path, source, "g++ -Os, sections", own.ops(), own.classes())
    assert opsieve("check", own.model, "--library", str(built), cwd=tmp_path) == (0, "", "")


@pytest.mark.parametrize(
    "gone", ["BatchMatMulOp<CPUDevice, float, float, float, true>", "ConstantOp", "NoOp", "ReluOp<CPUDevice, float>"]
)
def test_a_kernel_that_was_left_out_is_named_with_who_needs_it(
    gone: str, generated: dict[str, Generated], source: str, tmp_path: Path
) -> None:
    own = generated["digits_mlp.pb"]
    built = library(tmp_path, source, "g++ -O2, string merging", own.ops(), [x for x in own.classes() if x != gone])
    status, output, _ = opsieve("check", own.model, "--library", str(built), cwd=tmp_path)
    assert status == 1
    users = {kernel.op for kernel in own.selection.kernels if kernel.class_text == gone}
    lines = output.splitlines()
    assert len(lines) == 3 * len(users)
    for op in users:
        (number,) = (at for at, line in enumerate(lines) if line.startswith(f"gap: kernel {gone} of {op} "))
        assert lines[number].endswith("is not in libapp.so")
        assert "digits_mlp.pb" in lines[number + 1]
        assert lines[number + 2].startswith("  fix: compile tensorflow/")


def test_a_linker_map_tells_files_and_the_selection_the_rest(
    generated: dict[str, Generated], source: str, tmp_path: Path
) -> None:
    own = generated["digits_mlp.pb"]
    path = tmp_path / "app.map"
    objects = sorted({kernel.file for kernel in own.selection.kernels} | {op.file for op in own.selection.ops})
    (tmp_path / "any.cc").write_text(
        "static int any() { return 1; }\nstatic int (*kept)() __attribute__((used)) = any;\n"
    )
    for name in objects:
        out = tmp_path / Path(name).with_suffix(".o").name
        run(["g++", "-fPIC", "-c", tmp_path / "any.cc", "-o", out])
    inputs = [Path(name).with_suffix(".o").name for name in objects]
    run(["g++", "-shared", *inputs, "-o", "libapp.so", f"-Wl,-Map={path.name}"], cwd=tmp_path)
    status, output, errors = opsieve("check", own.model, "--library", "app.map", cwd=tmp_path)
    assert (status, output) == (0, "")
    assert "cannot be told" in errors
    selection = tmp_path / "selection.json"
    opsieve("generate", own.model, "-o", ".", cwd=tmp_path)
    both = ("check", own.model, "--library", "app.map", "--selection", selection.name)
    assert opsieve(*both, cwd=tmp_path) == (0, "", "")
    fewer = [name for name in inputs if name != "relu_op.o"]
    run(["g++", "-shared", *fewer, "-o", "libapp.so", f"-Wl,-Map={path.name}"], cwd=tmp_path)
    status, output, _ = opsieve(*both, cwd=tmp_path)
    assert status == 1
    assert output.splitlines()[0] == "gap: kernel ReluOp<CPUDevice, float> of Relu (T=DT_FLOAT) is not in app.map"
