"""Ops and kernels for builds of many kinds, as a table: the source text and the index come from the same rows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from opsieve.tree.index import Attr, Index, Kernel, OpDefinition

_TYPES = ("float", "double", "int")


@dataclass(frozen=True)
class Row:
    """One kernel; ``type`` is its type constraint, ``template`` the parameters of its class template."""

    op: str
    class_text: str
    type: str = ""
    template: str = ""


def _rows() -> list[Row]:
    rows = []
    # One class text is the end of another's, and one op's name of another's: linkers merge them.
    for op in ("Gather", "ResourceGather"):
        rows += [Row(op, f"{op}Op<CPUDevice, {t}>", t, "typename D, typename T") for t in _TYPES]
    # One class for several ops, side by side.
    for op in ("Identity", "StopGradient", "PreventGradient", "PlaceholderWithDefault", "_EagerConst", "RefIdentity"):
        rows.append(Row(op, "IdentityOp"))
    rows += [Row("IdentityN", "IdentityNOp"), Row("Switch", "SwitchOp"), Row("RefSwitch", "SwitchOp")]
    # The class is called as the op is.
    rows += [Row("NoOp", "NoOp"), Row("ReadVariableOp", "ReadVariableOp")]
    for t in _TYPES:
        for op in ("Unique", "UniqueV2", "UniqueWithCounts"):
            rows += [Row(op, f"UniqueOp<{t}, {i}>", t, "typename T, typename I") for i in ("int", "long long")]
    for op in ("Cholesky", "BatchCholesky"):
        rows.append(Row(op, "(CholeskyOp<float>)", "float", "typename T"))
    rows += [Row("If", "IfOp"), Row("Qr", "QrOp<float>", "float", "typename T")]
    for t in _TYPES:
        for op in ("Add", "AddV2"):
            rows.append(Row(op, f"BinaryOp<CPUDevice, functor::add<{t}>>", t, "typename D, typename F"))
    return rows


ROWS = tuple(_rows())
OPS = frozenset(row.op for row in ROWS)
PAIRS = frozenset((row.op, row.class_text) for row in ROWS)


def index(rows: Iterable[Row] = ROWS, prefix: str = "") -> Index:
    """The index of a tree with these kernels; ``prefix`` stands before every op's name."""
    ops: dict[str, OpDefinition] = {}
    kernels: dict[str, list[Kernel]] = {}
    for row in rows:
        name = prefix + row.op
        ops[name] = OpDefinition(name, (Attr("T", "type"),), "ops/ops.cc", 1, ("x: T",), ("y: T",))
        kernels.setdefault(name, []).append(Kernel(name, row.class_text, "CPU", {}, "kernels/kernels.cc", 1))
    return Index("2.14.0", "mobile", {}, ops, {op: tuple(found) for op, found in kernels.items()})


def expected(ops: Iterable[str], classes: Iterable[str]) -> tuple[frozenset[str], frozenset[tuple[str, str]]]:
    """The ops and kernels of a build with this selection, by the rule of TensorFlow's macros."""
    selected, texts = frozenset(ops), frozenset(classes)
    return OPS & selected, frozenset(pair for pair in PAIRS if pair[0] in selected and pair[1] in texts)


def classes_source(base: str, members: str) -> str:
    """The kernels' classes, each with something of its own so that none is folded into another."""
    lines = ["struct CPUDevice {};", "namespace functor { template <typename T> struct add {}; }"]
    seen = set()
    for number, row in enumerate(ROWS):
        name = row.class_text.strip("()").partition("<")[0]
        if name not in seen:
            seen.add(name)
            template = f"template <{row.template}> " if row.template else ""
            body = members.replace("NAME", name).replace("NUMBER", str(number + 1))
            lines.append(f"{template}class {name} : public {base} {{ public: {body} }};")
    return "\n".join(lines)


def registrations_source(prefix: str = "", shape: str = "", device: str = "DEVICE_CPU") -> str:
    """REGISTER_OP of every op, then REGISTER_KERNEL_BUILDER of every kernel."""
    lines = []
    for op in dict.fromkeys(row.op for row in ROWS):
        lines.append(f'REGISTER_OP("{prefix}{op}").Input("x: T").Output("y: T").Attr("T: type"){shape};')
    for row in ROWS:
        constraint = f'.TypeConstraint<{row.type}>("T")' if row.type else ""
        lines.append(
            f'REGISTER_KERNEL_BUILDER(Name("{prefix}{row.op}").Device({device}){constraint}, {row.class_text});'
        )
    return "\n".join(lines)


def small_source(half: int | None = None) -> str:
    """The registrations over ``built_framework.h``, and names of ops in code and start-up code for other reasons.

    ``half``: 0 or 1 for the definitions of all ops and every second kernel, or the other kernels; None for all.
    """
    registrations = registrations_source().splitlines()
    kernels = [line for line in registrations if line.startswith("REGISTER_KERNEL")]
    if half is not None:
        definitions = [line for line in registrations if line.startswith("REGISTER_OP")]
        registrations = [*(definitions if half == 0 else ()), *kernels[half::2]]
    mentions = "\n".join(f'KnowsOp("{op}");' for op in sorted(OPS))
    others = "\n".join(
        f'static OtherRegistry other_{op}("{op}", [] {{ return {n}; }});'
        for n, op in enumerate(("Add", "Switch", "NoOp"))
    )
    return f"""
#include "built_framework.h"
namespace tensorflow {{
{classes_source("OpKernel", "void Compute(int* x) override { *x += NUMBER; }")}
{chr(10).join(registrations)}
{others}
void Optimizer{"" if half is None else half}() {{ {mentions} KnowsOp("IdentityOp<unused>"); }}
}}
"""
