"""A source tree of a few lines, in TensorFlow's layout, for tests that change it."""

from __future__ import annotations

from pathlib import Path

HEADER = """#ifndef OP_KERNEL_H_
#define OP_KERNEL_H_
#include "tensorflow/core/framework/register_types.h"
#define REGISTER_KERNEL_BUILDER(builder, ...) unused
#define REGISTER_OP(name) unused
#endif
"""
TYPES = """#ifndef REGISTER_TYPES_H_
#define REGISTER_TYPES_H_
#define TF_CALL_REAL(m) m(float) m(double)
#endif
"""
ADD = """#include "tensorflow/core/framework/op_kernel.h"
#define REGISTER(T) REGISTER_KERNEL_BUILDER(Name("Add").Device(DEVICE_CPU).TypeConstraint<T>("T"), AddOp<T>);
TF_CALL_REAL(REGISTER)
"""
PLAIN = """#include "tensorflow/core/framework/op_kernel.h"
REGISTER_KERNEL_BUILDER(Name("Plain").Device(DEVICE_CPU), PlainOp);
"""
OPS = """REGISTER_OP("Add").Input("x: T").Input("y: T").Output("z: T").Attr("T: {float, double}");
REGISTER_OP("Plain");
"""


def write_tree(root: Path) -> Path:
    """Write the tree below ``root``."""
    for name, text in {
        "framework/op_kernel.h": HEADER,
        "framework/register_types.h": TYPES,
        "kernels/add_op.cc": ADD,
        "kernels/plain_op.cc": PLAIN,
        "ops/ops.cc": OPS,
    }.items():
        write(root, name, text)
    return root


def write(root: Path, name: str, text: str) -> Path:
    """Write one file below tensorflow/core."""
    path = root / "tensorflow" / "core" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode())
    return path
