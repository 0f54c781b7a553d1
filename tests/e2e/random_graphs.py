"""Random GraphDefs with function libraries, built as a writer of GraphDefs would and not by tf.function.

Shapes are static and right, values are small, so that nearly every graph runs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from hypothesis import strategies as st

from e2e import graph_idioms, graph_ops, graph_state
from e2e.graph_body import (
    BOOL,
    DATA,
    DOUBLE,
    FLOAT,
    INT32,
    MAX_DEPTH,
    NUMBERS,
    RESOURCE,
    STRING,
    VARIANT,
    Body,
    Call,
    Library,
    Step,
    Tensor,
    output_args,
    read,
    variable,
)
from e2e.graph_ops import apply, unary
from e2e.graph_state import held


@dataclass(frozen=True)
class RandomGraph:
    """A GraphDef, tensors that can be fetched, and nodes to run beside them."""

    graph: Any
    fetches: tuple[str, ...]
    targets: tuple[str, ...]

    def __repr__(self) -> str:
        return f"fetches {list(self.fetches)}, targets {list(self.targets)} of the GraphDef\n{self.graph}"


# Functions


def _flags(body: Body, attrs: dict[str, Any]) -> None:
    choice = body.number(2)
    if choice:
        attrs["_lower_using_switch_merge"] = choice == 1


def _passed(body: Body) -> list[Tensor]:
    """What goes through a call: data, and handles of what is there."""
    tensors = body.pick(3, DATA)
    handles = [one for one in body.tensors if one.holds is not None]
    if handles and body.maybe():
        tensors.append(body.choose(handles))
    return tensors


def _function(
    body: Body, arguments: Sequence[Tensor], results: Sequence[Tensor] | None
) -> tuple[str, tuple[Tensor, ...]]:
    """A function that takes such arguments and gives such results; without ``results``, what comes out of it."""
    for name, (taken, given) in body.library.signatures.items():
        fits = _agree(taken, arguments) and (results is None or _agree(given, results))
        if fits and body.maybe(3):
            return name, given
    name = body.library.fresh("Function")
    inner = Body(body.draw, body.library, body.depth + 1, name)
    inner.tensors = [replace(one, ref=f"arg_{index}") for index, one in enumerate(arguments)]
    taken = tuple(inner.tensors)
    _take_steps(inner, 3 if body.depth else 5)
    if results is None:
        outputs = [one for one in inner.tensors if one.dtype not in (RESOURCE, VARIANT)][-1 - body.number(2) :]
    else:
        outputs = [_like(inner, one) for one in results]
    given = tuple(outputs)
    _define(body, inner, taken, given)
    body.library.signatures[name] = (taken, given)
    return name, given


def _agree(some: Sequence[Tensor], others: Sequence[Tensor]) -> bool:
    return [one.kind for one in some] == [one.kind for one in others]


def _like(inner: Body, wanted: Tensor) -> Tensor:
    if wanted.holds is not None:
        return [one for one in inner.tensors if one.kind == wanted.kind][-1]
    found = [one for one in inner.tensors if one.kind == wanted.kind]
    return found[-1 - inner.number(min(2, len(found) - 1))] if found else inner.leaf(wanted.dtype, wanted.shape)


def _define(body: Body, inner: Body, taken: Sequence[Tensor], given: Sequence[Tensor]) -> None:
    from tensorflow.core.framework import types_pb2

    function = body.library.graph.library.function.add()
    signature = function.signature
    signature.name = inner.function
    for one in taken:
        signature.input_arg.add(name=one.ref, type=types_pb2.DataType.Value(one.dtype))
    for index, one in enumerate(given):
        signature.output_arg.add(name=f"result_{index}", type=types_pb2.DataType.Value(one.dtype))
        function.ret[f"result_{index}"] = one.ref
    for effect in inner.effects:
        signature.control_output.append(effect)
        function.control_ret[effect] = effect
    signature.is_stateful = any(_is_stateful(node, body.library) for node in inner.nodes)
    if body.maybe(4):
        function.attr["_noinline"].b = True
    function.node_def.extend(inner.nodes)


def _is_stateful(node: Any, library: Library) -> bool:
    from tensorflow.python.framework import op_def_registry

    definition = op_def_registry.get(node.op)
    if definition is not None:
        return bool(definition.is_stateful)
    return any(one.signature.is_stateful for one in library.graph.library.function if one.signature.name == node.op)


def _specs(tensors: Sequence[Tensor]) -> list[tuple[str, tuple[int, ...]]]:
    return [(one.dtype, one.shape) for one in tensors]


def _dtypes(tensors: Sequence[Tensor]) -> list[str]:
    return [one.dtype for one in tensors]


def _keep_handles(body: Body, made: Sequence[Tensor], like: Sequence[Tensor]) -> None:
    """Say of the handles that come out what they hold; forget the others."""
    by_ref = {one.ref: replace(one, holds=other.holds) for one, other in zip(made, like, strict=True)}
    body.tensors = [by_ref.get(one.ref, one) for one in body.tensors]
    body.tensors = [one for one in body.tensors if one.holds is not None or one.dtype not in (RESOURCE, VARIANT)]


def _call(body: Body) -> None:
    arguments = _passed(body)
    name, given = _function(body, arguments, None)
    kind = body.number(2)
    if kind == 0:
        body.add(name, arguments, _specs(given), label="call")
        return
    op = ("PartitionedCall", "StatefulPartitionedCall")[kind - 1]
    body.add(op, arguments, _specs(given), Tin=_dtypes(arguments), Tout=_dtypes(given), f=Call(name))


def _cond(body: Body) -> None:
    arguments = _passed(body)
    condition = body.scalar(body.choose((BOOL, BOOL, BOOL, INT32, FLOAT, STRING)))
    then_branch, given = _function(body, arguments, None)
    else_branch, _ = _function(body, arguments, given)
    attrs: dict[str, Any] = {"Tcond": condition.dtype, "Tin": _dtypes(arguments), "Tout": _dtypes(given)}
    attrs |= {"then_branch": Call(then_branch), "else_branch": Call(else_branch)}
    if condition.dtype == BOOL:
        # Lowering takes the condition as it is, and Switch wants a BOOL.
        _flags(body, attrs)
    body.add(body.choose(("If", "StatelessIf")), [condition, *arguments], _specs(given), **attrs)


def _case(body: Body) -> None:
    arguments = _passed(body)
    index = body.scalar(INT32)
    first, given = _function(body, arguments, None)
    branches = [first, *(_function(body, arguments, given)[0] for _ in range(body.number(2)))]
    attrs: dict[str, Any] = {"Tin": _dtypes(arguments), "Tout": _dtypes(given)}
    attrs["branches"] = [Call(name) for name in branches]
    _flags(body, attrs)
    body.add(body.choose(("Case", "StatelessCase")), [index, *arguments], _specs(given), **attrs)


def _while(body: Body) -> None:
    arguments = _passed(body)
    counter = body.const(INT32, 0)
    variables = [counter, *arguments]
    cond = _loop_function(body, variables, is_condition=True)
    step = _loop_function(body, variables, is_condition=False)
    attrs: dict[str, Any] = {"T": _dtypes(variables), "cond": Call(cond), "body": Call(step)}
    _flags(body, attrs)
    made = body.add(body.choose(("While", "StatelessWhile")), variables, _specs(variables), **attrs)
    _keep_handles(body, made, variables)


def _loop_function(body: Body, variables: Sequence[Tensor], *, is_condition: bool) -> str:
    name = body.library.fresh("Cond" if is_condition else "Body")
    inner = Body(body.draw, body.library, body.depth + 1, name)
    taken = [replace(one, ref=f"arg_{index}") for index, one in enumerate(variables)]
    inner.tensors = list(taken)
    _take_steps(inner, 1 if is_condition else 3)
    constant = inner.const(INT32, 2 if is_condition else 1)
    if is_condition:
        outputs = [inner.one("Less", [taken[0], constant], BOOL, (), T=INT32)]
    else:
        counted = inner.one("AddV2", [taken[0], constant], INT32, (), T=INT32)
        outputs = [counted, *(one if one.holds else _like(inner, one) for one in taken[1:])]
    _define(body, inner, taken, outputs)
    return name


# Ops with a gradient function in C++ (core/ops/math_grad.cc, nn_grad.cc and array_grad.cc) that keep a matrix's shape.
_SMOOTH = (
    "Square", "Neg", "Relu", "Tanh", "Exp", "Sigmoid", "Identity", "Abs", "Reciprocal", "Inv", "Sqrt", "Rsqrt", "Log",
    "Log1p", "Expm1", "Sin", "Cos", "Tan", "Sinh", "Cosh", "Asinh", "Atan", "Sign", "Relu6", "Softmax", "LogSoftmax",
    "ZerosLike", "OnesLike",
)  # fmt: skip
_SMOOTH_OF_TWO = (
    "Mul", "MatMul", "AddV2", "Add", "Sub", "Div", "RealDiv", "DivNoNan", "Pow", "Maximum", "Minimum", "BatchMatMul",
    "BatchMatMulV2",
)  # fmt: skip


def _gradient(body: Body) -> None:
    """SymbolicGradient of a function of matrices."""
    x = body.some((FLOAT, DOUBLE), (2, 2))
    name = body.library.fresh("Differentiable")
    inner = Body(body.draw, body.library, MAX_DEPTH, name)
    last = argument = replace(x, ref="arg_0")
    for _ in range(1 + body.number(3)):
        kind = body.number(5)
        if kind < 3:
            last = inner.one(body.choose(_SMOOTH), [last], x.dtype, (2, 2), T=x.dtype)
        elif kind < 5:
            last = inner.one(body.choose(_SMOOTH_OF_TWO), [last, argument], x.dtype, (2, 2), T=x.dtype)
        else:
            last = _smooth_move(inner, last)
    if body.maybe(3):
        op = body.choose(("Sum", "Mean", "Max", "Min"))
        axes = inner.integers(0)
        last = inner.one(op, [last, axes], x.dtype, (2,), T=x.dtype, Tidx=INT32, keep_dims=False)
    _define(body, inner, [argument], [last])
    outer = body.some((x.dtype,), last.shape)
    types = {"Tin": [x.dtype, x.dtype], "Tout": [x.dtype]}
    body.one("SymbolicGradient", [x, outer], x.dtype, (2, 2), f=Call(name), **types)


def _smooth_move(inner: Body, tensor: Tensor) -> Tensor:
    dtype = tensor.dtype
    kind = inner.number(7)
    if kind == 0:
        return inner.one("Transpose", [tensor, inner.integers(1, 0)], dtype, (2, 2), T=dtype, Tperm=INT32)
    if kind == 1:
        flat = inner.one("Reshape", [tensor, inner.integers(4)], dtype, (4,), T=dtype, Tshape=INT32)
        return inner.one("Reshape", [flat, inner.integers(2, 2)], dtype, (2, 2), T=dtype, Tshape=INT32)
    if kind == 2:
        wide = inner.one("ExpandDims", [tensor, inner.const(INT32, 0)], dtype, (1, 2, 2), T=dtype, Tdim=INT32)
        return inner.one("Squeeze", [wide], dtype, (2, 2), T=dtype, squeeze_dims=[0])
    if kind == 3:
        rows = inner.add("Unpack", [tensor], [(dtype, (2,))] * 2, T=dtype, num=2, axis=0)
        return inner.one("Pack", rows, dtype, (2, 2), T=dtype, N=2, axis=0)
    if kind == 4:
        rows = inner.add("Split", [inner.const(INT32, 0), tensor], [(dtype, (1, 2))] * 2, T=dtype, num_split=2)
        axis = inner.const(INT32, 0)
        return inner.one("ConcatV2", [*rows, axis], dtype, (2, 2), T=dtype, N=2, Tidx=INT32)
    if kind == 5:
        ends = [inner.integers(0, 0), inner.integers(2, 2)]
        return inner.one("Slice", [tensor, *ends], dtype, (2, 2), T=dtype, Index=INT32)
    if kind == 6:
        return inner.one("ReverseV2", [tensor, inner.integers(0)], dtype, (2, 2), T=dtype, Tidx=INT32)
    through = DOUBLE if dtype == FLOAT else FLOAT
    there = inner.one("Cast", [tensor], through, (2, 2), SrcT=dtype, DstT=through)
    return inner.one("Cast", [there], dtype, (2, 2), SrcT=through, DstT=dtype)


# Functions with open types


def _polymorphic(body: Body) -> None:
    """Calls of one function with several dtypes."""
    name = _open_function(body, body.number(2))
    for _ in range(1 + body.number(2)):
        tensor = body.some(NUMBERS)
        # TensorFlow does not inline such a call ("Attr T is not found"), and refuses the graph when it tries.
        if body.maybe(12):
            call = Call(name, (("T", tensor.dtype),))
            types = {"Tin": [tensor.dtype], "Tout": [tensor.dtype]}
            body.one("PartitionedCall", [tensor], tensor.dtype, tensor.shape, f=call, **types)
        else:
            body.one(name, [tensor], tensor.dtype, tensor.shape, label="call", T=tensor.dtype)


def _open_function(body: Body, levels: int) -> str:
    callee = _open_function(body, levels - 1) if levels else ""
    name = body.library.fresh("Open")
    function = body.library.graph.library.function.add()
    function.signature.name = name
    function.signature.input_arg.add(name="x", type_attr="T")
    function.signature.output_arg.add(name="y", type_attr="T")
    function.signature.attr.add(name="T", type="type")
    last = "x"
    for index in range(1 + body.number(2)):
        op = body.choose(("Neg", "Square", "Abs", "Mul", "AddV2", "Maximum", "Identity", "ZerosLike"))
        node = function.node_def.add(name=f"n{index}", op=op, input=[last])
        if op in ("Mul", "AddV2", "Maximum"):
            node.input.append("x")
        node.attr["T"].placeholder = "T"
        last = f"n{index}:{output_args(node, body.library)[0][0]}:0"
    if callee:
        node = function.node_def.add(name="call", op=callee, input=[last])
        node.attr["T"].placeholder = "T"
        last = "call:y:0"
    if body.maybe(4):
        function.attr["_noinline"].b = True
    function.ret["y"] = last
    return name


def _list_function(body: Body) -> None:
    """A call of a function that has a list of types.

    Seldom in a function: grappler takes such a call for one with other types, and now and then crashes.
    """
    if body.function and not body.maybe(10):
        return
    name = body.library.fresh("Lists")
    function = body.library.graph.library.function.add()
    function.signature.name = name
    function.signature.input_arg.add(name="x", type_list_attr="Ts")
    function.signature.output_arg.add(name="y", type_list_attr="Ts")
    function.signature.attr.add(name="Ts", type="list(type)")
    node = function.node_def.add(name="same", op="IdentityN", input=["x"])
    node.attr["T"].placeholder = "Ts"
    function.ret["y"] = "same:output"
    tensors = body.pick(3, DATA)
    body.add(name, tensors, _specs(tensors), label="call", Ts=_dtypes(tensors))


# Control flow of TensorFlow 1


def _switch(body: Body) -> None:
    tensor = body.some(DATA)
    condition = body.scalar(BOOL)
    outside = list(body.tensors)
    body.enclosed = True
    off, on = body.add("Switch", [tensor, condition], _specs([tensor, tensor]), T=tensor.dtype)
    off, on = _chain(body, off), _chain(body, on)
    merged, index = body.add("Merge", [off, on], [*_specs([tensor]), (INT32, ())], T=tensor.dtype, N=2)
    body.enclosed = False
    # Only what both branches lead to is alive for certain.
    body.tensors = [*outside, merged, index]


def _switch_resource(body: Body) -> None:
    handle = held(body, "variable") or variable(body, FLOAT, (2,))
    assert handle.holds is not None
    outside = list(body.tensors)
    condition = body.scalar(BOOL)
    body.enclosed = True
    off, on = body.add("Switch", [handle, condition], [(RESOURCE, ())] * 2, T=RESOURCE)
    values = [read(body, replace(one, holds=handle.holds)) for one in (off, on)]
    (merged, _) = body.add("Merge", values, [*_specs(values[:1]), (INT32, ())], T=handle.holds[1], N=2)
    body.enclosed = False
    body.tensors = [*outside, merged]


def _chain(body: Body, tensor: Tensor) -> Tensor:
    for _ in range(body.number(2)):
        tensor = apply(body, tensor)
    return tensor


def _loop(body: Body) -> None:
    """A while loop as TensorFlow 1 writes it."""
    tensors = body.pick(2, DATA)
    counter, limit, one = (body.const(INT32, value) for value in (0, 2, 1))
    outside = list(body.tensors)
    body.enclosed = True
    frame = {"frame_name": f"frame_{body.function}_{len(body.nodes)}".encode()}
    entered = [body.one("Enter", [tensor], *_spec(tensor), T=tensor.dtype, **frame) for tensor in (counter, *tensors)]
    limit, one = (body.one("Enter", [tensor], INT32, (), T=INT32, is_constant=True, **frame) for tensor in (limit, one))
    # The second input comes around later.
    merges = [body.add("Merge", [e, e], [_spec(e), (INT32, ())], T=e.dtype, N=2) for e in entered]
    merged = [made[0] for made in merges]
    goes_on = body.one("LoopCond", [body.one("Less", [merged[0], limit], BOOL, (), T=INT32)], BOOL, ())
    exits, nexts = [], []
    for index, tensor in enumerate(merged):
        off, on = body.add("Switch", [tensor, goes_on], [_spec(tensor)] * 2, T=tensor.dtype)
        exits.append(body.one("Exit", [off], *_spec(tensor), T=tensor.dtype))
        on = body.one("Identity", [on], *_spec(tensor), T=tensor.dtype)
        on = _chain(body, on) if index else body.one("AddV2", [on, one], INT32, (), T=INT32)
        nexts.append(body.one("NextIteration", [on], *_spec(tensor), T=tensor.dtype))
    for made, back in zip(merges, nexts, strict=True):
        node = body.node(made[0].ref.split(":")[0])
        node.input[1] = back.ref
    body.enclosed = False
    body.tensors = [*outside, *exits]


def _spec(tensor: Tensor) -> tuple[str, tuple[int, ...]]:
    return tensor.dtype, tensor.shape


_CALLS: tuple[Step, ...] = (_call, _cond, _case, _while, _polymorphic, _list_function)
_FLOW: tuple[Step, ...] = (_gradient, _switch, _switch_resource, _loop)
_STEPS: tuple[Step, ...] = (
    *graph_ops.STEPS, *graph_state.STEPS, *_FLOW, *graph_idioms.STEPS, *graph_idioms.STEPS, *_CALLS, *_CALLS, *_CALLS
)  # fmt: skip


def _take_steps(body: Body, most: int) -> None:
    for _ in range(body.number(most)):
        step = body.choose(_STEPS)
        if step in _CALLS and body.depth >= MAX_DEPTH:
            step = unary
        known = {tensor.ref for tensor in body.tensors}
        step(body)
        if step in graph_idioms.STEPS and not body.maybe(4):
            # What is used elsewhere too is not rewritten.
            made = [one.ref for one in body.tensors if one.ref not in known and one.holds is None]
            body.tensors = [one for one in body.tensors if one.ref not in made[:-1]]


@st.composite
def random_graphs(draw: st.DrawFn) -> RandomGraph:
    """Graphs of up to ten steps, each of which is an op, an idiom, a loop or a call of a function."""
    from tensorflow.core.framework import graph_pb2
    from tensorflow.python.framework import versions

    graph = graph_pb2.GraphDef()
    graph.versions.producer = versions.GRAPH_DEF_VERSION
    body = Body(draw, Library(graph), 0)
    _take_steps(body, 10)
    unary(body)
    graph.node.extend(body.nodes)
    used = {name for node in body.nodes for name in node.input}
    # TensorFlow refuses to fetch what is fed.
    ends = [
        one.ref
        for one in body.tensors
        if one.ref not in used and one.dtype not in (RESOURCE, VARIANT) and not one.ref.startswith("Placeholder_")
    ]
    # What is left out is pruned, and so is what only that needs.
    fetches = [ref for ref in ends[:-1] if not body.maybe(4)] + ends[-1:]
    targets = [name for name in body.effects[-2:] if body.maybe()]
    return RandomGraph(graph, tuple(_with_index(ref) for ref in fetches), tuple(targets))


def _with_index(ref: str) -> str:
    return ref if ":" in ref else f"{ref}:0"
