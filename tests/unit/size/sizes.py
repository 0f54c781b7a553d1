"""Small baselines and attributions to compare."""

from __future__ import annotations

from opsieve.selection.lock.lock import Lock, LockedKernel, LockedModel, locked_op
from opsieve.size.attribution import FORMAT, KERNEL, PACKAGE, RUNTIME, Attribution, Owner, Part
from opsieve.size.compare import Baseline, baseline_of

ADD = "AddV2/BinaryOp<CPUDevice, functor::add<float>>"
TENSOR = "tensorflow/core/framework/tensor.cc"
# Whatever a model, an op or a file can be called.
HOSTILE = (
    "a|b",
    "a\nb | c |\n| d",
    "<script>alert(1)</script>",
    "]]>&amp;\"'",
    "`*_~[x](http://evil.example) www.evil.example https://evil.example",
    "::error file=x,line=1::y%0A",
    "\x00\x01\x1b[31mred\x7f",
    "\u202eevil\u2028\ud800 \udcff\ufffe\uffff",
    "@someone #1 !1 \\| \\",
    "é漢字😀",
    "x" * 5000,
)


def kernel_owner(op: str, dtype: str, model: str = "a.pb") -> Owner:
    """A kernel of one op and dtype."""
    text = f"BinaryOp<CPUDevice, functor::{op.lower()}<{dtype}>>"
    return Owner(f"{op}/{text}", KERNEL, (op,), (text,), (f"DT_{dtype.upper()}",), (model,))


def attribution(
    *rows: tuple[Owner, str, int], file: str = "libapp.so", build: tuple[tuple[str, str], ...] = ()
) -> Attribution:
    """``rows``: an owner, a function and its bytes, all in .text; behind them headers of 100 bytes and symbols."""
    owners = [*dict.fromkeys(owner for owner, _, _ in rows), Owner("headers", FORMAT), Owner(".symtab", FORMAT)]
    parts = []
    offset = 0
    for owner, symbol, size in rows:
        source = owner.name if owner.name.endswith(".cc") else ""
        parts.append(Part(offset, size, size, ".text", "", source, symbol, owners.index(owner)))
        offset += size
    parts.append(Part(offset, 100, 100, "headers", "", "", "", len(owners) - 2))
    parts.append(Part(offset + 100, 24 * len(rows), 0, ".symtab", "", "", "", len(owners) - 1))
    return Attribution(
        file=file,
        kind="ELF shared library",
        machine="x86-64",
        file_size=sum(part.file_size for part in parts),
        loaded_size=sum(part.loaded_size for part in parts),
        owners=tuple(owners),
        parts=tuple(parts),
        evidence=("symbols",),
        build=build,
    )


def small(*more: tuple[Owner, str, int], lock: Lock | None = None) -> Baseline:
    """A kernel, a runtime of two sources, a package, and what else is given."""
    rows = (
        (kernel_owner("AddV2", "float"), "Add::Compute()", 1000),
        (Owner(TENSOR, RUNTIME), "Tensor::Tensor()", 3000),
        (Owner("tensorflow/core/framework/op.cc", RUNTIME), "Op::Op()", 2000),
        (Owner("abseil", PACKAGE), "absl::Cat()", 500),
    )
    return baseline_of(attribution(*rows, *more), lock)


def lock_with(*kernels: tuple[str, str, str, str]) -> Lock:
    """``kernels``: op, dtype, model and why."""
    ops: dict[str, list[LockedKernel]] = {}
    for op, dtype, model, why in kernels:
        text = f"BinaryOp<CPUDevice, functor::{op.lower()}<{dtype}>>"
        file = f"tensorflow/core/kernels/{op.lower()}.cc"
        found = LockedKernel(text, "CPU", {"T": (f"DT_{dtype.upper()}",)}, file, {model: why})
        ops.setdefault(op, []).append(found)
    return Lock(
        version="2.14.0",
        sources=("tensorflow",),
        defines={},
        runtime={},
        commands=(),
        models=tuple(LockedModel(model, "graphdef", "0" * 64) for model in sorted({row[2] for row in kernels})),
        ops=tuple(locked_op(op, "tensorflow/core/ops/math_ops.cc", found, {}) for op, found in sorted(ops.items())),
        files=tuple(f"tensorflow/core/kernels/{op.lower()}.cc" for op in sorted(ops)),
    )
