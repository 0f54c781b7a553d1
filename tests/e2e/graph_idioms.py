"""What TensorFlow's optimizers rewrite, for a random graph."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from e2e.graph_body import (
    BOOL,
    CONTINUOUS,
    DOUBLE,
    FLOAT,
    HALF,
    INT32,
    INT64,
    REALS,
    Body,
    Shape,
    Step,
    Tensor,
    no_numbers,
)
from e2e.graph_ops import reshaped

_ACTIVATIONS = ("Relu", "Relu6", "Elu", "LeakyRelu", "Tanh", "Sigmoid")


@dataclass
class _Idiom:
    """Ops on one operand ``x``, of its dtype and shape unless said otherwise."""

    body: Body
    x: Tensor

    def other(self) -> Tensor:
        return self.body.some((self.x.dtype,), self.x.shape)

    def __call__(self, op: str, *inputs: Tensor, **attrs: Any) -> Tensor:
        return self.body.one(op, inputs, self.x.dtype, self.x.shape, T=self.x.dtype, **attrs)

    def number(self, value: float) -> Tensor:
        return self.body.const(self.x.dtype, value)

    def filled(self, value: float) -> Tensor:
        import numpy as np

        return self.body.const(self.x.dtype, np.full(self.x.shape, value))


_Pattern = Callable[[_Idiom], object]

# What ArithmeticOptimizer (core/grappler/optimizers/arithmetic_optimizer.cc) looks for, in any shape.
_ARITHMETIC: tuple[_Pattern, ...] = (
    lambda f: f("Mul", f.x, f.x),
    lambda f: f("Square", f("Sub", f.x, f.other())),
    lambda f: f("Log", f("Add", f.x, f.number(1.0))),
    lambda f: f("Sub", f("Exp", f.x), f.number(1.0)),
    lambda f: f("RealDiv", f.x, f("Sqrt", f.other())),
    lambda f: f("Pow", f.x, f.number(f.body.choose((2.0, 3.0, 1.0, 0.5, 0.0, -0.5, -1.0)))),
    lambda f: f("AddV2", f("Mul", f.x, f.other()), f("Mul", f.x, f.other())),
    lambda f: f("AddV2", f("AddV2", f.x, f.other()), f("AddV2", f.other(), f.other())),
    lambda f: f("AddN", f("AddV2", f.x, f.other()), f.other(), N=2),
    lambda f: f("AddV2", f.x, f.x),
    lambda f: f("AddN", f.x, f.x, f.x, N=3),
    lambda f: f("Sub", f.x, f.x),
    lambda f: f("Mul", f.x, f("Sigmoid", f.x)),
    lambda f: f("Neg", f("Neg", f.x)),
    lambda f: f("Reciprocal", f("Reciprocal", f.x)),
    lambda f: f("AddV2", f.x, f("Neg", f.other())),
    lambda f: f("Sub", f.x, f("Neg", f.other())),
    lambda f: f("Mul", f.number(2.0), f("Mul", f.other(), f.number(3.0))),
    lambda f: f("Tanh", f("Exp", f("Sigmoid", f.x))),
    lambda f: f("Maximum", f.x, f("Mul", f.x, f.number(0.1))),
    lambda f: f("Relu", f("Neg", f("Square", f.x))),
)
# What ConstantFolding (core/grappler/optimizers/constant_folding.cc) looks for, in any shape.
_FOLDABLE: tuple[_Pattern, ...] = (
    lambda f: f("RealDiv", f.x, f.number(2.0)),
    lambda f: f("Div", f.x, f.filled(2.0)),
    lambda f: f(f.body.choose(("Mul", "AddV2", "Sub", "RealDiv")), f.x, f("ZerosLike", f.x)),
    lambda f: f(f.body.choose(("Mul", "AddV2", "Sub", "RealDiv")), f.x, f.filled(f.body.choose((0.0, 1.0)))),
    lambda f: f(f.body.choose(("Mul", "AddV2", "Sub", "RealDiv")), f.filled(f.body.choose((0.0, 1.0))), f.x),
    lambda f: f(f.body.choose(("Mul", "AddV2", "Sub", "RealDiv")), f.x, f.number(f.body.choose((0.0, 1.0)))),
    lambda f: f("Mul", f.number(2.0), f("Mul", f.x, f.number(3.0))),
    lambda f: f("AddV2", f.number(2.0), f("Sub", f.x, f.number(3.0))),
    lambda f: f("AddN", f.x, f.filled(1.0), f.filled(2.0), N=3),
    lambda f: f("AccumulateNV2", f.x, f.filled(1.0), f.filled(2.0), N=3, shape=Shape(f.x.shape)),
    lambda f: f("Identity", f("Snapshot", f.x)),
    lambda f: f.body.one(
        "SelectV2", [f.body.const(BOOL, f.body.maybe()), f.x, f.other()], f.x.dtype, f.x.shape, T=f.x.dtype
    ),
)
_SHAPED: tuple[_Pattern, ...] = (
    lambda f: _wide(f, "ConcatV2", [f("Exp", f.x), f("Exp", f.other())]),
    lambda f: _wide(f, "ConcatV2", [f.x, f.filled(1.0), f.filled(2.0)]),
    lambda f: _reduced(f, "Max", f("Exp", f.x)),
    lambda f: _reduced(f, "Min", f("Neg", f.x)),
    lambda f: _reduced(f, "ArgMax", f("Exp", f.x)),
    lambda f: _reduced(f, "Sum", f.x, empty=True),
    lambda f: _reduced(f, "Prod", f.x, empty=True),
    lambda f: _transposed(f, f.x, (0, 1)),
    lambda f: _transposed(f, _transposed(f, f.x, (1, 0)), (1, 0)),
    lambda f: f("MatMul", _transposed(f, f.x, (1, 0)), f.other()),
    lambda f: f("BatchMatMulV2", f.other(), _transposed(f, f.x, (1, 0))),
    lambda f: f("MatMul", f.x, f("Mul", f.other(), f.number(2.0))),
    lambda f: f("MatMul", f.x, f.filled(0.0)),
    lambda f: f("Log", f("Softmax", f.x)),
    lambda f: f("Softmax", f.x),
    lambda f: reshaped(f.body, reshaped(f.body, f.x, (4,)), (2, 2)),
    lambda f: _cast_back(f),
    lambda f: _one_of_a_stack(f),
    lambda f: _stack_of_one(f),
    lambda f: _lookup(f),
    lambda f: f("Tile", f.x, f.body.integers(1, 1), Tmultiples=INT32),
    lambda f: f("Pad", f.x, f.body.const(INT32, [[0, 0], [0, 0]]), Tpaddings=INT32),
    lambda f: f("ReverseV2", f.x, f.body.integers(), Tidx=INT32),
    lambda f: f("BroadcastTo", f.x, f.body.integers(2, 2), Tidx=INT32),
    lambda f: f("RandomShuffle", f.x),
    lambda f: _ratio_of_sizes(f),
    lambda f: _gradient_args(f),
    lambda f: _pattern_gelu(f),
)


def _arithmetic(body: Body) -> None:
    body.choose(_ARITHMETIC)(_Idiom(body, body.some(REALS)))


def _foldable(body: Body) -> None:
    body.choose(_FOLDABLE)(_Idiom(body, body.some(REALS)))


def _shaped(body: Body) -> None:
    body.choose(_SHAPED)(_Idiom(body, body.some(REALS, (2, 2))))


def _wide(f: _Idiom, op: str, tensors: list[Tensor]) -> Tensor:
    axis = f.body.const(INT32, 0)
    shape = (2 * len(tensors), 2)
    return f.body.one(op, [*tensors, axis], f.x.dtype, shape, T=f.x.dtype, N=len(tensors), Tidx=INT32)


def _reduced(f: _Idiom, op: str, tensor: Tensor, *, empty: bool = False) -> Tensor:
    if op == "ArgMax":
        types = {"T": f.x.dtype, "Tidx": INT32, "output_type": INT64}
        return f.body.one(op, [tensor, f.body.const(INT32, 1)], INT64, (2,), **types)
    axes = f.body.integers() if empty else f.body.integers(1)
    shape = (2, 2) if empty else (2,)
    return f.body.one(op, [tensor, axes], f.x.dtype, shape, T=f.x.dtype, Tidx=INT32, keep_dims=False)


def _transposed(f: _Idiom, tensor: Tensor, order: tuple[int, int]) -> Tensor:
    return f("Transpose", tensor, f.body.integers(*order), Tperm=INT32)


def _cast_back(f: _Idiom) -> Tensor:
    through = f.body.choose((FLOAT, DOUBLE, INT32))
    there = f.body.one("Cast", [f.x], through, f.x.shape, SrcT=f.x.dtype, DstT=through)
    return f.body.one("Cast", [there], f.x.dtype, f.x.shape, SrcT=through, DstT=f.x.dtype)


def _one_of_a_stack(f: _Idiom) -> Tensor:
    stack = f.body.one("Pack", [f.x, f.other()], f.x.dtype, (2, 2, 2), T=f.x.dtype, N=2, axis=0)
    begin, end, strides = f.body.integers(1), f.body.integers(2), f.body.integers(1)
    return f.body.one(
        "StridedSlice", [stack, begin, end, strides], f.x.dtype, (2, 2), T=f.x.dtype, Index=INT32, shrink_axis_mask=1
    )


def _stack_of_one(f: _Idiom) -> Tensor:
    count = 1 + f.body.number(1)
    return f.body.one("Pack", [f.x] * count, f.x.dtype, (count, 2, 2), T=f.x.dtype, N=count, axis=0)


def _lookup(f: _Idiom) -> Tensor:
    """An embedding: Unique, and Gather twice."""
    ids = f.body.integers(0, 1, 0)
    unique, index = f.body.add("Unique", [ids], [(INT32, (2,)), (INT32, (3,))], T=INT32, out_idx=INT32)
    types = {"Tparams": f.x.dtype, "Tindices": INT32}
    rows = f.body.one("Gather", [f.x, unique], f.x.dtype, (2, 2), **types)
    return f.body.one("Gather", [rows, index], f.x.dtype, (3, 2), **types)


def _ratio_of_sizes(f: _Idiom) -> Tensor:
    sizes = [f.body.one("Size", [one], INT32, (), T=f.x.dtype, out_type=INT32) for one in (f.x, f.other())]
    return f.body.one("Div", sizes, INT32, (), T=INT32)


def _gradient_args(f: _Idiom) -> Tensor:
    shapes = [f.body.one("Shape", [one], INT32, (2,), T=f.x.dtype, out_type=INT32) for one in (f.x, f.other())]
    axes, _ = f.body.add("BroadcastGradientArgs", shapes, [(INT32, (0,)), (INT32, (0,))], T=INT32)
    del f.body.tensors[-2:]
    return f.body.one("Sum", [f.x, axes], f.x.dtype, (2, 2), T=f.x.dtype, Tidx=INT32, keep_dims=False)


def _pattern_gelu(f: _Idiom) -> Tensor:
    product = f("MatMul", f.x, f.other())
    biased = f("BiasAdd", product, f.body.some((f.x.dtype,), (2,)))
    error = f("Erf", f("Mul", biased, f.number(0.70710678)))
    return f("Mul", f("Mul", f.number(0.5), biased), f("AddV2", error, f.number(1.0)))


def _activated(body: Body, tensor: Tensor) -> None:
    if body.maybe():
        op = body.choose(_ACTIVATIONS)
        body.one(op, [tensor], tensor.dtype, tensor.shape, T=tensor.dtype)


def _biased(body: Body, tensor: Tensor) -> Tensor:
    """A bias, in the two ways that the remapper knows."""
    bias = body.some((tensor.dtype,), tensor.shape[-1:])
    op = body.choose(("BiasAdd", "AddV2", "Add", ""))
    return body.one(op, [tensor, bias], tensor.dtype, tensor.shape, T=tensor.dtype) if op else tensor


def _matmul(body: Body) -> None:
    left = body.some(CONTINUOUS, (2, 2))
    right = body.some((left.dtype,), (2, 2))
    op = body.choose(("MatMul", "MatMul", "BatchMatMul", "BatchMatMulV2"))
    made = body.one(op, [left, right], left.dtype, (2, 2), T=left.dtype)
    if left.dtype in REALS:
        _activated(body, _biased(body, made))


def _convolution(body: Body) -> None:
    image = body.some(REALS, (1, 4, 4, 2))
    dtype = image.dtype
    if body.maybe(4):
        paddings = body.const(INT32, [[0, 0], [1, 1], [1, 1], [0, 0]])
        pad = body.choose(("Pad", "PadV2", "MirrorPad"))
        attrs = {"mode": b"SYMMETRIC"} if pad == "MirrorPad" else {}
        values = [body.const(dtype, 0.0)] if pad == "PadV2" else []
        image = body.one(pad, [image, paddings, *values], dtype, (1, 6, 6, 2), T=dtype, Tpaddings=INT32, **attrs)
    op = body.choose(("Conv2D", "Conv2D", "DepthwiseConv2dNative"))
    kernel = body.some((dtype,), (2, 2, 2, 2))
    padding = b"VALID" if image.shape[1] == 6 else b"SAME"
    size = image.shape[1] - (padding == b"VALID")
    shape = (1, size, size, 2 if op == "Conv2D" else 4)
    made = body.one(op, [image, kernel], dtype, shape, T=dtype, strides=[1, 1, 1, 1], padding=padding)
    if body.maybe() and dtype != DOUBLE:
        made = _batch_norm(body, made)
        _activated(body, made)
    else:
        _activated(body, _biased(body, made))


def _batch_norm(body: Body, tensor: Tensor) -> Tensor:
    op = body.choose(("FusedBatchNormV3", "FusedBatchNormV2", "FusedBatchNorm"))
    if tensor.dtype != FLOAT and op != "FusedBatchNormV3":
        op = "FusedBatchNormV3"
    parts = [body.some((FLOAT,), tensor.shape[-1:]) for _ in range(4)]
    attrs: dict[str, Any] = {"T": tensor.dtype, "is_training": body.maybe(4)}
    if op != "FusedBatchNorm":
        attrs["U"] = FLOAT
    if attrs["is_training"]:
        parts[2:] = [body.const(FLOAT, no_numbers()), body.const(FLOAT, no_numbers())]
    sizes = [tensor.shape[-1:]] * 4 + ([()] if op == "FusedBatchNormV3" else [])
    made = body.add(op, [tensor, *parts], [(tensor.dtype, tensor.shape), *((FLOAT, size) for size in sizes)], **attrs)
    # The reserved outputs are what a gradient on a GPU wants.
    del body.tensors[-len(sizes) :]
    return made[0]


def _image(body: Body) -> None:
    image = body.some((FLOAT, HALF), (1, 4, 4, 2))
    kind = body.number(2)
    if kind == 0:
        _activated(body, _batch_norm(body, image))
    elif kind == 1:
        op = body.choose(("MaxPool", "AvgPool"))
        sizes = {"ksize": [1, 2, 2, 1], "strides": [1, 2, 2, 1], "padding": b"SAME"}
        body.one(op, [image], image.dtype, (1, 2, 2, 2), T=image.dtype, **sizes)
    else:
        _biased(body, image)


STEPS: tuple[Step, ...] = (_arithmetic, _foldable, _shaped, _matmul, _convolution, _image)
