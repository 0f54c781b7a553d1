"""Single ops for a random graph: arithmetic, strings, shapes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from e2e.graph_body import (
    BOOL,
    COMPLEX,
    CONTINUOUS,
    DATA,
    DOUBLE,
    EVERY_NUMBER,
    FLOAT,
    HALF,
    INT32,
    INT64,
    INTEGERS,
    NUMBERS,
    REALS,
    STRING,
    Body,
    Shape,
    Step,
    Tensor,
)

_UNARY: dict[str, tuple[str, ...]] = {
    "Neg": EVERY_NUMBER,
    "Abs": NUMBERS,
    "Square": EVERY_NUMBER,
    "Sign": EVERY_NUMBER,
    "Exp": CONTINUOUS,
    "Tanh": CONTINUOUS,
    "Sigmoid": CONTINUOUS,
    "Sqrt": CONTINUOUS,
    "Rsqrt": CONTINUOUS,
    "Reciprocal": CONTINUOUS,
    "Log": CONTINUOUS,
    "Log1p": CONTINUOUS,
    "Expm1": CONTINUOUS,
    "Sin": CONTINUOUS,
    "Cos": CONTINUOUS,
    "Relu": NUMBERS,
    "Relu6": NUMBERS,
    "Elu": REALS,
    "Selu": REALS,
    "Softplus": REALS,
    "LeakyRelu": REALS,
    "Erf": REALS,
    "Floor": REALS,
    "Ceil": REALS,
    "Rint": (FLOAT, DOUBLE),
    "Round": EVERY_NUMBER[:-1],
    "Invert": INTEGERS,
    "Conj": (COMPLEX,),
    "LogicalNot": (BOOL,),
    "ZerosLike": DATA,
    "OnesLike": (*EVERY_NUMBER, BOOL),
    "Identity": DATA,
    "Snapshot": EVERY_NUMBER,
    "StopGradient": DATA,
    "PreventGradient": DATA,
    "DebugGradientIdentity": DATA,
    "DeepCopy": (*EVERY_NUMBER, BOOL),
    "CheckNumerics": (),
}
# Without an attr T.
_UNTYPED = ("LogicalNot", "LogicalAnd", "LogicalOr")
_SHAPE_PRESERVING_STRINGS = ("StringLower", "StringUpper", "StringStrip")

_BINARY: dict[str, tuple[str, ...]] = {
    "Add": (*EVERY_NUMBER, STRING),
    "AddV2": EVERY_NUMBER,
    "Sub": EVERY_NUMBER,
    "Mul": EVERY_NUMBER,
    "RealDiv": CONTINUOUS,
    "Div": CONTINUOUS,
    "DivNoNan": CONTINUOUS,
    "FloorDiv": REALS,
    "Maximum": NUMBERS,
    "Minimum": NUMBERS,
    "SquaredDifference": EVERY_NUMBER,
    "Pow": CONTINUOUS,
    "LogicalAnd": (BOOL,),
    "LogicalOr": (BOOL,),
}
_COMPARISONS: dict[str, tuple[str, ...]] = {
    "Less": NUMBERS,
    "LessEqual": NUMBERS,
    "Greater": NUMBERS,
    "GreaterEqual": NUMBERS,
    "Equal": DATA,
    "NotEqual": DATA,
}
_REDUCTIONS: dict[str, tuple[str, ...]] = {
    "Sum": EVERY_NUMBER,
    "Mean": EVERY_NUMBER,
    "Prod": EVERY_NUMBER,
    "Max": NUMBERS,
    "Min": NUMBERS,
    "All": (BOOL,),
    "Any": (BOOL,),
}


# Arithmetic


def _typed(op: str, dtype: str) -> dict[str, Any]:
    return {} if op in _UNTYPED else {"T": dtype}


def apply(body: Body, tensor: Tensor) -> Tensor:
    """The same dtype and shape."""
    op = body.choose([op for op, dtypes in _UNARY.items() if tensor.dtype in dtypes])
    attrs = _typed(op, tensor.dtype)
    return body.one(op, [tensor], tensor.dtype, tensor.shape, **attrs)


def unary(body: Body) -> None:
    apply(body, body.some())


def _string(body: Body) -> None:
    text = body.some((STRING,))
    kind = body.number(5)
    if kind < 3:
        body.one(_SHAPE_PRESERVING_STRINGS[kind], [text], STRING, text.shape)
    elif kind == 3:
        body.one("StringLength", [text], INT32, text.shape)
    elif kind == 4:
        body.one("StringToHashBucketFast", [text], INT64, text.shape, num_buckets=7)
    else:
        number = body.some((INT32, INT64, FLOAT, BOOL))
        written = body.one("AsString", [number], STRING, number.shape, T=number.dtype)
        body.one("StringToHashBucketFast", [written], INT64, number.shape, num_buckets=7)


def _cast(body: Body) -> None:
    tensor = body.some((*NUMBERS, BOOL))
    # The narrow ones have few other ops, and go back at once.
    dtype = body.choose((FLOAT, HALF, DOUBLE, INT32, INT64, BOOL, "DT_UINT8", "DT_INT8", "DT_BFLOAT16"))
    made = body.one("Cast", [tensor], dtype, tensor.shape, SrcT=tensor.dtype, DstT=dtype)
    if dtype not in DATA:
        moved = reshaped(body, made, (math.prod(made.shape),)) if body.maybe() else made
        back = body.choose((FLOAT, INT32))
        body.one("Cast", [moved], back, moved.shape, SrcT=dtype, DstT=back)


def _complex(body: Body) -> None:
    if body.maybe():
        tensor = body.some((COMPLEX,))
        body.one(body.choose(("Real", "Imag", "ComplexAbs", "Angle")), [tensor], FLOAT, tensor.shape, T=COMPLEX)
    else:
        tensor = body.some((FLOAT,))
        body.one("Complex", [tensor, tensor], COMPLEX, tensor.shape, T=FLOAT, Tout=COMPLEX)


def _binary(body: Body) -> None:
    op = body.choose(list(_BINARY))
    left = body.some(_BINARY[op])
    # Against a scalar it broadcasts.
    right = body.some((left.dtype,), () if body.maybe(3) else left.shape)
    body.one(op, [left, right] if body.maybe() else [right, left], left.dtype, left.shape, **_typed(op, left.dtype))


def _comparison(body: Body) -> None:
    op = body.choose(list(_COMPARISONS))
    left = body.some(_COMPARISONS[op])
    right = body.some((left.dtype,), left.shape)
    body.one(op, [left, right], BOOL, left.shape, T=left.dtype)


def _choice(body: Body) -> None:
    left = body.some(DATA)
    right = body.some((left.dtype,), left.shape)
    condition = body.some((BOOL,), () if body.maybe() else left.shape)
    op = body.choose(("SelectV2", "Select"))
    body.one(op, [condition, left, right], left.dtype, left.shape, T=left.dtype)


def _several(body: Body) -> None:
    first = body.some(EVERY_NUMBER)
    inputs = [first, *(body.some((first.dtype,), first.shape) for _ in range(body.number(2)))]
    op = body.choose(("AddN", "AccumulateNV2", "ParallelConcat"))
    attrs: dict[str, Any] = {"N": len(inputs), "T": first.dtype}
    shape = first.shape
    if op == "AccumulateNV2":
        attrs["shape"] = Shape(shape)
    elif op == "ParallelConcat":
        inputs = [reshaped(body, one, (1, *shape)) for one in inputs]
        shape = (len(inputs), *shape)
        attrs["shape"] = Shape(shape)
    body.one(op, inputs, first.dtype, shape, **attrs)


def _reduction(body: Body) -> None:
    op = body.choose(list(_REDUCTIONS))
    tensor = body.some(_REDUCTIONS[op])
    if not tensor.shape:
        return
    keep = body.maybe()
    axes = body.integers(0) if body.maybe() else body.integers(*range(len(tensor.shape)))
    reduced = 1 if _elements(axes.shape) == 1 else len(tensor.shape)
    shape = (1,) * reduced * keep + tensor.shape[reduced:]
    typed = {} if op in ("All", "Any") else {"T": tensor.dtype}
    body.one(op, [tensor, axes], tensor.dtype, shape, Tidx=INT32, keep_dims=keep, **typed)


def _arg_max(body: Body) -> None:
    tensor = body.some(NUMBERS, (2, 2))
    axis = body.const(INT32, 1)
    body.one("ArgMax", [tensor, axis], INT64, (2,), T=tensor.dtype, Tidx=INT32, output_type=INT64)


# Shapes


def _elements(shape: Sequence[int]) -> int:
    return math.prod(shape)


def reshaped(body: Body, tensor: Tensor, shape: tuple[int, ...]) -> Tensor:
    wanted = body.integers(*shape)
    return body.one("Reshape", [tensor, wanted], tensor.dtype, shape, T=tensor.dtype, Tshape=INT32)


def _shape_of(body: Body) -> None:
    tensor = body.some(DATA)
    dtype = body.choose(INTEGERS)
    kind = body.number(4)
    if kind == 0:
        body.one("Rank", [tensor], INT32, (), T=tensor.dtype)
    elif kind == 1:
        body.one("Size", [tensor], dtype, (), T=tensor.dtype, out_type=dtype)
    else:
        shape = body.one("Shape", [tensor], dtype, (len(tensor.shape),), T=tensor.dtype, out_type=dtype)
        if kind == 2:
            body.one("Reshape", [tensor, shape], tensor.dtype, tensor.shape, T=tensor.dtype, Tshape=dtype)
        elif kind == 3:
            axes = body.integers(0)
            body.one("Prod", [shape, axes], dtype, (), T=dtype, Tidx=INT32)
        else:
            value = body.scalar(body.choose((FLOAT, INT32)))
            body.one("Fill", [shape, value], value.dtype, tensor.shape, T=value.dtype, index_type=dtype)


def _moved(body: Body) -> None:
    tensor = body.some(DATA)
    kind = body.number(8)
    shape, dtype = tensor.shape, tensor.dtype
    if kind == 0:
        reshaped(body, tensor, (_elements(shape),))
    elif kind == 1:
        perm = body.integers(*reversed(range(len(shape))))
        op = body.choose(("Transpose", "ConjugateTranspose"))
        body.one(op, [tensor, perm], dtype, shape[::-1], T=dtype, Tperm=INT32)
    elif kind == 2:
        wider = body.one("ExpandDims", [tensor, body.const(INT32, 0)], dtype, (1, *shape), T=dtype, Tdim=INT32)
        body.one("Squeeze", [wider], dtype, shape, T=dtype, squeeze_dims=[0])
    elif kind == 3:
        other = body.some((dtype,), shape)
        body.one("Pack", [tensor, other], dtype, (2, *shape), T=dtype, N=2, axis=0)
    elif kind == 4 and shape:
        body.add("Unpack", [tensor], [(dtype, shape[1:])] * shape[0], T=dtype, num=shape[0], axis=0)
    elif kind == 5 and shape:
        other = body.some((dtype,), shape)
        axis = body.const(INT32, 0)
        made = (shape[0] * 2, *shape[1:])
        if body.maybe(3):
            body.one("Concat", [axis, tensor, other], dtype, made, T=dtype, N=2)
        else:
            body.one("ConcatV2", [tensor, other, axis], dtype, made, T=dtype, N=2, Tidx=INT32)
    elif kind == 6 and shape:
        begin, size = body.integers(*(0 for _ in shape)), body.integers(*shape)
        body.one("Slice", [tensor, begin, size], dtype, shape, T=dtype, Index=INT32)
    elif kind == 7 and shape:
        index = body.const(INT32, 0)
        axis = body.const(INT32, 0)
        types = {"Tparams": dtype, "Tindices": INT32, "Taxis": INT32}
        body.one("GatherV2", [tensor, index, axis], dtype, shape[1:], **types)
    elif shape and dtype != STRING:
        multiples = body.integers(*(1 for _ in shape))
        body.one("Tile", [tensor, multiples], dtype, shape, T=dtype, Tmultiples=INT32)


def _sliced(body: Body) -> None:
    tensor = body.some(DATA, (2, 2))
    begin, end, strides = body.integers(0), body.integers(1), body.integers(1)
    body.one(
        "StridedSlice", [tensor, begin, end, strides], tensor.dtype, (2,), T=tensor.dtype, Index=INT32,
        shrink_axis_mask=1,
    )  # fmt: skip


def _split(body: Body) -> None:
    tensor = body.some(DATA, (2, 2))
    axis = body.const(INT32, 0)
    body.add("Split", [axis, tensor], [(tensor.dtype, (1, 2))] * 2, T=tensor.dtype, num_split=2)


def _together(body: Body) -> None:
    tensors = body.pick(3, DATA)
    body.add("IdentityN", tensors, [(one.dtype, one.shape) for one in tensors], T=[one.dtype for one in tensors])


def _random(body: Body) -> None:
    shape = body.integers(2)
    op = body.choose(("RandomUniform", "RandomStandardNormal"))
    dtype = body.choose(REALS)
    body.one(op, [shape], dtype, (2,), T=INT32, dtype=dtype)


STEPS: tuple[Step, ...] = (
    unary, unary, unary, _binary, _binary, _comparison, _choice, _several, _reduction, _arg_max, _shape_of, _shape_of,
    _moved, _moved, _sliced, _split, _together, _random, _string, _cast, _complex,
)  # fmt: skip
